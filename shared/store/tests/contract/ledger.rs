use activity::ActivityId;
use notifications::{NotificationKey, Outcome, RecipientKey, SkipReason};
use store::{
    Action, ChunkProgress, Claim, ClaimedChunk, Claiming, Ledger, PlanCursor, RecipientState,
    Recording, Then,
};
use work_items::ChunkKey;

use crate::engine::{Table, on_every_engine};
use crate::sample::{at, frozen, in_order, person_key};

const SIZE: usize = 25;

fn key() -> NotificationKey {
    frozen("42", "x", 0).key
}

fn people() -> Vec<RecipientKey> {
    in_order(0..SIZE as u32)
}

fn chunk() -> ChunkKey {
    ChunkKey::starting_with(&people()[0])
}

fn sent(index: usize) -> Outcome {
    Outcome::sent(Some(ActivityId::new(format!("17000000{index:05}"))))
}

async fn claim(ledger: Ledger<'_>, owner: &str, now: i64, until: i64) -> Claiming {
    ledger
        .claim(&key(), &chunk(), SIZE, owner, at(now), at(until))
        .await
        .unwrap()
}

async fn claimed(ledger: Ledger<'_>, owner: &str, now: i64, until: i64) -> ClaimedChunk {
    match claim(ledger, owner, now, until).await {
        Claiming::Claimed(claimed) => *claimed,
        other => panic!("not claimed: {other:?}"),
    }
}

async fn record(
    ledger: Ledger<'_>,
    claim: &Claim,
    progress: &ChunkProgress,
    then: Then,
) -> Recording {
    ledger.record(claim, progress, then).await.unwrap()
}

#[tokio::test]
async fn a_claim_keeps_others_away_until_it_runs_out() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let first = claimed(ledger, "a", 0, 60).await;
        assert_eq!((first.claim.attempt, first.taken_over), (1, false));
        assert_eq!(first.progress, ChunkProgress::untouched(SIZE));
        assert_eq!(
            claim(ledger, "b", 59, 120).await,
            Claiming::Held { until: at(60) }
        );
        let second = claimed(ledger, "b", 60, 120).await;
        assert_eq!((second.claim.attempt, second.taken_over), (2, true));
        assert!((0..SIZE).all(|index| second.progress.is_in_doubt(index)));
        assert_eq!(
            record(ledger, &first.claim, &first.progress, Then::Release).await,
            Recording::Lost
        );
    })
    .await;
}

#[tokio::test]
async fn a_takeover_doubts_only_who_has_no_outcome() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let mut first = claimed(ledger, "a", 0, 60).await;
        for index in 0..10 {
            first.progress.end(index, sent(index), at(1));
        }
        let keep = Then::Keep { until: at(90) };
        assert_eq!(
            record(ledger, &first.claim, &first.progress, keep).await,
            Recording::Recorded { complete: false }
        );
        assert_eq!(
            claim(ledger, "b", 70, 130).await,
            Claiming::Held { until: at(90) }
        );
        let second = claimed(ledger, "b", 90, 130).await;
        let doubted: Vec<_> = (0..SIZE)
            .filter(|index| second.progress.is_in_doubt(*index))
            .collect();
        assert_eq!(doubted, (10..SIZE).collect::<Vec<_>>());

        // Given back with doubts, they stay; nobody else is doubted.
        let mut progress = second.progress.clone();
        progress.not_arrived(11);
        record(ledger, &second.claim, &progress, Then::Release).await;
        let third = claimed(ledger, "c", 91, 130).await;
        assert!(!third.taken_over);
        assert_eq!(third.claim.attempt, 3);
        assert!(third.progress.is_in_doubt(10) && !third.progress.is_in_doubt(11));
    })
    .await;
}

#[tokio::test]
async fn a_chunk_is_completed_exactly_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let mut work = claimed(ledger, "a", 0, 60).await;
        for index in 0..SIZE {
            work.progress.tried(index);
            work.progress.end(index, sent(index), at(1));
        }
        let done = Recording::Recorded { complete: true };
        let recorded = record(ledger, &work.claim, &work.progress, Then::Release).await;
        assert_eq!(recorded, done);
        // The same write again, as after an answer that was lost.
        let again = record(ledger, &work.claim, &work.progress, Then::Release).await;
        assert_eq!(again, done);
        assert_eq!(claim(ledger, "b", 1, 60).await, Claiming::Done);
        assert_eq!(claim(ledger, "b", 1000, 1060).await, Claiming::Done);
        let (progress, attempts) = ledger.progress(&key(), &chunk(), SIZE).await.unwrap();
        assert_eq!((progress, attempts), (work.progress, 1));
    })
    .await;
}

#[tokio::test]
async fn claiming_twice_in_one_name_is_claiming_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        claimed(ledger, "a", 0, 60).await;
        let again = claimed(ledger, "a", 0, 60).await;
        assert!(!again.taken_over);
        assert!(!again.progress.is_in_doubt(0));
    })
    .await;
}

/// A claim whose answer was lost is written again.
#[tokio::test]
async fn a_takeover_that_is_written_twice_is_still_one() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        claimed(ledger, "a", 0, 60).await;
        for (now, until) in [(60, 120), (60, 120), (130, 190), (300, 360)] {
            let again = claimed(ledger, "b", now, until).await;
            assert!(again.taken_over, "at {now}");
            assert!(again.progress.is_in_doubt(0), "at {now}");
            assert_eq!(again.claim.attempt, 2, "one takeover");
            let other = claim(ledger, "c", until - 1, 1_000).await;
            assert_eq!(other, Claiming::Held { until: at(until) });
        }
        let work = claimed(ledger, "b", 300, 360).await;
        record(ledger, &work.claim, &work.progress, Then::Release).await;
        let fresh = claimed(ledger, "b", 301, 360).await;
        assert!(!fresh.taken_over, "it was given back");
    })
    .await;
}

