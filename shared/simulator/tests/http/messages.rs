//! Sending, replying, editing, deleting, reacting, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Author, Clock, Config, World};

use crate::support::{Api, card, message, segment, start, with_bot_everywhere};

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_message_gets_an_id_of_milliseconds_and_ids_rise() {
    let (clock, _hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let chat = simulator.person("ana").conversation_id();
    let first = api.say(&chat, "one").await;
    let second = api.say(&chat, "two").await;
    assert_eq!((first.status, first.id().as_str()), (201, "1795510800000"));
    assert_eq!(second.id(), "1795510800001");
}

#[tokio::test]
async fn the_same_chat_is_reached_by_each_of_its_names_and_addresses() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    assert_eq!(api.say(&ana.conversation_id(), "one").await.status, 201);
    assert_eq!(api.say(&ana.graph_chat_id(), "two").await.status, 201);
    let raw = format!("v3/conversations/{}/activities", ana.conversation_id());
    assert_eq!(
        api.call("POST", &raw, Some(message("three"))).await.status,
        201
    );
    let regional = http_client::HttpClient::new()
        .post(format!(
            "{}v3/conversations/{}/activities",
            simulator.service_url(),
            segment(&ana.conversation_id())
        ))
        .header(
            "authorization",
            format!("Bearer {}", api.token.as_deref().unwrap()),
        )
        .body(message("four").to_string());
    assert_eq!(regional.send().await.unwrap().status(), 201);
    assert_eq!(simulator.messages_to(&ana).len(), 4);
}

#[tokio::test]
async fn a_channel_id_begins_a_thread_and_a_thread_id_goes_on_with_it() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let channel = simulator.team("Platform").channel("Incidents");
    let root = api.say(&channel.id(), "begin").await.id();
    let thread = format!("{};messageid={root}", channel.id());
    assert_eq!(api.say(&thread, "go on").await.status, 201);
    // A reply to the root, addressed to the channel, is in the thread as well.
    let path = format!(
        "v3/conversations/{}/activities/{root}",
        segment(&channel.id())
    );
    assert_eq!(
        api.call("POST", &path, Some(message("reply"))).await.status,
        201
    );
    let said = simulator.messages_in(&thread);
    assert_eq!(
        said.iter().filter_map(|m| m.text()).collect::<Vec<_>>(),
        ["begin", "go on", "reply"]
    );
    assert!(said.iter().all(|m| m.conversation == thread));
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let chat = simulator.person("ana").conversation_id();
    let no_card = json!({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {"body": []}}]});
    let oauth = json!({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.oauth", "content": {"tokenExchangeResource": null}}]});
    for (what, activity, expected) in [
        (
            "no type",
            json!({"text": "x"}),
            refused(400, "MissingProperty"),
        ),
        (
            "another type",
            json!({"type": "event", "name": "x"}),
            refused(400, "BadArgument"),
        ),
        (
            "no content",
            json!({"type": "message"}),
            refused(400, "BadSyntax"),
        ),
        (
            "an empty text",
            json!({"type": "message", "text": ""}),
            refused(400, "BadSyntax"),
        ),
        (
            "attachments that are no list",
            json!({"type": "message", "attachments": {}}),
            refused(400, "BadArgument"),
        ),
        (
            "an attachment without type",
            json!({"type": "message", "attachments": [{}]}),
            refused(400, "MissingProperty"),
        ),
        ("a card that is none", no_card, refused(400, "BadArgument")),
        (
            "an explicit null",
            json!({"type": "message", "text": "x", "summary": null}),
            refused(400, "BadArgument"),
        ),
        (
            "a null that was seen refused",
            oauth,
            refused(400, "BadArgument"),
        ),
        (
            "too much",
            message(&"x".repeat(60_000)),
            refused(413, "MessageSizeTooBig"),
        ),
    ] {
        assert_eq!(
            api.send(&chat, activity).await.refusal(),
            expected,
            "{what}"
        );
    }
    let path = format!("v3/conversations/{}/activities", segment(&chat));
    let broken = api.raw("POST", &path, Some("not json".to_owned())).await;
    assert_eq!(broken.refusal(), refused(400, "BadSyntax"));
    let endless = api.raw("POST", &path, Some("x".repeat(1_100_000))).await;
    assert_eq!(endless.refusal(), refused(413, "MessageSizeTooBig"));
    assert_eq!(simulator.messages_to(&simulator.person("ana")).len(), 0);
}

#[tokio::test]
async fn pictures_inside_a_card_do_not_count() {
    let simulator = with_bot_everywhere().await;
    let picture = format!("data:image/png;base64,{}", "A".repeat(80_000));
    let activity = card(json!([{"type": "Image", "url": picture}]), json!([]));
    let chat = simulator.person("ana").conversation_id();
    assert_eq!(Api::of(&simulator).send(&chat, activity).await.status, 201);
}

#[tokio::test]
async fn conversations_that_are_not_there_are_told_from_those_of_another_bot() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let channel = simulator.team("Platform").channel("Incidents").id();
    for (what, id, expected) in [
        (
            "a chat",
            "19:nowhere@thread.v2".to_owned(),
            refused(404, "ConversationNotFound"),
        ),
        (
            "a thread",
            format!("{channel};messageid=17"),
            refused(404, "ConversationNotFound"),
        ),
        (
            "a thread 0",
            format!("{channel};messageid=0"),
            refused(404, "ConversationNotFound"),
        ),
        (
            "no thread id",
            format!("{channel};messageid=x"),
            refused(404, "ConversationNotFound"),
        ),
        (
            "a personal chat",
            "a:1abcdef".to_owned(),
            refused(400, "BadArgument"),
        ),
    ] {
        let answer = api.say(&id, "hi").await;
        assert_eq!(answer.refusal(), expected, "{what}");
        if id.starts_with("a:") {
            assert!(answer.text.contains("Failed to decrypt conversation id"));
        }
    }
    let ana = simulator.person("ana");
    ana.delete_chat();
    let gone = api.say(&ana.conversation_id(), "hi").await;
    assert_eq!(gone.refusal(), refused(404, "ConversationNotFound"));
}

