//! The table's definition: two keys, a time to live, and no index.

use aws::dynamodb::{
    AttributeDefinition, CreateTable, DescribeTable, KeySchemaElement, TimeToLiveSpecification,
    UpdateTimeToLive,
};

use crate::Store;
use crate::error::{StoreError, from_call};
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

/// The definition of the ballot table: the same, but it has neither backups nor past states.
pub const BALLOT_TABLE: TableDefinition = TABLE;

impl Store {
    /// Creates the ballot table, as [`create_table`](Self::create_table) does the other.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation; [`StoreError::NoBallotTable`] when no name is set for it.
    pub async fn create_ballot_table(&self) -> Result<(), StoreError> {
        self.ballots()?.create_table().await
    }

    /// Creates the table, on demand and with its time to live.
    ///
    /// For local runs and tests; a deployment's table comes from
    /// `template.yaml`. A table that is there already is left as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let attribute = |attribute_name| AttributeDefinition {
            attribute_name,
            attribute_type: "S",
        };
        let key = |attribute_name, key_type| KeySchemaElement {
            attribute_name,
            key_type,
        };
        let created = self
            .client
            .send(&CreateTable {
                table_name: &self.table,
                attribute_definitions: &[attribute(PARTITION), attribute(SORT)],
                key_schema: &[key(PARTITION, "HASH"), key(SORT, "RANGE")],
                billing_mode: "PAY_PER_REQUEST",
            })
            .await;
        match created {
            Ok(_) => {}
            Err(error) if error.code() == Some("ResourceInUseException") => return Ok(()),
            Err(error) => return Err(from_call(&self.table, error)),
        }
        self.wait_until_active().await?;
        self.client
            .send(&UpdateTimeToLive {
                table_name: &self.table,
                time_to_live_specification: TimeToLiveSpecification {
                    attribute_name: EXPIRES,
                    enabled: true,
                },
            })
            .await
            .map_err(|error| from_call(&self.table, error))?;
        Ok(())
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        for _ in 0..100 {
            let described = self
                .client
                .send(&DescribeTable {
                    table_name: &self.table,
                })
                .await
                .map_err(|error| from_call(&self.table, error))?;
            if described.table.table_status.as_deref() == Some("ACTIVE") {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        Err(StoreError::Busy {
            code: "CREATING".to_owned(),
        })
    }
}
