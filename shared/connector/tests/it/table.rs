//! The table of statuses and codes (protocol reference §5.4), row by row, and
//! what must hold whatever comes.

use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use connector::retry::{
    Attempt, Decision, Effect, End, Meaning, Outcome, Policy, Schedule, decide,
};
use connector::{Rejection, Trace};
use proptest::prelude::*;
use serde_json::Value;

fn rejection(status: u16, code: Option<&str>) -> Rejection {
    Rejection {
        status: StatusCode::from_u16(status).unwrap(),
        code: code.map(|code| code.replace(' ', "")),
        sub_code: None,
        foreign_id: false,
        retry_after: None,
        trace: Trace::default(),
    }
}

fn attempt(outcome: Outcome, effect: Effect, policy: Policy) -> Attempt {
    Attempt {
        outcome,
        effect,
        policy,
        attempt: 1,
        retry_after: None,
        time_left: Duration::from_secs(60),
        jitter: 0.0,
    }
}

fn answered(status: u16, code: Option<&str>, effect: Effect, policy: Policy) -> Decision {
    let outcome = Outcome::Rejected(rejection(status, code).meaning());
    decide(&attempt(outcome, effect, policy))
}

const WAYS: [(Effect, Policy); 4] = [
    (Effect::Post, Policy::AtLeastOnce),
    (Effect::Post, Policy::AtMostOnce),
    (Effect::Idempotent, Policy::AtLeastOnce),
    (Effect::Idempotent, Policy::AtMostOnce),
];

#[test]
fn what_is_final_ends_as_documented_whatever_was_done() {
    for (status, code, end) in [
        (400, Some("Bad Argument"), End::BadRequest),
        (400, Some("BadArgument"), End::BadRequest),
        (400, Some("BadSyntax"), End::BadRequest),
        (400, Some("MissingProperty"), End::BadRequest),
        (400, None, End::BadRequest),
        (401, Some("BotNotRegistered"), End::Misconfigured),
        (401, Some("AuthorizationError"), End::Misconfigured),
        (401, None, End::Misconfigured),
        (403, Some("BotDisabledByAdmin"), End::DisabledByAdmin),
        (403, Some("BotNotInConversationRoster"), End::BotRemoved),
        (403, Some("ConversationBlockedByUser"), End::BlockedByUser),
        (403, Some("ForbiddenOperationException"), End::NotInstalled),
        (403, Some("InvalidBotApiHost"), End::WrongHost),
        (403, Some("NotEnoughPermissions"), End::NotPermitted),
        (403, Some("TenantNoPermission"), End::NotPermitted),
        (403, Some("CapabilityOverride"), End::NotPermitted),
        (403, Some("SomethingNew"), End::NotPermitted),
        (404, Some("ConversationNotFound"), End::ConversationGone),
        (404, Some("conversationnotfound"), End::ConversationGone),
        (
            404,
            Some("ActivityNotFoundInConversation"),
            End::ActivityGone,
        ),
        (404, Some("MemberNotFoundInConversation"), End::NotFound),
        (404, None, End::NotFound),
        (405, None, End::Unsupported),
        (501, None, End::Unsupported),
        (413, Some("MessageSizeTooBig"), End::TooLarge),
        (413, None, End::TooLarge),
        (400, Some("MessageSizeTooBig"), End::TooLarge),
        (500, Some("ServiceError"), End::ServiceFault),
        // The status decides before the code.
        (500, Some("ConversationNotFound"), End::ServiceFault),
        (500, Some("Throttled"), End::ServiceFault),
        (302, None, End::Unexpected),
        (409, None, End::Unexpected),
        (507, None, End::Unexpected),
    ] {
        for (effect, policy) in WAYS {
            assert_eq!(
                answered(status, code, effect, policy),
                Decision::Stop(end),
                "{status} {code:?} {effect:?} {policy:?}"
            );
        }
    }
}

#[test]
fn a_sub_code_counts_like_a_code() {
    let mut blocked = rejection(403, Some("209"));
    blocked.sub_code = Some("MessageWritesBlocked".to_owned());
    assert_eq!(blocked.meaning(), Meaning::Final(End::BlockedByUser));
}

#[test]
fn an_id_of_another_bot_is_forgotten_by_400_and_403() {
    for (status, end) in [
        (400, End::ForeignId),
        (403, End::ForeignId),
        (404, End::NotFound),
    ] {
        let foreign = Rejection {
            foreign_id: true,
            ..rejection(status, Some("BadArgument"))
        };
        assert_eq!(foreign.meaning(), Meaning::Final(end));
    }
}

