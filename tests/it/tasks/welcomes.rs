use std::time::Duration;

use simulator::{Credential, DEFAULT_APP_PASSWORD, Fault, Operation, Reply};

use crate::bot::Bot;
use crate::stage::{TableFault, batch, killed_after};

#[tokio::test]
async fn a_welcome_that_the_queue_delivers_twice_is_sent_once() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let bodies = bot.task_mail.take_all();
    let bodies: Vec<&str> = bodies.iter().chain(&bodies).map(String::as_str).collect();
    for _ in 0..2 {
        bot.invoke_tasks(&batch("tasks", &bodies)).await.unwrap();
    }
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn a_throttled_welcome_comes_later() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let throttled = Fault::Answer(Reply::throttled(Some(300)));
    bot.stage.teams.fail_next(Operation::Send, throttled);
    let began = bot.stage.clock_now();
    bot.work_off().await;
    assert_eq!(ben.chat().unread().len(), 1);
    assert!(bot.stage.clock_now() >= began + jiff::SignedDuration::from_secs(300));
}

#[tokio::test]
async fn a_welcome_that_may_have_arrived_is_not_sent_again() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let lost = Fault::AcceptThenAnswer(Reply::gateway_error(504));
    bot.stage.teams.fail_next(Operation::Send, lost);
    bot.work_off().await;
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn wherever_the_function_is_killed_before_sending_the_welcome_comes_once() {
    for waits in 0..60 {
        let bot = Bot::nowhere().await;
        let ben = bot.stage.teams.person("Ben");
        ben.install().await;
        let body = bot.task_mail.take_all().remove(0);
        let batch = batch("tasks", &[&body]);
        let killed = killed_after(waits, bot.invoke_tasks(&batch)).await;
        if ben.chat().count() > 0 {
            // From here on it may have been sent without a note of it.
            ben.chat().unread();
            assert!(killed.is_none() || bot.task_mail.len() == 0);
            return;
        }
        bot.later(Duration::from_secs(360));
        bot.invoke_tasks(&batch).await.unwrap();
        assert_eq!(ben.chat().unread().len(), 1, "killed after {waits}");
    }
    panic!("it was never sent");
}

#[tokio::test]
async fn wherever_the_table_fails_the_welcome_comes_once_in_the_end() {
    for nth in 0..6 {
        for fault in [TableFault::NotSent, TableFault::AnswerLost] {
            let bot = Bot::nowhere().await;
            let ben = bot.stage.teams.person("Ben");
            ben.install().await;
            let bodies = bot.task_mail.take_all();
            bot.stage.table_faults.fail(nth, fault);
            for body in &bodies {
                let batch = batch("tasks", &[body]);
                let mut answer = bot.invoke_tasks(&batch).await.unwrap();
                for _ in 0..4 {
                    if crate::stage::failed(&answer).is_empty() {
                        break;
                    }
                    bot.later(Duration::from_secs(360));
                    answer = bot.invoke_tasks(&batch).await.unwrap();
                }
                assert!(crate::stage::failed(&answer).is_empty());
            }
            assert_eq!(ben.chat().unread().len(), 1, "{nth} {fault:?}");
        }
    }
}

#[tokio::test]
async fn refused_credentials_lose_no_welcome() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    let bodies = bot.task_mail.take_all();
    bot.stage
        .teams
        .set_credentials(vec![Credential::secret("rotated")]);
    let batch = batch("tasks", &[&bodies[0]]);
    let answer = bot.invoke_tasks(&batch).await.unwrap();
    assert_eq!(
        crate::stage::failed(&answer),
        ["m-0"],
        "the queue shows it again"
    );
    assert_eq!(bot.task_dead.len(), 0);
    bot.stage
        .teams
        .set_credentials(vec![Credential::secret(DEFAULT_APP_PASSWORD)]);
    bot.later(Duration::from_secs(360));
    let answer = bot.invoke_tasks(&batch).await.unwrap();
    assert!(crate::stage::failed(&answer).is_empty());
    assert_eq!(ben.chat().unread().len(), 1);
}

#[tokio::test]
async fn a_welcome_whose_installer_cannot_be_found_does_without_the_name() {
    let bot = Bot::nowhere().await;
    let (chat, ben) = (
        bot.stage.teams.chat("Release crew"),
        bot.stage.teams.person("Ben"),
    );
    chat.install(&ben).await;
    for _ in 0..2 {
        let fault = Fault::Answer(Reply::gateway_error(503));
        bot.stage.teams.fail_next(Operation::Member, fault);
    }
    bot.work_off().await;
    let welcome = chat.conversation().next_message().await.unwrap();
    assert!(welcome.says("You see this because somebody added Tidings to this chat."));
    bot.stage.teams.clear_faults();
}

#[tokio::test]
async fn nobody_is_welcomed_who_has_removed_the_bot_meanwhile() {
    let bot = Bot::nowhere().await;
    let ben = bot.stage.teams.person("Ben");
    ben.install().await;
    bot.later(Duration::from_secs(1));
    ben.uninstall().await;
    bot.work_off().await;
    assert_eq!(bot.stage.teams.count(Operation::Send), 0);
}
