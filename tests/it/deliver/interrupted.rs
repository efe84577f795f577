//! A worker that is killed anywhere: at-least-once loses nothing and marks what may be doubled, at-most-once doubles
//! nothing and says what it does not know.

use std::time::Duration;

use notifications::{NotificationKey, RecipientKey};
use proptest::prelude::*;
use simulator::{Fault, Operation, Person, Reply, World};

use super::{at_most_once, queued};
use crate::stage::{Stage, TableFault, batch, killed_after};

/// How long the queue hides a message that nobody acknowledged, as in the template.
const VISIBILITY: Duration = Duration::from_secs(360);

struct Crowd {
    stage: Stage,
    people: Vec<(Person, RecipientKey)>,
}

impl Crowd {
    async fn of(people: u32) -> Self {
        let stage = Stage::with(World::crowd(people)).await;
        let mut known = Vec::new();
        for person in stage.teams.people() {
            let key = stage.knows(&person).await;
            known.push((person, key));
        }
        Self {
            stage,
            people: known,
        }
    }

    /// Delivers everything that waits, each invocation in a new environment; `interrupt` may kill any of them, whose
    /// messages the queue shows again when the visibility timeout is over.
    async fn deliver(&mut self, mut interrupt: impl FnMut() -> Option<usize>) {
        let stage = &mut self.stage;
        loop {
            let mail = &stage.mail;
            let bodies = [mail.delivery.take_all(), mail.broadcast.take_all()].concat();
            if bodies.is_empty() {
                return;
            }
            let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
            let mut waiting = batch("deliveries", &bodies);
            loop {
                stage.deliver = stage.another_deliver();
                let invocation = stage.invoke_deliver(waiting.clone());
                let answer = match interrupt() {
                    Some(waits) => killed_after(waits, invocation).await,
                    None => Some(invocation.await),
                };
                let failed: Vec<String> = match answer {
                    Some(answer) => {
                        let failures = answer.expect("an answer").batch_item_failures.into_iter();
                        failures.map(|failure| failure.item_identifier).collect()
                    }
                    None => (0..bodies.len())
                        .map(|index| format!("m-{index}"))
                        .collect(),
                };
                let records = waiting["Records"].as_array_mut().expect("a batch");
                let again = |id: &str| failed.iter().any(|failed| failed == id);
                records.retain(|record| record["messageId"].as_str().is_some_and(again));
                if records.is_empty() {
                    break;
                }
                stage.clock.advance(VISIBILITY);
            }
            stage.clock.advance(Duration::from_secs(1_000));
        }
    }

    /// For each person: how many messages they have, and what the ledger says.
    async fn account(&self, key: &NotificationKey) -> Vec<(usize, String)> {
        let mut accounts = Vec::new();
        for (person, recipient) in &self.people {
            let outcome = self.stage.outcome(key, recipient).await;
            accounts.push((person.chat().count(), outcome));
        }
        self.stage.teams.release_unread();
        accounts
    }
}

/// Nobody is without the message, and whoever has it twice is marked.
fn nothing_lost(accounts: &[(usize, String)], before: usize, case: &str) {
    for (messages, outcome) in accounts {
        let messages = messages - before;
        assert!(
            outcome.starts_with("s:") || outcome.starts_with("s+:"),
            "{case}: {outcome}"
        );
        assert!(messages >= 1, "{case}: lost, though {outcome}");
        assert!(
            messages == 1 || outcome.starts_with("s+:"),
            "{case}: {messages} unmarked"
        );
    }
}

/// Nobody has the message twice, and whoever is without it is marked.
fn nothing_doubled(accounts: &[(usize, String)], before: usize, case: &str) {
    for (messages, outcome) in accounts {
        let messages = messages - before;
        assert!(
            outcome.starts_with("s:") || outcome == "u",
            "{case}: {outcome}"
        );
        assert!(messages <= 1, "{case}: {messages} times");
        assert!(messages == 1 || outcome == "u", "{case}: lost unmarked");
    }
}

#[tokio::test]
async fn at_least_once_a_worker_killed_at_any_wait_loses_nothing() {
    let mut crowd = Crowd::of(4).await;
    for waits in 1.. {
        let (mut kill, mut killed) = (Some(waits), false);
        let before = crowd.people[0].0.chat().count();
        let counts: Vec<usize> = crowd
            .people
            .iter()
            .map(|(person, _)| person.chat().count())
            .collect();
        let key = queued(&crowd.stage, &format!("{waits}"), &["everyone"]).await;
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        let accounts = crowd.account(&key).await;
        for (account, before) in accounts.iter().zip(counts) {
            nothing_lost(
                std::slice::from_ref(account),
                before,
                &format!("killed after {waits}"),
            );
        }
        if !killed {
            assert!(before > 3 && waits > 10, "there was something to kill");
            return;
        }
    }
}

