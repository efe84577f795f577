use serde_json::{Value, json};
use simulator::World;

use super::{Booth, MINUTE, count, counts, lunch};

fn pizza() -> Value {
    json!({ "answer.q1": "pizza" })
}

#[tokio::test]
async fn of_an_anonymous_vote_the_main_table_has_that_somebody_voted_and_nothing_else() {
    let booth = Booth::open().await;
    let ben = booth.person("Ben");
    // The keys of Teams' signatures are in the table from now on.
    ben.say("status").await;
    booth
        .asks("lunch", lunch(), json!({ "anonymous": true }))
        .await;
    let poll = booth.last(&ben);
    let before = booth.everything("tidings").await;
    let voted = ben.press_with("Vote", &poll, &pizza()).await.unwrap();
    assert!(
        voted
            .card()
            .unwrap()
            .to_string()
            .contains("Your vote counts")
    );
    booth.bot.later(MINUTE);
    let again = ben.press("Change my vote", &poll).await.unwrap();
    assert!(again.card().unwrap().to_string().contains("Pizza"));
    booth.bot.stage.teams.redeliver(&voted).await;

    let after = booth.everything("tidings").await;
    let new: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    assert_eq!(new.len(), 1, "{new:#?}");
    assert_eq!(after.len(), before.len() + 1, "nothing was changed");
    // Where it is, whose, and when it is forgotten: as all others of the poll.
    let names = new[0].matches("\": ").count();
    assert_eq!(names, 3, "{}", new[0]);
    for told in ["pizza", "Pizza", "answer", "2026"] {
        let key = new[0].replace("20261124T", "");
        assert!(!key.contains(told), "{told} in {key}");
    }
    assert!(booth.bot.task_mail.take_all().is_empty());
    assert!(booth.bot.events.events().is_empty());
}

#[tokio::test]
async fn an_anonymous_poll_shows_nothing_until_a_step_is_full_and_then_less_than_all() {
    let booth = Booth::among(World::contoso().with_bot_everywhere().with_crowd(12)).await;
    let more = json!({ "to": ["everyone"], "anonymous": true, "results": "live" });
    let open = booth.asks("lunch", lunch(), more).await;
    for (number, who) in booth.bot.stage.teams.people().iter().take(9).enumerate() {
        let poll = booth.last(who);
        who.press_with("tidings.poll.vote", &poll, &pizza())
            .await
            .unwrap();
        assert_eq!(counts(&booth.results(&open).await), "withheld", "{number}");
    }
    let people = booth.bot.stage.teams.people();
    let poll = booth.last(&people[9]);
    people[9]
        .press_with("tidings.poll.vote", &poll, &pizza())
        .await
        .unwrap();
    // The tenth: five are shown, and five wait.
    assert_eq!(count(&booth.results(&open).await, "pizza"), 5);
    booth.bot.stage.teams.release_unread();
}