#[test]
fn what_did_nothing_is_tried_again_under_either_policy() {
    for (status, code) in [
        (412, Some("PreconditionFailed")),
        (412, None),
        (429, Some("Throttled")),
        (429, None),
    ] {
        for (effect, policy) in WAYS {
            let decision = answered(status, code, effect, policy);
            assert!(
                matches!(decision, Decision::Wait(_)),
                "{status} {decision:?}"
            );
        }
    }
    for outcome in [Outcome::NotSent, Outcome::NoToken] {
        for (effect, policy) in WAYS {
            let decision = decide(&attempt(outcome, effect, policy));
            assert!(
                matches!(decision, Decision::Wait(_)),
                "{outcome:?} {decision:?}"
            );
        }
    }
}

#[test]
fn what_may_have_arrived_is_repeated_as_the_policy_says() {
    let ambiguous = [
        Outcome::Rejected(rejection(502, Some("ServiceError")).meaning()),
        Outcome::Rejected(rejection(503, None).meaning()),
        Outcome::Rejected(rejection(504, None).meaning()),
        Outcome::Unanswered,
    ];
    for outcome in ambiguous {
        for (effect, policy) in WAYS {
            let attempt = attempt(outcome, effect, policy);
            let decision = decide(&attempt);
            if (effect, policy) == (Effect::Post, Policy::AtMostOnce) {
                assert_eq!(decision, Decision::Stop(End::Ambiguous), "{outcome:?}");
            } else {
                assert!(
                    matches!(decision, Decision::Wait(_)),
                    "{outcome:?} {decision:?}"
                );
            }
            assert_eq!(attempt.may_have_arrived(), effect == Effect::Post);
        }
    }
}

#[test]
fn what_was_done_is_not_done_again() {
    for policy in [Policy::AtLeastOnce, Policy::AtMostOnce] {
        let post = attempt(Outcome::Unreadable, Effect::Post, policy);
        assert_eq!(decide(&post), Decision::Stop(End::Ambiguous));
        let get = attempt(Outcome::Unreadable, Effect::Idempotent, policy);
        assert!(matches!(decide(&get), Decision::Wait(_)));
        // 408 is not on the table, and posts were seen to arrive all the same.
        let decision = answered(408, None, Effect::Post, policy);
        assert_eq!(decision, Decision::Stop(End::Ambiguous));
        let decision = answered(408, None, Effect::Idempotent, policy);
        assert_eq!(decision, Decision::Stop(End::Unexpected));
    }
}

#[test]
fn there_is_an_end_to_it() {
    let schedule = Schedule::default();
    for (outcome, tries, end) in [
        (Outcome::NotSent, schedule.tries, End::Exhausted),
        (
            Outcome::Rejected(Meaning::Busy),
            schedule.tries,
            End::Exhausted,
        ),
        (Outcome::Unanswered, schedule.tries, End::Ambiguous),
        (
            Outcome::Rejected(Meaning::Unavailable),
            schedule.tries,
            End::Ambiguous,
        ),
        (
            Outcome::Rejected(Meaning::Throttled),
            schedule.throttled_tries,
            End::Exhausted,
        ),
    ] {
        let mut attempt = attempt(outcome, Effect::Post, Policy::AtLeastOnce);
        attempt.attempt = tries - 1;
        let decision = decide(&attempt);
        assert!(
            !matches!(decision, Decision::Stop(_)),
            "{outcome:?} {decision:?}"
        );
        attempt.attempt = tries;
        assert_eq!(decide(&attempt), Decision::Stop(end));
    }
}

#[test]
fn waits_double_up_to_a_limit() {
    let wait = |attempt_number, jitter| {
        let mut attempt = attempt(Outcome::NotSent, Effect::Post, Policy::AtLeastOnce);
        attempt.attempt = attempt_number;
        attempt.jitter = jitter;
        match decide(&attempt) {
            Decision::Wait(wait) | Decision::HandBack { after: wait } => wait.as_millis(),
            Decision::Stop(end) => panic!("{end}"),
        }
    };
    let longest: Vec<_> = (1..8).map(|attempt| wait(attempt, 1.0)).collect();
    assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
    let shortest: Vec<_> = (1..8).map(|attempt| wait(attempt, 0.0)).collect();
    assert_eq!(shortest, [250, 500, 1000, 2000, 4000, 8000, 15_000]);
}

#[test]
fn a_wait_that_does_not_fit_is_handed_back() {
    let throttled = |retry_after, time_left| {
        decide(&Attempt {
            retry_after: Some(Duration::from_secs(retry_after)),
            time_left: Duration::from_secs(time_left),
            ..attempt(
                Outcome::Rejected(Meaning::Throttled),
                Effect::Post,
                Policy::AtLeastOnce,
            )
        })
    };
    let seconds = Duration::from_secs;
    assert_eq!(throttled(3, 10), Decision::Wait(seconds(3)));
    assert_eq!(throttled(3, 3), Decision::HandBack { after: seconds(3) });
    // Fits, but paying for an idle invocation does not pay.
    assert_eq!(
        throttled(20, 600),
        Decision::HandBack { after: seconds(20) }
    );
    assert_eq!(
        throttled(86_400, 600),
        Decision::HandBack {
            after: seconds(86_400)
        }
    );
}

