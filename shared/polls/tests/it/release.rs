//! An anonymous poll shows results in steps.

use crate::samples::poll;
use polls::{Answers, Definition, Released, Tally, delta};
use proptest::prelude::*;
use serde_json::json;

fn anonymous(threshold: u64) -> Definition {
    poll(json!({"anonymous": true, "to": ["everyone"], "results": "live", "threshold": threshold}))
}

fn vote(choice: &str) -> Answers {
    serde_json::from_value(json!({"q1": {"choices": [choice]}})).unwrap()
}

#[test]
fn nothing_is_shown_before_a_second_step_is_full() {
    let poll = anonymous(5);
    let mut now = Tally::default();
    let mut released = Released::default();
    let mut shown = Vec::new();
    for _ in 0..16 {
        now.add(&delta(None, &vote("c1")));
        if let Some(next) = released.next(&poll, &now) {
            released = next;
        }
        shown.push(released.tally().voters());
    }
    assert_eq!(shown, [0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10]);
    let json = serde_json::to_string(&released).unwrap();
    assert_eq!(serde_json::from_str::<Released>(&json).unwrap(), released);
}

proptest! {
    /// Whoever compares any two results that were shown, the last one
    /// included, compares groups that differ by a threshold of voters.
    #[test]
    fn whenever_it_closes_the_steps_hide_a_threshold_of_voters(
        threshold in 5u64..9,
        votes in prop::collection::vec((0u64..4, any::<bool>()), 0..60),
    ) {
        let poll = anonymous(threshold);
        let mut now = Tally::default();
        let mut released = Released::default();
        let mut shown = vec![0];
        for (comers, changes) in votes {
            for _ in 0..comers {
                now.add(&delta(None, &vote("c1")));
            }
            if changes && now.voters() > 0 {
                now.add(&delta(Some(&vote("c1")), &vote("c2")));
            }
            if let Some(next) = released.next(&poll, &now) {
                released = next;
            }
            let voters = released.tally().voters();
            if shown.last() != Some(&voters) {
                shown.push(voters);
            }
        }
        if now.voters() >= threshold {
            shown.push(now.voters());
        }
        for step in shown.windows(2) {
            prop_assert!(step[1] >= step[0] + threshold, "{:?}", shown);
        }
    }
}
