//! Who voted what, on the owner's card.

use cards::poll::{ForOwner, LISTED_MOST, OwnersCard};
use cards::{Message, Place, Reader};
use polls::{Answers, Definition, Results, Tally};
use serde_json::{Value, json};

use crate::polls::{answers, card, occurrence, polls_topic};
use crate::samples::key;

fn lunch(more: &Value) -> Definition {
    let mut lunch = json!({
        "title": "Lunch?",
        "owner": "upn:ana@contoso.example",
        "to": ["everyone"],
        "questions": [
            { "id": "q1", "kind": "single", "text": "Lunch?", "choices": ["Pizza", "Sushi"] },
            { "id": "q2", "kind": "text", "text": "Why?" },
        ],
    });
    for (name, value) in more.as_object().unwrap() {
        lunch[name] = value.clone();
    }
    Definition::from_value(&lunch).unwrap()
}

fn vote() -> Answers {
    answers(json!({ "q1": { "choices": ["c2"] }, "q2": { "text": "*Fish*\nis good" } }))
}

/// The card of an owner whose poll so many voted in, with so many of the votes at hand.
fn owners(lunch: &Definition, voters: usize, at_hand: Option<usize>) -> String {
    let (occurrence, key, topic) = (occurrence(), key(), polls_topic());
    let tally: Tally = vec![vote(); voters].iter().collect();
    let results = Results::of(lunch, &[], &tally, None);
    let votes = at_hand.map(|n| (0..n).map(|n| (format!("Voter {n}"), vote())).collect());
    let shown = OwnersCard {
        open: true,
        results: &results,
        own: ForOwner {
            written: None,
            votes: votes.as_ref(),
        },
    };
    let reader = Reader::new(Some("en"), Place::Chat);
    let Message { card, .. } = card(lunch, &occurrence, &key, &topic).owners(&reader, &shown);
    card.to_string()
}

#[test]
fn an_owner_reads_who_voted_what_free_texts_of_an_open_poll_included() {
    let shown = owners(&lunch(&json!({})), 2, Some(2));
    assert!(shown.contains("Votes by name"), "{shown}");
    let row = r#"{"title":"Voter 1","value":"Sushi · “\\*Fish\\* is good”"}"#;
    assert!(shown.contains(row), "{shown}");
}

#[test]
fn a_card_lists_as_many_as_it_promises() {
    let shown = owners(&lunch(&json!({})), LISTED_MOST, Some(LISTED_MOST));
    assert!(shown.contains("Voter 29"), "{shown}");
    assert!(!shown.contains("more; whoever"), "{shown}");
}

#[test]
fn where_too_many_voted_for_a_card_it_says_who_can_list_them() {
    let shown = owners(&lunch(&json!({})), LISTED_MOST + 1, None);
    assert!(shown.contains("up to 30 voters"), "{shown}");
}

#[test]
fn nobody_is_named_below_the_threshold_or_in_an_anonymous_poll() {
    for more in [json!({ "threshold": 5 }), json!({ "anonymous": true })] {
        // Whatever whoever makes the card has at hand.
        let shown = owners(&lunch(&more), 3, Some(3));
        assert!(!shown.contains("Voter 1"), "{shown}");
        let shown = owners(&lunch(&more), 40, None);
        let anonymous = more["anonymous"] == true;
        assert_eq!(shown.contains("up to 30 voters"), !anonymous, "{shown}");
    }
}
