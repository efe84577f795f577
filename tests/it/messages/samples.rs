//! Every sample in `events/messages` is answered as its name says.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use simulator::{Operation, World};

use crate::bot::{Bot, answer};

/// Where the service URL of the samples is: the simulator of `tidings local`.
const LOCAL: &str = "127.0.0.1:3979";

/// The samples that are not answered with 200.
const REFUSED: [(&str, u16); 7] = [
    ("another-path.json", 404),
    ("another-tenant.json", 403),
    ("malformed-body.json", 400),
    ("not-a-post.json", 405),
    ("unknown-invoke.json", 501),
    ("without-a-conversation.json", 400),
    ("without-a-token.json", 401),
];

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/messages");
    let mut samples: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read(&path).unwrap();
            (
                name,
                serde_json::from_slice(&text).expect("a sample is JSON"),
            )
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

/// The sample as it is for this simulator, and signed unless it has no token.
fn signed(bot: &Bot, mut sample: Value) -> Value {
    let here = bot.stage.teams.address().to_string();
    let body = sample["body"].as_str().unwrap();
    sample["body"] = if sample["isBase64Encoded"] == true {
        let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        STANDARD.encode(text.replace(LOCAL, &here)).into()
    } else {
        body.replace(LOCAL, &here).into()
    };
    if sample["headers"]["authorization"].is_string() {
        let token = bot.stage.teams.inbound_token().sign();
        sample["headers"]["authorization"] = format!("Bearer {token}").into();
    }
    sample
}

#[tokio::test]
async fn every_sample_is_answered_as_its_name_says() {
    let samples = samples();
    assert!(samples.len() >= 42, "{}", samples.len());
    for (name, sample) in samples {
        let bot = Bot::with(World::contoso().with_bot_everywhere()).await;
        let messages = bot.messages();
        let envelope = signed(&bot, sample);
        let answered = answer(&messages, &bot.stage.clock, &envelope).await;
        let expected = REFUSED.iter().find(|(refused, _)| *refused == name);
        let expected = expected.map_or(200, |(_, status)| *status);
        assert_eq!(answered.status().as_u16(), expected, "{name}");

        let said = bot.stage.teams.count(Operation::Send);
        let is_command = name.starts_with("command") || name.starts_with("alias");
        assert_eq!(
            said,
            u64::from(
                is_command
                    || name == "base64-body.json"
                    || name == "button-mute-of-an-old-client.json"
            ),
            "{name}"
        );
        let installs = name.starts_with("installed") || name.starts_with("bot-added");
        assert_eq!(
            bot.task_mail
                .take_all()
                .iter()
                .any(|task| task.contains("\"welcome\"")),
            installs,
            "{name}"
        );
        let is_button = name.starts_with("button") && !name.ends_with("old-client.json");
        let body: Value = serde_json::from_slice(answered.body()).unwrap_or_default();
        assert_eq!(
            body["type"] == "application/vnd.microsoft.card.adaptive",
            is_button,
            "{name}"
        );
        bot.stage.teams.release_unread();
    }
}

#[tokio::test]
async fn the_simulator_signs_a_sample_for_whoever_hands_it_to_the_function() {
    let bot = Bot::with(World::contoso().with_bot_everywhere()).await;
    let (_, sample) = samples().remove(0);
    let mut help = signed(&bot, sample);
    help["headers"]["authorization"] = "Bearer unsigned".into();
    help["rawPath"] = "/api/messages".into();
    help["requestContext"]["http"]["method"] = "POST".into();
    help["body"] = r#"{"type":"surprise","serviceUrl":"URL"}"#
        .replace("URL", &bot.stage.teams.service_url())
        .into();
    let messages = bot.messages();
    let unsigned = answer(&messages, &bot.stage.clock, &help).await;
    assert_eq!(unsigned.status().as_u16(), 401);

    let url = format!("{}/_simulator/sign", bot.stage.teams.url());
    let request = http_client::HttpClient::new().post(&url);
    let request = request.header("content-type", "application/json");
    let envelope = request.body(help.to_string()).send().await.unwrap();
    let envelope = serde_json::from_slice(&envelope.bytes().await.unwrap()).unwrap();
    let answered = answer(&messages, &bot.stage.clock, &envelope).await;
    assert_eq!(answered.status().as_u16(), 200);
}

#[test]
fn the_samples_and_the_environment_of_a_local_run_name_the_same_simulator() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let environment = std::fs::read_to_string(folder.join("local.env")).unwrap();
    assert!(environment.contains(&format!("TRUSTED_SERVICE_HOSTS={LOCAL}")));
}
