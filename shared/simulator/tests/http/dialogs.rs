//! Dialogs, opened by a button, filled in and submitted over HTTP.

use serde_json::{Value, json};
use simulator::Simulator;

use crate::control::{Remote, remote};
use crate::support::{Api, Bot, card};

/// A bot whose card opens a dialog.
async fn with_button() -> (Simulator, Bot, Remote) {
    let (simulator, bot, remote) = remote().await;
    remote.post("/install", json!({"person": "ana"})).await;
    let ana = simulator.person("ana");
    let opens = json!({"type": "Action.Submit", "title": "Ask a poll", "data": {"msteams": {"type": "task/fetch"}, "of": 1}});
    let body = json!([{"type": "TextBlock", "text": "Help"}]);
    Api::of(&simulator)
        .send(&ana.conversation_id(), card(body, json!([opens])))
        .await;
    (simulator, bot, remote)
}

pub(crate) fn form(question: Option<&str>) -> Value {
    let mut input = json!({"type": "Input.Text", "id": "form.question", "isRequired": true});
    if let Some(question) = question {
        input["value"] = question.into();
    }
    let toggle =
        json!({"type": "Input.Toggle", "id": "form.anonymous", "title": "?", "value": "false"});
    let choices = json!({"type": "Input.Text", "id": "form.choices"});
    let card = json!({
        "type": "AdaptiveCard", "version": "1.5", "body": [input, toggle, choices],
        "actions": [{"type": "Action.Submit", "title": "Ask", "data": {"verb": "create"}}],
    });
    let content =
        json!({"contentType": "application/vnd.microsoft.card.adaptive", "content": card});
    json!({"task": {"type": "continue", "value": {"title": "New poll", "card": content}}})
}

#[tokio::test]
async fn a_dialog_is_filled_in_and_submitted_until_the_bot_closes_it() {
    let (_simulator, bot, remote) = with_button().await;
    let ask = json!({"person": "ana", "inputs": {"form.question": "Lunch?"}});
    let nothing = remote.post("/submit", ask.clone()).await;
    assert_eq!(nothing.status, 409);
    let why = "no dialog is open before Ana García: press a button that opens one";
    assert_eq!(nothing.json()["error"], why);

    bot.answers(200, form(None));
    let press = json!({"person": "ana", "title": "Ask a poll"});
    let pressed = remote.post("/press", press).await.json();
    let inputs = json!({"form.question": null, "form.anonymous": "false", "form.choices": null});
    let dialog = &pressed["dialog"];
    assert_eq!(dialog["inputs"], inputs);
    assert_eq!(dialog["buttons"], json!(["Ask"]));
    assert!(
        dialog["readable"].as_str().unwrap().contains("[Ask]"),
        "{dialog}"
    );
    let fetch = bot.last().activity;
    assert_eq!(fetch["name"], "task/fetch");

    for (inputs, why) in [
        (json!({}), "the input form.question is required"),
        (
            json!({"question": "Lunch?"}),
            "no input is called question; there are form.question, form.anonymous, form.choices",
        ),
    ] {
        let submit = json!({"person": "ana", "inputs": inputs});
        let refused = remote.post("/submit", submit).await;
        assert_eq!(refused.status, 409);
        assert_eq!(refused.json()["error"], why);
    }

    // Something is wrong with it: it stays open, with what was written.
    bot.answers(200, form(Some("Lunch?")));
    let submitted = remote.post("/submit", ask).await.json();
    assert_eq!(submitted["dialog"]["inputs"]["form.question"], "Lunch?");
    let submit = bot.last().activity;
    assert_eq!(submit["name"], "task/submit");
    assert_ne!(submit["id"], fetch["id"]);
    assert_eq!(submit["replyToId"], fetch["replyToId"]);
    assert_eq!(
        submit["value"],
        json!({
            "data": {"verb": "create", "form.question": "Lunch?", "form.anonymous": "false"},
            "context": {"theme": "default"},
        })
    );

    bot.answers(200, json!({"task": {"type": "message", "value": "Done."}}));
    let again = json!({"person": "ana", "title": "Ask", "inputs": {"form.anonymous": "true"}});
    let done = remote.post("/submit", again.clone()).await.json();
    assert_eq!(done["dialog"], Value::Null);
    assert_eq!(done["answer"]["body"]["task"]["value"], "Done.");
    let data = &bot.last().activity["value"]["data"];
    assert_eq!(data["form.question"], "Lunch?", "as it stood there");
    assert_eq!(data["form.anonymous"], "true");
    assert_eq!(remote.post("/submit", again).await.status, 409);
}

#[tokio::test]
async fn a_dialog_is_open_before_whoever_opened_it() {
    let (_simulator, bot, remote) = with_button().await;
    remote.post("/install", json!({"person": "ben"})).await;
    bot.answers(200, form(Some("Lunch?")));
    remote
        .post("/press", json!({"person": "ana", "title": "Ask a poll"}))
        .await;
    assert_eq!(
        remote
            .post("/submit", json!({"person": "ben"}))
            .await
            .status,
        409
    );
    assert_eq!(
        remote
            .post("/submit", json!({"person": "ana"}))
            .await
            .status,
        200
    );
}
