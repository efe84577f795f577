use store::{Store, StoreError, TABLE};

use crate::engine::on_every_engine;
use crate::sample::{at, person_key, tenant};

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
        let store = Store::new(table.client.clone(), "no-such-table");
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
