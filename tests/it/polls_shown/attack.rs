//! Somebody who has everything, and wants to know who voted what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

/// An item: its attributes as texts.
pub(super) type Item = BTreeMap<String, String>;

/// A copy of a table, by key.
pub(super) type Copy = BTreeMap<(String, String), Item>;

/// What happened between two copies of the main table.
#[derive(Default)]
pub(super) struct Moment {
    /// The main table afterwards.
    pub(super) after: Copy,
    /// What was logged, queued and published meanwhile.
    pub(super) said: Vec<String>,
}

/// What the attacker has.
#[derive(Default)]
pub(super) struct Evidence {
    /// The main table before the first vote.
    pub(super) before: Copy,
    /// One vote each.
    pub(super) moments: Vec<Moment>,
    /// Everything there is after closing: both tables' items, and what was logged, queued and published since.
    pub(super) papers: Vec<String>,
}

/// What the attacker looks for.
pub(super) struct Case {
    /// By voter: every name they have.
    pub(super) names: Vec<Vec<String>>,
    /// Groups of words, of which a vote has one (or few) of each.
    pub(super) words: Vec<Vec<String>>,
    /// The voters in an order in which they may have left traces, in addition to those that the evidence has.
    pub(super) voted: Vec<usize>,
}

/// What was found out of each voter; nothing, if all is well.
pub(super) type Found = Vec<BTreeSet<String>>;

pub(super) fn copy(items: Vec<HashMap<String, AttributeValue>>) -> Copy {
    let items = items.into_iter().map(|item| {
        let item: Item = item
            .into_iter()
            .map(|(name, value)| (name, text(&value)))
            .collect();
        ((item["pk"].clone(), item["sk"].clone()), item)
    });
    items.collect()
}

/// An attribute as a text, always in the same order.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => text.clone(),
        AttributeValue::N(number) => number.clone(),
        AttributeValue::M(members) => {
            let members = members.iter().map(|(name, of)| (name, text(of)));
            format!("{:?}", members.collect::<BTreeMap<_, _>>())
        }
        AttributeValue::L(members) => {
            format!("{:?}", members.iter().map(text).collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}

pub(super) fn paper(item: &Item) -> String {
    format!("{item:?}")
}

/// Every join there is.
pub(super) fn attack(case: &Case, evidence: &Evidence) -> Found {
    let mut found: Found = vec![BTreeSet::new(); case.names.len()];
    together(case, evidence, &mut found);
    by_difference(case, evidence, &mut found);
    by_shape(case, evidence, &mut found);
    by_order(case, evidence, &mut found);
    found
}

impl Case {
    /// Who is named.
    fn named(&self, paper: &str) -> Vec<usize> {
        let is_named = |names: &Vec<String>| names.iter().any(|name| paper.contains(&**name));
        (0..self.names.len())
            .filter(|voter| is_named(&self.names[*voter]))
            .collect()
    }

    /// The words that say something: whoever has all of a group knows nothing.
    fn telling(&self, paper: &str) -> BTreeSet<String> {
        let mut telling = BTreeSet::new();
        for group in &self.words {
            let there: Vec<_> = group
                .iter()
                .filter(|word| paper.contains(&***word))
                .collect();
            if there.len() < group.len() {
                telling.extend(there.into_iter().cloned());
            }
        }
        telling
    }
}

/// One paper that has both a voter and a vote.
fn together(case: &Case, evidence: &Evidence, found: &mut Found) {
    let copies = evidence.moments.iter().map(|moment| &moment.after);
    let items = copies
        .chain([&evidence.before])
        .flat_map(|copy| copy.values());
    let said = evidence.moments.iter().flat_map(|moment| &moment.said);
    let papers = said.chain(&evidence.papers).cloned();
    // What stays the same from copy to copy is read once.
    let papers: BTreeSet<String> = items.map(paper).chain(papers).collect();
    for paper in papers {
        let telling = case.telling(&paper);
        if !telling.is_empty() {
            for voter in case.named(&paper) {
                found[voter].extend(telling.clone());
            }
        }
    }
}

/// What changed between two copies of an item: attributes that came, went or became others.
fn changes(before: &Copy, after: &Copy) -> Vec<Item> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let none = Item::new();
    let change = |key: &&(String, String)| {
        let (old, new) = (before.get(*key), after.get(*key));
        if old == new {
            return None;
        }
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        let differs = |name: &&String| old.get(*name) != new.get(*name);
        let names: BTreeSet<_> = old.keys().chain(new.keys()).filter(differs).collect();
        let value = |name: &String| new.get(name).or(old.get(name)).cloned().unwrap_or_default();
        Some(
            names
                .into_iter()
                .map(|name| (name.clone(), value(name)))
                .collect(),
        )
    };
    keys.iter().filter_map(change).collect()
}

