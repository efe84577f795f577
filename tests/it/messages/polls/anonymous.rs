use std::sync::{Arc, Mutex};

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

#[tokio::test]
async fn no_line_of_the_log_says_who_votes_or_what() {
    let log = Log::default();
    let _logged = tracing::subscriber::set_default(log.clone());
    let booth = Booth::open().await;
    let ben = booth.person("Ben");
    booth
        .asks("lunch", lunch(), json!({ "anonymous": true }))
        .await;
    let poll = booth.last(&ben);
    log.0.lock().unwrap().clear();
    ben.press_with("Vote", &poll, &pizza()).await.unwrap();
    booth.bot.later(MINUTE);
    ben.press("Change my vote", &poll).await.unwrap();
    // Also when it fails.
    let faults = &booth.bot.stage.table_faults;
    faults.fail_all(Some(crate::stage::TableFault::NotSent));
    let failed = ben.press_with("Change my vote", &poll, &pizza()).await;
    assert_eq!(failed.unwrap().body().unwrap()["statusCode"], 500);
    faults.fail_all(None);
    let lines = log.0.lock().unwrap().clone();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("an activity was not handled")),
        "{lines:#?}"
    );
    for line in lines {
        for secret in [
            "pizza",
            "Pizza",
            "lunch@",
            &ben.object_id(),
            &ben.teams_id(),
            "Ben",
        ] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

/// What our own crates log, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

const OURS: [&str; 8] = [
    "messages",
    "store",
    "aws",
    "cards",
    "connector",
    "inbound_auth",
    "polls_in_table",
    "startup",
];

impl tracing::Subscriber for Log {
    fn enabled(&self, about: &tracing::Metadata<'_>) -> bool {
        let from = about.target().split("::").next().unwrap_or_default();
        OURS.contains(&from)
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        self.0.lock().unwrap().push(format!("{:?}", span.values()));
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        self.0.lock().unwrap().push(format!("{values:?}"));
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line(String);
        impl tracing::field::Visit for Line {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?} "));
            }
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
