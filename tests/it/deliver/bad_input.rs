//! What can never succeed, and what an operator has to mend: the right end, nothing lost.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deliver::pace::{Pacer, Turn, Wish};
use serde_json::json;
use simulator::{Fault, Operation, Reply};
use startup::Clock as _;

use super::{deliver, delivery_batch, queued};
use crate::notify::notification;
use crate::stage::{Mailbox, Stage, TableFault, batch};

const BEN: &str = "upn:ben@contoso.example";

/// The attribute of the only message in a dead-letter queue, and its body; both taken out.
fn dead_letter(mailbox: &Mailbox, attribute: &str) -> (String, String) {
    let letters = mailbox.take_messages();
    let [letter] = &letters[..] else {
        panic!("one dead letter, not {}", letters.len());
    };
    let found = letter.attributes.iter().find(|(name, _)| name == attribute);
    let value = found.map(|(_, value)| value.clone()).unwrap_or_default();
    (value, letter.body.clone())
}

#[tokio::test]
async fn what_is_no_chunk_goes_to_the_dead_letters_with_its_reason() {
    let stage = Stage::contoso().await;
    queued(&stage, "1", &["channel:19:a@thread.tacv2"]).await;
    let good = stage.mail.delivery.take_all().remove(0);
    let of_nothing = {
        let mut chunk = work_items::DeliveryChunk::parse(&good).expect("a chunk");
        chunk.notification = crate::notify::key_of(&notification("never accepted", &["everyone"]));
        chunk.to_body()
    };
    for (body, reason) in [
        ("no JSON".to_owned(), "WorkItemMalformed"),
        (String::new(), "WorkItemMalformed"),
        (good.replace("\"v\":1", "\"v\":99"), "WorkItemVersion"),
        (good.replace("delivery-chunk", "task"), "WorkItemKind"),
        (
            good.replace("\"recipients\"", "\"people\""),
            "WorkItemMalformed",
        ),
        (of_nothing, "NotOnLedger"),
    ] {
        assert!(
            deliver(&stage, batch("deliveries", &[&body]))
                .await
                .is_empty()
        );
        let (found, kept) = dead_letter(&stage.mail.delivery_dead, "error-type");
        assert_eq!((&*found, kept), (reason, body));
    }
}

#[tokio::test]
async fn each_queue_has_its_own_dead_letters() {
    let stage = Stage::contoso().await;
    assert!(
        deliver(&stage, batch("broadcasts", &["no JSON"]))
            .await
            .is_empty()
    );
    let (id, _) = dead_letter(&stage.mail.broadcast_dead, "original-message-id");
    assert_eq!(id, "m-0");
    assert_eq!(stage.mail.delivery_dead.len(), 0);
}

#[tokio::test]
async fn one_poisoned_message_leaves_its_neighbours_alone() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    queued(&stage, "1", &[BEN]).await;
    let good = stage.mail.delivery.take_all().remove(0);
    assert!(
        deliver(&stage, batch("deliveries", &["poison", &good]))
            .await
            .is_empty()
    );
    ben.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.mail.delivery_dead.len(), 1);
}

#[tokio::test]
async fn a_person_whom_this_version_cannot_read_stops_their_own_chunk_alone() {
    let stage = Stage::contoso().await;
    let [ana, ben] = ["ana", "ben"].map(|name| stage.teams.person(name));
    let a = stage.knows(&ana).await;
    stage.knows(&ben).await;
    queued(&stage, "ana", &["upn:ana@contoso.example"]).await;
    queued(&stage, "ben", &[BEN]).await;
    let bucket = a.bucket();
    let partition = format!("P#{}#{:x}", stage.teams.tenant(), bucket.0 >> 4);
    let sort = format!("{bucket}#{a}");
    stage.spoil(&partition, &sort, "service_url").await;
    let batch = delivery_batch(&stage);
    assert!(deliver(&stage, batch).await.is_empty());
    ben.chat().next_message().await.expect("it arrives");
    let (reason, _) = dead_letter(&stage.mail.delivery_dead, "error-type");
    assert_eq!(reason, "TableItemUnreadable");
}

#[tokio::test]
async fn an_event_that_is_no_batch_is_refused() {
    let stage = Stage::contoso().await;
    let event = json!({ "Records": [{ "eventSource": "aws:s3", "body": "{}" }] });
    let error = stage.invoke_deliver(event).await.expect_err("refused");
    assert_eq!(error.error_type, "UnknownEvent");
    let no_batch = json!({ "hello": "world" });
    assert!(serde_json::from_value::<aws_lambda_events::event::sqs::SqsEvent>(no_batch).is_err());
}

/// Panics when a chosen conversation has its turn.
#[derive(Debug)]
struct Panics(String);