#[tokio::test]
async fn a_bot_that_is_not_there_is_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let team = simulator.team("Platform");
    let chat = simulator.chat("Release crew");
    ana.uninstall().await;
    team.uninstall(&ana).await;
    chat.uninstall(&ana).await;
    for id in [
        ana.conversation_id(),
        team.id(),
        team.channel("Incidents").id(),
        chat.id(),
    ] {
        let answer = api.say(&id, "hi").await;
        assert_eq!(
            answer.refusal(),
            refused(403, "BotNotInConversationRoster"),
            "{id}"
        );
        let roster = api
            .get(&format!("v3/conversations/{}/pagedmembers", segment(&id)))
            .await;
        assert_eq!(
            roster.refusal(),
            refused(403, "BotNotInConversationRoster"),
            "{id}"
        );
    }
    let ben = simulator.person("ben").conversation_id();
    simulator.disable_bot(true);
    assert_eq!(
        api.say(&ben, "hi").await.refusal(),
        refused(403, "BotDisabledByAdmin")
    );
    simulator.disable_bot(false);
    assert_eq!(api.say(&ben, "hi").await.status, 201);
}

#[tokio::test]
async fn a_person_who_blocks_the_bot_is_told_in_either_shape() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    ana.block_bot();
    let nested = api.say(&ana.conversation_id(), "hi").await;
    assert_eq!(
        (nested.status, nested.json()["errorCode"].as_u64()),
        (403, Some(209))
    );
    let inner: Value = serde_json::from_str(nested.json()["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["subCode"], "MessageWritesBlocked");

    ana.block_conversation();
    let usual = api.say(&ana.conversation_id(), "hi").await;
    assert_eq!(usual.refusal(), refused(403, "ConversationBlockedByUser"));

    ana.say("hello").await;
    assert_eq!(
        api.say(&ana.conversation_id(), "hi").await.status,
        201,
        "they talk again"
    );
}

#[tokio::test]
async fn text_with_an_attachment_becomes_two_messages_without_an_id() {
    let simulator = with_bot_everywhere().await;
    let ana = simulator.person("ana");
    let mut activity = card(json!([{"type": "TextBlock", "text": "card"}]), json!([]));
    activity["text"] = "text".into();
    let answer = Api::of(&simulator)
        .send(&ana.conversation_id(), activity)
        .await;
    assert_eq!((answer.status, answer.json()), (201, json!({})));
    let said: Vec<_> = simulator
        .messages_to(&ana)
        .iter()
        .map(|m| m.readable())
        .collect();
    assert_eq!(said, ["text", "card"]);
}

#[tokio::test]
async fn typing_is_accepted_and_is_no_message() {
    let simulator = with_bot_everywhere().await;
    let ana = simulator.person("ana");
    let answer = Api::of(&simulator)
        .send(&ana.conversation_id(), json!({"type": "typing"}))
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    assert!(simulator.messages_to(&ana).is_empty());
}

#[tokio::test]
async fn an_edit_replaces_the_message() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let chat = ana.conversation_id();
    let id = api.say(&chat, "before").await.id();
    let answer = api.update(&chat, &id, message("after")).await;
    assert_eq!((answer.status, answer.id()), (200, id.clone()));
    let now = &simulator.messages_to(&ana)[0];
    assert_eq!(
        (now.text(), now.edits, now.id.as_str()),
        (Some("after"), 1, id.as_str())
    );
    let wrong = api.update(&chat, &id, json!({"type": "message"})).await;
    assert_eq!(wrong.refusal(), refused(400, "BadSyntax"));
}

