//! The documented rates, on a clock that the test moves.

use std::time::Duration;

use http_client::HttpClient;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulator::{Clock, Config, Fault, Limits, ManualClock, Operation, Reply, Simulator, World};

use crate::support::{Answer, Api, answer, message, segment, start};

async fn throttling() -> (Simulator, ManualClock, Api) {
    let (clock, hand) = Clock::manual("2026-11-02T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        world: World::contoso().with_crowd(100).with_bot_everywhere(),
        app_token_lifetime: Duration::from_secs(1_000_000),
        limits: Limits::documented(),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    (simulator, hand, api)
}

fn throttled(answer: &Answer) -> (u16, String, Option<String>) {
    let (status, code) = answer.refusal();
    let wait = answer.headers.get("retry-after");
    let wait = wait.map(|wait| wait.to_str().unwrap().to_owned());
    (status, code, wait)
}

fn too_many(seconds: u64) -> (u16, String, Option<String>) {
    (429, "Throttled".to_owned(), Some(seconds.to_string()))
}

#[tokio::test]
async fn an_eighth_message_within_a_second_is_throttled_and_not_posted() {
    let (simulator, hand, api) = throttling().await;
    let ana = simulator.person("ana");
    let chat = ana.conversation_id();
    for _ in 0..7 {
        assert_eq!(api.say(&chat, "hi").await.status, 201);
    }
    assert_eq!(throttled(&api.say(&chat, "hi").await), too_many(1));
    let other = simulator.person("ben").conversation_id();
    assert_eq!(
        api.say(&other, "hi").await.status,
        201,
        "other conversation"
    );
    hand.advance(Duration::from_secs(1));
    assert_eq!(api.say(&chat, "hi").await.status, 201);
    // Eight within two seconds: the ninth waits for the first seven to be that old.
    assert_eq!(throttled(&api.say(&chat, "hi").await), too_many(1));
    assert_eq!(simulator.messages_to(&ana).len(), 8);
}

#[tokio::test]
async fn a_message_every_half_second_meets_the_window_of_thirty_and_at_last_that_of_an_hour() {
    let (simulator, hand, api) = throttling().await;
    let chat = simulator.person("ana").conversation_id();
    for _ in 0..60 {
        assert_eq!(api.say(&chat, "hi").await.status, 201);
        hand.advance(Duration::from_millis(490));
    }
    assert_eq!(throttled(&api.say(&chat, "hi").await), too_many(1));
    for _ in 60..1_800 {
        hand.advance(Duration::from_millis(600));
        assert_eq!(api.say(&chat, "hi").await.status, 201);
    }
    hand.advance(Duration::from_secs(60));
    let (status, _, wait) = throttled(&api.say(&chat, "hi").await);
    let wait: u64 = wait.unwrap().parse().unwrap();
    assert_eq!(status, 429);
    assert!((2_400..2_500).contains(&wait), "{wait}");
}

#[tokio::test]
async fn threads_replies_and_edits_count_for_their_channel() {
    let (simulator, _, api) = throttling().await;
    let channel = simulator.team("Platform").general().id();
    let root = api.say(&channel, "root").await.id();
    let thread = format!("{channel};messageid={root}");
    for _ in 0..5 {
        assert_eq!(api.say(&thread, "more").await.status, 201);
    }
    assert_eq!(api.update(&thread, &root, message("new")).await.status, 200);
    assert_eq!(throttled(&api.say(&channel, "x").await), too_many(1));
    let reply = format!("v3/conversations/{}/activities/{root}", segment(&channel));
    let replied = api.call("POST", &reply, Some(message("x"))).await;
    assert_eq!(throttled(&replied), too_many(1));
    assert_eq!(api.delete(&thread, &root).await.status, 200, "not limited");
}

#[tokio::test]
async fn text_with_an_attachment_is_two_messages() {
    let (simulator, _, api) = throttling().await;
    let chat = simulator.person("ana").conversation_id();
    let both = json!({"type": "message", "text": "hi", "attachments": [{
        "contentType": "text/html", "content": "<b>hi</b>",
    }]});
    for _ in 0..3 {
        assert_eq!(api.send(&chat, both.clone()).await.status, 201);
    }
    assert_eq!(throttled(&api.send(&chat, both).await), too_many(1));
    assert_eq!(api.say(&chat, "one more").await.status, 201);
}

#[tokio::test]
async fn creations_of_one_conversation_have_a_window_of_their_own() {
    let (simulator, _, api) = throttling().await;
    let create = |who: &str| {
        json!({
            "isGroup": false,
            "members": [{"id": simulator.person(who).object_id()}],
            "tenantId": simulator.tenant(),
        })
    };
    for _ in 0..7 {
        assert_eq!(api.create(create("ana")).await.status, 201);
    }
    assert_eq!(throttled(&api.create(create("ana")).await), too_many(1));
    assert_eq!(api.create(create("ben")).await.status, 201);
    let chat = simulator.person("ana").conversation_id();
    assert_eq!(api.say(&chat, "hi").await.status, 201, "sending is apart");
}

#[tokio::test]
async fn rosters_and_channel_lists_have_twice_the_room() {
    let (simulator, hand, api) = throttling().await;
    let team = segment(&simulator.team("Platform").general().id());
    let roster = format!("v3/conversations/{team}/pagedmembers");
    let channels = format!("v3/teams/{team}/conversations");
    for path in [&roster, &channels] {
        for _ in 0..14 {
            assert_eq!(api.get(path).await.status, 200);
        }
        assert_eq!(throttled(&api.get(path).await), too_many(1));
    }
    hand.advance(Duration::from_secs(120));
    let all_at_once = format!("v3/conversations/{team}/members");
    for _ in 0..5 {
        assert_eq!(api.get(&all_at_once).await.status, 200);
    }
    assert_eq!(throttled(&api.get(&all_at_once).await), too_many(60));
    assert_eq!(api.get(&roster).await.status, 200);
}

#[tokio::test]
async fn the_app_has_fifty_requests_a_second_over_all_conversations() {
    let (simulator, hand, api) = throttling().await;
    let chat = |number: usize| {
        simulator
            .person(&format!("Person {number}"))
            .conversation_id()
    };
    for number in 1..=50 {
        assert_eq!(api.say(&chat(number), "hi").await.status, 201);
    }
    assert_eq!(throttled(&api.say(&chat(51), "hi").await), too_many(1));
    hand.advance(Duration::from_secs(1));
    assert_eq!(api.say(&chat(51), "hi").await.status, 201);
    let traffic = simulator.traffic();
    assert_eq!((traffic.requests, traffic.throttled_for_app), (52, 1));
    assert_eq!((traffic.throttled(), traffic.busiest_second), (1, 51));
    let first: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
    assert_eq!(traffic.per_second[&first], 51);
}

#[tokio::test]
async fn limits_can_be_set_and_switched_off() {
    let (simulator, _, api) = throttling().await;
    let chat = simulator.person("ana").conversation_id();
    simulator.set_limits(Limits::off());
    for _ in 0..60 {
        assert_eq!(api.say(&chat, "hi").await.status, 201);
    }
    simulator.set_limits(Limits {
        app: vec![simulator::Window::per_seconds(1, 10)],
        ..Limits::off()
    });
    assert_eq!(api.say(&chat, "hi").await.status, 201);
    assert_eq!(throttled(&api.say(&chat, "hi").await), too_many(10));
}

#[tokio::test]
async fn without_a_good_token_nothing_is_counted() {
    let (simulator, _, api) = throttling().await;
    let stranger = Api::with_token(&simulator, Some("made up"));
    let chat = simulator.person("ana").conversation_id();
    for _ in 0..60 {
        assert_eq!(stranger.say(&chat, "hi").await.status, 401);
    }
    assert_eq!(api.say(&chat, "hi").await.status, 201);
}

#[tokio::test]
async fn loss_and_doubles_are_visible_for_each_person() {
    let (simulator, _, api) = throttling().await;
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    api.say(&ana.conversation_id(), "one").await;
    api.say(&ana.conversation_id(), "two").await;
    simulator.fail_next(
        Operation::Send,
        Fault::AcceptThenAnswer(Reply::throttled(None)),
    );
    api.say(&ben.conversation_id(), "one").await;
    api.say(&ben.conversation_id(), "one").await;
    let of = |name: &str| {
        let counts = simulator.messages_per_person();
        let found = counts
            .into_iter()
            .find(|person| person.name.starts_with(name));
        found.map(|person| (person.messages, person.doubles))
    };
    assert_eq!(of("Ana"), Some((2, 0)));
    assert_eq!(of("Ben"), Some((2, 1)));
    assert_eq!(simulator.doubled()[0].object_id, ben.object_id());
    assert_eq!(simulator.doubled().len(), 1);
    assert_eq!(simulator.without_a_message().len(), 101);
    assert_eq!(simulator.traffic().throttled_by_fault, 1);

    let control = async |path: &str| -> Value {
        let url = format!("{}/_simulator/{path}", simulator.url());
        answer(HttpClient::new().get(url).send().await.unwrap())
            .await
            .json()
    };
    assert_eq!(
        control("counts?only=doubled").await[0]["name"],
        "Ben Okafor"
    );
    assert_eq!(control("counts?only=doubled").await[0]["doubles"], 1);
    assert_eq!(
        control("counts?only=missing&limit=1000")
            .await
            .as_array()
            .unwrap()
            .len(),
        101
    );
    assert_eq!(control("counts?limit=2").await[1]["messages"], 2);
    assert!(control("counts?only=some").await["error"].is_string());
    assert_eq!(control("traffic").await["requests"], 4);
    simulator.reset();
    assert_eq!(simulator.traffic().requests, 0);
    assert!(simulator.doubled().is_empty());
}
