//! The largest polls that a definition lets through.

use cards::poll::{ForOwner, LISTED_MOST, OwnersCard};
use cards::{Place, PollCard, Reader};
use polls::choices::LONGEST_ADDED;
use polls::{AddedChoice, Answers, Definition, Results, Tally, choices};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::polls::{card, occurrence, polls_topic};
use crate::rules;
use crate::samples::key;

const KINDS: [&str; 6] = ["single", "multiple", "rating", "nps", "ranking", "text"];

fn definition(questions: Vec<Value>, anonymous: bool, may_add: bool) -> Option<Definition> {
    let heavy = Definition::from_value(&json!({
        "title": "M".repeat(300),
        "owner": "upn:ana@contoso.example",
        "to": ["everyone"],
        "questions": questions,
        "anonymous": anonymous,
        "mayAdd": may_add,
        "results": "live",
    }));
    heavy.ok()
}

fn full(definition: &Definition) -> Vec<AddedChoice> {
    let mut added = Vec::new();
    if definition.may_add {
        for question in &definition.questions {
            for n in 0..20 {
                let text = format!("{n:0>2}{}", "&".repeat(LONGEST_ADDED - 2));
                added.extend(choices::add(definition, &added, &question.id, &text));
            }
        }
    }
    added
}

/// Every card of the poll, at its largest, keeps the rules of Teams.
fn check(definition: &Definition) -> Result<(), TestCaseError> {
    let added = full(definition);
    let (occurrence, key, topic) = (occurrence(), key(), polls_topic());
    let people: Vec<String> = (0..60)
        .map(|n| format!("29:{n}{}", "x".repeat(90)))
        .collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let owner = "M".repeat(200);
    let shown = PollCard {
        added: &added,
        owner: &owner,
        refreshed_for: &people,
        manages: false,
        ..card(definition, &occurrence, &key, &topic)
    };
    let answers = all_answers(definition, &added);
    let tally: Tally = vec![answers.clone(); 12].iter().collect();
    let results = Results::of(definition, &added, &tally, Some(1_000_000));
    let votes = vec![("M".repeat(200), answers.clone()); LISTED_MOST];
    let own = ForOwner {
        written: None,
        votes: Some(&votes).filter(|_| !definition.anonymous),
    };
    let owners = OwnersCard {
        open: true,
        results: &results,
        own,
    };
    for place in [Place::Personal, Place::Chat] {
        let reader = Reader::new(Some("es"), place);
        for (name, message) in [
            ("ask", shown.ask(&reader, Some(&results))),
            ("remind", shown.remind(&reader)),
            ("change", shown.change(&reader, &answers)),
            ("voted", shown.voted(&reader, &answers, Some(&results))),
            (
                "closed",
                shown.closed(&reader, Some(&results), Some(&answers)),
            ),
            ("result", shown.result(&reader, &results, Some(own))),
            ("owners", shown.owners(&reader, &owners)),
        ] {
            let broken = rules::broken(&message);
            prop_assert!(broken.is_empty(), "{} {:?}: {:?}", name, place, broken);
        }
    }
    Ok(())
}

fn all_answers(definition: &Definition, added: &[AddedChoice]) -> Answers {
    let all = definition.questions.iter().map(|question| {
        let ids: Vec<String> = choices(question, added).into_iter().map(|c| c.id).collect();
        let answer = match question.kind.word() {
            "single" => json!({ "choices": ids[..1] }),
            "multiple" => json!({ "choices": ids }),
            "ranking" => json!({ "ranking": ids[..ids.len().min(5)] }),
            "text" => json!({ "text": "&".repeat(500) }),
            _ => json!({ "score": 3 }),
        };
        (question.id.clone(), answer)
    });
    serde_json::from_value(Value::Object(all.collect())).unwrap()
}

fn question(kind: &str, text: &str, count: usize, filler: &str) -> Value {
    let mut json = json!({ "kind": kind, "text": text });
    if matches!(kind, "single" | "multiple" | "ranking") {
        let choices: Vec<String> = (0..count).map(|n| format!("{n:0>2}{filler}")).collect();
        json["choices"] = json!(choices);
    }
    json
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 50, ..ProptestConfig::default() })]
    #[test]
    fn whatever_a_definition_lets_through_fits_a_card(
        kinds in prop::collection::vec((0usize..6, 2usize..=20, "[a-z&*\u{1F600}]{1,98}", "[a-z*&é]{1,300}"), 1..=10),
        anonymous in any::<bool>(), may_add in any::<bool>(),
    ) {
        let mut questions: Vec<Value> = kinds
            .iter()
            .map(|(kind, count, filler, text)| question(KINDS[*kind], text, *count, filler))
            .collect();
        // As many as the definition takes: near its limit is where it matters.
        while !questions.is_empty() {
            if let Some(definition) = definition(questions.clone(), anonymous, may_add) {
                return check(&definition);
            }
            questions.pop();
        }
    }
}

/// For each kind, as many choices as the definition takes.
#[test]
fn the_heaviest_of_each_kind_fits_a_card() {
    let mut checked = 0;
    for kind in KINDS {
        for (filler, text) in [
            ("x", "M"),
            (&*"&".repeat(90), &*"*".repeat(300)),
            (&*"😀".repeat(90), "M"),
        ] {
            for may_add in [false, true] {
                let largest = (1..=10)
                    .rev()
                    .flat_map(|n| (2..=20).rev().map(move |count| (n, count)))
                    .find_map(|(n, count)| {
                        let all = vec![question(kind, text, count, filler); n];
                        definition(all, true, may_add)
                    });
                if let Some(largest) = largest {
                    check(&largest).unwrap();
                    checked += 1;
                }
            }
        }
    }
    // Six kinds and three texts, and once more for the two kinds that can grow.
    assert_eq!(checked, 24);
}
