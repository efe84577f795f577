//! What owners may do.

use crate::samples::{ANA, at, poll};
use activity::ids::ObjectId;
use jiff::Timestamp;
use polls::{
    Change, ClosingTime, Command, Definition, Longer, Manage, Person, Phase, Refusal, Standing,
    decide,
};
use serde_json::{Value, json};
use std::time::Duration;

fn now() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

const HOUR: Longer = Longer::For(Duration::from_secs(3600));

fn done(poll: &Definition, standing: Standing, does: Manage) -> Result<Change, Refusal> {
    let object_id = ObjectId::new(ANA);
    let ana = Person {
        object_id: &object_id,
        upn: None,
        mail: None,
    };
    decide(poll, standing, does, &ana, now())
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
        closes: Some(at("2026-11-24T11:00:00Z")),
        latest: None,
    }
}

#[test]
fn whoever_owns_no_poll_commands_none() {
    let object_id = ObjectId::new("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e99");
    let eve = Person {
        object_id: &object_id,
        upn: Some("eve@contoso.example"),
        mail: None,
    };
    let all = [
        Manage::Close,
        Manage::Reopen(None),
        Manage::Extend(HOUR),
        Manage::Delete,
        Manage::Clone,
    ];
    for does in all {
        let refused = decide(&poll(json!({})), open(), does, &eve, now());
        assert_eq!(refused, Err(Refusal::NotAnOwner), "{}", does.word());
    }
}

#[test]
fn closing_twice_is_closing_once() {
    for standing in [open(), closed()] {
        assert_eq!(
            done(&poll(json!({})), standing, Manage::Close),
            Ok(Change::Close)
        );
    }
}

#[test]
fn an_open_poll_is_extended_from_its_closing_time() {
    let poll = poll(json!({}));
    let open_until = |closes: &str| {
        Ok(Change::Open {
            closes: Some(at(closes)),
        })
    };
    assert_eq!(
        done(&poll, open(), Manage::Extend(HOUR)),
        open_until("2026-11-24T14:00:00Z")
    );
    let until = |time| Manage::Extend(Longer::Until(at(time)));
    assert_eq!(
        done(&poll, open(), until("2026-11-25T00:00:00Z")),
        open_until("2026-11-25T00:00:00Z")
    );
    assert_eq!(
        done(&poll, open(), until("2026-11-24T12:30:00Z")),
        Err(Refusal::NotLater)
    );
    assert_eq!(
        done(&poll, closed(), Manage::Extend(HOUR)),
        Err(Refusal::Closed)
    );
    let by_hand = Standing {
        closes: None,
        ..open()
    };
    assert_eq!(
        done(&poll, by_hand, Manage::Extend(HOUR)),
        Err(Refusal::NoClosingTime)
    );
}

#[test]
fn nothing_moves_a_closing_time_beyond_what_a_poll_can_be_open() {
    let poll = poll(json!({}));
    let latest = |time| Some(at(time));
    let soon = Standing {
        latest: latest("2026-11-24T13:30:00Z"),
        ..open()
    };
    let closes = soon.latest;
    assert_eq!(
        done(&poll, soon, Manage::Extend(HOUR)),
        Ok(Change::Open { closes })
    );
    let there = Standing {
        closes: soon.latest,
        ..soon
    };
    assert_eq!(
        done(&poll, there, Manage::Extend(HOUR)),
        Err(Refusal::NotLater)
    );
    let closed = Standing {
        latest: soon.latest,
        ..closed()
    };
    assert_eq!(
        done(&poll, closed, Manage::Reopen(None)),
        Ok(Change::Open { closes })
    );
    let long_ago = Standing {
        latest: latest("2026-11-24T11:30:00Z"),
        ..closed
    };
    for longer in [None, Some(HOUR)] {
        assert_eq!(
            done(&poll, long_ago, Manage::Reopen(longer)),
            Err(Refusal::NotLater)
        );
    }
}

