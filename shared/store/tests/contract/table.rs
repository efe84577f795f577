use notifications::RecipientKey;
use store::{PreferenceChange, Store, StoreError, TABLE};

use crate::engine::on_every_engine;
use crate::sample::{
    at, frozen, person_key, seen, seen_channel, seen_team, service, team, tenant, topic,
};

#[tokio::test]
async fn the_table_has_two_keys_a_time_to_live_and_no_index() {
    on_every_engine(|table| async move {
        let described = table
            .client
            .describe_table()
            .table_name(table.store.table())
            .send()
            .await
            .unwrap();
        let described = described.table.unwrap();
        let keys: Vec<_> = described
            .key_schema()
            .iter()
            .map(|key| (key.attribute_name(), key.key_type().as_str()))
            .collect();
        assert_eq!(
            keys,
            [(TABLE.partition_key, "HASH"), (TABLE.sort_key, "RANGE")]
        );
        assert!(described.global_secondary_indexes().is_empty());
        let ttl = table
            .client
            .describe_time_to_live()
            .table_name(table.store.table())
            .send()
            .await
            .unwrap();
        let ttl = ttl.time_to_live_description.unwrap();
        assert_eq!(ttl.attribute_name(), Some(TABLE.time_to_live));
        table.store.create_table().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_missing_table_is_named() {
    on_every_engine(|table| async move {
        let store = Store::new(table.clients.dynamodb(), "no-such-table");
        let error = store
            .people()
            .get(&tenant(), &person_key(1))
            .await
            .unwrap_err();
        assert!(matches!(&error, StoreError::TableMissing { table } if table == "no-such-table"));
        assert!(!error.is_retryable());
        let error = store
            .people()
            .remove(&tenant(), &person_key(1), at(0))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::TableMissing { .. }));
    })
    .await;
}

/// A handler's future has to move between threads, and so has all it awaits.
#[test]
fn every_long_operation_can_move_between_threads() {
    fn movable<A, T: Send>(_: fn(A) -> T) {}
    movable(|store: Store| async move {
        let (tenant, team, topic) = (tenant(), team(), topic());
        let keys: [RecipientKey; 0] = [];
        store.people().remember(&seen(1, 0)).await?;
        store.conversations().remember(&seen_channel(0)).await?;
        store.teams().remember(&seen_team(0)).await?;
        store.people_for_delivery(&tenant, &keys).await?;
        let change = PreferenceChange::Subscribe;
        let preferences = store.preferences();
        preferences
            .change(&tenant, &person_key(1), &topic, change)
            .await?;
        let rosters = store.rosters();
        rosters.page(&tenant, &team, at(0), &service(), &[]).await?;
        rosters.sweep(&team, at(0), None, 5).await?;
        let mut walk = store.audiences().walk(&tenant, vec![], vec![], None);
        walk.next(5).await?;
        let mut sweep = store.held().sweep(at(0)).await?;
        sweep.next(5).await?;
        let ledger = store.ledger();
        ledger.freeze(&frozen("42", "x", 0)).await?;
        Ok::<_, StoreError>(())
    });
}