#[test]
fn every_end_has_a_name_of_its_own() {
    let mut names: Vec<_> = End::ALL.iter().map(|end| end.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), End::ALL.len());
}

/// The compiled table of documents, where the collection of fixtures is at hand.
#[test]
fn the_documented_table_is_followed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/teams/error-codes.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        let code = row["code"].as_str();
        let action = row["action"].as_str().unwrap();
        let decide = |policy| answered(status, code, Effect::Post, policy);
        let again = matches!(decide(Policy::AtLeastOnce), Decision::Wait(_));
        // The other host is a repair, and the client has refreshed the token by now.
        let documented = row["retry"].as_bool().unwrap() && action != "retry_once_at_gcc_host";
        assert_eq!(again, documented, "{row}");
        let fits = match decide(Policy::AtMostOnce) {
            Decision::Wait(_) => matches!(action, "backoff" | "retry_after"),
            Decision::HandBack { .. } => false,
            Decision::Stop(end) => match action {
                "fix_payload" => end == End::BadRequest,
                "fix_configuration" | "refresh_token_once" => end == End::Misconfigured,
                "suspend_reference" => end == End::DisabledByAdmin,
                "drop_reference" => matches!(
                    end,
                    End::BotRemoved | End::BlockedByUser | End::ConversationGone
                ),
                "needs_install" => end == End::NotInstalled,
                "retry_once_at_gcc_host" => end == End::WrongHost,
                "report" => matches!(end, End::NotPermitted | End::ServiceFault),
                "drop_activity_id" => end == End::ActivityGone,
                "shrink_payload" => end == End::TooLarge,
                "backoff_ambiguous_for_post" => end == End::Ambiguous,
                _ => false,
            },
        };
        assert!(fits, "{row}");
    }
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let answers =
        (300_u16..600).prop_map(|status| Outcome::Rejected(rejection(status, None).meaning()));
    prop_oneof![
        4 => answers,
        1 => Just(Outcome::NotSent),
        1 => Just(Outcome::NoToken),
        1 => Just(Outcome::Unanswered),
        1 => Just(Outcome::Unreadable),
        1 => Just(Outcome::Refused(End::UntrustedHost)),
    ]
}

prop_compose! {
    fn attempts()(
        outcome in outcomes(),
        (effect, policy) in proptest::sample::select(&WAYS),
        attempt in any::<u32>(),
        retry_after in proptest::option::of(any::<Duration>()),
        time_left in any::<Duration>(),
        jitter in any::<f64>(),
    ) -> Attempt {
        Attempt { outcome, effect, policy, attempt, retry_after, time_left, jitter }
    }
}

proptest! {
    #[test]
    fn a_500_is_never_repeated(
        base in attempts(),
        code in proptest::option::of("[A-Za-z]{0,20}"),
    ) {
        let outcome = Outcome::Rejected(rejection(500, code.as_deref()).meaning());
        let decision = decide(&Attempt { outcome, ..base });
        prop_assert_eq!(decision, Decision::Stop(End::ServiceFault));
    }

    #[test]
    fn nobody_waits_past_the_time_left(attempt in attempts()) {
        if let Decision::Wait(wait) = decide(&attempt) {
            prop_assert!(wait < attempt.time_left);
        }
    }

    #[test]
    fn what_the_server_asks_for_is_the_least(attempt in attempts()) {
        if let (Some(asked), Decision::Wait(wait) | Decision::HandBack { after: wait }) =
            (attempt.retry_after, decide(&attempt))
        {
            prop_assert!(wait >= asked);
            prop_assert!(wait <= asked.saturating_add(Duration::from_secs(1)));
        }
    }

    #[test]
    fn at_most_once_never_repeats_what_may_have_arrived(attempt in attempts()) {
        let attempt = Attempt { policy: Policy::AtMostOnce, ..attempt };
        if attempt.may_have_arrived() {
            prop_assert_eq!(decide(&attempt), Decision::Stop(End::Ambiguous));
        }
    }

    #[test]
    fn only_documented_statuses_are_repeated(status in 300_u16..600, base in attempts()) {
        let outcome = Outcome::Rejected(rejection(status, None).meaning());
        let decision = decide(&Attempt { outcome, ..base });
        if ![412, 429, 502, 503, 504].contains(&status) {
            prop_assert!(matches!(decision, Decision::Stop(_)));
        }
    }
}
