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
async fn a_chunk_costs_three_requests_to_the_table_and_a_notification_one() {
    let stage = Stage::with(World::crowd(40)).await;
    stage.knows_everybody().await;
    queued(&stage, "1", &["everyone"]).await;
    let batch = delivery_batch(&stage);
    stage.table_faults.take_count();
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.table_faults.take_count(), 1 + 2 * 3);
    assert_eq!(stage.teams.count(Operation::Send), 40);
    stage.teams.release_unread();
}
