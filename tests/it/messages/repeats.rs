use std::sync::Arc;
use std::time::Duration;

use aws::{OutgoingMessage, Queue, QueueError};
use simulator::BotEndpoint;
use startup::{Clock as _, ManualClock};
use tokio::sync::Notify;

use super::{aad, notification};
use crate::bot::Bot;
use crate::stage::TableFault;

#[tokio::test]
async fn a_message_that_comes_again_is_answered_once() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let said = ben.say("status").await;
    for _ in 0..3 {
        bot.later(Duration::from_secs(15));
        assert_eq!(bot.stage.teams.redeliver(&said).await.status(), Some(200));
    }
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn somebody_who_types_the_same_twice_is_answered_twice() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let first = ben.say("status").await;
    bot.later(Duration::from_secs(1));
    let second = ben.say("status").await;
    assert_eq!(ben.chat().unread().len(), 2);
    for said in [first, second] {
        assert_eq!(bot.stage.teams.redeliver(&said).await.status(), Some(200));
    }
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn a_button_that_comes_again_gets_the_stored_answer_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.notified(&notification("1", &[aad(&ben)])).await;
    let message = ben.chat().next_message().await.unwrap();
    let pressed = ben.press("Mute deploys", &message).await.unwrap();
    let card = pressed.card().unwrap().clone();
    // Whatever has changed since: the answer is that of then.
    bot.later(Duration::from_secs(20));
    ben.say("unmute deploys").await;
    ben.chat().next_message().await.unwrap();
    let again = bot.stage.teams.redeliver(&pressed).await;
    assert_eq!(again.card(), Some(&card));
    ben.say("status").await;
    let status = ben.chat().next_message().await.unwrap();
    assert!(
        status.says("No topic is followed and none is muted."),
        "{}",
        status.readable()
    );
}

#[tokio::test]
async fn a_copy_of_what_was_answered_slowly_is_suppressed_and_of_what_was_answered_fast_is_not() {
    for (takes, answers) in [(11, 1), (3, 2)] {
        let bot = Bot::nowhere().await;
        let ben = bot.installed_for("Ben").await;
        let connector = slow_connector(&bot, Duration::from_secs(takes));
        bot.starts(|messages| messages.connector = connector);
        let said = ben.say("status").await;
        assert_eq!(said.status(), Some(200));
        bot.later(Duration::from_secs(30));
        assert_eq!(
            bot.stage.teams.redeliver_as_new(&said).await.status(),
            Some(200)
        );
        assert_eq!(ben.chat().unread().len(), answers, "{takes} s");
    }
}

/// A Connector whose token takes this long to come.
fn slow_connector(bot: &Bot, takes: Duration) -> connector::Connector {
    struct Slow(ManualClock, Duration, entra::AccessToken);

    #[async_trait::async_trait]
    impl entra::TokenSource for Slow {
        async fn token(&self) -> Result<entra::AccessToken, entra::TokenError> {
            self.0.advance(self.1);
            Ok(self.2.clone())
        }
        async fn refused(&self, _: &entra::AccessToken) {}
    }

    let ends = bot.stage.clock.now() + jiff::SignedDuration::from_hours(1);
    let token = entra::AccessToken::new(&bot.stage.teams.connector_token(), ends).unwrap();
    let slow = Slow(bot.stage.clock.clone(), takes, token);
    let hosts = activity::HostPolicy::loopback();
    connector::Connector::new(http_client::HttpClient::new(), Arc::new(slow), hosts)
}

#[tokio::test]
async fn a_copy_of_what_failed_before_anything_was_said_is_done() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    bot.stage.table_faults.fail_all(Some(TableFault::NotSent));
    let failed = ben.say("subscribe deploys").await;
    assert_eq!(failed.status(), Some(500));
    bot.stage.table_faults.fail_all(None);
    bot.later(Duration::from_secs(45));
    let copy = bot.stage.teams.redeliver_as_new(&failed).await;
    assert_eq!(copy.status(), Some(200));
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Following: deploys")
    );
    bot.later(Duration::from_secs(15));
    bot.stage.teams.redeliver(&copy).await;
    assert_eq!(ben.chat().unread().len(), 0);
}