impl Evidence {
    /// What each vote changed in the main table.
    fn differences(&self) -> impl Iterator<Item = (Vec<Item>, &Moment)> {
        let befores = std::iter::once(&self.before);
        let befores = befores.chain(self.moments.iter().map(|moment| &moment.after));
        befores
            .zip(&self.moments)
            .map(|(before, moment)| (changes(before, &moment.after), moment))
    }
}

/// A voter who turns up between two copies, and a vote that turns up between the same two, or is spoken of meanwhile.
fn by_difference(case: &Case, evidence: &Evidence, found: &mut Found) {
    for (changes, moment) in evidence.differences() {
        let changed: Vec<String> = changes.iter().map(paper).collect();
        let [voter] = case.named(&changed.join("\n"))[..] else {
            continue;
        };
        for paper in changed.iter().chain(&moment.said) {
            found[voter].extend(case.telling(paper));
        }
    }
}

/// Votes that leave traces of different kinds or sizes: whoever's trace is not as the others' are.
fn by_shape(case: &Case, evidence: &Evidence, found: &mut Found) {
    let mut shapes: BTreeMap<Vec<Vec<(String, usize)>>, Vec<usize>> = BTreeMap::new();
    for (changes, _) in evidence.differences() {
        let papers: Vec<String> = changes.iter().map(paper).collect();
        let [voter] = case.named(&papers.join("\n"))[..] else {
            continue;
        };
        let shape = |item: &Item| -> Vec<_> {
            let sizes = item.iter();
            sizes
                .map(|(name, value)| (name.clone(), value.len()))
                .collect()
        };
        let shape = changes.iter().map(shape).collect();
        shapes.entry(shape).or_default().push(voter);
    }
    if shapes.len() > 1 {
        for (shape, voters) in shapes {
            for voter in voters {
                found[voter].insert(format!("left another trace than others: {shape:?}"));
            }
        }
    }
}

/// Voters in one order, and votes in another: do they go together?
fn by_order(case: &Case, evidence: &Evidence, found: &mut Found) {
    let everybody: Vec<usize> = (0..case.names.len()).collect();
    let mut orders = vec![everybody.clone(), case.voted.clone()];
    // The order of every list that has all of them, and of their items by key.
    let items: Vec<&String> = evidence.papers.iter().collect();
    let all = items.iter().map(|paper| paper.as_str()).collect::<Vec<_>>();
    let joined = all.join("\n");
    for paper in all.iter().copied().chain([joined.as_str()]) {
        let first = |voter: &usize| {
            let places = case.names[*voter]
                .iter()
                .filter_map(|name| paper.find(&**name));
            places.min()
        };
        let places: Option<Vec<usize>> = everybody.iter().map(first).collect();
        if let Some(places) = places {
            let mut order = everybody.clone();
            order.sort_by_key(|voter| places[*voter]);
            orders.push(order);
        }
    }
    let mut turned = orders.clone();
    turned.iter_mut().for_each(|order| order.reverse());
    orders.extend(turned);

    for paper in &items {
        // Only words of which each voter has one of their own have an order.
        let groups = case
            .words
            .iter()
            .filter(|group| group.len() == everybody.len());
        for group in groups {
            let places: Option<Vec<usize>> = group.iter().map(|word| paper.find(&**word)).collect();
            let Some(places) = places else {
                continue;
            };
            let mut words = everybody.clone();
            words.sort_by_key(|word| places[*word]);
            for order in &orders {
                let right = order
                    .iter()
                    .zip(&words)
                    .filter(|(voter, word)| voter == word);
                // Of a random order about one is right, however many there are.
                if right.count() > everybody.len() / 2 {
                    for (voter, word) in order.iter().zip(&words) {
                        found[*voter].insert(group[*word].clone());
                    }
                }
            }
        }
    }
}

#[test]
fn whoever_writes_votes_down_in_the_order_of_voting_gives_them_away() {
    let text = |number: usize| format!("wrote-{number}-end");
    let case = Case {
        names: (0..6)
            .map(|number| vec![format!("voter-{number}-end")])
            .collect(),
        words: vec![(0..6).map(text).collect()],
        voted: vec![3, 1, 4, 0, 5, 2],
    };
    let list = |order: &[usize]| {
        order
            .iter()
            .map(|number| text(*number))
            .collect::<Vec<_>>()
            .join(",")
    };
    let evidence = |order: &[usize]| Evidence {
        papers: vec![list(order)],
        ..Evidence::default()
    };
    for order in [[3, 1, 4, 0, 5, 2], [2, 5, 0, 4, 1, 3], [0, 1, 2, 3, 4, 5]] {
        let found = attack(&case, &evidence(&order));
        assert!(
            (0..6).all(|number| found[number].contains(&text(number))),
            "{found:?}"
        );
    }
    let found = attack(&case, &evidence(&[5, 3, 0, 2, 1, 4]));
    assert!(found.iter().all(BTreeSet::is_empty), "{found:?}");
}
