use serde_json::{Value, json};

use super::{Booth, MINUTE, seen};

#[tokio::test]
async fn a_line_in_a_channel_asks_everybody_there_once() {
    let booth = Booth::open().await;
    let channel = booth.bot.stage.teams.team("Platform").channel("Incidents");
    let ben = booth.person("Ben");
    let said = ben.mention(&channel, "poll \"Lunch?\" Pizza | Sushi").await;
    assert_eq!(said.status(), Some(200));
    let answer = channel.messages().pop().unwrap();
    assert!(
        answer.says("Your poll is on its way"),
        "{}",
        answer.readable()
    );
    booth.bot.stage.teams.redeliver(&said).await;
    let told = booth.pass_on(0).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let poll: Value = serde_json::from_str(&told[0].detail).unwrap();
    assert_eq!(poll["owner"], super::super::aad(&ben));
    assert_eq!(poll["to"], json!([format!("channel:{}", channel.id())]));

    let asked = channel.messages().pop().unwrap();
    assert!(
        asked.says("Lunch?") && asked.says("Vote"),
        "{}",
        asked.readable()
    );
    // By the name that Teams gave, not by the address.
    assert_eq!(poll["ownerName"], ben.name());
    assert!(asked.says(&format!("Asked by: {}", ben.name())));
    let choice = poll["questions"][0]["choices"][1]["id"].as_str().unwrap();
    let chloe = booth.person("Chloé");
    let vote = json!({ "answer.q1": choice });
    chloe.press_with("Vote", &asked, &vote).await.unwrap();
    assert!(seen(&chloe, &asked).contains("Sushi"));
    ben.press("Manage", &asked).await.unwrap();
    assert!(seen(&ben, &asked).contains("Your poll, open"));

    // The same line once more is another poll.
    booth.bot.later(MINUTE);
    let heard = booth.bot.events.events().len();
    ben.mention(&channel, "poll \"Lunch?\" Pizza | Sushi").await;
    let told = booth.pass_on(heard).await;
    let another: Value = serde_json::from_str(&told[0].detail).unwrap();
    assert_ne!(another["id"], poll["id"]);
    booth.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_line_that_is_no_poll_is_answered_with_what_to_write() {
    let booth = Booth::open().await;
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let ben = booth.person("Ben");
    for (line, says) in [
        ("poll", "What do you want to ask?"),
        ("poll \"Lunch?\" Pizza", "Which choices?"),
        (
            "poll \"Lunch? Pizza | Sushi",
            "Where does the question end?",
        ),
        ("poll \"Lunch?\" Pizza | pizza", "One choice twice"),
    ] {
        ben.mention(&chat, line).await;
        let answer = chat.messages().pop().unwrap();
        assert!(answer.says(says), "{line}: {}", answer.readable());
        booth.bot.later(MINUTE);
    }
    let long = format!("poll \"{}\" Pizza | Sushi", "x".repeat(400));
    ben.mention(&chat, &long).await;
    let answer = chat.messages().pop().unwrap();
    assert!(
        answer.says("That poll cannot be asked"),
        "{}",
        answer.readable()
    );
    assert!(booth.bot.events.events().is_empty());
}

#[tokio::test]
async fn where_nobody_else_can_vote_it_says_where_to_ask() {
    let booth = Booth::open().await;
    let ben = booth.person("Ben");
    ben.say("poll \"Lunch?\" Pizza | Sushi").await;
    let answer = ben.chat().messages().pop().unwrap();
    assert!(
        answer.says("Write it in a channel or a group chat"),
        "{}",
        answer.readable()
    );
    assert!(booth.bot.events.events().is_empty());
}

#[tokio::test]
async fn the_form_opens_says_what_is_wrong_and_asks() {
    let booth = Booth::open().await;
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let ben = booth.person("Ben");
    ben.mention(&chat, "help").await;
    let help = chat.messages().pop().unwrap();
    let opened = ben.press("Ask a poll", &help).await.unwrap();
    let body = opened.body().unwrap().clone();
    assert_eq!(body["task"]["type"], "continue");
    let card = &body["task"]["value"]["card"]["content"];
    let data = card["actions"][0]["data"].clone();
    let submit = |more: Value| {
        let mut data = data.clone();
        for (name, value) in more.as_object().unwrap() {
            data[name] = value.clone();
        }
        json!({ "data": data, "context": { "theme": "default" } })
    };
    let wrong = submit(
        json!({ "form.question": "Lunch?", "form.kind": "single", "form.choices": "Pizza" }),
    );
    let wrong = ben.invoke("task/submit", wrong, &help).await;
    let body = wrong.body().unwrap().to_string();
    assert!(
        body.contains("Give 2 to 20 different choices") && body.contains("continue"),
        "{body}"
    );
    assert!(body.contains("Pizza"), "what was written is still there");
    assert!(booth.bot.events.events().is_empty());

    booth.bot.later(MINUTE);
    let right = submit(json!({
        "form.question": "Lunch?", "form.kind": "multiple", "form.choices": "Pizza\nSushi",
        "form.anonymous": "true", "form.closes": "1h",
    }));
    let right = ben.invoke("task/submit", right, &help).await;
    assert_eq!(right.body().unwrap()["task"]["type"], "message");
    booth.bot.stage.teams.redeliver(&right).await;
    let told = booth.pass_on(0).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let asked = chat.messages().pop().unwrap();
    assert!(
        asked.says("anonymous: nobody can see who voted what"),
        "{}",
        asked.readable()
    );
}

#[tokio::test]
async fn without_a_bus_chat_starts_no_polls_and_says_so() {
    let booth = Booth::open().await;
    booth.bot.starts(|messages| messages.events = None);
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let ben = booth.person("Ben");
    ben.mention(&chat, "poll \"Lunch?\" Pizza | Sushi").await;
    let answer = chat.messages().pop().unwrap();
    assert!(
        answer.says("Polls are not set up here"),
        "{}",
        answer.readable()
    );
    let form = json!({ "data": { "tidings": { "verb": "tidings.poll.form" } } });
    let form = ben.invoke("task/fetch", form, &answer).await;
    assert_eq!(form.body().unwrap()["task"]["type"], "message");
    let other = ben
        .invoke("task/fetch", json!({ "data": { "other": 1 } }), &answer)
        .await;
    assert_eq!(other.status(), Some(501));
}