#[async_trait]
impl Pacer for Panics {
    async fn turn(&self, wish: Wish<'_>) -> Turn {
        let conversation = wish.conversation.map(|id| id.as_str());
        assert_ne!(conversation, Some(&*self.0), "as the test wants");
        Turn::Now
    }

    async fn throttled(&self, _: Wish<'_>, _: Option<Duration>) {}
}

#[tokio::test]
async fn a_panic_over_one_message_does_not_take_the_others_with_it() {
    let mut stage = Stage::contoso().await;
    let [ana, ben] = ["ana", "ben"].map(|name| stage.teams.person(name));
    stage.knows(&ana).await;
    stage.knows(&ben).await;
    stage.deliver.pacer = Arc::new(Panics(ana.conversation_id()));
    queued(&stage, "ana", &["upn:ana@contoso.example"]).await;
    queued(&stage, "ben", &[BEN]).await;
    let batch = delivery_batch(&stage);
    assert_eq!(deliver(&stage, batch.clone()).await, ["m-0"]);
    ben.chat().next_message().await.expect("it arrives");
    // The queue shows the message again, to a worker that does not panic.
    stage.deliver = stage.another_deliver();
    stage.clock.advance(Duration::from_secs(360));
    assert!(deliver(&stage, batch).await.is_empty());
    ana.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.teams.count(Operation::Send), 2);
}

#[tokio::test]
async fn while_the_table_is_away_nothing_is_sent_and_nothing_is_lost() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    let key = queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    stage.table_faults.fail_all(Some(TableFault::NotSent));
    assert_eq!(deliver(&stage, batch.clone()).await, ["m-0"]);
    assert_eq!(stage.teams.count(Operation::Send), 0);
    stage.table_faults.fail_all(None);
    assert!(deliver(&stage, batch).await.is_empty());
    ben.chat().next_message().await.expect("it arrives");
    assert!(stage.outcome(&key, &b).await.starts_with("s:"));
}

#[tokio::test]
async fn a_table_that_is_missing_leaves_the_message_in_the_queue() {
    let mut stage = Stage::contoso().await;
    stage.knows(&stage.teams.person("ben")).await;
    queued(&stage, "1", &[BEN]).await;
    stage.deliver.store = stage.store_of_no_table();
    let batch = delivery_batch(&stage);
    assert_eq!(deliver(&stage, batch).await, ["m-0"]);
    assert_eq!(stage.teams.count(Operation::Send), 0);
}

#[tokio::test]
async fn a_queue_that_is_missing_leaves_the_message_in_the_queue() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    stage
        .teams
        .fail_next(Operation::Send, Fault::Answer(Reply::throttled(Some(60))));
    queued(&stage, "1", &[BEN]).await;
    let batch = delivery_batch(&stage);
    stage.mail.delivery.goes_missing(true);
    assert_eq!(deliver(&stage, batch.clone()).await, ["m-0"]);
    stage.mail.delivery.goes_missing(false);
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn without_good_credentials_everything_waits_and_nothing_is_lost() {
    struct NoTokens;
    impl simulator::Faults for NoTokens {
        fn before(&self, call: &simulator::Call) -> Option<Fault> {
            let refused = Reply::json(
                401,
                json!({ "error": "invalid_client", "error_description": "AADSTS7000215: no.", "error_codes": [7_000_215] }),
            );
            (call.operation == Operation::Token).then_some(Fault::Answer(refused))
        }
    }
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    stage.teams.set_faults(Some(Arc::new(NoTokens)));
    let key = queued(&stage, "1", &[BEN]).await;
    let begun = stage.clock.now();
    stage.settle().await;
    assert_eq!(stage.teams.count(Operation::Send), 0);
    assert_eq!(stage.outcome(&key, &b).await, "open");
    let waited = stage.clock.now().duration_since(begun);
    assert!(waited.as_hours() >= 1, "{waited:?}");
    let (reason, chunk) = dead_letter(&stage.mail.delivery_dead, "error-type");
    assert_eq!(reason, "NoToken");
    // Somebody mends the credential and redrives what is in the dead letters.
    stage.teams.set_faults(None);
    assert!(
        deliver(&stage, batch("deliveries", &[&chunk]))
            .await
            .is_empty()
    );
    let message = ben.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.outcome(&key, &b).await, format!("s:{}", message.id));
}

#[tokio::test]
async fn a_credential_that_is_mended_soon_is_noticed_by_nobody() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let refused = Reply::json(
        401,
        json!({ "error": "invalid_client", "error_codes": [7_000_222] }),
    );
    stage
        .teams
        .fail_next(Operation::Token, Fault::Answer(refused));
    queued(&stage, "1", &[BEN]).await;
    stage.settle().await;
    ben.chat().next_message().await.expect("it arrives");
    assert_eq!(stage.mail.delivery_dead.len(), 0);
}
