//! The documents are true: each `curl` line in them works.

use http_client::{HttpClient, Method};
use simulator::{Config, Simulator, World};

use crate::support::{Bot, card, start};

const DOCUMENT: &str = include_str!("../../../../docs/simulator.md");
const PUBLISHED: &str = "http://127.0.0.1:3979";

/// One `curl` line: method, address, JSON.
struct Line {
    method: Method,
    url: String,
    json: Option<String>,
}

/// Reads the few options of `curl` that the documents use.
fn parse(line: &str) -> Line {
    let mut words = Vec::new();
    let mut rest = line.strip_prefix("curl ").unwrap().trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').unwrap(),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    let mut parsed = Line {
        method: Method::GET,
        url: String::new(),
        json: None,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "-N" | "-sN" => {}
            "-X" => parsed.method = words.next().unwrap().parse().unwrap(),
            "--json" => {
                parsed.method = Method::POST;
                parsed.json = words.next();
            }
            url if url.starts_with(PUBLISHED) => parsed.url = url.to_owned(),
            other => panic!("{line}: the test does not know {other}"),
        }
    }
    parsed
}

fn lines() -> impl Iterator<Item = &'static str> {
    DOCUMENT.lines().filter(|line| line.starts_with("curl "))
}

async fn prepared() -> Simulator {
    let simulator = start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await;
    let opening = Bot::default();
    simulator.set_bot_endpoint(opening.in_process());
    let api = crate::support::Api::of(&simulator);
    let body = serde_json::json!([{"type": "TextBlock", "text": "Disk is full"}]);
    let actions =
        serde_json::json!([{"type": "Action.Execute", "title": "Mute deploys", "verb": "mute"}]);
    // Before Ana a dialog is open.
    opening.answers(200, crate::dialogs::form(None));
    let ana = simulator.person("ana");
    api.send(&ana.conversation_id(), card(body.clone(), actions.clone()))
        .await;
    let message = ana.chat().messages().remove(0);
    let data = serde_json::json!({"data": {}});
    ana.invoke("task/fetch", data, &message).await;
    for person in simulator.people() {
        let card = card(body.clone(), actions.clone());
        api.send(&person.conversation_id(), card).await;
    }
    simulator.set_bot_endpoint(Bot::default().in_process());
    ana.say("help").await;
    simulator
}

#[tokio::test]
async fn each_curl_line_works() {
    assert!(lines().count() > 20);
    for line in lines() {
        let simulator = prepared().await;
        let request = parse(line);
        let url = request.url.replace(PUBLISHED, simulator.url());
        let mut call = HttpClient::new().request(request.method, url);
        if let Some(json) = request.json {
            call = call.header("content-type", "application/json").body(json);
        }
        let response = call.send().await.unwrap();
        assert!(
            response.status().is_success(),
            "{line}: {}",
            response.text().await.unwrap()
        );
    }
}