#[tokio::test]
async fn wherever_the_table_fails_the_command_is_done_once_in_the_end() {
    for nth in 0..8 {
        for fault in [TableFault::NotSent, TableFault::AnswerLost] {
            let bot = Bot::nowhere().await;
            let ben = bot.installed_for("Ben").await;
            bot.stage.table_faults.fail(nth, fault);
            let mut said = ben.say("subscribe deploys").await;
            let happened = bot.stage.table_faults.happened();
            for _ in 0..3 {
                if said.status() == Some(200) {
                    break;
                }
                bot.later(Duration::from_secs(15));
                said = bot.stage.teams.redeliver(&said).await;
            }
            assert_eq!(said.status(), Some(200), "{nth} {fault:?}");
            let answers = ben.chat().unread();
            assert_eq!(answers.len(), 1, "{nth} {fault:?}, happened: {happened}");
            assert!(answers[0].says("Following: deploys"));
        }
    }
}

#[tokio::test]
async fn an_edit_or_a_reaction_that_has_the_messages_id_is_no_repeat_of_it() {
    let bot = Bot::nowhere().await;
    let ben = bot.installed_for("Ben").await;
    let said = ben.say("help").await;
    let help = ben.chat().next_message().await.unwrap();
    bot.later(Duration::from_secs(5));
    let edited = ben.edit(&said, "status").await;
    assert_eq!(edited.activity_id(), said.activity_id());
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("Your notifications")
    );
    let reaction = ben.react("heart", &help).await;
    assert_eq!(reaction.status(), Some(200));
    bot.later(Duration::from_secs(5));
    ben.edit(&said, "topics").await;
    assert!(
        ben.chat()
            .next_message()
            .await
            .unwrap()
            .says("There is no topic yet.")
    );
    bot.stage.teams.redeliver(&edited).await;
    assert_eq!(
        ben.chat().unread().len(),
        0,
        "an edit that comes again is a repeat of itself"
    );
}

#[tokio::test]
async fn of_two_deliveries_at_once_one_is_handled_and_the_other_gets_its_answer() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    let nobody = BotEndpoint::in_process(|_| async { http::Response::new(bytes::Bytes::new()) });
    bot.stage.teams.set_bot_endpoint(nobody);
    let install = ben.install().await.remove(0);

    // A clock that stands still until the test moves it: whoever waits, waits.
    let clock = ManualClock::new(bot.stage.clock.now());
    let queue = Arc::new(Gated {
        entered: Notify::new(),
        gate: Notify::new(),
        queue: bot.task_mail.clone(),
    });
    bot.starts(|messages| {
        messages.clock = Arc::new(clock.clone());
        messages.tasks = queue.clone();
    });
    let first = async {
        let delivered = bot.stage.teams.redeliver(&install).await;
        assert_eq!(delivered.status(), Some(200));
    };
    let other = Notify::new();
    let second = async {
        other.notified().await;
        let delivered = bot.stage.teams.redeliver(&install).await;
        assert_eq!(delivered.status(), Some(200));
    };
    let first = async {
        tokio::join!(first, async {
            queue.entered.notified().await;
            bot.stage.table_faults.take_count();
            // The other begins while this one is held up.
            other.notify_one();
            while bot.stage.table_faults.take_count() == 0 {
                tokio::task::yield_now().await;
            }
            queue.gate.notify_one();
        });
        // Now the other may look again.
        loop {
            clock.advance(Duration::from_millis(500));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = second => {}
        () = first => unreachable!("it never ends"),
    }
    assert_eq!(bot.task_mail.len(), 1);
    bot.task_mail.take_all();
}

/// A queue that takes nothing before somebody opens the gate.
#[derive(Debug)]
struct Gated {
    entered: Notify,
    gate: Notify,
    queue: Arc<crate::stage::Mailbox>,
}

#[async_trait::async_trait]
impl Queue for Gated {
    async fn send(&self, messages: Vec<OutgoingMessage>) -> Result<(), QueueError> {
        self.entered.notify_one();
        self.gate.notified().await;
        self.queue.send(messages).await
    }
}
