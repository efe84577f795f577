//! Counters: what a vote changes in them.

use crate::answers::{Answer, Answers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to add to which counter. Never holds a zero.
pub type Delta = BTreeMap<String, i64>;

/// The counter of all voters.
pub const VOTERS: &str = "voters";

/// What a vote changes: the counters of the new answers, less those of the
/// answers that it replaces.
///
/// The names of counters are `voters`, and by question `<question>.n` (who
/// answered it), `<question>.c.<choice>` (who chose it), `<question>.s.<score>`
/// (who gave it) and `<question>.p.<choice>.<place>` (who put it there, from 1).
/// Adding the deltas of every vote in any order gives what counting the last
/// answers of each voter would.
#[must_use]
pub fn delta(old: Option<&Answers>, new: &Answers) -> Delta {
    let mut delta = Delta::new();
    count(&mut delta, new, 1);
    if let Some(old) = old {
        count(&mut delta, old, -1);
    }
    delta.retain(|_, change| *change != 0);
    delta
}

/// What changes when a voter's answers are taken away altogether.
#[must_use]
pub fn withdrawal(old: &Answers) -> Delta {
    let mut delta = Delta::new();
    count(&mut delta, old, -1);
    delta
}

fn count(delta: &mut Delta, answers: &Answers, by: i64) {
    let mut add = |name: String| *delta.entry(name).or_default() += by;
    add(VOTERS.to_owned());
    for (question, answer) in &answers.0 {
        add(format!("{question}.n"));
        match answer {
            Answer::Choices(chosen) => {
                for choice in chosen {
                    add(format!("{question}.c.{choice}"));
                }
            }
            Answer::Ranking(order) => {
                for (place, choice) in (1..).zip(order) {
                    add(format!("{question}.p.{choice}.{place}"));
                }
            }
            Answer::Score(score) => add(format!("{question}.s.{score}")),
            Answer::Text(_) => {}
        }
    }
}

/// The counters of one occurrence, all shards together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(Delta);

impl Tally {
    /// Adds a vote's delta, or the counters of a shard.
    pub fn add(&mut self, delta: &Delta) {
        for (name, change) in delta {
            *self.0.entry(name.clone()).or_default() += change;
        }
        self.0.retain(|_, count| *count != 0);
    }

    /// How many voted.
    #[must_use]
    pub fn voters(&self) -> u64 {
        self.get(VOTERS)
    }

    /// The counters, by name; none is zero.
    #[must_use]
    pub fn counters(&self) -> &Delta {
        &self.0
    }

    pub(crate) fn answered(&self, question: &str) -> u64 {
        self.get(&format!("{question}.n"))
    }

    pub(crate) fn chosen(&self, question: &str, choice: &str) -> u64 {
        self.get(&format!("{question}.c.{choice}"))
    }

    pub(crate) fn scored(&self, question: &str, score: u8) -> u64 {
        self.get(&format!("{question}.s.{score}"))
    }

    pub(crate) fn placed(&self, question: &str, choice: &str, place: usize) -> u64 {
        self.get(&format!("{question}.p.{choice}.{place}"))
    }

    /// A counter below zero cannot be; should storage have lost something,
    /// nobody is shown a negative number.
    fn get(&self, name: &str) -> u64 {
        let count = self.0.get(name).copied().unwrap_or_default();
        u64::try_from(count).unwrap_or_default()
    }
}

impl From<Delta> for Tally {
    fn from(counters: Delta) -> Self {
        let mut tally = Self::default();
        tally.add(&counters);
        tally
    }
}

impl<'a> FromIterator<&'a Delta> for Tally {
    /// The sum of shards or deltas.
    fn from_iter<I: IntoIterator<Item = &'a Delta>>(deltas: I) -> Self {
        let mut tally = Self::default();
        for delta in deltas {
            tally.add(delta);
        }
        tally
    }
}

impl<'a> FromIterator<&'a Answers> for Tally {
    /// Counts final answers, each voter's once.
    fn from_iter<I: IntoIterator<Item = &'a Answers>>(ballots: I) -> Self {
        let mut tally = Self::default();
        for answers in ballots {
            tally.add(&delta(None, answers));
        }
        tally
    }
}
