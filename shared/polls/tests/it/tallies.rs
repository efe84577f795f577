//! Deltas, in any order, come to what the last answers come to.

use polls::{Answer, Answers, Delta, Tally, delta, withdrawal};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn answer() -> impl Strategy<Value = Answer> {
    let ids = || prop::sample::subsequence(vec!["c1", "c2", "c3", "c4"], 1..4);
    let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
    prop_oneof![
        ids().prop_map(move |ids| Answer::Choices(owned(ids))),
        ids()
            .prop_shuffle()
            .prop_map(move |ids| Answer::Ranking(owned(ids))),
        (0u8..=10).prop_map(Answer::Score),
        "[a-z]{1,5}".prop_map(Answer::Text),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    prop::collection::btree_map("q[1-3]", answer(), 1..4).prop_map(Answers)
}

#[derive(Clone, Debug)]
enum Happens {
    Votes(u8, Answers),
    Leaves(u8),
}

fn events() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        8 => (0u8..6, answers()).prop_map(|(who, what)| Happens::Votes(who, what)),
        1 => (0u8..6).prop_map(Happens::Leaves),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn deltas_on_any_shards_in_any_order_equal_a_count_of_the_last_answers(
        events in events(),
        order in any::<Vec<prop::sample::Index>>(),
    ) {
        let mut ballots: BTreeMap<u8, Answers> = BTreeMap::new();
        let mut deltas: Vec<(u8, Delta)> = Vec::new();
        for event in events {
            match event {
                Happens::Votes(who, new) => {
                    let old = ballots.insert(who, new.clone());
                    deltas.push((who % 4, delta(old.as_ref(), &new)));
                }
                Happens::Leaves(who) => {
                    if let Some(old) = ballots.remove(&who) {
                        deltas.push((who % 4, withdrawal(&old)));
                    }
                }
            }
        }
        for index in order {
            if !deltas.is_empty() {
                let at = index.index(deltas.len());
                let moved = deltas.remove(at);
                deltas.push(moved);
            }
        }
        let mut shards = vec![Delta::new(); 4];
        for (shard, delta) in &deltas {
            for (name, change) in delta {
                prop_assert_ne!(*change, 0);
                *shards[usize::from(*shard)].entry(name.clone()).or_default() += change;
            }
        }
        let summed: Tally = shards.iter().collect();
        let counted: Tally = ballots.values().collect();
        prop_assert_eq!(summed.voters(), ballots.len() as u64);
        prop_assert_eq!(summed, counted);
    }

    #[test]
    fn the_same_vote_again_changes_nothing(answers in answers()) {
        prop_assert_eq!(delta(Some(&answers), &answers), Delta::new());
    }
}

#[test]
fn the_names_of_counters_are_what_storage_has() {
    let answers: Answers = serde_json::from_str(
        r#"{"q1": {"choices": ["c1", "c2"]}, "q2": {"score": 4}, "q3": {"ranking": ["b", "a"]}, "q4": {"text": "no"}}"#,
    )
    .unwrap();
    let names: Vec<_> = delta(None, &answers).into_keys().collect();
    assert_eq!(
        names,
        [
            "q1.c.c1", "q1.c.c2", "q1.n", "q2.n", "q2.s.4", "q3.n", "q3.p.a.2", "q3.p.b.1", "q4.n",
            "voters"
        ]
    );
}
