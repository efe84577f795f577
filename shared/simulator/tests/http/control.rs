//! The control API.

use http_client::HttpClient;
use serde_json::{Value, json};
use simulator::{Config, Simulator, World};

use crate::support::{Answer, Api, Bot, answer, card, start};

pub(crate) struct Remote {
    base: String,
}

impl Remote {
    async fn get(&self, path: &str) -> Answer {
        let request = HttpClient::new().get(format!("{}{path}", self.base));
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = HttpClient::new()
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        answer(request.send().await.unwrap()).await
    }
}

pub(crate) async fn remote() -> (Simulator, Bot, Remote) {
    let simulator = start(Config::default()).await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    let base = format!("{}/_simulator", simulator.url());
    (simulator, bot, Remote { base })
}

#[tokio::test]
async fn a_session_from_the_command_line() {
    let (simulator, bot, remote) = remote().await;
    let installed = remote
        .post("/install", json!({"person": "ana"}))
        .await
        .json();
    assert_eq!(installed[0]["answer"]["status"], 200);
    remote
        .post(
            "/install",
            json!({"team": "Platform", "channel": "Incidents", "by": "ben"}),
        )
        .await;
    remote
        .post("/install", json!({"chat": "Release crew"}))
        .await;

    remote
        .post("/say", json!({"person": "ana", "text": "status"}))
        .await;
    assert_eq!(bot.last().activity["text"], "status");
    remote
        .post(
            "/say",
            json!({"person": "ben", "text": "help", "in": "Incidents"}),
        )
        .await;
    assert_eq!(bot.last().activity["text"], "<at>Tidings</at> help");
    remote
        .post(
            "/say",
            json!({"person": "ben", "text": "help", "in": "Release crew"}),
        )
        .await;
    assert_eq!(
        bot.last().activity["conversation"]["conversationType"],
        "groupChat"
    );

    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    let activity = card(
        json!([{"type": "TextBlock", "text": "Disk is full"}]),
        json!([{"type": "Action.Execute", "title": "Mute", "verb": "mute"}]),
    );
    api.send(&ana.conversation_id(), activity).await;
    let next = remote
        .get("/messages/next?to=ana&contains=Disk")
        .await
        .json();
    assert_eq!(next["readable"], "Disk is full\n[Mute]");
    assert_eq!(next["buttons"], json!(["Mute"]));
    let text = remote
        .get("/messages?to=ana&format=text&contains=Disk")
        .await;
    assert_eq!(text.text, "Disk is full\n[Mute]");

    let own = json!({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Muted"}]});
    bot.answers(
        200,
        json!({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": own}),
    );
    // The beginning of a title will do.
    let pressed = remote
        .post("/press", json!({"person": "ana", "title": "Mu"}))
        .await
        .json();
    assert_eq!(pressed["sees"]["readable"], "Muted");
    remote
        .post("/react", json!({"person": "ana", "kind": "like"}))
        .await;
    assert_eq!(bot.last().activity["type"], "messageReaction");
    remote
        .post("/edit", json!({"person": "ana", "text": "topics"}))
        .await;
    assert_eq!(bot.last().activity["text"], "topics");
    remote.post("/redeliver", json!({})).await;
    assert_eq!(bot.last().activity["type"], "messageUpdate");
    remote.post("/delete", json!({"person": "ana"})).await;
    assert_eq!(bot.last().activity["type"], "messageDelete");
    remote
        .post("/members", json!({"team": "Platform", "remove": "chloe"}))
        .await;
    assert_eq!(
        bot.last().activity["channelData"]["eventType"],
        "teamMemberRemoved"
    );
    remote
        .post(
            "/team",
            json!({"team": "Platform", "event": "teamRenamed", "name": "Core"}),
        )
        .await;
    assert_eq!(bot.last().activity["channelData"]["team"]["name"], "Core");
    remote.post("/deliver", json!({"type": "surprise"})).await;
    assert_eq!(bot.last().activity["type"], "surprise");

    remote.post("/block", json!({"person": "ana"})).await;
    assert_eq!(api.say(&ana.conversation_id(), "x").await.status, 403);
    remote
        .post("/block", json!({"person": "ana", "blocked": false}))
        .await;
    assert_eq!(api.say(&ana.conversation_id(), "x").await.status, 201);
    remote.post("/uninstall", json!({"person": "ana"})).await;
    assert_eq!(
        bot.last().activity["membersRemoved"][0]["id"],
        simulator.bot_id()
    );

    let people = remote.get("/people").await.json();
    assert_eq!(
        (&people[0]["name"], &people[0]["hasBot"]),
        (&json!("Ana García"), &json!(false))
    );
    let conversations = remote.get("/conversations").await.json();
    assert!(
        conversations
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["name"] == "Core / Incidents")
    );
    assert!(
        !remote
            .get("/requests")
            .await
            .json()
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(
        !remote
            .get("/deliveries")
            .await
            .json()
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(remote.get("/tally").await.json(), json!({"0": 2, "2": 1}));
    assert_eq!(remote.get("/unread").await.json(), json!(["Ana García: x"]));
    for root in ["", "/"] {
        assert_eq!(remote.get(root).await.json()["tenant"], simulator.tenant());
    }
}

#[tokio::test]
async fn what_was_not_understood_is_told() {
    let (_simulator, _bot, remote) = remote().await;
    for (path, body, status) in [
        ("/install", json!({}), 400),
        ("/install", json!({"person": "zoe"}), 404),
        ("/install", json!({"team": "Platform", "channel": "x"}), 404),
        ("/install", json!({"persn": "ana"}), 400),
        (
            "/uninstall",
            json!({"person": "ana", "team": "Platform"}),
            400,
        ),
        (
            "/say",
            json!({"person": "ana", "text": "x", "in": "nowhere"}),
            404,
        ),
        ("/press", json!({"person": "ana", "title": "Mute"}), 404),
        ("/edit", json!({"person": "ana"}), 404),
        ("/members", json!({"team": "Platform"}), 400),
        (
            "/team",
            json!({"team": "Platform", "event": "teamRenamed"}),
            400,
        ),
        ("/team", json!({"team": "x", "event": "teamRenamed"}), 404),
        ("/redeliver", json!({"activity": "x"}), 404),
        ("/endpoint", json!({"url": "nowhere"}), 400),
        ("/faults", json!({"operation": "send"}), 400),
        ("/faults", json!({"operation": "fly", "status": 429}), 400),
        ("/nothing", json!({}), 404),
    ] {
        let answer = remote.post(path, body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        assert!(
            answer.json()["error"].is_string(),
            "{path} {body}: {}",
            answer.text
        );
    }
    assert_eq!(remote.get("/messages").await.status, 400);
    assert_eq!(
        remote.get("/messages/next?to=ana&seconds=0").await.status,
        504
    );
}

#[tokio::test]
async fn it_takes_json_from_loopback_names_only() {
    let (simulator, _bot, remote) = remote().await;
    let form = HttpClient::new()
        .post(format!("{}/install", remote.base))
        .body("person=ana");
    assert_eq!(form.send().await.unwrap().status(), 415);
    let rebound = HttpClient::new()
        .get(&remote.base)
        .header("host", "evil.example");
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    let elsewhere = HttpClient::new()
        .get(simulator.openid_metadata_url())
        .header("host", "login.example");
    assert_eq!(
        elsewhere.send().await.unwrap().status(),
        200,
        "only the control API minds"
    );
}

#[tokio::test]
async fn things_go_wrong_from_the_command_line() {
    let (simulator, _bot, remote) = remote().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    ana.install().await;
    for (fault, status) in [
        (
            json!({"operation": "send", "status": 429, "retryAfter": 3}),
            429,
        ),
        (
            json!({"operation": "send", "status": 403, "code": "NotEnoughPermissions"}),
            403,
        ),
        (
            json!({"operation": "send", "status": 502, "accept": true}),
            502,
        ),
        (json!({"operation": "send", "delayMs": 1}), 201),
    ] {
        assert_eq!(remote.post("/faults", fault.clone()).await.status, 200);
        assert_eq!(
            api.say(&ana.conversation_id(), "x").await.status,
            status,
            "{fault}"
        );
    }
    assert_eq!(ana.chat().count(), 2);
    remote
        .post(
            "/faults",
            json!({"operation": "token", "status": 503, "times": 5}),
        )
        .await;
    assert_eq!(simulator.faults_left(), 5);
    let cleared = HttpClient::new().delete_faults(&remote.base).await;
    assert_eq!((cleared, simulator.faults_left()), (200, 0));

    let before = simulator.inbound_token().header["kid"].clone();
    remote.post("/rotate-keys", json!({})).await;
    assert_ne!(simulator.inbound_token().header["kid"], before);
    remote.post("/revoke-tokens", json!({})).await;
    assert_eq!(api.say(&ana.conversation_id(), "x").await.status, 401);
    remote.post("/reset", json!({})).await;
    assert!(!ana.has_bot());
}

trait DeleteFaults {
    async fn delete_faults(&self, base: &str) -> u16;
}

impl DeleteFaults for HttpClient {
    async fn delete_faults(&self, base: &str) -> u16 {
        let request = self.request(http_client::Method::DELETE, format!("{base}/faults"));
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn what_happens_is_streamed_line_by_line() {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let stream = HttpClient::new().get(format!("{}/_simulator/events", simulator.url()));
    let mut stream = stream.send().await.unwrap();
    let chat = simulator.person("ana").conversation_id();
    Api::of(&simulator).say(&chat, "hi").await;
    let line = stream.chunk().await.unwrap().unwrap();
    let event: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(
        (&event["event"], &event["place"]["name"]),
        (&json!("posted"), &json!("Ana García"))
    );
}
