//! What a reader gets, and what they are spared.

use notifications::{Mute, Topic, TopicName};
use serde_json::json;
use store::PreferenceChange;

use super::{deliver, delivery_batch, queued};
use crate::notify::{key_of, notification};
use crate::stage::Stage;

#[tokio::test]
async fn each_reader_gets_the_card_in_their_language_and_it_is_on_the_ledger() {
    let stage = Stage::contoso().await;
    let [ana, ben] = ["ana", "ben"].map(|name| stage.teams.person(name));
    let (a, b) = (stage.knows(&ana).await, stage.knows(&ben).await);
    let mut body = notification("languages", &["everyone"]);
    body["translations"] = json!({ "es": { "what": "Se ha desplegado cart v12" } });
    body["importance"] = "high".into();
    stage.accepts(&body).await;
    stage.settle().await;

    let spanish = ana.chat().next_message().await.expect("it arrives");
    assert!(
        spanish.says("Se ha desplegado cart v12"),
        "{}",
        spanish.readable()
    );
    assert!(
        spanish
            .buttons()
            .iter()
            .any(|button| button.title.starts_with("Silenciar"))
    );
    let english = ben.chat().next_message().await.expect("it arrives");
    assert!(english.says("Deployed cart v12"), "{}", english.readable());
    assert_eq!(
        english.activity["channelData"]["notification"]["alert"],
        true
    );
    assert_eq!(english.activity["importance"], "high");

    let key = key_of(&body);
    assert_eq!(stage.outcome(&key, &a).await, format!("s:{}", spanish.id));
    assert_eq!(stage.outcome(&key, &b).await, format!("s:{}", english.id));
}

#[tokio::test]
async fn a_mute_holds_at_the_moment_of_sending() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    let key = queued(&stage, "muted", &["upn:ben@contoso.example"]).await;
    let batch = delivery_batch(&stage);
    // It is planned and queued; only now does Ben want silence.
    let tenant = stage.teams.tenant().into();
    let topic: TopicName = "deploys".parse().expect("a topic");
    let preferences = stage.store.preferences();
    let mute = PreferenceChange::Mute(Mute::Always);
    preferences
        .change(&tenant, &b, &topic, mute)
        .await
        .expect("the table works");
    assert!(deliver(&stage, batch).await.is_empty());
    assert_eq!(ben.chat().count(), 0);
    assert_eq!(stage.outcome(&key, &b).await, "k:muted");
}

#[tokio::test]
async fn urgent_news_pass_a_mute_where_the_topic_allows_it() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    let b = stage.knows(&ben).await;
    let tenant = stage.teams.tenant().into();
    let mut topic = Topic::undefined("deploys".parse().expect("a topic"));
    topic.urgent_allowed = true;
    stage
        .store
        .topics()
        .put(&tenant, &topic)
        .await
        .expect("the table works");
    let preferences = stage.store.preferences();
    let mute = PreferenceChange::Mute(Mute::Always);
    preferences
        .change(&tenant, &b, &topic.name, mute)
        .await
        .expect("the table works");
    let mut body = notification("fire", &["everyone"]);
    body["importance"] = "urgent".into();
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&ben).len(), 1);
}

#[tokio::test]
async fn people_of_a_tenant_that_is_not_served_get_nothing() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let address = format!("aad:{}", ben.object_id());
    let mut body = notification("elsewhere", &[&address]);
    body["tenant"] = "00000000-0000-0000-0000-000000000001".into();
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(ben.chat().count(), 0);
    let recipient = format!("p:{}", ben.object_id()).parse().expect("a key");
    assert_eq!(
        stage.outcome(&key_of(&body), &recipient).await,
        "k:tenant-not-allowed"
    );
}

#[tokio::test]
async fn people_are_mentioned_as_far_as_they_are_known() {
    let stage = Stage::contoso().await;
    let [ana, ben] = ["ana", "ben"].map(|name| stage.teams.person(name));
    stage.knows(&ana).await;
    stage.knows(&ben).await;
    let mut body = notification("mentions", &["upn:ben@contoso.example"]);
    body["mentions"] = json!([
        format!("aad:{}", ana.object_id()),
        "upn:guest@elsewhere.example",
        "mail:nobody@contoso.example",
    ]);
    stage.accepts(&body).await;
    stage.settle().await;
    let message = ben.chat().next_message().await.expect("it arrives");
    let card = message.card().expect("a card");
    let entities = card["msteams"]["entities"].as_array().expect("mentions");
    let mentioned: Vec<_> = entities
        .iter()
        .map(|entity| (&entity["mentioned"]["id"], &entity["mentioned"]["name"]))
        .collect();
    assert_eq!(
        mentioned,
        [
            (&json!(ana.teams_id()), &json!("ana")),
            (&json!("guest@elsewhere.example"), &json!("guest")),
        ]
    );
}

#[tokio::test]
async fn a_card_that_teams_would_refuse_is_no_reason_to_lose_the_message() {
    let stage = Stage::contoso().await;
    let ben = stage.teams.person("ben");
    stage.knows(&ben).await;
    let mut body = notification("own card", &["upn:ben@contoso.example"]);
    body["card"] = json!({
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{ "type": "TextBlock", "text": "x".repeat(90_000), "wrap": true }]
    });
    stage.accepts(&body).await;
    stage.settle().await;
    let message = ben.chat().next_message().await.expect("it arrives");
    assert!(
        message.says("Deployed cart v12"),
        "the built-in card is sent instead"
    );
}
