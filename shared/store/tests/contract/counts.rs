use notifications::{FailureCode, NotificationKey, Outcome, RecipientKey, SkipReason};
use store::{
    Cancelled, Claiming, Counts, Freeze, FrozenNotification, Ledger, PlanCursor, RecipientState,
    Recording, Reopened, Resending, Settled, Tally, Then, Track,
};
use work_items::{ChunkKey, Which};

use crate::engine::{Table, on_every_engine};
use crate::sample::{at, frozen, in_order, tenant};

/// A notification for so many people, planned to its end, four to a chunk.
async fn planned(
    ledger: Ledger<'_>,
    id: &str,
    people: u32,
) -> (NotificationKey, Vec<Vec<RecipientKey>>) {
    let frozen = frozen(id, "x", 0);
    assert_eq!(ledger.freeze(&frozen).await.unwrap(), Freeze::New);
    let people = in_order(0..people);
    let chunks: Vec<Vec<_>> = people.chunks(4).map(<[_]>::to_vec).collect();
    let plan = ledger.plan(&frozen.key).await.unwrap();
    let freezing = ledger.freeze_page(&frozen.key, &plan, &chunks, PlanCursor::End, at(0));
    freezing.await.unwrap().unwrap();
    (frozen.key, chunks)
}

fn failed(code: &str) -> Outcome {
    Outcome::Failed(FailureCode::new(code))
}

/// Works on a chunk: whoever has no outcome gets this one. What was brought to its end by it.
async fn work(
    ledger: Ledger<'_>,
    key: &NotificationKey,
    chunk: &[RecipientKey],
    second: i64,
    outcome: impl Fn(usize) -> Option<Outcome>,
) -> Tally {
    let name = ChunkKey::starting_with(&chunk[0]);
    let owner = format!("worker at {second}");
    let claiming = ledger.claim(key, &name, chunk.len(), &owner, at(second), at(second + 60));
    let Claiming::Claimed(mut work) = claiming.await.unwrap() else {
        panic!("not claimed");
    };
    let open: Vec<usize> = work.progress.unended().collect();
    for index in open {
        work.progress.tried(index);
        match outcome(index) {
            Some(outcome) => work.progress.end(index, outcome, at(second)),
            None => work.progress.wait(index, at(second)),
        }
    }
    let recorded = ledger
        .record(&work.claim, &work.progress, Then::Release)
        .await;
    assert_eq!(recorded.unwrap(), Recording::Recorded { complete: true });
    Tally::of(&work.progress)
}

async fn counts(ledger: Ledger<'_>, key: &NotificationKey) -> Counts {
    ledger.counts(key).await.unwrap().unwrap()
}

/// That it is settled: its numbers, and whether this was the first to find it.
async fn settled(ledger: Ledger<'_>, key: &NotificationKey) -> (Counts, bool) {
    match ledger.settle(key, at(99)).await.unwrap() {
        Settled::Ended { counts, first, .. } => (*counts, first),
        other => panic!("not ended: {other:?}"),
    }
}

#[tokio::test]
async fn numbers_add_up_and_the_end_is_found_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 10).await;
        let before = counts(ledger, &key).await;
        assert_eq!((before.planned, before.waiting, before.chunks), (10, 10, 3));
        assert!(before.planned_all && before.ended.is_none());

        let outcome = |index| {
            Some(match index {
                0 => failed("blocked-by-user"),
                1 => Outcome::Skipped(SkipReason::Muted),
                2 => Outcome::Sent {
                    activity: None,
                    maybe_twice: true,
                },
                _ => Outcome::Unknown,
            })
        };
        for (number, chunk) in chunks.iter().enumerate() {
            let second = 10 + number as i64;
            let tally = work(ledger, &key, chunk, second, outcome).await;
            let counted = ledger
                .count(&key, 1, &tally, Some(10), at(second))
                .await
                .unwrap();
            assert_eq!(counted.may_be_all(), number == 2);
        }
        let along = counts(ledger, &key).await;
        assert!(!along.exact && along.ended.is_none(), "nobody has looked");
        let (ended, first) = settled(ledger, &key).await;
        assert!(first && ended.exact);
        assert_eq!(ended.tally, along.tally);
        assert_eq!(ended.tally.failed[&FailureCode::new("blocked-by-user")], 3);
        assert_eq!(ended.tally.skipped[&SkipReason::Muted], 3);
        assert_eq!((ended.tally.sent, ended.tally.maybe_twice), (2, 2));
        assert_eq!((ended.tally.unknown, ended.waiting), (2, 0));
        assert_eq!((ended.started(), ended.ended), (Some(at(10)), Some(at(12))));
        let (again, first) = settled(ledger, &key).await;
        assert!(!first);
        assert_eq!(again, ended);
        assert_eq!(counts(ledger, &key).await, ended);
        assert_eq!(ledger.recount(&key).await.unwrap(), Some(ended));
    })
    .await;
}