#[tokio::test]
async fn a_takeover_doubts_of_those_who_wait_only_whom_somebody_was_about_to_send_to() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let mut work = claimed(ledger, "a", 0, 60).await;
        for index in 0..SIZE {
            match index {
                0..3 => work.progress.wait(index, at(1)),
                _ => work.progress.end(index, sent(index), at(1)),
            }
        }
        record(ledger, &work.claim, &work.progress, Then::Release).await;

        let second = claimed(ledger, "b", 10, 70).await;
        let mut noted = second.progress.clone();
        noted.doubt(1);
        assert!(ledger.about_to_send(&second.claim, &noted).await.unwrap());
        let third = claimed(ledger, "c", 70, 130).await;
        assert!(third.taken_over && third.claim.again);
        let doubted: Vec<_> = (0..SIZE)
            .filter(|index| third.progress.is_in_doubt(*index))
            .collect();
        assert_eq!(doubted, [1]);
        assert_eq!(third.progress.waiting().collect::<Vec<_>>(), [0, 1, 2]);
        let late = ledger.about_to_send(&second.claim, &noted).await;
        assert!(!late.unwrap(), "the chunk is another's by now");
    })
    .await;
}

#[tokio::test]
async fn a_claim_keeps_what_the_claims_before_it_counted() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let mut first = claimed(ledger, "a", 0, 60).await;
        assert_eq!((first.claim.without_token, first.claim.throttled), (0, 0));
        (first.claim.without_token, first.claim.throttled) = (2, 5);
        record(ledger, &first.claim, &first.progress, Then::Release).await;
        let mut second = claimed(ledger, "b", 1, 60).await;
        let counted = (second.claim.without_token, second.claim.throttled);
        assert_eq!((counted, second.claim.attempt), ((2, 5), 2));
        (second.claim.without_token, second.claim.throttled) = (0, 6);
        record(ledger, &second.claim, &second.progress, Then::Release).await;
        let third = claimed(ledger, "c", 2, 60).await;
        assert_eq!((third.claim.without_token, third.claim.throttled), (0, 6));
    })
    .await;
}

#[tokio::test]
async fn the_ledger_tells_what_became_of_a_recipient() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let people = people();
        let plan = ledger.plan(&key()).await.unwrap();
        ledger
            .freeze_page(
                &key(),
                &plan,
                std::slice::from_ref(&people),
                PlanCursor::End,
                at(0),
            )
            .await
            .unwrap();
        let mut work = claimed(ledger, "a", 0, 60).await;
        work.progress.tried(3);
        work.progress.tried(3);
        work.progress.end(3, sent(3), at(7));
        let muted = Outcome::Skipped(SkipReason::Muted);
        work.progress.end(4, muted.clone(), at(8));
        record(ledger, &work.claim, &work.progress, Then::Release).await;

        let of = async |index: usize| {
            let record = ledger.recipient(&key(), &people[index]).await;
            record.unwrap().unwrap()
        };
        let three = of(3).await;
        assert_eq!(
            (three.progress.tries, three.attempts, three.index),
            (2, 1, 3)
        );
        let ended = |outcome, second| RecipientState::Ended {
            outcome,
            at: at(second),
        };
        assert_eq!(three.progress.state, ended(sent(3), 7));
        assert_eq!(of(4).await.progress.state, ended(muted, 8));
        assert_eq!(of(5).await.progress.state, RecipientState::Open);
    })
    .await;
}

#[tokio::test]
async fn a_click_counts_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let click = |verb: &str, number| Action {
            notification: key(),
            verb: verb.to_owned(),
            by: person_key(number),
        };
        let once = click("ack", 1);
        assert_eq!(ledger.action(&once).await.unwrap(), None);
        let first = ledger.record_action(&once, at(1)).await.unwrap();
        assert!(first.first && !first.published);
        let again = ledger.record_action(&once, at(9)).await.unwrap();
        assert!(!again.first && !again.published);
        assert_eq!(again.at, at(1));
        ledger.action_published(&once).await.unwrap();
        assert!(ledger.action(&once).await.unwrap().unwrap().published);
        for other in [click("ack", 2), click("ac", 1), click("ack#p", 1)] {
            let record = ledger.record_action(&other, at(2)).await.unwrap();
            assert!(record.first, "{other:?}");
        }
    })
    .await;
}

/// What the bill says: see `docs/data-model.md`.
#[tokio::test]
async fn a_claim_and_the_outcomes_of_25_are_one_write_unit_each() {
    on_every_engine(|table: Table| async move {
        let ledger = table.store.ledger();
        table.meter.reset();
        let mut work = claimed(ledger, "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01/0", 0, 60).await;
        let spent = table.meter.take();
        assert_eq!((spent.requests, spent.units), (1, 1.0));
        for index in 0..SIZE {
            work.progress.tried(index);
            work.progress.end(index, sent(index), at(index as i64));
        }
        record(ledger, &work.claim, &work.progress, Then::Release).await;
        let spent = table.meter.take();
        assert_eq!((spent.requests, spent.units), (1, 1.0));
    })
    .await;
}
