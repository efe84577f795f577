use serde_json::{Value, json};

use super::{Booth, lunch, seen};

fn pizza() -> Value {
    json!({ "answer.q1": "pizza" })
}

#[tokio::test]
async fn live_results_edit_the_card_that_many_see_once_for_many_votes() {
    let booth = Booth::open().await;
    let teams = &booth.bot.stage.teams;
    let channel = teams.team("Platform").channel("Incidents");
    let more = json!({ "to": [format!("channel:{}", channel.id())], "results": "live" });
    booth.asks("lunch", lunch(), more).await;
    let post = channel.messages().pop().unwrap();
    assert!(post.says("Lunch?"));
    let mut named = Vec::new();
    for who in ["Ana", "Ben", "Chloé"] {
        let voted = booth.person(who).press_with("Vote", &post, &pizza()).await;
        let voted = voted.unwrap();
        let own = &voted.card().unwrap()["refresh"]["userIds"];
        assert_eq!(own.as_array().unwrap().len(), 1, "the voter alone");
        named.push(own[0].as_str().unwrap().to_owned());
    }
    assert_eq!(
        booth.bot.task_mail.len(),
        1,
        "the first vote sees to it for all"
    );
    booth.settle().await;
    let edited = channel.message(&post.id).unwrap();
    assert_eq!(edited.edits, 1);
    assert!(
        edited.says("3 have voted") || edited.says("100%"),
        "{}",
        edited.readable()
    );

    let card = edited.activity.to_string();
    assert!(card.contains(r#""userIds":[]"#), "{card}");
    assert!(named.iter().all(|voter| !card.contains(voter)), "{card}");

    // Another vote makes another edit due, a second later at the earliest.
    let before = booth.bot.stage.clock_now();
    booth.bot.later(super::MINUTE);
    let sushi = json!({ "answer.q1": "sushi" });
    let ana = booth.person("Ana");
    let on = post.buttons()[0].data.clone();
    let mut data = on;
    data["tidings"]["verb"] = "tidings.poll.vote".into();
    data["answer.q1"] = sushi["answer.q1"].clone();
    let value = json!({ "action": { "type": "Action.Execute", "verb": "tidings.poll.vote", "data": data }, "trigger": "manual" });
    ana.invoke("adaptiveCard/action", value, &post).await;
    booth.settle().await;
    assert_eq!(channel.message(&post.id).unwrap().edits, 2);
    assert!(booth.bot.stage.clock_now() > before);
}

#[tokio::test]
async fn an_edit_whose_task_comes_twice_is_made_once() {
    let booth = Booth::open().await;
    let teams = &booth.bot.stage.teams;
    let channel = teams.team("Platform").channel("Incidents");
    let more = json!({ "to": [format!("channel:{}", channel.id())], "results": "live" });
    booth.asks("lunch", lunch(), more).await;
    let post = channel.messages().pop().unwrap();
    booth
        .person("Ana")
        .press_with("Vote", &post, &pizza())
        .await
        .unwrap();
    let [task] = &booth.bot.task_mail.take_all()[..] else {
        panic!("not one task");
    };
    for _ in 0..2 {
        let batch = crate::stage::batch("tasks", &[task]);
        booth.bot.invoke_tasks(&batch).await.unwrap();
        booth.settle().await;
    }
    assert_eq!(channel.message(&post.id).unwrap().edits, 1);
}

#[tokio::test]
async fn a_quorum_is_told_on_the_bus_and_closes_the_poll() {
    let booth = Booth::open().await;
    let (ana, ben) = (booth.person("Ana"), booth.person("Ben"));
    let more = json!({ "to": [super::super::aad(&ana), super::super::aad(&ben)], "closes": { "quorum": "100%" } });
    booth.asks("lunch", lunch(), more).await;
    let (anas, bens) = (booth.last(&ana), booth.last(&ben));
    ana.press_with("tidings.poll.vote", &anas, &pizza())
        .await
        .unwrap();
    assert!(booth.bot.events.events().is_empty());
    ben.press_with("Vote", &bens, &pizza()).await.unwrap();
    let told = booth.pass_on(0).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].detail_type, "tidings.poll.quorum");
    assert!(!told[0].detail.contains("pizza") && !told[0].detail.contains(&ben.object_id()));
    assert!(ana.chat().message(&anas.id).unwrap().says("cerrada"));
    booth.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_choice_that_somebody_adds_is_there_for_everybody() {
    let booth = Booth::open().await;
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let more = json!({ "to": [format!("chat:{}", chat.id())], "mayAdd": true });
    let open = booth.asks("lunch", lunch(), more).await;
    let post = chat.messages().pop().unwrap();
    let ben = booth.person("Ben");
    ben.press("Add a choice", &post).await.unwrap();
    ben.press_with("Add", &post, &json!({ "add.q1": "  Soup " }))
        .await
        .unwrap();
    assert!(seen(&ben, &post).contains("Lunch?"));
    booth.settle().await;
    let edited = chat.message(&post.id).unwrap();
    assert_eq!(edited.edits, 1);
    let card = edited.activity.to_string();
    assert!(card.contains("Soup"), "{card}");
    let added = booth.bot.stage.store.polls();
    let tenant = booth.bot.stage.teams.tenant().into();
    let added = added.added_choices(&tenant, &open).await.unwrap();
    assert_eq!(added.len(), 1);
    let vote = json!({ "answer.q1": added[0].id });
    ben.press_with("Vote", &post, &vote).await.unwrap();
    assert_eq!(super::count(&booth.results(&open).await, &added[0].id), 1);
}

#[tokio::test]
async fn a_vote_counts_although_nobody_can_be_told_of_it() {
    let booth = Booth::open().await;
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let more = json!({
        "to": [format!("chat:{}", chat.id())], "results": "live", "closes": { "quorum": 1 },
    });
    let open = booth.asks("lunch", lunch(), more).await;
    let post = chat.messages().pop().unwrap();
    booth.bot.task_mail.goes_missing(true);
    booth.bot.events.refuses(true);
    let ben = booth.person("Ben");
    ben.press_with("Vote", &post, &pizza()).await.unwrap();
    assert!(seen(&ben, &post).contains("Your vote counts"));
    assert_eq!(booth.results(&open).await.voters, 1);
    // Whoever votes next says it.
    booth.bot.task_mail.goes_missing(false);
    booth.bot.events.refuses(false);
    booth.bot.later(5 * super::MINUTE);
    let chloe = booth.person("Chloé");
    chloe.press_with("Vote", &post, &pizza()).await.unwrap();
    let told = booth.bot.events.events();
    assert_eq!(told[0].detail_type, "tidings.poll.quorum");
    booth.settle().await;
    assert_eq!(chat.message(&post.id).unwrap().edits, 1);
}

#[tokio::test]
async fn a_vote_is_counted_once_and_shown_wherever_the_function_dies() {
    let booth = Booth::open().await;
    let teams = &booth.bot.stage.teams;
    let channel = teams.team("Platform").channel("Incidents");
    let more = json!({ "to": [format!("channel:{}", channel.id())], "results": "live" });
    let open = booth.asks("lunch", lunch(), more).await;
    let post = channel.messages().pop().unwrap();
    let ben = booth.person("Ben");
    for waits in 1.. {
        let (id, title) = [("pizza", "Pizza"), ("sushi", "Sushi")][waits % 2];
        let verb = "tidings.poll.vote";
        let data = json!({
            "tidings": { "verb": verb, "poll": open.id.to_string() }, "answer.q1": id,
        });
        let action = json!({ "type": "Action.Execute", "verb": verb, "data": data });
        let value = json!({ "action": action, "trigger": "manual" });
        booth.dies_after(waits);
        let first = ben.invoke("adaptiveCard/action", value, &post).await;
        booth.bot.starts(|_| {});
        let again = teams.redeliver(&first).await;
        let card = again.card().expect("an answer").to_string();
        assert!(
            card.contains("Your vote counts") && card.contains(title),
            "{card}"
        );
        let results = booth.results(&open).await;
        assert_eq!(
            (results.voters, super::count(&results, id)),
            (1, 1),
            "after {waits} waits"
        );
        booth.settle().await;
        let shown = channel.message(&post.id).unwrap().activity.to_string();
        let counted = format!(r#"{{"title":"{title}","value":"**1 · 100%**"}}"#);
        assert!(shown.contains(&counted), "after {waits} waits: {shown}");
        booth.bot.later(super::MINUTE);
        if first.status() == Some(200) {
            assert!(waits > 10, "there was something to die of");
            return;
        }
    }
}

#[tokio::test]
async fn an_edit_of_what_many_see_leaves_the_cards_of_people_alone() {
    let booth = Booth::open().await;
    let chat = booth.bot.stage.teams.chat("Release crew").conversation();
    let ben = booth.person("Ben");
    let to = [format!("chat:{}", chat.id()), super::super::aad(&ben)];
    let more = json!({ "to": to, "results": "live" });
    booth.asks("lunch", lunch(), more).await;
    let (post, own) = (chat.messages().pop().unwrap(), booth.last(&ben));
    let chloe = booth.person("Chloé");
    chloe.press_with("Vote", &post, &pizza()).await.unwrap();
    booth.settle().await;
    assert_eq!(chat.message(&post.id).unwrap().edits, 1);
    assert_eq!(ben.chat().message(&own.id).unwrap().edits, 0);
    // Ben sees what is new when he looks.
    ben.press_with("Vote", &own, &pizza()).await.unwrap();
    let shown = seen(&ben, &own);
    assert!(shown.contains("2 · 100%"), "{shown}");
    booth.settle().await;
    assert_eq!(chat.message(&post.id).unwrap().edits, 2);
    assert_eq!(ben.chat().message(&own.id).unwrap().edits, 0);
}