#[tokio::test]
async fn additions_that_are_missing_or_doubled_do_not_make_the_end_wrong() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 8).await;
        let sent = |_| Some(Outcome::sent(None));
        let tally = work(ledger, &key, &chunks[0], 1, sent).await;
        // Its answer was lost, and it was made again.
        for _ in 0..2 {
            ledger.count(&key, 1, &tally, Some(8), at(1)).await.unwrap();
        }
        let settled_early = ledger.settle(&key, at(2)).await.unwrap();
        let Settled::Open(open) = settled_early else {
            panic!("four people have nothing");
        };
        assert_eq!((open.tally.sent, open.waiting), (4, 4));
        // Whoever recorded this died before counting it.
        let tally = work(ledger, &key, &chunks[1], 3, sent).await;
        let (ended, first) = settled(ledger, &key).await;
        assert!(first);
        assert_eq!(ended.tally.sent, 8);
        let late = ledger.count(&key, 1, &tally, Some(8), at(4)).await.unwrap();
        assert!(!late.may_be_all());
        assert_eq!(counts(ledger, &key).await, ended, "what is final stays");
    })
    .await;
}

#[tokio::test]
async fn a_chunk_alone_is_its_own_account() {
    on_every_engine(|table: Table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 3).await;
        assert_eq!(counts(ledger, &key).await.waiting, 3);
        work(ledger, &key, &chunks[0], 5, |_| Some(Outcome::sent(None))).await;
        table.meter.reset();
        let ended = counts(ledger, &key).await;
        assert_eq!(table.meter.take().requests, 2);
        assert_eq!((ended.tally.sent, ended.ended), (3, Some(at(5))));
        assert!(ended.exact);
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_the_app_keeps_it_from_ending() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 3).await;
        let outcome = |index| (index > 0).then(|| Outcome::sent(None));
        work(ledger, &key, &chunks[0], 5, outcome).await;
        let open = counts(ledger, &key).await;
        assert_eq!((open.waiting, open.waiting_for_install), (1, 1));
        assert_eq!((open.tally.sent, open.ended), (2, None));
    })
    .await;
}

#[tokio::test]
async fn what_is_for_nobody_has_ended_when_it_is_planned() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, _) = planned(ledger, "42", 0).await;
        assert_eq!(counts(ledger, &key).await.ended, Some(at(0)));
        assert!(settled(ledger, &key).await.1);
        let nothing = frozen("other", "x", 0).key;
        assert_eq!(ledger.counts(&nothing).await.unwrap(), None);
        assert_eq!(ledger.recount(&nothing).await.unwrap(), None);
        let nothing = ledger.settle(&nothing, at(1)).await.unwrap();
        assert_eq!(nothing, Settled::NotOnLedger);
    })
    .await;
}

