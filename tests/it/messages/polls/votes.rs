use futures_util::future::join_all;
use serde_json::{Value, json};
use simulator::{Message, Person};

use super::{Booth, MINUTE, count, lunch, seen};

fn pizza() -> Value {
    json!({ "answer.q1": "pizza" })
}

fn sushi() -> Value {
    json!({ "answer.q1": "sushi" })
}

/// What a client sends that a person has meddled with.
fn forged(verb: &str, poll: &str, more: Value) -> Value {
    let mut data = json!({ "tidings": { "verb": verb, "poll": poll } });
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    json!({ "action": { "type": "Action.Execute", "verb": verb, "data": data }, "trigger": "manual" })
}

async fn forge(who: &Person, message: &Message, value: Value) -> String {
    let delivery = who.invoke("adaptiveCard/action", value, message).await;
    assert_eq!(delivery.status(), Some(200));
    delivery.card().expect("a card").to_string()
}

#[tokio::test]
async fn a_vote_is_answered_with_what_was_voted_and_counted_once_however_often_it_comes() {
    let booth = Booth::open().await;
    let ben = booth.person("Ben");
    let open = booth.asks("lunch", lunch(), json!({})).await;
    let poll = booth.last(&ben);
    assert!(poll.says("Lunch?"), "{}", poll.readable());
    let voted = ben.press_with("Vote", &poll, &pizza()).await.unwrap();
    assert_eq!(voted.status(), Some(200));
    let shown = seen(&ben, &poll);
    assert!(
        shown.contains("Your vote counts") && shown.contains("Pizza"),
        "{shown}"
    );
    assert!(
        shown.contains("Results so far"),
        "results are for whoever has voted: {shown}"
    );
    let teams = &booth.bot.stage.teams;
    for again in [teams.redeliver(&voted).await, teams.redeliver(&voted).await] {
        assert!(
            again
                .card()
                .unwrap()
                .to_string()
                .contains("Your vote counts")
        );
    }
    assert_eq!(count(&booth.results(&open).await, "pizza"), 1);
    let edits = ben.chat().message(&poll.id).unwrap().edits;
    assert_eq!(edits, 0, "a card of one's own is answered, not edited");

    booth.bot.later(MINUTE);
    ben.press("Change my vote", &poll).await.unwrap();
    let again = ben
        .press_with("Change my vote", &poll, &sushi())
        .await
        .unwrap();
    assert!(
        again
            .card()
            .unwrap()
            .to_string()
            .contains("Your vote counts")
    );
    // The older one comes again, late.
    teams.redeliver(&voted).await;
    let results = booth.results(&open).await;
    assert_eq!((count(&results, "pizza"), count(&results, "sushi")), (0, 1));
    assert_eq!(results.voters, 1);
}

