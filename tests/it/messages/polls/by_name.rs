use serde_json::{Value, json};

use super::{Booth, MINUTE, seen};

fn questions() -> Value {
    json!([
        { "id": "q1", "kind": "single", "text": "Lunch?", "choices": [
            { "id": "pizza", "text": "Pizza" }, { "id": "sushi", "text": "Sushi" }] },
        { "id": "q2", "kind": "text", "text": "Why?" },
    ])
}

/// A poll of Chloé's in the chat, in which Ana and Ben have voted, and its message.
async fn voted(booth: &Booth, more: Value) -> simulator::Message {
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let mut poll = json!({ "to": [format!("chat:{}", chat.id())] });
    for (name, value) in more.as_object().unwrap() {
        poll[name] = value.clone();
    }
    booth.asks("lunch", questions(), poll).await;
    let post = chat.messages().pop().unwrap();
    for (who, what, why) in [("Ben", "pizza", ""), ("Ana", "sushi", "*Fish*")] {
        let given = json!({ "answer.q1": what, "answer.q2": why });
        let voter = booth.person(who);
        voter.press_with("Vote", &post, &given).await.unwrap();
    }
    post
}

#[tokio::test]
async fn the_owner_of_a_named_poll_reads_who_voted_what_open_and_closed_and_nobody_else_does() {
    let booth = Booth::open().await;
    let post = voted(&booth, json!({ "tellEverybody": true })).await;
    assert!(
        post.readable().contains("whoever runs Tidings here"),
        "{}",
        post.readable()
    );
    let (chloe, ben) = (booth.person("Chloé"), booth.person("Ben"));
    chloe.press("Manage", &post).await.unwrap();
    let open = seen(&chloe, &post);
    for expected in ["Votes by name", "ana@", "Sushi · “\\*Fish\\*”", "ben@"] {
        assert!(open.contains(expected), "{expected} in {open}");
    }
    assert!(!seen(&ben, &post).contains("Votes by name"));

    booth.bot.later(MINUTE);
    chloe.press("Close now", &post).await.unwrap();
    booth.pass_on(0).await;
    let result = booth.last(&chloe).readable();
    for expected in [
        "Result of the poll",
        "Votes by name",
        "Sushi · “\\*Fish\\*”",
    ] {
        assert!(result.contains(expected), "{expected} in {result}");
    }
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let told = chat.messages();
    assert!(told.len() > 1, "everybody is told");
    for message in told {
        assert!(!message.says("Votes by name"), "{}", message.readable());
    }
}

#[tokio::test]
async fn the_owner_of_an_anonymous_poll_or_of_one_below_its_threshold_reads_no_names() {
    for more in [json!({ "anonymous": true }), json!({ "threshold": 3 })] {
        let booth = Booth::open().await;
        let post = voted(&booth, more).await;
        let chloe = booth.person("Chloé");
        chloe.press("Manage", &post).await.unwrap();
        let card = seen(&chloe, &post);
        assert!(card.contains("Your poll, open"), "{card}");
        assert!(!card.contains("Votes by name"), "{card}");
        assert!(!card.contains("ben@"), "{card}");
    }
}
