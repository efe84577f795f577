//! Fault files: each fault over real HTTP, and each mistake with its line.

use std::collections::BTreeSet;
use std::time::Duration;

use http_client::HttpClient;
use serde_json::{Value, json};
use simulator::{Clock, Config, FaultFile, ManualClock, Operation, Simulator, StartError, World};

use crate::support::{Api, Bot, answer, message, start};

const SAMPLE: &str = include_str!("../../../../events/faults/rough-weather.yaml");
const DOCUMENT: &str = include_str!("../../../../docs/simulator.md");

async fn with(faults: &str) -> (Simulator, Api) {
    let simulator = start(Config {
        world: World::contoso().with_crowd(400).with_bot_everywhere(),
        fault_file: Some(FaultFile::read(faults).unwrap()),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    (simulator, api)
}

async fn with_clock(faults: &str) -> (Simulator, ManualClock, Api) {
    let (clock, hand) = Clock::manual("2026-11-02T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        world: World::contoso().with_bot_everywhere(),
        app_token_lifetime: Duration::from_secs(1_000_000),
        fault_file: Some(FaultFile::read(faults).unwrap()),
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    (simulator, hand, api)
}

fn chat(simulator: &Simulator, who: &str) -> String {
    simulator.person(who).conversation_id()
}

/// The statuses of this many messages to somebody, one after the other.
async fn statuses(api: &Api, chat: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(api.say(chat, "hi").await.status);
    }
    statuses
}

#[tokio::test]
async fn the_first_three_are_throttled_with_a_wait() {
    let (simulator, api) =
        with("faults:\n- {operation: send, first: 3, answer: throttled, retryAfter: 2 s}").await;
    let ana = chat(&simulator, "ana");
    let first = api.say(&ana, "hi").await;
    assert_eq!(first.refusal(), (429, "Throttled".to_owned()));
    assert_eq!(first.headers["retry-after"], "2");
    assert_eq!(statuses(&api, &ana, 4).await, [429, 429, 201, 201]);
    let met = simulator.faults_met();
    assert_eq!((met[0].line, met[0].times), (2, 3));
    assert_eq!(met[0].what, "answered 429 Throttled");
}

#[tokio::test]
async fn every_third_message_meets_it_and_other_operations_do_not() {
    let (simulator, api) = with("faults: [{operation: send, every: 3, answer: 503}]").await;
    let ana = chat(&simulator, "ana");
    let sent = api.say(&ana, "hi").await.id();
    assert_eq!(statuses(&api, &ana, 5).await, [201, 503, 201, 201, 503]);
    for _ in 0..3 {
        assert_eq!(api.update(&ana, &sent, message("new")).await.status, 200);
    }
}

#[tokio::test]
async fn a_rate_meets_the_same_requests_of_the_same_people_with_the_same_seed() {
    let file = |seed: u64| {
        format!("seed: {seed}\nfaults:\n- {{operation: send, rate: 10 %, answer: 502}}")
    };
    let failed = async |seed: u64, backwards: bool| -> BTreeSet<(usize, usize)> {
        let (simulator, api) = with(&file(seed)).await;
        let mut people: Vec<usize> = (1..=400).collect();
        if backwards {
            people.reverse();
        }
        let mut failed = BTreeSet::new();
        for number in people {
            let chat = chat(&simulator, &format!("Person {number}"));
            for (nth, status) in statuses(&api, &chat, 2).await.into_iter().enumerate() {
                if status == 502 {
                    failed.insert((number, nth));
                }
            }
        }
        failed
    };
    let once = failed(7, false).await;
    assert_eq!(failed(7, true).await, once);
    assert_ne!(failed(8, false).await, once);
    assert!((40..=120).contains(&once.len()), "{}", once.len());
}

#[tokio::test]
async fn a_message_arrives_although_the_answer_says_otherwise() {
    let (simulator, api) =
        with("faults: [{operation: send, first: 1, answer: badGateway, accepted: true}]").await;
    let ana = simulator.person("ana");
    let statuses = statuses(&api, &ana.conversation_id(), 2).await;
    assert_eq!(statuses, [502, 201]);
    assert_eq!(simulator.messages_to(&ana).len(), 2);
    assert_eq!(simulator.doubled().len(), 1);
}

#[tokio::test]
async fn an_answer_breaks_off_before_or_after_the_message_was_accepted() {
    for (accepted, arrived) in [(false, 0), (true, 1)] {
        let file = format!("faults: [{{operation: send, reset: true, accepted: {accepted}}}]");
        let (simulator, _) = with(&file).await;
        let ana = simulator.person("ana");
        let url = format!(
            "{}v3/conversations/{}/activities",
            simulator.service_url(),
            ana.conversation_id()
        );
        let token = format!("Bearer {}", simulator.connector_token());
        let request = HttpClient::new()
            .post(url)
            .header("authorization", token)
            .body(message("hi").to_string());
        let outcome = async { request.send().await?.bytes().await }.await;
        assert!(outcome.is_err());
        assert_eq!(simulator.messages_to(&ana).len(), arrived);
    }
}

#[tokio::test]
async fn an_answer_is_slow_and_may_fail_besides() {
    let (simulator, api) =
        with("faults: [{operation: send, first: 1, delay: 40 ms, answer: gatewayTimeout}]").await;
    let started = std::time::Instant::now();
    let ana = chat(&simulator, "ana");
    assert_eq!(statuses(&api, &ana, 1).await, [504]);
    assert!(started.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn two_operations_at_once_in_one_conversation_race() {
    let (simulator, hand, api) = with_clock("faults: [{race: 100 ms}]").await;
    let (ana, ben) = (chat(&simulator, "ana"), chat(&simulator, "ben"));
    assert_eq!(api.say(&ana, "hi").await.status, 201);
    let loser = api.say(&ana, "hi").await;
    assert_eq!(loser.refusal(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(api.say(&ben, "hi").await.status, 201);
    hand.advance(Duration::from_millis(100));
    assert_eq!(api.say(&ana, "hi").await.status, 201);
}

#[tokio::test]
async fn recipients_are_named_in_every_way_and_conversations_too() {
    let ben = World::contoso().people[1].object_id.clone();
    let (probe, _) = with("{}").await;
    let (chloe, team) = (chat(&probe, "chloe"), probe.team("Platform").general().id());
    let file = json!({"faults": [
        {"to": ["ana@contoso.example", ben, chloe], "answer": "notInRoster"},
        {"in": ["Incidents", "release crew", team], "answer": 403, "code": "TenantNoPermission"},
    ]});
    let (simulator, api) = with(&file.to_string()).await;
    for who in ["ana", "ben", "chloe"] {
        let refusal = api.say(&chat(&simulator, who), "hi").await.refusal();
        assert_eq!(refusal, (403, "BotNotInConversationRoster".to_owned()));
    }
    let rooms = [
        simulator
            .team("Platform")
            .find_channel("Incidents")
            .unwrap()
            .id(),
        simulator.team("Platform").general().id(),
        simulator.chat("Release crew").id(),
    ];
    for room in rooms {
        let refusal = api.say(&room, "hi").await.refusal();
        assert_eq!(refusal, (403, "TenantNoPermission".to_owned()));
    }
    assert_eq!(
        api.say(&chat(&simulator, "Person 1"), "hi").await.status,
        201
    );
    // A creation is about the person whom it names.
    let created = api
        .create(json!({
            "isGroup": false,
            "members": [{"id": simulator.person("ana").object_id()}],
            "tenantId": simulator.tenant(),
        }))
        .await;
    assert_eq!(created.status, 403);
}

#[tokio::test]
async fn each_person_meets_it_so_many_times() {
    let (simulator, api) =
        with("faults: [{operation: send, firstEach: 2, answer: preconditionFailed}]").await;
    for who in ["ana", "ben"] {
        let statuses = statuses(&api, &chat(&simulator, who), 3).await;
        assert_eq!(statuses, [412, 412, 201]);
    }
}

#[tokio::test]
async fn a_fault_has_its_time() {
    let (simulator, hand, api) =
        with_clock("faults: [{operation: send, after: 10 s, until: 1 min, answer: 503}]").await;
    let ana = chat(&simulator, "ana");
    for (at, expected) in [(0, 201), (10, 503), (49, 503), (1, 201)] {
        hand.advance(Duration::from_secs(at));
        assert_eq!(statuses(&api, &ana, 1).await, [expected]);
    }
}

#[tokio::test]
async fn people_block_delete_the_chat_and_leave_when_they_are_written_to() {
    let bot = Bot::default();
    for (what, expected) in [
        ("personBlocks", (403, "")),
        (
            "personBlocksConversation",
            (403, "ConversationBlockedByUser"),
        ),
        ("personDeletesChat", (404, "ConversationNotFound")),
        ("personLeaves", (403, "BotNotInConversationRoster")),
    ] {
        let (simulator, api) = with(&format!(
            "faults: [{{to: ana, operation: send, happens: {what}}}]"
        ))
        .await;
        simulator.set_bot_endpoint(bot.in_process());
        let ana = simulator.person("ana");
        let (status, code) = api.say(&ana.conversation_id(), "hi").await.refusal();
        assert_eq!((status, code.as_str()), expected, "{what}");
        assert_eq!(api.say(&chat(&simulator, "ben"), "hi").await.status, 201);
        // It happens once: who comes back stays.
        ana.install().await;
        assert_eq!(statuses(&api, &ana.conversation_id(), 1).await, [201]);
        assert_eq!(simulator.faults_met()[0].times, 1);
    }
    let left = bot
        .heard()
        .into_iter()
        .any(|heard| heard.activity["action"] == "remove");
    assert!(left, "the bot hears that somebody left");
}

#[tokio::test]
async fn a_share_of_the_people_is_the_same_share_each_time() {
    let (simulator, api) =
        with("faults: [{to: 10 %, operation: send, happens: personBlocks}]").await;
    let mut blocked = BTreeSet::new();
    for number in 1..=400 {
        let chat = chat(&simulator, &format!("Person {number}"));
        if statuses(&api, &chat, 1).await == [403] {
            blocked.insert(number);
        }
    }
    assert!((20..=60).contains(&blocked.len()), "{}", blocked.len());
    simulator.reset();
    for number in 1..=400 {
        let chat = chat(&simulator, &format!("Person {number}"));
        let expected = if blocked.contains(&number) { 403 } else { 201 };
        assert_eq!(statuses(&api, &chat, 1).await, [expected]);
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_until_there_is_a_fresh_one() {
    let (simulator, mut api) = with("faults: [{operation: send, happens: tokensExpire}]").await;
    let ana = chat(&simulator, "ana");
    assert_eq!(statuses(&api, &ana, 2).await, [401, 401]);
    api.token = Some(simulator.connector_token());
    assert_eq!(statuses(&api, &ana, 1).await, [201]);
}

#[tokio::test]
async fn the_admin_disables_the_bot_and_enables_it_again() {
    let (simulator, hand, api) =
        with_clock("faults:\n- happens: adminDisables\n- {after: 1 min, happens: adminEnables}")
            .await;
    let ana = chat(&simulator, "ana");
    assert_eq!(api.say(&ana, "hi").await.refusal().1, "BotDisabledByAdmin");
    hand.advance(Duration::from_secs(60));
    assert_eq!(statuses(&api, &ana, 1).await, [201]);
}

#[tokio::test]
async fn signing_keys_rotate_with_and_without_the_old_one() {
    for (what, keys) in [("keysRotate", 3), ("keysRotateAtOnce", 2)] {
        let (simulator, api) = with(&format!("faults: [{{happens: {what}}}]")).await;
        let before = simulator.inbound_token().header["kid"].clone();
        api.say(&chat(&simulator, "ana"), "hi").await;
        assert_ne!(simulator.inbound_token().header["kid"], before);
        let url = format!("{}/v1/.well-known/keys", simulator.url());
        let published = answer(HttpClient::new().get(url).send().await.unwrap()).await;
        assert_eq!(published.json()["keys"].as_array().unwrap().len(), keys);
    }
}

#[tokio::test]
async fn a_tenant_of_another_cloud_says_where_to_go_and_tokens_may_fail_too() {
    let (simulator, api) = with(
        "faults:\n- {to: ana, answer: wrongHost}\n- {operation: token, first: 1, answer: 503}",
    )
    .await;
    let refused = api.say(&chat(&simulator, "ana"), "hi").await;
    assert_eq!(refused.refusal(), (403, "InvalidBotApiHost".to_owned()));
    assert!(
        refused
            .text
            .contains("https://smba.infra.gcc.teams.microsoft.com")
    );
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        simulator.url(),
        simulator.tenant()
    );
    let ask = async || {
        HttpClient::new()
            .post(&url)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!((ask().await, ask().await), (503, 400));
}

#[tokio::test]
async fn a_file_sets_limits() {
    let (simulator, api) = with("limits:\n  app: off\n  send: [2 in 1 min, 3 in 1 h]").await;
    assert_eq!(
        statuses(&api, &chat(&simulator, "ana"), 3).await,
        [201, 201, 429]
    );
    let documented = FaultFile::read("limits: documented").unwrap();
    assert_eq!(documented.limits(), Some(&simulator::Limits::documented()));
    let off = FaultFile::read("limits: off").unwrap();
    assert_eq!(off.limits(), Some(&simulator::Limits::off()));
    assert_eq!(FaultFile::read("seed: 1").unwrap().limits(), None);
}

#[tokio::test]
async fn a_file_is_put_to_use_and_taken_away_over_http() {
    let (simulator, api) = with("{}").await;
    let post = async |kind: &str, body: &str| {
        let request = HttpClient::new()
            .post(format!("{}/_simulator/fault-file", simulator.url()))
            .header("content-type", kind)
            .body(body.to_owned());
        answer(request.send().await.unwrap()).await
    };
    let file = "faults:\n- {operation: send, answer: 503}\n";
    assert_eq!(post("application/yaml", file).await.json()["rules"], 1);
    let ana = chat(&simulator, "ana");
    assert_eq!(statuses(&api, &ana, 2).await, [503, 503]);
    let faults = format!("{}/_simulator/faults", simulator.url());
    let met: Value = answer(HttpClient::new().get(&faults).send().await.unwrap())
        .await
        .json();
    assert_eq!(met["met"][0]["times"], 2);

    let wrong = post("application/yaml", "faults:\n- answer: 502\n  to: zoe\n").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("line 3"), "{}", wrong.text);
    assert_eq!(post("text/plain", file).await.status, 415);
    assert_eq!(statuses(&api, &ana, 1).await, [503], "the one before stays");

    let url = format!("{}/_simulator/fault-file", simulator.url());
    let gone = HttpClient::new().request(http_client::Method::DELETE, url);
    assert_eq!(gone.send().await.unwrap().status(), 200);
    assert_eq!(statuses(&api, &ana, 1).await, [201]);
    assert_eq!(simulator.count_with_status(Operation::Send, 503), 3);
}

#[tokio::test]
async fn the_samples_can_be_used() {
    let (_, after) = DOCUMENT.split_once("```yaml\n").unwrap();
    let (documented, _) = after.split_once("```").unwrap();
    for (text, rules) in [(SAMPLE, 8), (documented, 5)] {
        let (simulator, _) = with(text).await;
        assert_eq!(simulator.faults_met().len(), rules);
    }
}

#[test]
fn a_mistake_names_its_line_what_is_there_and_what_could_be() {
    for (text, expected) in [
        (
            "faults:\n- answer: 502\n  anser: 3",
            "line 3: found \"anser\", expected operation, to,",
        ),
        (
            "fault: []",
            "line 1: found \"fault\", expected seed, limits or faults",
        ),
        (
            "faults:\n\n- answer: 200",
            "line 3: found 200, expected a status from 400 to 599,",
        ),
        (
            "faults:\n- answer: brokn",
            "line 2: found \"brokn\", expected a status from 400",
        ),
        (
            "faults: [{answer: [1]}]",
            "line 1: found a list, expected a status",
        ),
        (
            "faults: [{rate: 5, answer: 502}]",
            "line 1: found 5, expected a share such as 5 %",
        ),
        (
            "faults: [{rate: 101 %, answer: 502}]",
            "line 1: found \"101 %\", expected a share",
        ),
        (
            "faults: [{first: 0, answer: 502}]",
            "line 1: found 0, expected a whole number from 1",
        ),
        (
            "faults: [{every: 2nd, answer: 502}]",
            "line 1: found \"2nd\", expected a whole number",
        ),
        (
            "faults:\n- delay: 30",
            "line 2: found 30, expected a length of time such as 500 ms",
        ),
        (
            "faults:\n- delay: -2 s",
            "line 2: found \"-2 s\", expected a length of time",
        ),
        (
            "faults:\n- operation: sent\n  answer: 502",
            "line 2: found \"sent\", expected an operation",
        ),
        (
            "faults:\n- happens: rain",
            "line 2: found \"rain\", expected personBlocks,",
        ),
        (
            "faults:\n- to: ana",
            "line 2: found a rule that does nothing, expected answer,",
        ),
        (
            "faults:\n- delay: 1 s\n  code: X",
            "line 3: found code alone, expected answer beside it",
        ),
        (
            "faults:\n- answer: wrongHost\n  code: X",
            "line 3: found code beside wrongHost",
        ),
        (
            "faults:\n- delay: 1 s\n  accepted: true",
            "line 2: found accepted alone",
        ),
        (
            "faults:\n- answer: 502\n  reset: true",
            "line 2: found both answer and reset",
        ),
        (
            "faults:\n- answer: 412\n  race: 1 s",
            "line 2: found race beside answer or reset",
        ),
        (
            "faults:\n- answer: 429\n  retryAfter: 1500 ms",
            "line 3: found \"1500 ms\", expected whole",
        ),
        (
            "faults:\n- answer: 502\n  accepted: yes",
            "line 3: found \"yes\", expected true or false",
        ),
        (
            "faults: {answer: 502}",
            "line 1: found a mapping, expected a list",
        ),
        (
            "faults:\n- answer: 502\n- x",
            "line 3: found \"x\", expected a mapping of operation,",
        ),
        ("seed: -1", "line 1: found -1, expected a whole number"),
        (
            "limits: real",
            "line 1: found \"real\", expected documented, off, or windows by name",
        ),
        (
            "limits:\n  send: 7 per 1 s",
            "line 2: found \"7 per 1 s\", expected off, or a window",
        ),
        (
            "limits:\n  send: 0 in 1 s",
            "line 2: found \"0 in 1 s\", expected off, or a window",
        ),
        (
            "limits:\n  sent: off",
            "line 2: found \"sent\", expected app, send,",
        ),
        (
            "faults:\n- answer: 502\n  answer: 503",
            "line 3: found what is not YAML (dupl",
        ),
        ("faults:\n- {answer: 502", "line 3: found what is not YAML"),
        (
            "",
            "line 1: found 0 documents, expected seed, limits or faults",
        ),
        ("seed: 1\n---\nseed: 2", "line 1: found 2 documents"),
    ] {
        let found = FaultFile::read(text).unwrap_err().to_string();
        assert!(
            found.starts_with(expected),
            "{text:?}\n  {found}\n  {expected}"
        );
    }
}

#[tokio::test]
async fn somebody_who_is_not_there_is_a_mistake_when_the_file_is_used() {
    for (text, expected) in [
        (
            "faults:\n- answer: 502\n  to: [ana, zoe]",
            "line 3: found \"zoe\", whom nobody here is called, expected a person, such as Ana García,",
        ),
        (
            "faults:\n- in: Lobby\n  answer: 502",
            "line 2: found \"Lobby\", which is no conversation here, expected the id or the name",
        ),
    ] {
        let refused = Simulator::start(Config {
            fault_file: Some(FaultFile::read(text).unwrap()),
            ..Config::default()
        })
        .await;
        match refused.err() {
            Some(StartError::FaultFile(error)) => {
                assert!(error.to_string().starts_with(expected), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}