#[tokio::test]
async fn what_cannot_be_counted_changes_nothing_and_is_said_kindly() {
    let booth = Booth::open().await;
    let (ana, ben) = (booth.person("Ana"), booth.person("Ben"));
    let final_vote =
        json!({ "mayChange": false, "to": [super::super::aad(&ana), super::super::aad(&ben)] });
    let open = booth.asks("lunch", lunch(), final_vote).await;
    let others = booth
        .asks(
            "secret",
            lunch(),
            json!({ "to": [super::super::aad(&ana)] }),
        )
        .await;
    let (bens, on, secret) = (booth.last(&ben), open.id.to_string(), others.id.to_string());
    let vote = |poll: &str, more: Value| forged("tidings.poll.vote", poll, more);

    let said = forge(&ben, &bens, vote(&on, json!({ "answer.q1": "caviar" }))).await;
    assert!(said.contains("Your vote does not count yet"), "{said}");
    let said = forge(&ben, &bens, vote(&on, json!({ "answer.q1": { "odd": 1 } }))).await;
    assert!(said.contains("Your vote does not count yet"), "{said}");
    let said = forge(&ben, &bens, vote(&on, json!({}))).await;
    assert!(said.contains("please answer this"), "{said}");
    let said = forge(&ben, &bens, vote(&secret, pizza())).await;
    assert!(
        said.contains("This poll is for others") && !said.contains("Pizza"),
        "{said}"
    );
    for shows in [
        "tidings.poll.refresh",
        "tidings.poll.results",
        "tidings.poll.change",
        "tidings.poll.adding",
    ] {
        let said = forge(&ben, &bens, forged(shows, &secret, json!({}))).await;
        assert!(said.contains("This poll is for others"), "{shows}: {said}");
    }
    let said = forge(&ben, &bens, vote("nothing@20261124T120000Z", pizza())).await;
    assert!(said.contains("That poll is gone"), "{said}");
    for owners in [
        "manage",
        "close",
        "extend:1h",
        "reopen",
        "deleting",
        "delete",
        "clone",
    ] {
        let verb = format!("tidings.poll.{owners}");
        let said = forge(&ben, &bens, forged(&verb, &on, json!({}))).await;
        assert!(said.contains("That is for its owner"), "{owners}: {said}");
    }
    let said = forge(
        &ben,
        &bens,
        forged("tidings.poll.add", &on, json!({ "add.q1": "Soup" })),
    )
    .await;
    assert!(said.contains("No choices can be added"), "{said}");
    assert_eq!(booth.results(&open).await.voters, 0);
    assert_eq!(booth.results(&others).await.voters, 0);

    ben.press_with("Vote", &bens, &pizza()).await.unwrap();
    booth.bot.later(MINUTE);
    let said = forge(&ben, &bens, vote(&on, sushi())).await;
    assert!(said.contains("You have voted already"), "{said}");
    assert_eq!(count(&booth.results(&open).await, "pizza"), 1);

    booth.hears("tidings.poll.command", json!({ "poll": "lunch", "do": "close", "by": super::super::aad(&booth.person("Chloé")) })).await;
    booth.settle().await;
    let anas = ana.chat().messages().remove(0);
    let said = forge(&ana, &anas, vote(&on, sushi())).await;
    assert!(said.contains("Esa encuesta está cerrada"), "{said}");
    assert_eq!(booth.results(&open).await.voters, 1);
    let nothing = booth.bot.events.events();
    assert!(
        nothing
            .iter()
            .all(|event| event.detail_type == "tidings.poll.closed"),
        "{nothing:?}"
    );
    booth.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn votes_of_many_at_once_are_all_counted_and_each_once() {
    let bot_world = simulator::World::contoso()
        .with_bot_everywhere()
        .with_crowd(40);
    let booth = Booth::among(bot_world).await;
    let open = booth
        .asks("lunch", lunch(), json!({ "to": ["everyone"] }))
        .await;
    let people = booth.bot.stage.teams.people();
    let voting = people.iter().enumerate().map(async |(number, who)| {
        let poll = booth.last(who);
        let answer = if number % 3 == 0 { sushi() } else { pizza() };
        // Twice, at the same time: from the desk and from the phone.
        let (one, two) = futures_util::join!(
            who.press_with("tidings.poll.vote", &poll, &answer),
            who.press_with("tidings.poll.vote", &poll, &answer),
        );
        assert!(
            [one, two]
                .iter()
                .all(|vote| vote.as_ref().unwrap().card().is_some())
        );
    });
    join_all(voting).await;
    let results = booth.results(&open).await;
    assert_eq!(results.voters, 43);
    assert_eq!(
        (count(&results, "sushi"), count(&results, "pizza")),
        (15, 28)
    );
}

#[tokio::test]
async fn a_client_without_answers_sends_a_message_and_gets_its_card_edited() {
    let booth = Booth::open().await;
    let ben = booth.person("Ben");
    let open = booth.asks("lunch", lunch(), json!({})).await;
    let poll = booth.last(&ben);
    let button = poll
        .buttons()
        .into_iter()
        .find(|button| button.title == "Vote");
    let mut data = button.unwrap().data;
    data["answer.q1"] = "sushi".into();
    let mut activity = ben.invoke("probe", json!({}), &poll).await.activity;
    activity["type"] = "message".into();
    activity["value"] = data;
    activity.as_object_mut().unwrap().remove("name");
    let submitted = booth.bot.stage.teams.deliver(activity).await;
    assert_eq!(submitted.status(), Some(200));
    assert!(seen(&ben, &poll).contains("Your vote counts"));
    assert_eq!(count(&booth.results(&open).await, "sushi"), 1);
}

#[tokio::test]
async fn a_card_that_comes_into_view_is_shown_as_it_is_now_and_changes_nothing() {
    let booth = Booth::open().await;
    let (ana, ben) = (booth.person("Ana"), booth.person("Ben"));
    let channel = booth.bot.stage.teams.team("Platform").channel("Incidents");
    let to = json!({ "to": [format!("channel:{}", channel.id())], "results": "live" });
    booth.asks("lunch", lunch(), to).await;
    let post = channel.messages().pop().unwrap();
    ana.press_with("Vote", &post, &pizza()).await.unwrap();
    booth.settle().await;
    let edits = channel.message(&post.id).unwrap().edits;
    let tasks = booth.bot.task_mail.len();
    let refresh = |verb: &str, more: Value| {
        let on = post.buttons()[0].data["tidings"]["poll"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut value = forged(verb, &on, more);
        value["trigger"] = "automatic".into();
        value
    };
    let said = forge(&ana, &post, refresh("tidings.poll.refresh", json!({}))).await;
    assert!(said.contains("Tu voto cuenta"), "{said}");
    let said = forge(&ben, &post, refresh("tidings.poll.refresh", json!({}))).await;
    assert!(said.contains("tidings.poll.vote"), "{said}");
    // A card cannot vote by itself.
    let voted = ben
        .invoke(
            "adaptiveCard/action",
            refresh("tidings.poll.vote", sushi()),
            &post,
        )
        .await;
    assert_eq!(voted.body().unwrap()["statusCode"], 400);
    booth.settle().await;
    assert_eq!(
        channel.message(&post.id).unwrap().edits,
        edits,
        "a refresh edits nothing"
    );
    assert_eq!(booth.bot.task_mail.len(), tasks);
}
