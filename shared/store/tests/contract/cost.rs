//! What a message costs in the table, as DynamoDB counts it.

use activity::ActivityId;
use notifications::{Outcome, RecipientKey};
use store::{Claiming, PlanCursor, Then, Wanted};
use work_items::ChunkKey;

use crate::engine::on_every_engine;
use crate::sample::{at, frozen, in_order, person_key, seen, tenant};

/// The recipients of a full chunk.
const FIFTY: u32 = 50;

#[tokio::test]
async fn a_chunk_of_fifty_costs_four_writes_and_half_a_read_for_each() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for number in 0..FIFTY {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let people = in_order(0..FIFTY);
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
            .claim(key, &chunk, FIFTY as usize, "worker", at(1), at(60))
            .await
            .unwrap();
        let Claiming::Claimed(mut work) = claiming else {
            panic!("{claiming:?}");
        };
        let claimed = table.meter.take();
        let targets = store.people_for_delivery(&tenant(), &people).await.unwrap();
        assert_eq!(targets.len(), FIFTY as usize);
        let read = table.meter.take();
        for index in 0..FIFTY as usize {
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
        assert!([25.0, 0.0].contains(&read.units), "{read:?}");
    })
    .await;
}

#[tokio::test]
async fn people_who_stand_side_by_side_are_read_for_a_tenth() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let in_one_partition = (400..).filter(|number| person_key(*number).bucket().0 < 16);
        let line: Vec<u32> = in_one_partition.take(100).collect();
        for number in (0..400).chain(line.iter().copied()) {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let read = async |recipients: &[RecipientKey]| {
            let tenant = &tenant();
            let wanted = Wanted {
                tenant,
                recipients,
                close: true,
            };
            table.meter.reset();
            let mut read = store.read_for_delivery([wanted], [], []).await.unwrap();
            let found = read.targets.remove(tenant).unwrap_or_default();
            for recipient in recipients {
                assert!(found[recipient].reference().is_some(), "{recipient}");
            }
            assert_eq!(found.len(), recipients.len());
            (table.meter.take(), read.thin)
        };
        let everybody = in_order((0..400).chain(line.iter().copied()));
        let (spent, thin) = read(&everybody[200..250]).await;
        assert!(spent.units <= 5.0 && spent.requests <= 4, "{spent:?}");
        assert!(!thin);

        // Too few of a partition for a run.
        let few: Vec<RecipientKey> = everybody[130..].iter().step_by(10).cloned().collect();
        let (spent, thin) = read(&few).await;
        assert_eq!(spent.requests, 1);
        assert!(!thin);

        // A run that would show more than it is worth is left half way.
        let apart: Vec<RecipientKey> = in_order(line).into_iter().step_by(12).collect();
        let (spent, thin) = read(&apart).await;
        assert!(thin);
        assert_eq!(spent.requests, 2, "the rest by key");
    })
    .await;
}
