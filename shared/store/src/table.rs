//! The table's definition: two keys, a time to live, and no index.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};

use crate::Store;
use crate::error::{StoreError, from_sdk};
use crate::keys::{PARTITION, SORT};
use crate::retention::EXPIRES;

/// What `template.yaml` and [`Store::create_table`] have to agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    /// The partition key, a text.
    pub partition_key: &'static str,
    /// The sort key, a text.
    pub sort_key: &'static str,
    /// The attribute that says when an item expires, in seconds since 1970.
    pub time_to_live: &'static str,
    /// Global secondary indexes. There is none: every access pattern has a key.
    pub indexes: &'static [&'static str],
}

/// The definition.
pub const TABLE: TableDefinition = TableDefinition {
    partition_key: PARTITION,
    sort_key: SORT,
    time_to_live: EXPIRES,
    indexes: &[],
};

impl Store {
    /// Creates the table, on demand and with its time to live.
    ///
    /// For local runs and tests; a deployment's table comes from
    /// `template.yaml`. A table that is there already is left as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let attribute = |name: &str| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("name and type are set")
        };
        let key = |name: &str, part: KeyType| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(part)
                .build()
                .expect("name and type are set")
        };
        let created = self
            .client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PARTITION))
            .attribute_definitions(attribute(SORT))
            .key_schema(key(PARTITION, KeyType::Hash))
            .key_schema(key(SORT, KeyType::Range))
            .send()
            .await;
        match created {
            Ok(_) => {}
            Err(error) if is(&error, "ResourceInUseException") => return Ok(()),
            Err(error) => return Err(from_sdk(&self.table, error)),
        }
        self.wait_until_active().await?;
        let time_to_live = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(EXPIRES)
            .build()
            .expect("both members are set");
        self.client
            .update_time_to_live()
            .table_name(&*self.table)
            .time_to_live_specification(time_to_live)
            .send()
            .await
            .map_err(|error| from_sdk(&self.table, error))?;
        Ok(())
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        for _ in 0..100 {
            let described = self
                .client
                .describe_table()
                .table_name(&*self.table)
                .send()
                .await
                .map_err(|error| from_sdk(&self.table, error))?;
            let status = described
                .table
                .and_then(|table| table.table_status)
                .map(|status| status.as_str().to_owned());
            if status.as_deref() == Some("ACTIVE") {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        Err(StoreError::Busy {
            code: "CREATING".to_owned(),
        })
    }
}

fn is<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, code: &str) -> bool {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        == Some(code)
}
