//! Real processes that are killed: through a broadcast in which one send in twenty goes wrong, `deliver` and `notify` are
//! ended by SIGKILL at random moments and started again; then everybody is accounted for.
//!
//! The functions are their own executables behind a Lambda Runtime API, met over HTTP by Teams, the table and the queues.
//! A kill comes with a request of the victim or of its neighbours, or with an answer, whose number is chance. The seed is
//! printed; `TIDINGS_SEED=…` when the tests are compiled takes it again. The moments themselves are never twice the same.

mod account;
mod chance;
mod crew;
mod faults;
mod reaper;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use notifications::{Policy, Topic};
use simulator::World;

use crate::loopback::{Hidden, Loopback};
use crate::sample::{key_of, notification};
use account::Accounts;
use chance::Chance;
use crew::Crew;
use faults::OneInTwenty;
use reaper::Reaper;

/// How long the queues hide a message that nobody acknowledged: somewhat longer than an invocation takes.
const HIDDEN: Hidden = Hidden {
    from_notify: Duration::from_secs(2),
    from_others: Duration::from_secs(5),
};

/// How long the whole may take for each thousand recipients.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends a broadcast to so many people while processes are killed, and accounts for everybody.
async fn broadcast(people: u32, policy: Policy) -> Accounts {
    let mut chance = Chance::new();
    println!("seed {}", chance.seed());
    let world = Arc::new(Loopback::start(World::crowd(people), HIDDEN).await);
    let everybody = world.knows_everybody().await;
    let mut topic = Topic::undefined("deploys".parse().expect("a topic"));
    topic.policy = policy;
    let tenant = world.teams.tenant().into();
    let topics = world.store.topics();
    topics.put(&tenant, &topic).await.expect("the table works");

    let faults = Arc::new(OneInTwenty::new(chance.branch()));
    world.teams.set_faults(Some(faults.clone()));
    let reaper = Arc::new(Reaper::new(chance.branch(), people));
    let crew = Crew::start(&world, &reaper, &faults);
    let body = notification("broadcast", "everyone");
    world.notification.sends(&body.to_string(), &*world.clock);
    let patience = PATIENCE * people.div_ceil(1_000);
    let worked_off = tokio::select! {
        worked_off = tokio::time::timeout(patience, world.worked_off()) => worked_off.is_ok(),
        () = reaper.flaw() => false,
    };
    drop(crew);
    world.teams.set_faults(None);
    let deaths = reaper.deaths();
    assert!(worked_off, "something is left in the queues: {deaths:#?}");
    assert_eq!(world.dead_letters(), 0, "{deaths:#?}");
    Accounts::draw_up(&world, &key_of(&body), everybody, deaths, faults.log()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_least_once_killed_processes_lose_nothing_and_mark_every_duplicate() {
    let accounts = broadcast(1_000, Policy::AtLeastOnce).await;
    accounts.nothing_is_lost();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_once_killed_processes_double_nothing_and_mark_every_loss() {
    let accounts = broadcast(1_000, Policy::AtMostOnce).await;
    accounts.nothing_is_doubled();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the whole of it takes minutes"]
async fn at_least_once_killed_processes_lose_none_of_ten_thousand() {
    let accounts = broadcast(10_000, Policy::AtLeastOnce).await;
    accounts.nothing_is_lost();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the whole of it takes minutes"]
async fn at_most_once_killed_processes_double_none_of_ten_thousand() {
    let accounts = broadcast(10_000, Policy::AtMostOnce).await;
    accounts.nothing_is_doubled();
}
