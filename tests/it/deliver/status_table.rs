//! Every status and code that Microsoft documents for a send, through the whole function: what the ledger says of the
//! recipient, and how many times Teams was asked (protocol reference §5.3, §5.4).

use notifications::RecipientKey;
use simulator::{Fault, Operation, Person, Reply};

use super::{at_most_once, queued};
use crate::stage::Stage;

/// What a row of the table leads to.
struct Row {
    answer: Reply,
    /// How the outcome begins, where a message may come twice.
    at_least_once: &'static str,
    /// How it begins where it must not.
    at_most_once: &'static str,
    /// How often a send was tried, of either.
    sends: [u64; 2],
}

fn row(answer: Reply, outcome: &'static str, sends: u64) -> Row {
    Row {
        answer,
        at_least_once: outcome,
        at_most_once: outcome,
        sends: [sends; 2],
    }
}

/// One that may have arrived all the same.
fn doubtful(answer: Reply) -> Row {
    Row {
        answer,
        at_least_once: "s+:",
        at_most_once: "u",
        sends: [2, 1],
    }
}

fn coded(status: u16, code: &str) -> Reply {
    Reply::error(status, code, "What it says may change any day.")
}

fn table() -> Vec<Row> {
    let undecryptable = "Failed to decrypt conversation id";
    vec![
        row(coded(400, "BadArgument"), "f:bad-request", 1),
        row(coded(400, "Bad Argument"), "f:bad-request", 1),
        row(coded(400, "BadSyntax"), "f:bad-request", 1),
        row(coded(400, "MissingProperty"), "f:bad-request", 1),
        // An id of another bot: they are asked for by object id.
        row(Reply::bad_argument(undecryptable), "s:", 2),
        row(Reply::error(403, "Forbidden", undecryptable), "s:", 2),
        // After one fresh token.
        row(Reply::authorization_error("expired"), "s:", 2),
        row(Reply::disabled_by_admin(), "f:disabled-by-admin", 1),
        row(Reply::not_in_roster(), "waiting", 1),
        row(Reply::blocked_by_user(), "f:blocked-by-user", 1),
        row(Reply::message_writes_blocked(), "f:blocked-by-user", 1),
        row(Reply::not_installed(), "waiting", 1),
        // There is no other host that is trusted.
        row(Reply::wrong_host(), "f:wrong-host", 1),
        row(coded(403, "NotEnoughPermissions"), "f:not-permitted", 1),
        row(coded(403, "TenantNoPermission"), "f:not-permitted", 1),
        row(coded(403, "CapabilityOverride"), "f:not-permitted", 1),
        // The conversation is opened again.
        row(Reply::conversation_not_found(), "s:", 2),
        row(Reply::empty(404), "f:not-found", 1),
        row(Reply::empty(405), "f:unsupported", 1),
        row(Reply::precondition_failed(), "s:", 2),
        row(Reply::too_big(), "f:too-large", 1),
        row(Reply::throttled(Some(2)), "s:", 2),
        row(Reply::throttled(None), "s:", 2),
        row(Reply::service_error(500), "f:service-fault", 1),
        row(Reply::gateway_error(500), "f:service-fault", 1),
        doubtful(Reply::service_error(502)),
        doubtful(Reply::gateway_error(502)),
        doubtful(Reply::gateway_error(503)),
        doubtful(Reply::gateway_error(504)),
    ]
}

async fn ben() -> (Stage, Person, RecipientKey) {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let key = stage.knows(&ben).await;
    (stage, ben, key)
}

#[tokio::test]
async fn each_answer_to_a_send_leads_to_its_end() {
    for row in table() {
        let (stage, ben, key) = ben().await;
        let said = format!("{:?}", row.answer);
        let answer = Fault::Answer(row.answer);
        stage.teams.fail_next(Operation::Send, answer);
        let id = queued(&stage, "1", &["upn:ben@contoso.example"]).await;
        stage.settle().await;
        let outcome = stage.outcome(&id, &key).await;
        assert!(outcome.starts_with(row.at_least_once), "{said}: {outcome}");
        let sends = stage.teams.count(Operation::Send);
        assert_eq!(sends, row.sends[0], "{said}");
        let messages = usize::from(row.at_least_once.starts_with('s'));
        assert_eq!(stage.teams.messages_to(&ben).len(), messages, "{said}");
    }
}

#[tokio::test]
async fn each_answer_leads_to_its_end_where_nothing_may_come_twice() {
    for row in table() {
        let (stage, ben, key) = ben().await;
        at_most_once(&stage).await;
        let said = format!("{:?}", row.answer);
        let answer = Fault::Answer(row.answer);
        stage.teams.fail_next(Operation::Send, answer);
        let id = queued(&stage, "1", &["upn:ben@contoso.example"]).await;
        stage.settle().await;
        let outcome = stage.outcome(&id, &key).await;
        assert!(outcome.starts_with(row.at_most_once), "{said}: {outcome}");
        let sends = stage.teams.count(Operation::Send);
        assert_eq!(sends, row.sends[1], "{said}");
        let messages = usize::from(row.at_most_once.starts_with('s'));
        assert_eq!(stage.teams.messages_to(&ben).len(), messages, "{said}");
    }
}

/// A `PUT` or `DELETE` does the same however often it comes: it is repeated where a `POST` may not be.
#[tokio::test]
async fn what_may_have_been_deleted_is_deleted_again_where_nothing_may_come_twice() {
    let (stage, ben, key) = ben().await;
    at_most_once(&stage).await;
    let id = queued(&stage, "1", &["upn:ben@contoso.example"]).await;
    stage.settle().await;
    let mut chunk = work_items::DeliveryChunk {
        tenant: stage.teams.tenant().into(),
        notification: id.clone(),
        chunk: work_items::ChunkKey::starting_with(&key),
        lane: work_items::Lane::Broadcast,
        recipients: vec![key],
        work: work_items::Work::Recall,
        of: None,
    };
    chunk.of = Some(1);
    let answer = Fault::Answer(Reply::gateway_error(504));
    stage.teams.fail_next(Operation::Delete, answer);
    let batch = crate::stage::batch("broadcasts", &[&chunk.to_body()]);
    assert!(super::deliver(&stage, batch).await.is_empty());
    stage.settle().await;
    assert_eq!(stage.teams.count(Operation::Delete), 2);
    let messages = stage.teams.messages_to(&ben);
    assert!(messages.iter().all(|message| message.deleted));
}