#[tokio::test]
async fn cancelling_says_what_there_was_to_cancel() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let unknown = frozen("unknown", "x", 0).key;
        assert_eq!(
            ledger.cancel(&unknown, at(1)).await.unwrap(),
            Cancelled::NotOnLedger
        );
        let (key, chunks) = planned(ledger, "42", 3).await;
        assert_eq!(ledger.cancelled(&key).await.unwrap(), None);
        assert_eq!(ledger.cancel(&key, at(1)).await.unwrap(), Cancelled::Now);
        let again = ledger.cancel(&key, at(2)).await.unwrap();
        assert_eq!(again, Cancelled::Already { at: at(1) });
        assert_eq!(ledger.cancelled(&key).await.unwrap(), Some(at(1)));
        let skipped = |_| Some(Outcome::Skipped(SkipReason::Cancelled));
        work(ledger, &key, &chunks[0], 5, skipped).await;
        assert_eq!(counts(ledger, &key).await.cancelled, Some(at(1)));

        let (key, chunks) = planned(ledger, "43", 3).await;
        work(ledger, &key, &chunks[0], 5, |_| Some(Outcome::sent(None))).await;
        let late = ledger.cancel(&key, at(9)).await.unwrap();
        assert_eq!(late, Cancelled::AlreadyEnded { at: at(5) });
    })
    .await;
}

#[tokio::test]
async fn a_notification_is_found_by_its_id_its_key_or_the_start_of_its_key() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let mut all: Vec<FrozenNotification> = Vec::new();
        for number in 0..4 {
            let mut frozen = frozen(&format!("n-{number}"), "x", number * 24 * 3600);
            if number == 3 {
                // The same id, from somebody else.
                frozen.id = notifications::NotificationId::new("n-2");
                frozen.source = notifications::Source::EventBridge("shop".to_owned());
                frozen.key = NotificationKey::of(&frozen.source, &frozen.id);
            }
            ledger.freeze(&frozen).await.unwrap();
            all.push(frozen);
        }
        let now = at(4 * 24 * 3600);
        let find = async |text: &str| {
            let found = ledger.find(&tenant(), text, now, 10).await.unwrap();
            found.into_iter().map(|one| one.key).collect::<Vec<_>>()
        };
        let key = |number: usize| all[number].key.clone();
        assert_eq!(find("n-1").await, [key(1)]);
        assert_eq!(find("n-2").await, [key(3), key(2)], "newest first");
        assert_eq!(find(key(0).as_str()).await, [key(0)]);
        assert_eq!(find(&key(0).as_str()[..6]).await, [key(0)]);
        assert_eq!(find("n-9").await, []);
        let elsewhere = ledger
            .find(&"fabrikam".into(), key(0).as_str(), now, 10)
            .await;
        assert_eq!(elsewhere.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_report_goes_through_everybody_page_by_page() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 240).await;
        let outcome = |index| {
            Some(if index == 0 {
                failed("not-found")
            } else {
                Outcome::sent(None)
            })
        };
        work(ledger, &key, &chunks[1], 5, outcome).await;
        let (mut rows, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = ledger.outcomes(&key, cursor.as_ref()).await.unwrap();
            pages += u32::from(!page.recipients.is_empty());
            rows.extend(page.recipients);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(pages, 2);
        let everybody: Vec<_> = rows.iter().map(|row| row.recipient.clone()).collect();
        assert_eq!(everybody, chunks.concat());
        let ended = rows.iter().filter(|row| row.attempts > 0).count();
        assert_eq!(ended, 4);
        let state = RecipientState::Ended {
            outcome: failed("not-found"),
            at: at(5),
        };
        assert_eq!(
            (&rows[4].progress.state, rows[4].progress.tries),
            (&state, 1)
        );
        assert_eq!(rows[0].progress.state, RecipientState::Open);
    })
    .await;
}

/// Goes through all chunks for a request; how many recipients it opened.
async fn reopen(
    ledger: Ledger<'_>,
    key: &NotificationKey,
    chunks: &[Vec<RecipientKey>],
    request: &str,
) -> usize {
    let mut opened = 0;
    for chunk in chunks {
        let name = ChunkKey::starting_with(&chunk[0]);
        let track = &Track::Delivery;
        let reopening = ledger.reopen(track, key, &name, Which::Failed, request);
        if let Reopened::Now { recipients } = reopening.await.unwrap() {
            opened += recipients;
        }
    }
    opened
}

