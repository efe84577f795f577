//! Edits of a card that many see.

use crate::samples::at;
use jiff::{SignedDuration, Timestamp};
use polls::EditPace;
use proptest::prelude::*;

fn start() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

#[test]
fn a_first_edit_goes_at_once_and_the_next_a_second_later() {
    let (first, pace) = EditPace::next(None, start());
    assert_eq!(first, start());
    let (second, pace) = EditPace::next(Some(pace), start());
    assert_eq!(second, at("2026-11-24T12:00:01Z"));
    let (third, _) = EditPace::next(Some(pace), at("2026-11-24T12:00:07.5Z"));
    assert_eq!(third, at("2026-11-24T12:00:07.5Z"));
    let json = serde_json::to_string(&pace).unwrap();
    assert_eq!(serde_json::from_str::<EditPace>(&json).unwrap(), pace);
}

proptest! {
    #[test]
    fn never_two_in_a_second_and_never_more_than_1200_in_an_hour(
        waits in prop::collection::vec(prop_oneof![8 => 0i64..1500, 1 => 0i64..1_800_000], 1..2500),
    ) {
        let mut now = start();
        let mut pace = None;
        let mut edits: Vec<Timestamp> = Vec::new();
        for wait in waits {
            now += SignedDuration::from_millis(wait);
            let (edit, taken) = EditPace::next(pace, now);
            prop_assert!(edit >= now);
            // Votes until the edit goes make no other.
            now = now.max(edit);
            pace = Some(taken);
            edits.push(edit);
        }
        for pair in edits.windows(2) {
            prop_assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_secs(1));
        }
        for window in edits.windows(1201) {
            prop_assert!(window[1200].duration_since(window[0]) > SignedDuration::from_hours(1));
        }
    }
}

#[test]
fn what_goes_on_for_hours_is_shown_as_often_as_the_limit_allows() {
    let mut now = start();
    let mut pace = None;
    let mut count = 0;
    while now < start() + SignedDuration::from_hours(3) {
        let (edit, taken) = EditPace::next(pace, now);
        now = edit;
        pace = Some(taken);
        count += 1;
    }
    assert!((3400..=3600).contains(&count), "{count}");
}