#[tokio::test]
async fn a_deleted_message_is_gone() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let chat = ana.conversation_id();
    let id = api.say(&chat, "hi").await.id();
    let answer = api.delete(&chat, &id).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert!(simulator.messages_to(&ana)[0].deleted);
    let gone = refused(404, "ActivityNotFoundInConversation");
    assert_eq!(api.delete(&chat, &id).await.refusal(), gone);
    assert_eq!(api.update(&chat, &id, message("x")).await.refusal(), gone);
    assert_eq!(api.update(&chat, "17", message("x")).await.refusal(), gone);
    assert_eq!(api.update(&chat, "f:x", message("x")).await.refusal(), gone);
}

#[tokio::test]
async fn the_bot_cannot_change_what_others_wrote() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let said = ana.say("mine").await;
    let chat = ana.conversation_id();
    let denied = refused(403, "NotEnoughPermissions");
    assert_eq!(
        api.update(&chat, said.activity_id(), message("x"))
            .await
            .refusal(),
        denied
    );
    assert_eq!(
        api.delete(&chat, said.activity_id()).await.refusal(),
        denied
    );
}

#[tokio::test]
async fn a_message_is_found_in_its_own_thread_only() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let channel = simulator.team("Platform").channel("Incidents").id();
    let one = api.say(&channel, "one").await.id();
    let two = api.say(&channel, "two").await.id();
    let other_thread = format!("{channel};messageid={two}");
    let answer = api.update(&other_thread, &one, message("x")).await;
    assert_eq!(
        answer.refusal(),
        refused(404, "ActivityNotFoundInConversation")
    );
    let own_thread = format!("{channel};messageid={one}");
    assert_eq!(
        api.update(&own_thread, &one, message("x")).await.status,
        200
    );
    assert_eq!(api.update(&channel, &two, message("x")).await.status, 200);
}

