//! What each operation asks for.

use activity::{
    ActivityId, ActivityInput, ChannelAccount, ConversationId, MeetingId, ObjectId, OnBehalfOf,
    OperationId, ReactionType, TeamId, TeamsChannelId, TenantId, UserId,
};
use connector::{Connector, MeetingNotification, MemberKey, PreparedActivity, Surface};
use serde_json::{Value, json};

use crate::fake::Fake;

const CHANNEL: &str = "19:abc@thread.tacv2";
const IN_PATH: &str = "19%3Aabc%40thread.tacv2";

struct Ids {
    conversation: ConversationId,
    thread: ConversationId,
    message: ActivityId,
    tenant: TenantId,
    team: TeamId,
    channel: TeamsChannelId,
    user: UserId,
    object: ObjectId,
    operation: OperationId,
    meeting: MeetingId,
}

fn ids() -> Ids {
    Ids {
        conversation: CHANNEL.into(),
        thread: format!("{CHANNEL};messageid=17").into(),
        message: "1776390257332".into(),
        tenant: "tenant".into(),
        team: CHANNEL.into(),
        channel: CHANNEL.into(),
        user: "29:ada".into(),
        object: "7f8e9d0c-1b2a-4354-6758-9a0b1c2d3e4f".into(),
        operation: "amer/1".into(),
        meeting: "MCMxOTo=".into(),
    }
}

async fn start() -> (Fake, Connector, Ids) {
    let fake = Fake::start().await;
    let connector = fake.connector();
    (fake, connector, ids())
}

fn hello() -> ActivityInput {
    ActivityInput::message_text("hello")
}

fn hello_json() -> Value {
    json!({ "type": "message", "text": "hello", "textFormat": "plain" })
}

fn assert_asked(fake: &Fake, line: &str, body: Option<Value>) {
    let asked = fake.last();
    assert_eq!(asked.line, line);
    assert_eq!(asked.headers["authorization"], "Bearer token-1");
    match body {
        Some(body) => {
            assert_eq!(
                asked.headers["content-type"],
                "application/json; charset=utf-8"
            );
            assert_eq!(asked.json(), body);
        }
        None => {
            assert!(asked.body.is_empty());
            assert!(!asked.headers.contains_key("content-type"));
        }
    }
}

#[tokio::test]
async fn a_personal_conversation_is_created_by_either_id() {
    let (fake, connector, ids) = start().await;
    fake.then_json(201, json!({ "id": "a:1" }));
    let created = connector
        .create_personal_conversation(&fake.url, &ids.tenant, &ids.user)
        .await
        .unwrap();
    assert_eq!(created.id.as_str(), "a:1");
    assert_eq!(created.activity_id, None);
    let body = |id: &str| {
        json!({
            "isGroup": false,
            "members": [{ "id": id }],
            "tenantId": "tenant",
            "channelData": { "tenant": { "id": "tenant" } },
        })
    };
    assert_asked(&fake, "POST /amer/v3/conversations", Some(body("29:ada")));

    fake.then_json(200, json!({ "id": "a:1" }));
    connector
        .create_personal_conversation(&fake.url, &ids.tenant, &ids.object)
        .await
        .unwrap();
    assert_asked(
        &fake,
        "POST /amer/v3/conversations",
        Some(body(ids.object.as_str())),
    );
}

#[tokio::test]
async fn a_session_starts_with_a_message() {
    let (fake, connector, ids) = start().await;
    fake.then_json(201, json!({ "id": "s", "activityId": "1749012345678" }));
    let created = connector
        .create_session(&fake.url, &ids.tenant, &ids.user, &hello())
        .await
        .unwrap();
    assert_eq!(created.activity_id, Some("1749012345678".into()));
    assert_asked(
        &fake,
        "POST /amer/v3/conversations",
        Some(json!({
            "isGroup": false,
            "members": [{ "id": "29:ada" }],
            "tenantId": "tenant",
            "channelData": { "tenant": { "id": "tenant" } },
            "activity": hello_json(),
        })),
    );
}

