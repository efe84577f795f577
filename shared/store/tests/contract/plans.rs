use notifications::{FailureCode, RecipientKey};
use store::{
    CHUNKS_PER_PAGE, Freeze, Plan, PlanCursor, PlanStep, RecipientState, StoreError, Unreachable,
};
use work_items::ChunkKey;

use crate::engine::on_every_engine;
use crate::sample::{at, frozen, in_order, person_key, tenant};

#[tokio::test]
async fn a_notification_is_frozen_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let first = frozen("42", "api was deployed", 0);
        assert_eq!(ledger.freeze(&first).await.unwrap(), Freeze::New);
        let again = frozen("42", "api was deployed", 99);
        assert_eq!(
            ledger.freeze(&again).await.unwrap(),
            Freeze::AlreadyThere(Box::new(first.clone())),
            "as it was accepted the first time"
        );
        let other = frozen("42", "api was rolled back", 1);
        assert_eq!(ledger.freeze(&other).await.unwrap(), Freeze::Conflict);
        let read = ledger.notification(&first.key).await.unwrap();
        assert_eq!(read, Some(first));
    })
    .await;
}

#[tokio::test]
async fn an_id_is_free_again_when_its_notification_has_expired() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let day = 24 * 3600;
        let first = frozen("42", "api was deployed", 0);
        ledger.freeze(&first).await.unwrap();
        let people = in_order(0..300);
        let plan = Plan::untouched();
        ledger
            .freeze_page(
                &first.key,
                &plan,
                &chunked(&people, 4),
                PlanCursor::End,
                at(0),
            )
            .await
            .unwrap();
        // The engine need not have deleted anything.
        let early = frozen("42", "api was rolled back", 41 * day);
        assert_eq!(ledger.freeze(&early).await.unwrap(), Freeze::Conflict);
        let later = frozen("42", "api was rolled back", 43 * day);
        assert_eq!(ledger.freeze(&later).await.unwrap(), Freeze::New);
        assert_eq!(ledger.plan(&later.key).await.unwrap(), plan);
        assert_eq!(ledger.chunks(&later.key, None, 10).await.unwrap(), []);
        let read = ledger.notification(&later.key).await.unwrap();
        assert_eq!(read, Some(later));
    })
    .await;
}

#[tokio::test]
async fn a_notification_that_no_item_can_hold_says_so() {
    on_every_engine(|table| async move {
        let long = frozen("42", "x", 0);
        let mut long = long.clone();
        long.notification.body = Some("x".repeat(410 * 1024));
        let error = table.store.ledger().freeze(&long).await.unwrap_err();
        assert!(matches!(error, StoreError::TooLarge), "{error:?}");
        assert!(!error.is_retryable());
    })
    .await;
}

#[tokio::test]
async fn recent_notifications_come_newest_first_across_days() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let day = 24 * 3600;
        for number in 0..12 {
            let one = frozen(&format!("{number}"), "x", number * day / 3);
            ledger.freeze(&one).await.unwrap();
            ledger.freeze(&one).await.unwrap();
        }
        let recent = ledger.recent(&tenant(), at(4 * day), 7, 100).await.unwrap();
        assert_eq!(recent.len(), 12);
        assert!(recent.is_sorted_by(|a, b| a.accepted_at > b.accepted_at));
        let few = ledger.recent(&tenant(), at(4 * day), 7, 5).await.unwrap();
        assert_eq!(few, recent[..5]);
        let none = ledger.recent(&"other".into(), at(4 * day), 7, 5).await;
        assert_eq!(none.unwrap(), []);
    })
    .await;
}

fn chunked(keys: &[RecipientKey], size: usize) -> Vec<Vec<RecipientKey>> {
    keys.chunks(size).map(<[_]>::to_vec).collect()
}