#[tokio::test]
async fn a_worker_killed_at_any_wait_leaves_nobody_waiting_whom_no_installation_finds() {
    let mut crowd = Crowd::of(3).await;
    let tenant = crowd.stage.teams.tenant().into();
    for waits in 1.. {
        let lacking = crowd.stage.teams.people().remove(0);
        let key = crowd.people[0].1.clone();
        lacking.uninstall().await;
        let counts: Vec<usize> = crowd
            .people
            .iter()
            .map(|(person, _)| person.chat().count())
            .collect();
        let (mut kill, mut killed) = (Some(waits), false);
        let id = queued(&crowd.stage, &format!("{waits}"), &["everyone"]).await;
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        let case = format!("killed after {waits}");
        assert_eq!(crowd.stage.outcome(&id, &key).await, "waiting", "{case}");

        // What an installation finds, and what `tasks` does with it.
        lacking.install().await;
        crowd.stage.clock.advance(Duration::from_secs(60));
        crowd.stage.knows(&lacking).await;
        let notes = crowd.stage.store.waits();
        let found = notes.page(&tenant, &key, 10).await.unwrap();
        assert_eq!(found.len(), 1, "{case}");
        let message = aws::OutgoingMessage::new(found[0].body.as_str());
        let queue: &dyn aws::Queue = &*crowd.stage.mail.delivery;
        queue.send(vec![message]).await.unwrap();
        notes.remove(&tenant, &key, &found[0]).await.unwrap();
        crowd.deliver(|| None).await;
        let accounts = crowd.account(&id).await;
        for (account, before) in accounts.iter().zip(counts) {
            nothing_lost(std::slice::from_ref(account), before, &case);
        }
        if !killed {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}

#[tokio::test]
async fn at_most_once_a_worker_killed_at_any_wait_doubles_nothing() {
    let mut crowd = Crowd::of(4).await;
    at_most_once(&crowd.stage).await;
    for waits in 1.. {
        let (mut kill, mut killed) = (Some(waits), false);
        let counts: Vec<usize> = crowd
            .people
            .iter()
            .map(|(person, _)| person.chat().count())
            .collect();
        let key = queued(&crowd.stage, &format!("{waits}"), &["everyone"]).await;
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        let accounts = crowd.account(&key).await;
        for (account, before) in accounts.iter().zip(counts) {
            nothing_doubled(
                std::slice::from_ref(account),
                before,
                &format!("killed after {waits}"),
            );
        }
        if !killed {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}

/// Each of the ways in which a message is mended, for one of the people each.
fn breaks(crowd: &Crowd) {
    crowd.people[0].0.delete_chat();
    let teams = &crowd.stage.teams;
    teams.fail_next(Operation::Send, Fault::Answer(Reply::wrong_host()));
    let foreign = Reply::bad_argument("Failed to decrypt pairwise id");
    teams.fail_next(Operation::Send, Fault::Answer(foreign));
}

#[tokio::test]
async fn killed_at_any_wait_of_mending_nothing_is_doubled_or_lost_unmarked() {
    for careful in [true, false] {
        let mut crowd = Crowd::of(4).await;
        if careful {
            at_most_once(&crowd.stage).await;
        }
        for waits in 1.. {
            let counts: Vec<usize> = crowd
                .people
                .iter()
                .map(|(person, _)| person.chat().count())
                .collect();
            breaks(&crowd);
            let (mut kill, mut killed) = (Some(waits), false);
            let key = queued(&crowd.stage, &format!("{waits}"), &["everyone"]).await;
            crowd
                .deliver(|| {
                    killed = kill.is_none();
                    kill.take()
                })
                .await;
            let accounts = crowd.account(&key).await;
            let case = format!("killed after {waits}, at most once: {careful}");
            for (account, before) in accounts.iter().zip(counts) {
                let account = std::slice::from_ref(account);
                // Where no other host is known, an answer of the wrong one is the end.
                let (messages, outcome) = &account[0];
                if outcome == "f:wrong-host" {
                    assert_eq!(*messages, before, "{case}");
                } else if careful {
                    nothing_doubled(account, before, &case);
                } else {
                    nothing_lost(account, before, &case);
                }
            }
            if !killed {
                assert!(waits > 5, "there was something to kill");
                break;
            }
        }
        let opened = crowd.stage.teams.count(Operation::CreateConversation);
        assert!(opened > 5, "little was mended: {opened}");
    }
}

#[tokio::test]
async fn at_most_once_a_worker_killed_over_one_who_got_the_app_leaves_the_others_waiting() {
    let mut crowd = Crowd::of(4).await;
    at_most_once(&crowd.stage).await;
    let tenant: activity::TenantId = crowd.stage.teams.tenant().into();
    let lacking: Vec<_> = crowd.people[..3].to_vec();
    for waits in 1.. {
        for (person, _) in &lacking {
            person.uninstall().await;
        }
        let before = lacking[0].0.chat().count();
        let id = queued(&crowd.stage, &format!("{waits}"), &["everyone"]).await;
        crowd.deliver(|| None).await;
        let case = format!("killed after {waits}");
        for (_, key) in &lacking {
            assert_eq!(crowd.stage.outcome(&id, key).await, "waiting", "{case}");
        }
        let (one, key) = &lacking[0];
        one.install().await;
        crowd.stage.clock.advance(Duration::from_secs(60));
        crowd.stage.knows(one).await;
        let notes = crowd.stage.store.waits();
        let found = notes.page(&tenant, key, 10).await.unwrap();
        let message = aws::OutgoingMessage::new(found[0].body.as_str());
        let queue: &dyn aws::Queue = &*crowd.stage.mail.delivery;
        queue.send(vec![message]).await.unwrap();
        notes.remove(&tenant, key, &found[0]).await.unwrap();
        let (mut kill, mut killed) = (Some(waits), false);
        crowd
            .deliver(|| {
                killed = kill.is_none();
                kill.take()
            })
            .await;
        let outcome = crowd.stage.outcome(&id, key).await;
        let account = (one.chat().count(), outcome);
        nothing_doubled(&[account], before, &case);
        for (person, key) in &lacking[1..] {
            // What nobody sent to them nobody need doubt.
            assert_eq!(crowd.stage.outcome(&id, key).await, "waiting", "{case}");
            let notes = crowd.stage.store.waits();
            for note in notes.page(&tenant, key, 10).await.unwrap() {
                notes.remove(&tenant, key, &note).await.unwrap();
            }
            person.install().await;
            crowd.stage.knows(person).await;
        }
        crowd.stage.teams.release_unread();
        if !killed {
            assert!(waits > 10, "there was something to kill");
            return;
        }
    }
}

#[tokio::test]
async fn a_table_that_fails_at_any_request_loses_nothing_and_doubles_nothing_unmarked() {
    let mut crowd = Crowd::of(3).await;
    for fault in [TableFault::NotSent, TableFault::AnswerLost] {
        for nth in 0.. {
            let counts: Vec<usize> = crowd
                .people
                .iter()
                .map(|(person, _)| person.chat().count())
                .collect();
            let key = queued(&crowd.stage, &format!("{fault:?} {nth}"), &["everyone"]).await;
            crowd.stage.table_faults.fail(nth, fault);
            crowd.deliver(|| None).await;
            let happened = crowd.stage.table_faults.happened();
            let accounts = crowd.account(&key).await;
            for (account, before) in accounts.iter().zip(counts) {
                nothing_lost(
                    std::slice::from_ref(account),
                    before,
                    &format!("{fault:?} {nth}"),
                );
            }
            if !happened {
                assert!(nth >= 3, "there was something to fail");
                break;
            }
        }
    }
}

/// One in so many sends goes wrong, in turn each of the ways that may or may not have arrived.
struct OneIn(u64, std::sync::atomic::AtomicU64);

impl simulator::Faults for OneIn {
    fn before(&self, call: &simulator::Call) -> Option<Fault> {
        if call.operation != Operation::Send {
            return None;
        }
        let number = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let turn = number.is_multiple_of(self.0).then_some(number / self.0)?;
        Some(match turn % 4 {
            0 => Fault::Answer(Reply::throttled(Some(1))),
            1 => Fault::AcceptThenAnswer(Reply::gateway_error(502)),
            2 => Fault::Answer(Reply::gateway_error(503)),
            _ => Fault::Cut,
        })
    }
}

fn broadcast(people: u32, every: u64, kills: Vec<usize>, careful: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let mut crowd = Crowd::of(people).await;
        if careful {
            at_most_once(&crowd.stage).await;
        }
        let faults = OneIn(every, std::sync::atomic::AtomicU64::default());
        crowd
            .stage
            .teams
            .set_faults(Some(std::sync::Arc::new(faults)));
        let key = queued(&crowd.stage, "broadcast", &["everyone"]).await;
        let mut kills = kills.into_iter();
        crowd.deliver(|| kills.next()).await;
        let accounts = crowd.account(&key).await;
        if careful {
            nothing_doubled(&accounts, 0, "random");
        } else {
            nothing_lost(&accounts, 0, "random");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_and_whoever_dies_everybody_is_accounted_for(
        people in 10_u32..50,
        every in 4_u64..12,
        kills in prop::collection::vec(1_usize..200, 0..6),
        careful in any::<bool>(),
    ) {
        broadcast(people, every, kills, careful);
    }
}