#[tokio::test]
async fn a_channel_thread_starts_with_a_message() {
    let (fake, connector, ids) = start().await;
    fake.then_json(
        201,
        json!({
            "id": ids.thread.as_str(),
            "activityId": "17",
            "serviceUrl": "https://smba.trafficmanager.net/emea/",
        }),
    );
    let created = connector
        .create_channel_thread(&fake.url, &ids.tenant, &ids.channel, &hello())
        .await
        .unwrap();
    assert_eq!(created.id, ids.thread);
    assert_eq!(created.activity_id, Some("17".into()));
    assert_eq!(
        created.service_url.unwrap().as_str(),
        "https://smba.trafficmanager.net/emea"
    );
    assert_asked(
        &fake,
        "POST /amer/v3/conversations",
        Some(json!({
            "isGroup": true,
            "tenantId": "tenant",
            "channelData": { "channel": { "id": CHANNEL }, "tenant": { "id": "tenant" } },
            "activity": hello_json(),
        })),
    );
}

#[tokio::test]
async fn a_message_is_sent_answered_updated_and_deleted() {
    let (fake, connector, ids) = start().await;
    let (url, message) = (&fake.url, &ids.message);
    let activities = format!("/amer/v3/conversations/{IN_PATH}%3Bmessageid%3D17/activities");

    fake.then_json(201, json!({ "id": "1" }));
    let sent = connector.send(url, &ids.thread, &hello()).await.unwrap();
    assert_eq!(sent.id, Some("1".into()));
    assert_asked(&fake, &format!("POST {activities}"), Some(hello_json()));

    let prepared = PreparedActivity::new(&hello()).unwrap();
    let reply = connector
        .reply_to(url, &ids.thread, message, &prepared)
        .await;
    reply.unwrap();
    let one = format!("{activities}/1776390257332");
    assert_asked(&fake, &format!("POST {one}"), Some(hello_json()));

    let update = connector.update(url, &ids.thread, message, &prepared).await;
    update.unwrap();
    assert_asked(&fake, &format!("PUT {one}"), Some(hello_json()));

    connector.delete(url, &ids.thread, message).await.unwrap();
    assert_asked(&fake, &format!("DELETE {one}"), None);
}

#[tokio::test]
async fn a_targeted_message_names_its_reader() {
    let (fake, connector, ids) = start().await;
    let (url, message) = (&fake.url, &ids.message);
    let activity = ActivityInput {
        recipient: Some(ChannelAccount::from_id(ids.user.clone())),
        ..hello()
    };
    let mut body = hello_json();
    body["recipient"] = json!({ "id": "29:ada" });
    let activities = format!("/amer/v3/conversations/{IN_PATH}/activities");
    let query = "?isTargetedActivity=true";

    fake.then_json(202, json!({ "id": "1" }));
    let sent = connector
        .send_targeted(url, &ids.conversation, &activity)
        .await;
    assert_eq!(sent.unwrap().id, Some("1".into()));
    assert_asked(
        &fake,
        &format!("POST {activities}{query}"),
        Some(body.clone()),
    );

    let updated = connector
        .update_targeted(url, &ids.conversation, message, &activity)
        .await;
    updated.unwrap();
    let one = format!("{activities}/1776390257332{query}");
    assert_asked(&fake, &format!("PUT {one}"), Some(body));

    let deleted = connector
        .delete_targeted(url, &ids.conversation, message)
        .await;
    deleted.unwrap();
    assert_asked(&fake, &format!("DELETE {one}"), None);

    // Without a reader, everybody would see it.
    let before = fake.asked().len();
    let nobody = connector
        .send_targeted(url, &ids.conversation, &hello())
        .await;
    assert!(nobody.is_err());
    assert_eq!(fake.asked().len(), before);
}

#[tokio::test]
async fn reactions_come_and_go() {
    let (fake, connector, ids) = start().await;
    let line = format!("/amer/v3/conversations/{IN_PATH}/activities/1776390257332/reactions/heart");
    let (url, conversation, message) = (&fake.url, &ids.conversation, &ids.message);
    let heart = ReactionType::Heart;
    let added = connector
        .add_reaction(url, conversation, message, &heart)
        .await;
    added.unwrap();
    assert_asked(&fake, &format!("PUT {line}"), None);
    let removed = connector
        .remove_reaction(url, conversation, message, &heart)
        .await;
    removed.unwrap();
    assert_asked(&fake, &format!("DELETE {line}"), None);
}

