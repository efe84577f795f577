use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Booth, MINUTE, count, lunch};

fn pizza() -> Value {
    json!({ "answer.q1": "pizza" })
}

fn sushi() -> Value {
    json!({ "answer.q1": "sushi" })
}

#[tokio::test]
async fn a_vote_that_says_it_comes_from_the_future_keeps_nobody_from_changing_it() {
    for anonymous in [false, true] {
        let booth = Booth::open().await;
        let teams = &booth.bot.stage.teams;
        let (ben, chloe) = (booth.person("Ben"), booth.person("Chloé"));
        let to = [super::super::aad(&ben), super::super::aad(&chloe)];
        let more = json!({ "to": to, "anonymous": anonymous });
        let open = booth.asks("lunch", lunch(), more).await;
        let poll = booth.last(&ben);
        let first = ben.press_with("Vote", &poll, &pizza()).await.unwrap();
        booth.bot.later(MINUTE);
        let mut future = first.activity.clone();
        let next_year = booth.bot.stage.clock_now() + SignedDuration::from_hours(365 * 24);
        future["id"] = "f:from-the-future".into();
        future["timestamp"] = next_year.to_string().into();
        future["value"]["action"]["data"]["answer.q1"] = "sushi".into();
        let answer = teams.deliver(future).await;
        assert!(answer.card().unwrap().to_string().contains("Sushi"));
        booth.bot.later(MINUTE);
        // An earlier one that comes late stays earlier.
        teams.redeliver(&first).await;
        let ballot = async || {
            let polls = booth.bot.stage.store.polls();
            let voter = notifications::RecipientKey::person(&ben.object_id().into());
            let ballot = polls.ballot(&teams.tenant().into(), &open, &voter).await;
            ballot.unwrap().unwrap().answers
        };
        assert!(ballot().await.contains("sushi"), "anonymous: {anonymous}");
        ben.press("Change my vote", &poll).await.unwrap();
        let change = ben.press_with("Change my vote", &poll, &pizza()).await;
        assert!(
            change
                .unwrap()
                .card()
                .unwrap()
                .to_string()
                .contains("Pizza")
        );
        assert!(ballot().await.contains("pizza"), "anonymous: {anonymous}");
        booth.bot.stage.teams.release_unread();
    }
}

#[tokio::test]
async fn in_a_poll_that_its_owner_opened_again_no_vote_tells_of_a_quorum() {
    let booth = Booth::open().await;
    let (ana, ben) = (booth.person("Ana"), booth.person("Ben"));
    let chloe = super::super::aad(&booth.person("Chloé"));
    let to = [super::super::aad(&ana), super::super::aad(&ben)];
    let more = json!({ "to": to, "closes": { "quorum": 1 } });
    let open = booth.asks("lunch", lunch(), more).await;
    let (anas, bens) = (booth.last(&ana), booth.last(&ben));
    ben.press_with("Vote", &bens, &pizza()).await.unwrap();
    booth.pass_on(0).await;
    let reopen = json!({ "poll": "lunch", "do": "reopen", "by": chloe });
    booth.hears("tidings.poll.command", reopen).await;
    booth.settle().await;
    let told = booth.bot.events.events().len();
    let voted = ana.press_with("tidings.poll.vote", &anas, &sushi()).await;
    assert!(voted.unwrap().card().is_some());
    assert_eq!(booth.bot.events.events().len(), told, "nobody is told");
    assert_eq!(count(&booth.results(&open).await, "sushi"), 1);
    booth.bot.stage.teams.release_unread();
}
