//! Who is told: every kind of address, set algebra, and nobody twice.

use activity::ConversationKind;
use notifications::{DefaultSubscription, Policy, Topic, TopicName};
use simulator::World;
use store::PreferenceChange;
use work_items::Lane;

use super::{key_of, notification};
use crate::stage::Stage;

/// The recipients that a notification to these addresses is planned for, in the words of their keys.
async fn planned(stage: &Stage, to: &[&str]) -> Vec<String> {
    let body = notification(&to.join(" "), to);
    stage.accepts(&body).await;
    let chunks = stage.chunks();
    let mut keys: Vec<String> = chunks
        .into_iter()
        .flat_map(|chunk| chunk.recipients)
        .map(String::from)
        .collect();
    keys.sort();
    keys
}

fn words(keys: &[&notifications::RecipientKey]) -> Vec<String> {
    let mut words: Vec<String> = keys.iter().map(ToString::to_string).collect();
    words.sort();
    words
}

#[tokio::test]
async fn a_person_is_one_recipient_by_whatever_address() {
    let stage = Stage::contoso().await;
    let ana = stage.teams.person("ana");
    let key = stage.knows(&ana).await;
    let aad = format!("aad:{}", ana.object_id().to_uppercase());
    let user = ana.teams_id();
    let all = [
        &*aad,
        "upn:ANA@contoso.example",
        "mail:ana@contoso.example",
        &user,
        "everyone",
    ];
    assert_eq!(planned(&stage, &all).await, words(&[&key]));
}

#[tokio::test]
async fn sets_are_united_and_taken_away() {
    let stage = Stage::contoso().await;
    let [ana, ben, chloe] = ["ana", "ben", "chloe"].map(|name| stage.teams.person(name));
    let (a, b) = (stage.knows(&ana).await, stage.knows(&ben).await);
    let team = stage.teams.team("Platform").id();
    stage.knows_team(&team).await;
    stage.knows_member(&team, &ben).await;
    let c = stage.knows_member(&team, &chloe).await;
    let roster = format!("roster:{team}");
    assert_eq!(planned(&stage, &["everyone"]).await, words(&[&a, &b]));
    assert_eq!(planned(&stage, &[&roster]).await, words(&[&b, &c]));
    assert_eq!(
        planned(&stage, &["everyone", &roster]).await,
        words(&[&a, &b, &c])
    );
    let but = format!("-{roster}");
    assert_eq!(planned(&stage, &["everyone", &but]).await, words(&[&a]));
    let not_ben = format!("-{}", ben.teams_id());
    assert_eq!(planned(&stage, &[&roster, &not_ben]).await, words(&[&c]));
    assert_eq!(
        planned(&stage, &["everyone", "-everyone"]).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn places_are_recipients_of_their_own() {
    let stage = Stage::contoso().await;
    let keys = planned(
        &stage,
        &[
            "channel:19:9d2f6b1incidents@thread.tacv2",
            "chat:19:5b0c4e8release@thread.v2",
            "thread:19:9d2f6b1incidents@thread.tacv2;messageid=1700000000000",
        ],
    )
    .await;
    assert_eq!(
        keys,
        [
            "c:19:5b0c4e8release@thread.v2",
            "c:19:9d2f6b1incidents@thread.tacv2",
            "t:19:9d2f6b1incidents@thread.tacv2;messageid=1700000000000",
        ]
    );
}

#[tokio::test]
async fn an_alias_stands_for_its_place() {
    let stage = Stage::contoso().await;
    let ana = stage.knows(&stage.teams.person("ana")).await;
    let chat = "19:5b0c4e8release@thread.v2";
    stage
        .knows_conversation(chat, ConversationKind::GroupChat)
        .await;
    let target = format!("c:{chat}").parse().expect("a key");
    let tenant = stage.teams.tenant().into();
    let aliases = stage.store.aliases();
    aliases
        .put(&tenant, "release-crew", &target, &ana, stage.clock_now())
        .await
        .expect("the table works");
    assert_eq!(
        planned(&stage, &["alias:Release-Crew"]).await,
        words(&[&target])
    );
}

#[tokio::test]
async fn a_topics_subscribers_are_those_who_asked_for_it() {
    let stage = Stage::contoso().await;
    let a = stage.knows(&stage.teams.person("ana")).await;
    let b = stage.knows(&stage.teams.person("ben")).await;
    let tenant = stage.teams.tenant().into();
    let topic: TopicName = "deploys".parse().expect("a topic");
    let preferences = stage.store.preferences();
    let change = async |key, change| {
        preferences
            .change(&tenant, key, &topic, change)
            .await
            .expect("the table works");
    };
    change(&b, PreferenceChange::Subscribe).await;
    assert_eq!(planned(&stage, &["topic:deploys"]).await, words(&[&b]));

    // Without `to`, they are the audience.
    let mut body = notification("no to", &[]);
    body.as_object_mut().expect("an object").remove("to");
    stage.accepts(&body).await;
    assert_eq!(stage.chunks()[0].recipients, std::slice::from_ref(&b));

    // Of a topic that everybody gets, everybody is; who left it is told nothing.
    let mut everybodys = Topic::undefined(topic.clone());
    everybodys.default = DefaultSubscription::OptOut;
    stage
        .store
        .topics()
        .put(&tenant, &everybodys)
        .await
        .expect("the table works");
    change(&b, PreferenceChange::Unsubscribe).await;
    let body = notification("opt-out", &["topic:deploys"]);
    stage.accepts(&body).await;
    stage.settle().await;
    assert_eq!(stage.teams.messages_to(&stage.teams.person("ana")).len(), 1);
    assert_eq!(stage.teams.person("ben").chat().count(), 0);
    assert_eq!(stage.outcome(&key_of(&body), &b).await, "k:unsubscribed");
    assert!(stage.outcome(&key_of(&body), &a).await.starts_with("s:"));
}

#[tokio::test]
async fn who_left_another_topic_is_none_of_its_subscribers() {
    let stage = Stage::contoso().await;
    let a = stage.knows(&stage.teams.person("ana")).await;
    let b = stage.knows(&stage.teams.person("ben")).await;
    let tenant = stage.teams.tenant().into();
    let other: TopicName = "news".parse().expect("a topic");
    let mut everybodys = Topic::undefined(other.clone());
    everybodys.default = DefaultSubscription::OptOut;
    stage
        .store
        .topics()
        .put(&tenant, &everybodys)
        .await
        .expect("the table works");
    let preferences = stage.store.preferences();
    preferences
        .change(&tenant, &b, &other, PreferenceChange::Unsubscribe)
        .await
        .expect("the table works");
    assert_eq!(planned(&stage, &["topic:news"]).await, words(&[&a]));
}

#[tokio::test]
async fn an_address_that_leads_to_nobody_fails_with_a_reason() {
    let stage = Stage::contoso().await;
    let ben = stage.knows(&stage.teams.person("ben")).await;
    let body = notification(
        "some nobodies",
        &[
            "upn:ben@contoso.example",
            "upn:nobody@contoso.example",
            "mail:nobody@contoso.example",
            "alias:nothing",
            "roster:19:unknown@thread.tacv2",
            "-upn:another-nobody@contoso.example",
        ],
    );
    stage.accepts(&body).await;
    assert_eq!(stage.chunks()[0].recipients, [ben]);
    let ledger = stage.store.ledger();
    let nobodies = ledger
        .unreachable(&key_of(&body))
        .await
        .expect("the table works");
    let mut told: Vec<String> = nobodies
        .expect("they are on the ledger")
        .iter()
        .map(|nobody| format!("{} {}", nobody.address, nobody.why))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "alias:nothing unreachable-unknown-alias",
            "mail:nobody@contoso.example unreachable-unknown-person",
            "roster:19:unknown@thread.tacv2 unreachable-unknown-team",
            "upn:nobody@contoso.example unreachable-unknown-person",
        ]
    );
}

