//! Answers are read as leniently as the Connector words them.

use std::path::Path;

use activity::{ActivityInput, ConversationId, TeamsChannelId, TenantId};
use connector::{BatchState, ConnectorError, TeamsChannelAccount};
use serde_json::{Value, json};

use crate::fake::Fake;

fn hello() -> ActivityInput {
    ActivityInput::message_text("hello")
}

#[tokio::test]
async fn a_message_that_was_taken_is_sent_whatever_the_answer_says() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    for (status, body) in [
        (200, ""),
        (201, "{}"),
        (201, r#"{"id":null}"#),
        (201, r#"{"id":""}"#),
        (202, "<html>ok</html>"),
        (204, ""),
    ] {
        fake.then_json(status, body);
        let sent = connector.send(&fake.url, &"a:1".into(), &hello()).await;
        assert_eq!(sent.unwrap().id, None, "{status} {body}");
    }
}

#[tokio::test]
async fn a_created_conversation_needs_an_id() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let (tenant, channel) = (TenantId::from("t"), TeamsChannelId::from("19:c"));
    for body in ["", "{}", r#"{"id":7}"#, "[]"] {
        fake.then_json(201, body);
        let created = connector
            .create_channel_thread(&fake.url, &tenant, &channel, &hello())
            .await;
        assert!(
            matches!(created, Err(ConnectorError::Unreadable { .. })),
            "{body}"
        );
    }
    fake.then_json(
        201,
        json!({ "id": "c", "activityId": "", "serviceUrl": "ftp://x", "more": 1 }),
    );
    let created = connector
        .create_channel_thread(&fake.url, &tenant, &channel, &hello())
        .await
        .unwrap();
    assert_eq!(created.activity_id, None);
    assert_eq!(created.service_url, None);
}

