//! A message is deleted, or replaced, wherever it was sent.

use std::time::Duration;

use notifications::Notification;
use simulator::{Fault, Operation, Reply};
use startup::Clock as _;
use store::RecipientState;
use work_items::{Recall, Task, Update};

use super::Crowd;
use crate::notify::notification;

fn recall(key: &notifications::NotificationKey, request: &str) -> Task {
    Task::Recall(Recall {
        notification: key.clone(),
        request: request.to_owned(),
        after: None,
    })
}

impl Crowd {
    /// What the ledger says of deleting, for everybody: `gone`, why not, `open`, or nothing.
    async fn recalls(&self, key: &notifications::NotificationKey) -> Vec<String> {
        let ledger = self.bot.stage.store.ledger();
        let page = ledger.outcomes(key, None).await.unwrap();
        let words = |state: Option<RecipientState>| match state {
            None => String::new(),
            Some(RecipientState::Ended { outcome, .. }) => match outcome.group() {
                "sent" => "gone".to_owned(),
                _ => outcome.to_string(),
            },
            Some(_) => "open".to_owned(),
        };
        page.recipients
            .into_iter()
            .map(|one| words(one.recall))
            .collect()
    }

    /// For each person, whether the bot's one message is deleted.
    fn deleted(&self) -> Vec<bool> {
        let messages = |person: &simulator::Person| person.chat().from_bot();
        self.people
            .iter()
            .map(|(person, _)| {
                let messages = messages(person);
                assert_eq!(messages.len(), 1);
                messages[0].deleted
            })
            .collect()
    }
}

#[tokio::test]
async fn a_recall_deletes_it_from_everybody_and_what_is_gone_already_counts_as_done() {
    let crowd = Crowd::of(25).await;
    let key = crowd.sent("1").await;
    let gone = Fault::Answer(Reply::error(404, "ActivityNotFoundInConversation", "gone"));
    crowd.bot.stage.teams.fail_next(Operation::Delete, gone);
    crowd.task(recall(&key, "r-1")).await;
    assert_eq!(crowd.recalls(&key).await, ["gone"; 25]);
    assert_eq!(
        crowd
            .deleted()
            .into_iter()
            .filter(|deleted| *deleted)
            .count(),
        24
    );
    assert!(
        crowd
            .outcomes(&key)
            .await
            .iter()
            .all(|one| one.starts_with("s:")),
        "that it was sent stays"
    );
    let calls = crowd.bot.stage.teams.count(Operation::Delete);
    crowd.task(recall(&key, "r-2")).await;
    assert_eq!(
        crowd.bot.stage.teams.count(Operation::Delete),
        calls,
        "once is enough"
    );
}

#[tokio::test]
async fn what_is_not_sent_is_cancelled_and_what_cannot_be_deleted_is_tried_anew_on_request() {
    let crowd = Crowd::of(25).await;
    let key = crowd.planned("1").await;
    let bodies = crowd.bot.stage.mail.delivery.take_all();
    let first = crate::stage::batch("deliveries", &[&bodies[0]]);
    crowd.bot.stage.invoke_deliver(first).await.unwrap();
    let refused = Fault::Answer(Reply::error(403, "MessageWritesBlocked", "no"));
    crowd.bot.stage.teams.fail_next(Operation::Delete, refused);
    let tasks = crate::stage::batch("tasks", &[&recall(&key, "r-1").to_body()]);
    crowd.bot.invoke_tasks(&tasks).await.unwrap();
    crowd.bot.work_off().await;
    // The second chunk is still on its way when the recall is.
    let recalls = crowd.bot.stage.mail.broadcast.take_all();
    let recalls: Vec<&str> = recalls.iter().map(String::as_str).collect();
    let recalls = crate::stage::batch("broadcasts", &recalls);
    crowd.bot.stage.invoke_deliver(recalls).await.unwrap();
    let open = crowd.recalls(&key).await;
    assert_eq!(open.iter().filter(|one| *one == "open").count(), 5);
    let second = crate::stage::batch("deliveries", &[&bodies[1]]);
    crowd.bot.stage.clock.advance(Duration::from_secs(3));
    crowd.bot.stage.invoke_deliver(second).await.unwrap();
    crowd.bot.stage.settle().await;
    let count = async |word: &str| {
        crowd
            .recalls(&key)
            .await
            .iter()
            .filter(|one| one.starts_with(word))
            .count()
    };
    assert_eq!(
        (
            count("gone").await,
            count("f:").await,
            count("k:not-sent").await
        ),
        (19, 1, 5)
    );
    let counts = crowd.has_ended(&key, "recalled").await;
    assert_eq!((counts.tally.sent, counts.tally.all_skipped()), (20, 5));

    crowd.task(recall(&key, "r-2")).await;
    assert_eq!((count("gone").await, count("f:").await), (20, 0));
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn a_worker_that_is_killed_anywhere_still_deletes_it_from_everybody() {
    let mut crowd = Crowd::of(3).await;
    for waits in 1.. {
        let key = crowd.sent(&format!("{waits}")).await;
        let task = recall(&key, "r-1");
        let tasks = crate::stage::batch("tasks", &[&task.to_body()]);
        crowd.bot.invoke_tasks(&tasks).await.unwrap();
        crowd.bot.work_off().await;
        let (mut kill, mut killed) = (Some(waits), false);
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        assert_eq!(
            crowd.recalls(&key).await,
            ["gone"; 3],
            "killed after {waits}"
        );
        for (person, _) in &crowd.people {
            assert!(
                person
                    .chat()
                    .from_bot()
                    .iter()
                    .all(|message| message.deleted)
            );
        }
        if !killed {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}

#[tokio::test]
async fn a_revision_takes_the_message_s_place_in_each_reader_s_language() {
    let crowd = Crowd::of(3).await;
    let key = crowd.sent("1").await;
    let mut body = notification("1", &["everyone"]);
    body["what"] = "Cart v12 was rolled back".into();
    let content = Notification::parse(body.to_string().as_bytes()).unwrap();
    let stage = &crowd.bot.stage;
    let ledger = stage.store.ledger();
    ledger
        .revise(&key, "r-1", &content, stage.clock.now())
        .await
        .unwrap();
    let update = Task::Update(Update {
        notification: key.clone(),
        revision: "r-1".to_owned(),
        after: None,
    });
    crowd.task(update.clone()).await;
    crowd.task(update).await;
    for (person, _) in &crowd.people {
        let messages = person.chat().from_bot();
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0].says("Cart v12 was rolled back"),
            "{}",
            messages[0].readable()
        );
        assert_eq!(messages[0].edits, 1);
    }
}

#[tokio::test]
async fn what_is_not_on_the_ledger_goes_to_the_dead_letters() {
    let crowd = Crowd::of(1).await;
    let key = notifications::NotificationKey::of(
        &notifications::Source::Queue,
        &notifications::NotificationId::new("never"),
    );
    crowd.task(recall(&key, "r-1")).await;
    let sent = crowd.sent("1").await;
    crowd
        .task(Task::Update(Update {
            notification: sent,
            revision: "never".to_owned(),
            after: None,
        }))
        .await;
    let letters = crowd.bot.task_dead.take_messages();
    let why = |letter: &aws::OutgoingMessage| {
        let kind = letter
            .attributes
            .iter()
            .find(|(name, _)| name == "error-type");
        kind.map(|(_, value)| value.clone())
    };
    let why: Vec<_> = letters.iter().filter_map(why).collect();
    assert_eq!(why, ["NotOnLedger", "NotOnLedger"]);
    crowd.bot.stage.teams.release_unread();
}
