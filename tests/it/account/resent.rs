//! What failed is sent again on request, to exactly those for whom it failed.

use simulator::{Fault, Operation, Reply};
use work_items::{Resend, Task, Which};

use super::Crowd;

fn resend(key: &notifications::NotificationKey, which: Which, request: &str) -> Task {
    Task::Resend(Resend {
        notification: key.clone(),
        which,
        request: request.to_owned(),
        after: None,
    })
}

fn fail_sends(crowd: &Crowd, count: usize) {
    for _ in 0..count {
        let fault = Reply::error(500, "ServiceError", "no");
        crowd
            .bot
            .stage
            .teams
            .fail_next(Operation::Send, Fault::Answer(fault));
    }
}

#[tokio::test]
async fn exactly_those_who_failed_get_it_once_for_each_request() {
    for people in [3, 25] {
        let crowd = Crowd::of(people).await;
        fail_sends(&crowd, 2);
        let key = crowd.sent("1").await;
        let counts = crowd.has_ended(&key, "sent").await;
        assert_eq!(counts.tally.all_failed(), 2);
        crowd.task(resend(&key, Which::Failed, "r-1")).await;
        crowd.task(resend(&key, Which::Failed, "r-1")).await;
        let counts = crowd.has_ended(&key, "sent again").await;
        assert_eq!((counts.tally.sent, counts.round), (u64::from(people), 1));
        for (person, _) in &crowd.people {
            assert_eq!(person.chat().count(), 1);
        }
        let ledger = crowd.bot.stage.store.ledger();
        let page = ledger.outcomes(&key, None).await.unwrap();
        let again = page
            .recipients
            .iter()
            .filter(|one| one.progress.earlier > 0);
        assert_eq!(again.count(), 2, "the tries of the first time are kept");
        crowd.bot.stage.teams.release_unread();
    }
}

#[tokio::test]
async fn nothing_is_sent_again_for_a_request_that_comes_back_after_another() {
    let crowd = Crowd::of(25).await;
    fail_sends(&crowd, 1);
    let key = crowd.sent("1").await;
    fail_sends(&crowd, 1);
    crowd.task(resend(&key, Which::Failed, "r-1")).await;
    assert_eq!(crowd.has_ended(&key, "r-1").await.tally.all_failed(), 1);
    fail_sends(&crowd, 1);
    crowd.task(resend(&key, Which::Failed, "r-2")).await;
    crowd.task(resend(&key, Which::Failed, "r-1")).await;
    let counts = crowd.has_ended(&key, "r-2").await;
    assert_eq!((counts.tally.all_failed(), counts.round), (1, 2));
    crowd.task(resend(&key, Which::Unknown, "r-3")).await;
    assert_eq!(crowd.has_ended(&key, "nobody").await.tally.all_failed(), 1);
    crowd.bot.stage.teams.release_unread();
}

#[tokio::test]
async fn what_has_not_ended_is_not_sent_again() {
    let crowd = Crowd::of(3).await;
    let key = crowd.planned("1").await;
    let task = resend(&key, Which::Failed, "r-1");
    let tasks = crate::stage::batch("tasks", &[&task.to_body()]);
    crowd.bot.invoke_tasks(&tasks).await.unwrap();
    let letters = crowd.bot.task_dead.take_messages();
    let kind = letters[0]
        .attributes
        .iter()
        .find(|(name, _)| name == "error-type");
    assert_eq!(kind.unwrap().1, "NotEnded");
}

#[tokio::test]
async fn whoever_is_sent_to_again_though_an_earlier_try_may_have_arrived_is_marked() {
    let crowd = Crowd::of(3).await;
    crowd.in_small_chunks().await;
    let lost = || Fault::AcceptThenAnswer(Reply::gateway_error(502));
    let teams = &crowd.bot.stage.teams;
    teams.fail_next(Operation::Send, lost());
    let key = crowd.sent("unknown").await;
    assert_eq!(crowd.has_ended(&key, "sent").await.tally.unknown, 1);
    crowd.task(resend(&key, Which::Unknown, "r-1")).await;
    let counts = crowd.has_ended(&key, "sent again").await;
    assert_eq!((counts.tally.sent, counts.tally.maybe_twice), (3, 1));
    let messages = |person: &simulator::Person| person.chat().count();
    let twice = crowd
        .people
        .iter()
        .filter(|(person, _)| messages(person) == 2);
    assert_eq!(twice.count(), 1);
    teams.release_unread();
}

#[tokio::test]
async fn so_is_whoever_had_failed_after_a_try_that_may_have_arrived() {
    let crowd = Crowd::of(1).await;
    let teams = &crowd.bot.stage.teams;
    teams.fail_next(
        Operation::Send,
        Fault::AcceptThenAnswer(Reply::gateway_error(502)),
    );
    fail_sends(&crowd, 1);
    let key = crowd.sent("failed in the end").await;
    assert_eq!(crowd.has_ended(&key, "sent").await.tally.all_failed(), 1);
    crowd.task(resend(&key, Which::Failed, "r-1")).await;
    let counts = crowd.has_ended(&key, "sent again").await;
    assert_eq!((counts.tally.sent, counts.tally.maybe_twice), (1, 1));
    assert_eq!(crowd.people[0].0.chat().count(), 2);
    teams.release_unread();
}

#[tokio::test]
async fn what_has_ended_is_sent_again_though_a_worker_died_before_it_could_count() {
    let mut crowd = Crowd::of(6).await;
    crowd.in_small_chunks().await;
    for waits in 1.. {
        let key = crowd.planned(&format!("killed after {waits}")).await;
        let (mut kill, mut killed) = (Some(waits), false);
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        crowd.task(resend(&key, Which::Unknown, "r-1")).await;
        let letters = crowd.bot.task_dead.take_messages();
        assert!(letters.is_empty(), "killed after {waits}: {letters:?}");
        let counts = crowd.has_ended(&key, "sent again").await;
        assert_eq!(counts.tally.sent, 6, "killed after {waits}");
        crowd.bot.stage.teams.release_unread();
        if !killed {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}