#[tokio::test]
async fn a_roster_is_read_page_by_page() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let team = ConversationId::from("19:team");
    fake.then_json(
        200,
        json!({ "members": [{ "id": "29:a" }, { "id": "29:b" }], "continuationToken": "one" }),
    );
    fake.then_json(429, "");
    fake.then_json(200, json!({ "members": null, "continuationToken": "two" }));
    fake.then_json(
        200,
        json!({ "members": [{ "id": "29:c" }], "continuationToken": "" }),
    );

    let mut pages = connector.member_pages(&fake.url, &team);
    let mut sizes = Vec::new();
    let mut failures = 0;
    loop {
        match pages.next().await {
            Ok(Some(page)) => sizes.push(page.len()),
            Ok(None) => break,
            // A page that failed is asked for again.
            Err(_) => failures += 1,
        }
    }
    assert_eq!((sizes, failures), (vec![2, 0, 1], 1));
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(fake.asked().len(), 4);
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_the_last() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let team = ConversationId::from("19:team");
    for _ in 0..3 {
        fake.then_json(200, json!({ "members": [], "continuationToken": "same" }));
    }
    let mut pages = connector.member_pages(&fake.url, &team);
    let mut count = 0;
    while pages.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn an_object_id_has_two_spellings() {
    let read = |account: Value| -> TeamsChannelAccount { serde_json::from_value(account).unwrap() };
    for account in [
        json!({ "id": "29:a", "objectId": "o" }),
        json!({ "id": "29:a", "aadObjectId": "o" }),
        json!({ "id": "29:a", "objectId": "o", "aadObjectId": "o", "name": null, "new": 1 }),
    ] {
        assert_eq!(read(account).object_id, Some("o".into()));
    }
    assert!(read(json!({ "userRole": "anonymous" })).is_anonymous());
    assert_eq!(read(json!({ "id": "28:bot" })).user_id(), None);
    let shown = format!(
        "{:?}",
        read(json!({ "id": "29:a", "name": "Ada", "email": "ada@x" }))
    );
    assert!(
        !shown.contains("Ada") && !shown.contains("ada@x"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_batch_operation_is_named_in_three_ways() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let batch = connector.batch(&fake.url);
    for (body, expected) in [
        (r#"{"operationId":"op"}"#, Some("op")),
        (r#"{"id":"op"}"#, Some("op")),
        (r#""op""#, Some("op")),
        ("amer-1\n", Some("amer-1")),
        ("7", Some("7")),
        ("{}", None),
        ("", None),
        ("<p>not an id</p>", None),
    ] {
        fake.then_json(201, body);
        let started = batch.send_to_tenant(&"t".into(), &hello()).await.ok();
        assert_eq!(started.map(String::from).as_deref(), expected, "{body}");
    }
}

#[tokio::test]
async fn batch_answers_are_spelt_in_several_ways() {
    let fake = Fake::start().await;
    let connector = fake.connector();
    let batch = connector.batch(&fake.url);
    for map in ["statusMap", "stateMap"] {
        fake.then_json(
            200,
            json!({ "state": "ONGOING", map: { "201": 1, "404": 4 }, "totalEntriesCount": 5,
                    "retryAfter": "2026-01-05T09:00:00Z" }),
        );
        let status = batch.status(&"op".into()).await.unwrap();
        assert_eq!(status.state, BatchState::Ongoing);
        assert_eq!(status.statuses["404"], 4);
        assert!(status.retry_after.unwrap().instant().is_some());
    }
    fake.then_json(200, json!({ "state": "Paused" }));
    let status = batch.status(&"op".into()).await.unwrap();
    assert_eq!(status.state, BatchState::Other("Paused".to_owned()));

    fake.then_json(
        200,
        json!({ "failedEntryResponses": [
            { "entryId": "a", "error": "x" }, { "id": "b" }, { "Id": "c" },
        ] }),
    );
    let failed = batch.failed_entries(&"op".into(), None).await.unwrap();
    let ids: Vec<_> = failed
        .entries
        .iter()
        .filter_map(|e| e.id.as_deref())
        .collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(failed.continuation_token, None);
}

/// Recorded and documented answers, where the collection of fixtures is at hand.
#[tokio::test]
async fn recorded_answers_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/teams");
    let fixture = |name: &str| -> Option<Value> {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    };
    let fake = Fake::start().await;
    let connector = fake.connector();
    let give = |exchange: &Value| {
        let response = &exchange["response"];
        let status = response["status"].as_u64().unwrap();
        fake.then_json(u16::try_from(status).unwrap(), &response["body"]);
    };
    let tenant = TenantId::from("t");

    if let Some(exchange) = fixture("create-conversation-personal") {
        give(&exchange);
        let created = connector
            .create_personal_conversation(&fake.url, &tenant, &activity::UserId::from("29:a"))
            .await
            .unwrap();
        assert!(created.id.as_str().starts_with("a:1p0iic"));
    }
    if let Some(exchange) = fixture("create-conversation-channel-thread") {
        give(&exchange);
        let created = connector
            .create_channel_thread(&fake.url, &tenant, &"19:c".into(), &hello())
            .await
            .unwrap();
        assert_eq!(created.activity_id, created.id.thread_root());
    }
    if let Some(exchange) = fixture("roster-paged-members") {
        give(&exchange);
        let page = connector
            .paged_members(&fake.url, &"19:m".into(), None, None)
            .await
            .unwrap();
        assert_eq!(page.members.len(), 3);
        assert!(page.members[0].is_anonymous());
        assert!(page.members[1].object_id.is_some());
        assert_eq!(
            page.continuation_token.as_deref(),
            Some("asdfqwerueiqpiewr")
        );
    }
    if let Some(exchanges) = fixture("team-details-and-channels") {
        give(&exchanges["team"]);
        let team = connector.team(&fake.url, &"19:t".into()).await.unwrap();
        assert_eq!(team.team_type.as_deref(), Some("standard"));
        give(&exchanges["channels"]);
        let channels = connector.team_channels(&fake.url, &"19:t".into()).await;
        let channels = channels.unwrap();
        assert_eq!((channels.len(), channels[0].name.as_deref()), (4, None));
    }
    if let Some(exchanges) = fixture("batch-operation-status") {
        let batch = connector.batch(&fake.url);
        give(&exchanges["state"]);
        let status = batch.status(&"op".into()).await.unwrap();
        assert_eq!(
            (status.state, status.total_entries),
            (BatchState::Completed, Some(5))
        );
        give(&exchanges["failed_entries"]);
        let failed = batch.failed_entries(&"op".into(), None).await.unwrap();
        assert_eq!(failed.entries[2].id.as_deref(), Some("id-3"));
    }
}