#[test]
fn a_closed_poll_is_reopened_unless_it_was_anonymous() {
    let named = poll(json!({}));
    let opened = |closes| Ok(Change::Open { closes });
    assert_eq!(done(&named, closed(), Manage::Reopen(None)), opened(None));
    let later = Some(at("2026-11-24T13:00:00Z"));
    assert_eq!(
        done(&named, closed(), Manage::Reopen(Some(HOUR))),
        opened(later)
    );
    let past = Longer::Until(at("2026-11-24T11:30:00Z"));
    assert_eq!(
        done(&named, closed(), Manage::Reopen(Some(past))),
        Err(Refusal::NotLater)
    );
    assert_eq!(
        done(&named, open(), Manage::Reopen(None)),
        Err(Refusal::StillOpen)
    );
    let counting = Standing {
        phase: Phase::Closing,
        ..closed()
    };
    assert_eq!(
        done(&named, counting, Manage::Reopen(None)),
        Err(Refusal::Closed)
    );
    let anonymous = poll(json!({"anonymous": true, "to": ["everyone"]}));
    assert_eq!(
        done(&anonymous, closed(), Manage::Reopen(None)),
        Err(Refusal::AnonymousStaysClosed)
    );
}

#[test]
fn a_clone_asks_the_same_at_once_under_another_name() {
    let poll = poll(
        json!({"id": "lunch", "anonymous": true, "schedule": {"at": "2026-11-20T12:00"}, "closes": {"at": "2026-11-21T12:00:00Z", "quorum": 3}}),
    );
    let Ok(Change::New(clone)) = done(&poll, closed(), Manage::Clone) else {
        panic!("a clone is a new poll");
    };
    assert_eq!(
        (clone.id.clone(), clone.schedule.clone(), clone.closes.time),
        (None, None, None)
    );
    assert_eq!(
        (&clone.questions, clone.closes.quorum),
        (&poll.questions, poll.closes.quorum)
    );
    let mut ahead = poll;
    ahead.closes.time = Some(ClosingTime::At(at("2026-11-25T12:00:00Z")));
    assert_eq!(ahead.again(now()).closes.time, ahead.closes.time);
}

#[test]
fn every_command_reads_back() {
    let by = format!("aad:{ANA}");
    for (does, more) in [
        ("close", json!({})),
        ("reopen", json!({})),
        ("reopen", json!({"for": "1h"})),
        ("extend", json!({"for": "1d"})),
        ("extend", json!({"until": "2026-11-25T00:00:00Z"})),
        (
            "delete",
            json!({"tenant": "7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11"}),
        ),
        ("clone", json!({"occurrence": "lunch@20261124T120000Z"})),
    ] {
        let mut json = json!({"poll": "lunch", "do": does, "by": by});
        json.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let command = Command::from_value(&json).unwrap();
        assert_eq!(command.does.word(), does);
        assert_eq!(serde_json::to_value(&command).unwrap(), json);
    }
}

#[test]
fn everything_wrong_with_a_command_is_named() {
    let problems = |json: Value| {
        let errors = Command::from_value(&json).unwrap_err();
        let problems = errors.problems().iter();
        problems
            .map(|problem| format!("{problem}\n"))
            .collect::<String>()
    };
    insta::assert_snapshot!(problems(json!({
        "poll": "Lunch", "occurrence": "dinner", "do": "extnd", "by": "everyone", "how": 1,
    })), @r#"
    poll: found "Lunch", expected a poll id: 1 to 64 of a-z, 0-9 and -
    occurrence: found "dinner", expected an occurrence, such as lunch@20261124T120000Z
    do: found "extnd", expected one of close, reopen, extend, delete, clone (did you mean extend?)
    by: found text of 8 characters, expected the address of one person: aad:, upn: or mail:
    how: found an unknown field, expected one of specversion, tenant, poll, occurrence, for, until, do, by, or x-…
    "#);
    insta::assert_snapshot!(problems(json!({
        "poll": "lunch", "occurrence": "dinner@20261124T120000Z", "do": "extend", "by": format!("aad:{ANA}"),
    })), @r"
    occurrence: found an occurrence of another poll, expected one of this
    for: found nothing, expected for or until: how much later it closes
    ");
}
