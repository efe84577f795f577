//! A broadcast with Teams' real limits, in simulated time. `bench broadcast` does the same to 100,000 people.

use std::time::Duration;

use pacing::{AlarmShare, Rate, Settings};
use rehearsal::{Broadcast, Latency, Outcome};
use simulator::FaultFile;

async fn rehearse(broadcast: Broadcast) -> Outcome {
    let outcome = broadcast
        .run(&mut |_| {})
        .await
        .expect("it comes to its end");
    assert_eq!((outcome.missing, outcome.doubles), (0, 0), "{outcome:?}");
    assert_eq!(outcome.dead_letters, 0);
    outcome
}

fn settings(delivery: u32, share: u32) -> Settings {
    let rate = |rate| Rate::new(rate).expect("a rate");
    let share = AlarmShare::new(share).expect("a share");
    Settings::new(rate(delivery), rate(5), share)
}

#[tokio::test]
async fn a_broadcast_uses_its_rate_and_is_not_throttled() {
    let outcome = rehearse(Broadcast::default()).await;
    // Of 45 a second a tenth is kept for alarms.
    assert!(outcome.rate() >= 0.98 * 40.0, "{}", outcome.rate());
    assert!(outcome.throttled_part() < 0.001, "{outcome:?}");
    assert!(outcome.busiest_second <= 50, "{outcome:?}");
}

#[tokio::test]
async fn all_of_teams_limit_can_be_used_if_nothing_else_is_sent() {
    let outcome = rehearse(Broadcast {
        pacing: Some(settings(50, 0)),
        // What is sent evenly arrives evenly.
        latency: Latency {
            more: Duration::ZERO,
            ..Latency::USUAL
        },
        ..Broadcast::default()
    })
    .await;
    assert!(outcome.rate() >= 0.98 * 50.0, "{}", outcome.rate());
    // After a rest the first slots stand close together, and there is no room beside them. That is over within a
    // second, however long the broadcast is.
    assert!(outcome.throttled <= 3, "{outcome:?}");
}

#[tokio::test]
async fn all_of_teams_limit_can_be_used_though_requests_arrive_unevenly() {
    let outcome = rehearse(Broadcast {
        pacing: Some(settings(50, 0)),
        ..Broadcast::default()
    })
    .await;
    // Some requests are 20 ms longer under way than others, and there is no room beside the slots. That costs 2 % of the
    // rate, and half a second until it is known; of a hundred thousand it is nothing.
    assert!(outcome.rate() >= 0.96 * 50.0, "{}", outcome.rate());
    assert!(outcome.throttled <= 3, "{outcome:?}");
}

#[tokio::test]
async fn without_turns_the_limit_is_met_all_the_time() {
    let outcome = rehearse(Broadcast {
        people: 300,
        pacing: None,
        ..Broadcast::default()
    })
    .await;
    // The rehearsal can fail: this is what turns are for.
    assert!(outcome.throttled_part() > 0.05, "{outcome:?}");
}

#[tokio::test]
async fn a_storm_of_429_costs_time_and_no_message() {
    let storm =
        "faults:\n- {operation: send, after: 5 s, until: 8 s, answer: throttled, retryAfter: 2 s}";
    let outcome = rehearse(Broadcast {
        faults: Some(FaultFile::read(storm).expect("a fault file")),
        ..Broadcast::default()
    })
    .await;
    assert!(
        outcome.throttled > 0 && outcome.throttled_part() < 0.05,
        "{outcome:?}"
    );
    assert!(outcome.took < Duration::from_secs(120), "{outcome:?}");
}