#[tokio::test]
async fn a_targeted_message_is_seen_by_its_recipient_alone_for_a_day() {
    let (clock, hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        app_token_lifetime: Duration::from_secs(1_000_000),
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    let chat = simulator.chat("Release crew");
    let path = format!("v3/conversations/{}/activities", segment(&chat.id()));
    let mut activity = message("for you");
    activity["recipient"] = json!({"id": ana.teams_id()});
    let targeted = format!("{path}?isTargetedActivity=true");
    let answer = api.call("POST", &targeted, Some(activity.clone())).await;
    assert_eq!(answer.status, 202);
    let posted = chat.conversation().from_bot().pop().unwrap();
    assert_eq!(posted.targeted_to, Some(ana.object_id()));
    assert!(ana.sees(&posted).is_some() && ben.sees(&posted).is_none());

    let members = api.get(&format!("{path}/{}/members", posted.id)).await;
    assert_eq!(members.json().as_array().unwrap().len(), 1);

    let visible = api.update(&chat.id(), &posted.id, message("x")).await;
    assert_eq!(
        visible.refusal(),
        refused(400, "BadArgument"),
        "visibility cannot change"
    );
    let one = format!("{path}/{}?isTargetedActivity=true", posted.id);
    assert_eq!(
        api.call("PUT", &one, Some(message("still"))).await.status,
        200
    );
    hand.advance(Duration::from_secs(24 * 3600));
    let expired = api.call("PUT", &one, Some(message("late"))).await;
    assert_eq!(
        expired.refusal(),
        refused(404, "ActivityNotFoundInConversation")
    );

    let mut nobody = message("x");
    let none = api.call("POST", &targeted, Some(nobody.clone())).await;
    assert_eq!(none.refusal(), refused(400, "MissingProperty"));
    simulator
        .chat("Release crew")
        .remove_member(&ben, &ben)
        .await;
    nobody["recipient"] = json!({"id": ben.teams_id()});
    let outsider = api.call("POST", &targeted, Some(nobody)).await;
    assert_eq!(outsider.refusal(), refused(400, "BadArgument"));
    let personal = format!(
        "v3/conversations/{}/activities?isTargetedActivity=true",
        segment(&ana.conversation_id())
    );
    assert_eq!(
        api.call("POST", &personal, Some(activity)).await.refusal(),
        refused(400, "BadArgument")
    );
}

#[tokio::test]
async fn the_bot_reacts() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let said = ana.say("deployed").await;
    let chat = ana.conversation_id();
    let path = format!(
        "v3/conversations/{}/activities/{}/reactions/like",
        segment(&chat),
        said.activity_id()
    );
    assert_eq!(api.call("PUT", &path, None).await.status, 200);
    let message = ana.chat().message(said.activity_id()).unwrap();
    assert_eq!(message.author, Author::Person(ana.object_id()));
    assert_eq!(message.reactions, [(simulator.bot_id(), "like".to_owned())]);
    assert_eq!(api.call("DELETE", &path, None).await.status, 200);
    assert!(
        ana.chat()
            .message(said.activity_id())
            .unwrap()
            .reactions
            .is_empty()
    );
    let missing = format!(
        "v3/conversations/{}/activities/17/reactions/like",
        segment(&chat)
    );
    assert_eq!(api.call("PUT", &missing, None).await.status, 404);
}

#[tokio::test]
async fn operations_that_teams_does_not_have_are_refused() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let chat = segment(&simulator.chat("Release crew").id());
    for (method, path) in [
        ("GET", "v3/conversations".to_owned()),
        (
            "POST",
            format!("v3/conversations/{chat}/activities/history"),
        ),
        ("POST", format!("v3/conversations/{chat}/attachments")),
        ("DELETE", format!("v3/conversations/{chat}/members/x")),
    ] {
        let answer = api.call(method, &path, Some(json!({}))).await;
        assert_eq!((answer.status, answer.text.as_str()), (405, ""), "{path}");
    }
    assert_eq!(
        api.get(&format!("v3/conversations/{chat}")).await.status,
        404
    );
    assert_eq!(api.get("v4/anything").await.status, 404);
}

#[tokio::test]
async fn attachments_are_described_and_served() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let id = simulator.add_attachment("chart.png", "image/png", &b"png"[..]);
    let info = api.get(&format!("v3/attachments/{id}")).await.json();
    assert_eq!(info["views"][0], json!({"viewId": "original", "size": 3}));
    let view = api
        .get(&format!("v3/attachments/{id}/views/original"))
        .await;
    assert_eq!(
        (
            view.text.as_str(),
            view.headers["content-type"].to_str().unwrap()
        ),
        ("png", "image/png")
    );
    assert_eq!(api.get("v3/attachments/x").await.status, 404);
    assert_eq!(
        api.get(&format!("v3/attachments/{id}/views/thumbnail"))
            .await
            .status,
        404
    );
}
