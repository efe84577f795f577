//! Who may vote, and who sees what.

use crate::samples::{ANA, at, poll};
use activity::ids::ObjectId;
use jiff::Timestamp;
use polls::{Closing, Person, Phase, Quorum, Refusal, Standing, Viewer, is_reminded};
use serde_json::json;

fn now() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

fn open() -> Standing {
    Standing {
        phase: Phase::Open,
        closes: Some(at("2026-11-24T13:00:00Z")),
        latest: None,
    }
}

fn closed() -> Standing {
    Standing {
        phase: Phase::Closed,
        ..open()
    }
}

#[test]
fn a_vote_counts_until_the_closing_time_also_when_the_closing_is_late() {
    let poll = poll(json!({}));
    assert_eq!(poll.may_vote(open(), false, now()), Ok(()));
    assert_eq!(
        poll.may_vote(open(), false, at("2026-11-24T12:59:59.999Z")),
        Ok(())
    );
    assert_eq!(
        poll.may_vote(open(), false, at("2026-11-24T13:00:00Z")),
        Err(Refusal::Closed)
    );
    for phase in [Phase::Closing, Phase::Closed] {
        let standing = Standing { phase, ..open() };
        assert_eq!(poll.may_vote(standing, false, now()), Err(Refusal::Closed));
    }
    let by_hand = Standing {
        phase: Phase::Open,
        closes: None,
        latest: None,
    };
    assert_eq!(
        poll.may_vote(by_hand, true, at("2036-01-01T00:00:00Z")),
        Ok(())
    );
}

#[test]
fn whoever_may_not_change_votes_once() {
    let poll = poll(json!({"mayChange": false}));
    assert_eq!(poll.may_vote(open(), false, now()), Ok(()));
    assert_eq!(
        poll.may_vote(open(), true, now()),
        Err(Refusal::MayNotChange)
    );
}

#[test]
fn results_are_seen_by_whom_the_poll_says_and_by_owners_always() {
    let voted = Viewer {
        voted: true,
        owns: false,
    };
    let owner = Viewer {
        voted: false,
        owns: true,
    };
    for (results, in_open, after_vote, in_closed) in [
        ("live", true, true, true),
        ("after-voting", false, true, true),
        ("after-closing", false, false, true),
        ("owner", false, false, false),
    ] {
        let poll = poll(json!({ "results": results }));
        let sees = |viewer, standing| poll.shows_results(viewer, standing, now());
        assert_eq!(sees(Viewer::default(), open()), in_open, "{results}");
        assert_eq!(sees(voted, open()), after_vote, "{results}");
        assert_eq!(sees(Viewer::default(), closed()), in_closed, "{results}");
        assert!(sees(owner, open()) && sees(owner, closed()), "{results}");
        assert_eq!(poll.shows_results_to_all(closed(), now()), in_closed);
    }
}

#[test]
fn owners_are_known_by_any_of_their_names() {
    let poll = poll(json!({"coOwners": ["upn:Ben@Contoso.example", "mail:eve@contoso.example"]}));
    let other = ObjectId::new("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e99");
    let ana = ObjectId::new(ANA.to_uppercase());
    let person = |object_id, upn, mail| Person {
        object_id,
        upn,
        mail,
    };
    assert!(poll.is_owned_by(&person(&ana, None, None)));
    assert!(poll.is_owned_by(&person(&other, Some("BEN@contoso.example"), None)));
    assert!(poll.is_owned_by(&person(&other, None, Some("Eve@contoso.example"))));
    assert!(!poll.is_owned_by(&person(
        &other,
        Some("eve@contoso.example"),
        Some("ben@contoso.example")
    )));
    assert!(!poll.is_owned_by(&person(&other, None, None)));
}

#[test]
fn a_quorum_is_a_number_or_a_share_of_whom_was_asked() {
    let quorum = |quorum| Closing {
        quorum: Some(quorum),
        time: None,
    };
    assert!(!quorum(Quorum::Voters(3)).quorum_reached(2, None));
    assert!(quorum(Quorum::Voters(3)).quorum_reached(3, None));
    let half = quorum(Quorum::Percent(50));
    assert!(!half.quorum_reached(3, Some(7)));
    assert!(half.quorum_reached(4, Some(7)));
    assert!(!half.quorum_reached(4, None));
    assert!(!half.quorum_reached(0, Some(0)));
    assert!(!Closing::default().quorum_reached(u64::MAX, Some(1)));
    assert!(quorum(Quorum::Percent(100)).quorum_reached(u64::MAX, Some(u64::MAX)));
}

#[test]
fn reminders_come_before_the_closing_and_to_those_who_have_not_voted() {
    let poll = poll(json!({"remind": ["30m", "2h"]}));
    let closes = at("2026-11-24T13:00:00Z");
    assert_eq!(
        poll.reminders(now(), Some(closes)),
        [at("2026-11-24T12:30:00Z")]
    );
    assert_eq!(poll.reminders(now(), None).len(), 2);
    assert!(is_reminded(open(), false, now()));
    assert!(!is_reminded(open(), true, now()));
    assert!(!is_reminded(open(), false, closes));
    assert!(!is_reminded(closed(), false, now()));
}

#[test]
fn a_poll_closes_after_its_time_or_by_hand() {
    let after = poll(json!({"closes": {"after": "90m"}}));
    assert_eq!(after.closes_at(now()), Some(at("2026-11-24T13:30:00Z")));
    let fixed = poll(json!({"closes": {"at": "2026-11-30T18:00:00+01:00"}}));
    assert_eq!(fixed.closes_at(now()), Some(at("2026-11-30T17:00:00Z")));
    assert_eq!(poll(json!({})).closes_at(now()), None);
}