#[tokio::test]
async fn members_are_read_from_the_channel_and_not_from_a_thread() {
    let (fake, connector, ids) = start().await;
    let url = &fake.url;
    let roster = format!("/amer/v3/conversations/{IN_PATH}");

    connector
        .paged_members(url, &ids.thread, None, None)
        .await
        .unwrap();
    assert_asked(
        &fake,
        &format!("GET {roster}/pagedmembers?pageSize=500"),
        None,
    );

    connector
        .paged_members(url, &ids.conversation, Some(10), Some("a+b/c="))
        .await
        .unwrap();
    assert_asked(
        &fake,
        &format!("GET {roster}/pagedmembers?pageSize=50&continuationToken=a%2Bb%2Fc%3D"),
        None,
    );

    for (key, segment) in [
        (MemberKey::from(&ids.user), "29%3Aada"),
        (MemberKey::from(&ids.object), ids.object.as_str()),
        (MemberKey::Upn("ada@contoso.com"), "ada%40contoso.com"),
    ] {
        connector.member(url, &ids.thread, key).await.unwrap();
        assert_asked(&fake, &format!("GET {roster}/members/{segment}"), None);
    }

    fake.then_json(200, json!([{ "id": "29:ada" }]));
    let readers = connector
        .activity_members(url, &ids.conversation, &ids.message)
        .await
        .unwrap();
    assert_eq!(readers[0].user_id(), Some("29:ada".into()));
    let line = format!("GET {roster}/activities/1776390257332/members");
    assert_asked(&fake, &line, None);
}

#[tokio::test]
async fn teams_and_their_channels_are_read() {
    let (fake, connector, ids) = start().await;
    fake.then_json(
        200,
        json!({ "id": CHANNEL, "name": "Ops", "memberCount": 7 }),
    );
    let team = connector.team(&fake.url, &ids.team).await.unwrap();
    assert_eq!((team.id, team.member_count), (ids.team.clone(), Some(7)));
    assert_asked(&fake, &format!("GET /amer/v3/teams/{IN_PATH}"), None);

    connector.team_channels(&fake.url, &ids.team).await.unwrap();
    let line = format!("GET /amer/v3/teams/{IN_PATH}/conversations");
    assert_asked(&fake, &line, None);
}

#[tokio::test]
async fn meetings_are_read() {
    let (fake, connector, ids) = start().await;
    fake.then_json(
        200,
        json!({ "details": { "title": "Stand-up", "type": "recurring" }, "organizer": { "id": "29:ada" } }),
    );
    let meeting = connector.meeting(&fake.url, &ids.meeting).await.unwrap();
    assert_eq!(meeting.details.title.as_deref(), Some("Stand-up"));
    assert_asked(&fake, "GET /amer/v1/meetings/MCMxOTo%3D", None);

    fake.then_json(
        200,
        json!({ "user": { "id": "29:ada" }, "meeting": { "role": "Organizer", "inMeeting": true } }),
    );
    let participant = connector
        .meeting_participant(&fake.url, &ids.meeting, &ids.object, &ids.tenant)
        .await
        .unwrap();
    assert_eq!(participant.meeting.in_meeting, Some(true));
    let line = format!(
        "GET /amer/v1/meetings/MCMxOTo%3D/participants/{}?tenantId=tenant",
        ids.object
    );
    assert_asked(&fake, &line, None);
}

