//! Real processes that are killed: through a broadcast in which one send in twenty goes wrong, `deliver` and `notify` are
//! ended by SIGKILL at random moments and started again; then everybody is accounted for. After that the message is
//! recalled, or sent again to whom nobody knows of, while `deliver` and `tasks` are killed.
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

use notifications::{NotificationKey, Policy, RecipientKey, Topic};
use simulator::{Person, World};
use store::RecipientState;
use work_items::{Recall, Resend, Task, Which};

use crate::loopback::{Hidden, Loopback};
use crate::sample::{key_of, notification};
use account::Accounts;
use chance::Chance;
use crew::Crew;
use faults::OneInTwenty;
use reaper::Reaper;
use worker::Trade;

/// How long the queues hide a message that nobody acknowledged: somewhat longer than an invocation takes.
const HIDDEN: Hidden = Hidden {
    from_notify: Duration::from_secs(2),
    from_others: Duration::from_secs(5),
};

/// How long the whole may take for each thousand recipients.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was set up, and who works there.
struct Scene {
    world: Arc<Loopback>,
    reaper: Arc<Reaper>,
    crew: Crew,
    key: NotificationKey,
    everybody: Vec<(Person, RecipientKey)>,
    patience: Duration,
}

/// Sends a broadcast to so many people while processes are killed, and accounts for everybody.
async fn broadcast(people: u32, policy: Policy) -> (Scene, Accounts) {
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
    let scene = Scene {
        key: key_of(&body),
        patience: PATIENCE * people.div_ceil(1_000),
        world,
        reaper,
        crew,
        everybody,
    };
    scene.worked_off().await;
    scene.world.teams.set_faults(None);
    let Scene {
        world,
        key,
        everybody,
        reaper,
        ..
    } = &scene;
    let drawn = Accounts::draw_up(world, key, everybody, reaper.deaths(), faults.log());
    let accounts = drawn.await;
    (scene, accounts)
}

impl Scene {
    async fn worked_off(&self) {
        let (world, reaper) = (&self.world, &self.reaper);
        let worked_off = tokio::select! {
            worked_off = tokio::time::timeout(self.patience, world.worked_off()) => worked_off.is_ok(),
            () = reaper.flaw() => false,
        };
        let deaths = reaper.deaths();
        assert!(worked_off, "something is left in the queues: {deaths:#?}");
        assert_eq!(world.dead_letters(), 0, "{deaths:#?}");
    }

    /// Has `tasks` do something to the notification, while it and `deliver` are killed.
    async fn does(&self, task: &Task) {
        self.reaper.goes_on();
        let before = self.reaper.deaths().len();
        self.world.task.sends(&task.to_body(), &*self.world.clock);
        self.worked_off().await;
        let deaths = self.reaper.deaths();
        let killed = |trade| {
            let of = |death: &&reaper::Death| death.trade == trade;
            deaths[before..].iter().filter(of).count()
        };
        println!(
            "{}: killed: tasks {}, deliver {}",
            task.name(),
            killed(Trade::Tasks),
            killed(Trade::Deliver)
        );
        assert!(killed(Trade::Tasks) > 0, "tasks was not killed");
    }

    /// Recalls the message: it is gone wherever the ledger says that it was sent, and nowhere else.
    async fn is_recalled(&self) {
        let messages = |person: &Person| {
            let messages = person.chat().messages();
            messages.iter().filter(|message| !message.deleted).count()
        };
        let before: Vec<usize> = self
            .everybody
            .iter()
            .map(|(one, _)| messages(one))
            .collect();
        self.does(&Task::Recall(Recall {
            notification: self.key.clone(),
            request: "recall".to_owned(),
            after: None,
        }))
        .await;
        for ((person, _), before) in self.everybody.iter().zip(before) {
            let left = messages(person);
            assert_eq!(left, before.saturating_sub(1), "of {before}");
        }
    }

    /// Sends it again to whom nobody knows of: everybody has it, and whoever has it twice was one of them.
    async fn is_sent_again(&self) {
        let unknown = self.outcomes("u").await;
        self.does(&Task::Resend(Resend {
            notification: self.key.clone(),
            which: Which::Unknown,
            request: "resend".to_owned(),
            after: None,
        }))
        .await;
        let marked = [self.outcomes("u").await, self.outcomes("s+").await].concat();
        for (person, recipient) in &self.everybody {
            let messages = person.chat().count();
            let again = unknown.contains(recipient);
            assert!(messages <= 1 + usize::from(again), "{messages} messages");
            assert!(
                messages > 0 || marked.contains(recipient),
                "lost, and not marked"
            );
            assert_eq!(marked.contains(recipient), again, "{recipient}");
        }
        self.world.teams.release_unread();
    }

    /// Whose outcome begins so.
    async fn outcomes(&self, begins: &str) -> Vec<RecipientKey> {
        let ledger = self.world.store.ledger();
        let mut found = Vec::new();
        for (_, recipient) in &self.everybody {
            let record = ledger.recipient(&self.key, recipient).await;
            let record = record
                .expect("the table works")
                .expect("they are in a chunk");
            if let RecipientState::Ended { outcome, .. } = record.progress.state
                && outcome.to_string().starts_with(begins)
            {
                found.push(recipient.clone());
            }
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_least_once_killed_processes_lose_nothing_and_mark_every_duplicate() {
    let (scene, accounts) = broadcast(1_000, Policy::AtLeastOnce).await;
    accounts.nothing_is_lost();
    scene.is_recalled().await;
    drop(scene.crew);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_once_killed_processes_double_nothing_and_mark_every_loss() {
    let (scene, accounts) = broadcast(1_000, Policy::AtMostOnce).await;
    accounts.nothing_is_doubled();
    scene.is_sent_again().await;
    drop(scene.crew);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the whole of it takes minutes"]
async fn at_least_once_killed_processes_lose_none_of_ten_thousand() {
    let (_scene, accounts) = broadcast(10_000, Policy::AtLeastOnce).await;
    accounts.nothing_is_lost();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the whole of it takes minutes"]
async fn at_most_once_killed_processes_double_none_of_ten_thousand() {
    let (_scene, accounts) = broadcast(10_000, Policy::AtMostOnce).await;
    accounts.nothing_is_doubled();
}
