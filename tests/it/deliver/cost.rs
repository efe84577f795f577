//! What a delivery costs in requests.

use simulator::{Operation, World};

use super::{deliver, delivery_batch, queued};
use crate::stage::Stage;

#[tokio::test]
async fn ten_chunks_that_start_cold_ask_for_one_token_and_read_no_keys() {
    let stage = Stage::contoso().await;
    stage.knows_everybody().await;
    for number in 0..10 {
        queued(&stage, &format!("n-{number}"), &["everyone"]).await;
    }
    let batch = delivery_batch(&stage);
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.teams.count(Operation::Send), 30);
    assert_eq!(stage.teams.count(Operation::Token), 1);
    assert_eq!(stage.teams.count(Operation::OpenIdMetadata), 0);
    assert_eq!(stage.teams.count(Operation::SigningKeys), 0);
    stage.teams.release_unread();
}

#[tokio::test]
async fn a_batch_costs_one_read_each_of_its_chunks_two_writes_and_an_end_four_requests() {
    let stage = Stage::with(World::crowd(40)).await;
    stage.knows_everybody().await;
    for id in ["cold", "warm"] {
        queued(&stage, id, &["everyone"]).await;
        let batch = delivery_batch(&stage);
        assert_eq!(batch["Records"].as_array().map(Vec::len), Some(2));
        stage.table_faults.take_count();
        assert!(deliver(&stage, batch).await.is_empty());
        // The chunks are counted together; then it is looked whether that was all, and the end is written.
        assert_eq!(stage.table_faults.take_count(), 1 + 2 * 2 + 4, "{id}");
    }
    assert_eq!(stage.teams.count(Operation::Send), 80);
    stage.teams.release_unread();
}

#[tokio::test]
async fn ten_alarms_at_once_cost_one_read_too() {
    let stage = Stage::contoso().await;
    stage.knows_everybody().await;
    for number in 0..10 {
        queued(&stage, &format!("n-{number}"), &["upn:ben@contoso.example"]).await;
    }
    let batch = delivery_batch(&stage);
    stage.table_faults.take_count();
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.table_faults.take_count(), 1 + 2 * 10);
    assert_eq!(
        stage.teams.messages_to(&stage.teams.person("ben")).len(),
        10
    );
}
