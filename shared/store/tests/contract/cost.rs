//! What a message costs in the table, as DynamoDB counts it.

use activity::ActivityId;
use notifications::Outcome;
use store::{Claiming, PlanCursor, Then};
use work_items::ChunkKey;

use crate::engine::on_every_engine;
use crate::sample::{at, frozen, in_order, seen, tenant};

#[tokio::test]
async fn a_chunk_of_25_costs_four_writes_and_thirteen_reads() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for number in 0..25 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let people = in_order(0..25);
        let ledger = store.ledger();
        let notification = frozen("42", "api was deployed", 0);
        ledger.freeze(&notification).await.unwrap();
        let key = &notification.key;
        let plan = ledger.plan(key).await.unwrap();
        table.meter.reset();

        // Planning, whose page has a share of one more small item.
        let chunks = std::slice::from_ref(&people);
        ledger
            .freeze_page(key, &plan, chunks, PlanCursor::End, at(0))
            .await
            .unwrap();
        let planned = table.meter.take();
        assert_eq!(planned.units, 4.0, "two for the chunk, two for the plan");

        // Sending.
        let chunk = ChunkKey::starting_with(&people[0]);
        let claiming = ledger
            .claim(key, &chunk, 25, "worker", at(1), at(60))
            .await
            .unwrap();
        let Claiming::Claimed(mut work) = claiming else {
            panic!("{claiming:?}");
        };
        let claimed = table.meter.take();
        let targets = store.people_for_delivery(&tenant(), &people).await.unwrap();
        assert_eq!(targets.len(), 25);
        let read = table.meter.take();
        for index in 0..25 {
            let id = ActivityId::new(format!("17000000{index:05}"));
            work.progress.end(index, Outcome::sent(Some(id)), at(2));
        }
        ledger
            .record(&work.claim, &work.progress, Then::Release)
            .await
            .unwrap();
        let recorded = table.meter.take();
        assert_eq!((claimed.units, recorded.units), (1.0, 1.0));
        assert_eq!(read.requests, 1);
        // Half a unit for each person; some emulators do not count batches.
        assert!([12.5, 0.0].contains(&read.units), "{read:?}");
    })
    .await;
}