#[tokio::test]
async fn a_meeting_notification_says_who_was_not_reached() {
    let (fake, connector, ids) = start().await;
    let notification = MeetingNotification {
        recipients: vec![ids.user.clone()],
        surfaces: vec![
            Surface::Stage {
                url: "https://example.com/vote".to_owned(),
                title: "Vote".to_owned(),
                height: 400,
                width: 300,
            },
            Surface::TabIcon {
                tab_entity_id: None,
            },
        ],
        on_behalf_of: vec![OnBehalfOf {
            user: ids.user.clone(),
            display_name: "Ada".to_owned(),
        }],
    };
    fake.then_json(202, "");
    let notify = || connector.notify_meeting(&fake.url, &ids.meeting, &notification);
    assert_eq!(notify().await.unwrap(), []);
    assert_asked(
        &fake,
        "POST /amer/v1/meetings/MCMxOTo%3D/notification",
        Some(json!({
            "type": "targetedMeetingNotification",
            "value": {
                "recipients": ["29:ada"],
                "surfaces": [
                    {
                        "surface": "meetingStage",
                        "contentType": "task",
                        "content": { "value": {
                            "height": 400, "width": 300, "title": "Vote",
                            "url": "https://example.com/vote",
                        } },
                    },
                    { "surface": "meetingTabIcon" },
                ],
            },
            "channelData": { "onBehalfOf": [{
                "itemid": 0, "mentionType": "person", "mri": "29:ada", "displayName": "Ada",
            }] },
        })),
    );
    fake.then_json(
        207,
        json!({ "recipientsFailureInfo": [{ "recipientMri": "8:orgid:1", "failureReason": "Not in it", "errorCode": "MemberNotFound" }] }),
    );
    let not_reached = notify().await.unwrap();
    assert_eq!(not_reached[0].error_code.as_deref(), Some("MemberNotFound"));
}

#[tokio::test]
async fn a_batch_is_started_watched_and_stopped() {
    let (fake, connector, ids) = start().await;
    let batch = connector.batch(&fake.url);
    let line = |end: &str| format!("/amer/v3/batch/conversation/{end}");
    let body = |mut extra: Value| {
        extra["activity"] = hello_json();
        extra["tenantId"] = json!("tenant");
        Some(extra)
    };
    let started = || fake.then_json(201, json!({ "operationId": "op" }));

    started();
    let users = [ids.user.clone(), "29:grace".into()];
    let operation = batch.send_to_users(&ids.tenant, &users, &hello()).await;
    assert_eq!(operation.unwrap().as_str(), "op");
    assert_asked(
        &fake,
        &format!("POST {}", line("users")),
        body(json!({ "members": [{ "id": "29:ada" }, { "id": "29:grace" }] })),
    );

    started();
    batch.send_to_tenant(&ids.tenant, &hello()).await.unwrap();
    assert_asked(&fake, &format!("POST {}", line("tenant")), body(json!({})));

    started();
    let team = batch.send_to_team(&ids.tenant, &ids.team, &hello()).await;
    team.unwrap();
    let expected = body(json!({ "teamId": CHANNEL }));
    assert_asked(&fake, &format!("POST {}", line("team")), expected);

    started();
    let channels = batch
        .send_to_channels(&ids.tenant, [&ids.channel], &hello())
        .await;
    channels.unwrap();
    let expected = body(json!({ "members": [{ "id": CHANNEL }] }));
    assert_asked(&fake, &format!("POST {}", line("channels")), expected);

    batch.status(&ids.operation).await.unwrap();
    assert_asked(&fake, &format!("GET {}", line("amer%2F1")), None);
    let failed = batch.failed_entries(&ids.operation, Some("next")).await;
    failed.unwrap();
    let query = line("failedentries/amer%2F1?continuationToken=next");
    assert_asked(&fake, &format!("GET {query}"), None);
    batch.cancel(&ids.operation).await.unwrap();
    assert_asked(&fake, &format!("DELETE {}", line("amer%2F1")), None);
}

#[tokio::test]
async fn attachments_are_read() {
    let (fake, connector, _) = start().await;
    fake.then_json(
        200,
        json!({ "name": "a.png", "type": "image/png", "views": [{ "viewId": "original", "size": 4 }] }),
    );
    let info = connector.attachment(&fake.url, "0-eus/1").await.unwrap();
    assert_eq!(info.views[0].view_id, "original");
    assert_asked(&fake, "GET /amer/v3/attachments/0-eus%2F1", None);

    fake.then(&[0_u8, 159, 146, 150][..]);
    let bytes = connector
        .attachment_view(&fake.url, "0-eus/1", "original")
        .await;
    assert_eq!(bytes.unwrap(), [0, 159, 146, 150][..]);
    let line = "GET /amer/v3/attachments/0-eus%2F1/views/original";
    assert_asked(&fake, line, None);
}
