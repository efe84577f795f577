//! What became of everybody, and how much of it the kills and the faults explain.

use std::collections::HashSet;

use notifications::{NotificationKey, RecipientKey};
use simulator::Person;
use store::RecipientState;

use super::faults::Injected;
use super::reaper::{Cause, Death};
use super::worker::Trade;
use crate::loopback::Loopback;

/// Everybody's account, and what may explain an odd one.
pub(super) struct Accounts {
    people: Vec<Account>,
    deaths: Vec<Death>,
    /// Without a recorded outcome in the chunks that were claimed at the kills, each kill by itself.
    unrecorded: usize,
    /// Injected faults after which nobody can know whether the message arrived.
    ambiguous: usize,
}

struct Account {
    /// How many messages they have.
    messages: usize,
    /// What the ledger says, in its own compact words.
    outcome: String,
    /// Whether a kill or an ambiguous fault met them.
    suspect: bool,
}

impl Accounts {
    pub(super) async fn draw_up(
        world: &Loopback,
        key: &NotificationKey,
        everybody: &[(Person, RecipientKey)],
        deaths: Vec<Death>,
        faults: Vec<Injected>,
    ) -> Self {
        let plan = world.store.ledger().plan(key).await;
        let plan = plan.expect("the table works");
        assert!(plan.is_complete(), "the plan is not complete: {plan:?}");
        assert_eq!(plan.recipients, everybody.len() as u64);

        let unrecorded = deaths.iter().flat_map(|death| &death.unrecorded);
        let met_by_kill: HashSet<&RecipientKey> = unrecorded.clone().collect();
        let ambiguous = faults.iter().filter(|fault| fault.ambiguous);
        let met_by_fault: HashSet<&str> = ambiguous
            .clone()
            .map(|fault| fault.conversation.as_str())
            .collect();
        let mut people = Vec::with_capacity(everybody.len());
        for (person, recipient) in everybody {
            let ledger = world.store.ledger();
            let record = ledger.recipient(key, recipient).await;
            let record = record.expect("the table works");
            let outcome = match record.expect("they are in a chunk").progress.state {
                RecipientState::Ended { outcome, .. } => outcome.to_string(),
                open => format!("{open:?}"),
            };
            let conversation = person.conversation_id();
            people.push(Account {
                messages: person.chat().count(),
                outcome,
                suspect: met_by_kill.contains(recipient)
                    || met_by_fault.contains(conversation.as_str()),
            });
        }
        world.teams.release_unread();
        let accounts = Self {
            people,
            unrecorded: unrecorded.count(),
            ambiguous: ambiguous.count(),
            deaths,
        };
        accounts.print();
        accounts.the_test_was_one();
        accounts
    }

    /// Nobody is without the message, whoever has it twice is marked, and there are no more of them than are explained.
    pub(super) fn nothing_is_lost(&self) {
        for one in &self.people {
            let marked = one.outcome.starts_with("s+:");
            assert!(marked || one.outcome.starts_with("s:"), "{one}");
            assert!(one.messages > 0, "lost: {one}");
            assert!(one.messages == 1 || marked, "twice, and not marked: {one}");
            assert!(!marked || one.suspect, "marked for no reason: {one}");
        }
        assert!(self.duplicates() <= self.explained(), "too many duplicates");
    }

    /// Nobody has the message twice, whoever is without it is marked, and there are no more of them than are explained.
    pub(super) fn nothing_is_doubled(&self) {
        for one in &self.people {
            let unknown = one.outcome == "u";
            assert!(unknown || one.outcome.starts_with("s:"), "{one}");
            assert!(one.messages < 2, "twice: {one}");
            assert!(one.messages == 1 || unknown, "lost, and not marked: {one}");
            assert!(!unknown || one.suspect, "unknown for no reason: {one}");
        }
        assert!(self.count("u") <= self.explained(), "too many unknown");
    }

    /// How many are without the message or have it twice: at most so many.
    fn explained(&self) -> usize {
        self.unrecorded + self.ambiguous
    }

    fn duplicates(&self) -> usize {
        let messages = self.people.iter().map(|one| one.messages);
        messages.map(|messages| messages.saturating_sub(1)).sum()
    }

    fn count(&self, outcome: &str) -> usize {
        let outcomes = self.people.iter().map(|one| &one.outcome);
        outcomes.filter(|one| one.starts_with(outcome)).count()
    }

    fn killed(&self, trade: Trade) -> usize {
        let killed = |death: &&Death| death.trade == trade && death.cause == Cause::Killed;
        self.deaths.iter().filter(killed).count()
    }

    fn print(&self) {
        let lost = self.people.iter().filter(|one| one.messages == 0).count();
        println!(
            "{} people; killed: notify {}, deliver {}; {} out of time; {} without a recorded outcome then, {} ambiguous \
             faults; {lost} without the message, {} duplicates; marked: {} possibly doubled, {} unknown",
            self.people.len(),
            self.killed(Trade::Notify),
            self.killed(Trade::Deliver),
            self.deaths
                .iter()
                .filter(|death| death.cause == Cause::OutOfTime)
                .count(),
            self.unrecorded,
            self.ambiguous,
            self.duplicates(),
            self.count("s+:"),
            self.count("u"),
        );
    }

    /// There were kills with something to lose, faults, and nothing that has no place here.
    fn the_test_was_one(&self) {
        let flaw = |death: &&Death| matches!(death.cause, Cause::Flaw(_));
        let flaws: Vec<&Death> = self.deaths.iter().filter(flaw).collect();
        assert!(flaws.is_empty(), "{flaws:#?}");
        assert!(self.killed(Trade::Notify) > 0, "notify was not killed");
        assert!(self.killed(Trade::Deliver) > 1, "deliver was not killed");
        assert!(self.unrecorded > 0, "the kills met nobody");
        assert!(self.ambiguous > self.people.len() / 60, "few faults");
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} messages, {} on the ledger",
            self.messages, self.outcome
        )
    }
}