#[tokio::test]
async fn planning_goes_on_where_it_was() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        let people = in_order(0..100);
        let plan = ledger.plan(&key).await.unwrap();
        assert_eq!(plan, Plan::untouched());
        assert_eq!(plan.step(0), PlanStep::Freeze);

        let next = PlanCursor::After(people[59].clone());
        let first = chunked(&people[..60], 25);
        let plan = ledger
            .freeze_page(&key, &plan, &first, next, at(0))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(plan.step(0), PlanStep::Queue, "the planner died here");
        let again = ledger.plan(&key).await.unwrap();
        assert_eq!(again, plan);
        let chunks = ledger.last_page(&key, &again).await.unwrap();
        let frozen: Vec<_> = chunks.into_iter().map(|chunk| chunk.recipients).collect();
        assert_eq!(frozen, first);
        ledger.page_queued(&key, &plan).await.unwrap();
        let plan = ledger.plan(&key).await.unwrap();
        assert_eq!(
            (plan.step(0), plan.step(1)),
            (PlanStep::Nothing, PlanStep::Freeze)
        );

        let second = chunked(&people[60..], 25);
        let plan = ledger
            .freeze_page(&key, &plan, &second, PlanCursor::End, at(0))
            .await
            .unwrap()
            .unwrap();
        assert!(plan.is_complete());
        assert_eq!((plan.chunks, plan.recipients), (5, 100));
        let chunks = ledger.last_page(&key, &plan).await.unwrap();
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0].key, ChunkKey::starting_with(&people[60]));
        ledger.page_queued(&key, &plan).await.unwrap();
        let plan = ledger.plan(&key).await.unwrap();
        assert_eq!(plan.step(1), PlanStep::Nothing);
        assert_eq!(plan.step(2), PlanStep::Nothing);
    })
    .await;
}

#[tokio::test]
async fn of_two_planners_at_one_page_one_wins() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        let people = in_order(0..50);
        let plan = ledger.plan(&key).await.unwrap();
        let one = chunked(&people[..50], 25);
        // The other saw somebody come in between.
        let other = chunked(&people[1..50], 25);
        let won = ledger.freeze_page(&key, &plan, &one, PlanCursor::End, at(0));
        assert!(won.await.unwrap().is_some());
        let lost = ledger.freeze_page(&key, &plan, &other, PlanCursor::End, at(0));
        assert!(lost.await.unwrap().is_none());
        let chunks = ledger.chunks(&key, None, 100).await.unwrap();
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0].recipients, one[0]);
    })
    .await;
}

#[tokio::test]
async fn a_full_page_is_one_request() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        let people = in_order(0..50 * CHUNKS_PER_PAGE as u32);
        let plan = ledger.plan(&key).await.unwrap();
        table.meter.reset();
        let chunks = chunked(&people, 50);
        ledger
            .freeze_page(&key, &plan, &chunks, PlanCursor::End, at(0))
            .await
            .unwrap()
            .unwrap();
        let spent = table.meter.take();
        assert_eq!(spent.requests, 1);
        // A transaction costs two units for each kilobyte.
        assert!(spent.units <= 2.0 * 99.0, "{spent:?}");

        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = ledger.chunks(&key, after.as_ref(), 7).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            read.extend(page.into_iter().map(|chunk| chunk.recipients));
        }
        assert_eq!(read, chunks);
    })
    .await;
}

#[tokio::test]
async fn the_ledger_knows_every_recipient_and_nobody_else() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        let people = in_order(0..200);
        let plan = ledger.plan(&key).await.unwrap();
        ledger
            .freeze_page(&key, &plan, &chunked(&people, 9), PlanCursor::End, at(0))
            .await
            .unwrap();
        for (position, person) in people.iter().enumerate() {
            let record = ledger.recipient(&key, person).await.unwrap().unwrap();
            assert_eq!(record.index, position % 9);
            assert_eq!(record.progress.state, RecipientState::Open);
        }
        for stranger in 1000..1050 {
            let record = ledger.recipient(&key, &person_key(stranger)).await;
            assert_eq!(record.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_that_led_to_nobody_stays_so() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        assert_eq!(ledger.unreachable(&key).await.unwrap(), None);
        let nobody = Unreachable {
            address: "upn:ana@contoso.example".parse().unwrap(),
            why: FailureCode::new("unknown-person"),
        };
        let first = std::slice::from_ref(&nobody);
        let recorded = ledger.record_unreachable(&key, first, at(0)).await;
        assert_eq!(recorded.unwrap(), first);
        let later = ledger.record_unreachable(&key, &[], at(1)).await.unwrap();
        assert_eq!(later, first);
        assert_eq!(ledger.unreachable(&key).await.unwrap(), Some(later));
    })
    .await;
}