#[tokio::test]
async fn who_can_be_reached_by_id_is_tried_though_the_table_knows_nobody() {
    let stage = Stage::contoso().await;
    let aad = "aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e77";
    assert_eq!(
        planned(&stage, &[aad, "29:1unknown"]).await,
        ["i:29:1unknown", "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e77"]
    );
}

#[tokio::test]
async fn few_recipients_do_not_wait_behind_many() {
    let stage = Stage::contoso().await;
    let people: Vec<String> = (0..101)
        .map(|number| format!("aad:3b5e7d10-8c1f-4d4e-9c55-{number:012}"))
        .collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    stage.accepts(&notification("many", &people)).await;
    let chunks = stage.chunks();
    assert!(chunks.iter().all(|chunk| chunk.lane == Lane::Broadcast));
    let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.recipients.len()).collect();
    assert_eq!(sizes, [50, 50, 1]);

    stage.accepts(&notification("few", &people[..100])).await;
    let chunks = stage.chunks();
    assert!(chunks.iter().all(|chunk| chunk.lane == Lane::Delivery));
    assert_eq!(chunks.len(), 5);
}

#[tokio::test]
async fn chunks_are_small_where_a_crash_leaves_what_it_held_unknown() {
    let stage = Stage::with(World::crowd(12)).await;
    stage.knows_everybody().await;
    let mut topic = Topic::undefined("deploys".parse().expect("a topic"));
    topic.policy = Policy::AtMostOnce;
    let tenant = stage.teams.tenant().into();
    stage
        .store
        .topics()
        .put(&tenant, &topic)
        .await
        .expect("the table works");
    stage.accepts(&notification("careful", &["everyone"])).await;
    let sizes: Vec<usize> = stage
        .chunks()
        .iter()
        .map(|chunk| chunk.recipients.len())
        .collect();
    assert_eq!(sizes, [5, 5, 2]);
}