#[tokio::test]
async fn exactly_those_who_failed_are_tried_anew_once_for_each_request() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 8).await;
        let begin = async |request: &str| ledger.begin_resend(&key, request, at(50)).await.unwrap();
        assert_eq!(begin("r-1").await, Resending::NotEnded);
        let outcome = |index| {
            Some(if index == 0 {
                failed("exhausted")
            } else {
                Outcome::sent(None)
            })
        };
        for chunk in &chunks {
            let tally = work(ledger, &key, chunk, 5, outcome).await;
            ledger.count(&key, 1, &tally, Some(8), at(5)).await.unwrap();
        }
        assert!(settled(ledger, &key).await.1);

        assert_eq!(begin("r-1").await, Resending::Begun);
        assert_eq!(begin("r-2").await, Resending::NotEnded, "one at a time");
        assert_eq!(
            begin("r-1").await,
            Resending::Begun,
            "it goes on after a crash"
        );
        assert_eq!(reopen(ledger, &key, &chunks, "r-1").await, 2);
        assert_eq!(reopen(ledger, &key, &chunks, "r-1").await, 0, "once");
        let open = counts(ledger, &key).await;
        assert_eq!((open.ended, open.tally.sent, open.waiting), (None, 0, 8));
        // The first is sent before the request has gone through all.
        let tally = work(ledger, &key, &chunks[0], 60, |_| Some(Outcome::sent(None))).await;
        let counted = ledger.count(&key, 1, &tally, None, at(60)).await.unwrap();
        assert!(!counted.may_be_all());
        let tally = work(ledger, &key, &chunks[1], 61, |_| Some(failed("not-found"))).await;
        let counted = ledger.count(&key, 1, &tally, None, at(61)).await.unwrap();
        assert!(counted.may_be_all());
        let early = ledger.settle(&key, at(61)).await.unwrap();
        assert!(
            matches!(early, Settled::Open(_)),
            "the request is not through"
        );
        ledger.end_resend(&key, "r-1").await.unwrap();
        let (ended, first) = settled(ledger, &key).await;
        assert!(first && ended.exact);
        assert_eq!((ended.tally.sent, ended.round), (7, 1));
        assert_eq!(ended.tally.failed[&FailureCode::new("not-found")], 1);

        let one = ledger
            .recipient(&key, &chunks[1][0])
            .await
            .unwrap()
            .unwrap();
        assert_eq!((one.progress.tries, one.progress.earlier), (1, 1));
        assert_eq!(one.attempts, 2);
        assert_eq!(begin("r-1").await, Resending::Done);
        assert_eq!(begin("r-2").await, Resending::Begun);
    })
    .await;
}

#[tokio::test]
async fn a_chunk_alone_can_be_tried_anew_too() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 2).await;
        work(ledger, &key, &chunks[0], 5, |_| Some(failed("exhausted"))).await;
        let begun = ledger.begin_resend(&key, "r-1", at(50)).await.unwrap();
        assert_eq!(begun, Resending::Begun);
        assert_eq!(reopen(ledger, &key, &chunks, "r-1").await, 2);
        ledger.end_resend(&key, "r-1").await.unwrap();
        let open = counts(ledger, &key).await;
        assert_eq!((open.ended, open.waiting), (None, 2));
        let tally = work(ledger, &key, &chunks[0], 60, |_| Some(Outcome::sent(None))).await;
        let counted = ledger.count(&key, 1, &tally, None, at(60)).await.unwrap();
        assert!(counted.may_be_all());
        assert_eq!(settled(ledger, &key).await.0.tally.sent, 2);
    })
    .await;
}

/// What the bill says: see `docs/data-model.md`.
#[tokio::test]
async fn counting_is_one_write_unit_and_finding_the_end_a_few_more() {
    on_every_engine(|table: Table| async move {
        let ledger = table.store.ledger();
        let (key, chunks) = planned(ledger, "42", 40).await;
        for (number, chunk) in chunks.iter().enumerate() {
            let tally = work(ledger, &key, chunk, 5, |_| Some(Outcome::sent(None))).await;
            table.meter.reset();
            ledger
                .count(&key, 1, &tally, Some(40), at(5))
                .await
                .unwrap();
            let spent = table.meter.take();
            assert_eq!((spent.requests, spent.units), (1, 1.0), "{number}");
        }
        settled(ledger, &key).await;
        let spent = table.meter.take();
        assert_eq!(spent.requests, 3);
        assert!(spent.units <= 8.0, "{}", spent.units);
    })
    .await;
}
