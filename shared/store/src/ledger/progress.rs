//! How far a chunk has come: one state per recipient, by index.

use jiff::Timestamp;
use notifications::Outcome;

use super::bulk::BulkOperation;
pub(super) use super::bulk::{decode, encode};
use super::repairs::Repairs;

/// How far one recipient of a chunk has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientState {
    /// Nothing has ended yet, and nothing can have arrived.
    Open,
    /// A worker may have sent to this recipient without being able to record
    /// it: its claim ran out, or it said beforehand that it would try.
    InDoubt,
    /// The app is not where the recipient is, and the message waits until it is.
    ///
    /// The chunk does not wait with them: it counts them as dealt with, and is
    /// claimed again for them.
    Waiting {
        /// Since when, to the second.
        since: Timestamp,
        /// Whether an earlier try may have arrived.
        in_doubt: bool,
    },
    /// It ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// When, to the second.
        at: Timestamp,
    },
}

/// The state of one recipient, and what it took to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientProgress {
    /// How far it has come.
    pub state: RecipientState,
    /// How many sends were tried; stays at 15 from there on.
    pub tries: u8,
    /// What was done so that the message could reach them.
    pub repairs: Repairs,
    /// How many sends were tried before it was sent again on request.
    pub earlier: u8,
}

/// The progress of a whole chunk, in the order of its recipients.
///
/// Kept as one small value on the ledger: 25 recipients that were sent to take
/// some 230 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkProgress {
    pub(super) recipients: Vec<RecipientProgress>,
    pub(super) bulk: Vec<BulkOperation>,
}

pub(super) const MOST_TRIES: u8 = 15;

impl ChunkProgress {
    /// The progress of a chunk that nobody worked on.
    #[must_use]
    pub fn untouched(recipients: usize) -> Self {
        let open = RecipientProgress {
            state: RecipientState::Open,
            tries: 0,
            repairs: Repairs::NONE,
            earlier: 0,
        };
        Self {
            recipients: vec![open; recipients],
            bulk: Vec::new(),
        }
    }

    /// The recipients, by index.
    #[must_use]
    pub fn recipients(&self) -> &[RecipientProgress] {
        &self.recipients
    }

    /// The recipient at this index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&RecipientProgress> {
        self.recipients.get(index)
    }

    /// The indexes of the recipients that have no outcome yet and do not wait.
    pub fn unended(&self) -> impl Iterator<Item = usize> + '_ {
        self.indexes(|state| matches!(state, RecipientState::Open | RecipientState::InDoubt))
    }

    /// The indexes of the recipients that wait until they have the app.
    pub fn waiting(&self) -> impl Iterator<Item = usize> + '_ {
        self.indexes(|state| matches!(state, RecipientState::Waiting { .. }))
    }

    fn indexes(&self, fits: fn(&RecipientState) -> bool) -> impl Iterator<Item = usize> + '_ {
        let recipients = self.recipients.iter().enumerate();
        recipients
            .filter(move |(_, one)| fits(&one.state))
            .map(|(index, _)| index)
    }

    /// Whether every recipient has an outcome or waits.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unended().next().is_none()
    }

    /// Whether a message may have reached this recipient unrecorded.
    #[must_use]
    pub fn is_in_doubt(&self, index: usize) -> bool {
        use RecipientState::{InDoubt, Waiting};
        self.get(index)
            .is_some_and(|one| matches!(one.state, InDoubt | Waiting { in_doubt: true, .. }))
    }

    /// Since when this recipient waits until they have the app.
    #[must_use]
    pub fn waits_since(&self, index: usize) -> Option<Timestamp> {
        match self.get(index)?.state {
            RecipientState::Waiting { since, .. } => Some(since),
            _ => None,
        }
    }

    /// Whether a message may have reached this recipient, in this round or in one
    /// before: whoever is sent to now may have it twice.
    #[must_use]
    pub fn may_have_arrived(&self, index: usize) -> bool {
        let doubted = |one: &RecipientProgress| one.repairs.has(Repairs::DOUBTED);
        self.is_in_doubt(index) || self.get(index).is_some_and(doubted)
    }

    /// Counts a try.
    pub fn tried(&mut self, index: usize) {
        if let Some(one) = self.recipients.get_mut(index) {
            one.tries = (one.tries + 1).min(MOST_TRIES);
        }
    }

    /// Notes what was done so that the message could reach a recipient.
    pub fn repaired(&mut self, index: usize, repairs: Repairs) {
        if let Some(one) = self.recipients.get_mut(index) {
            one.repairs = one.repairs.and(repairs);
        }
    }

    /// Notes that a message may have arrived. Whoever has ended stays so.
    pub fn doubt(&mut self, index: usize) {
        if let Some(one) = self.recipients.get_mut(index) {
            match &mut one.state {
                state @ RecipientState::Open => *state = RecipientState::InDoubt,
                RecipientState::Waiting { in_doubt, .. } => *in_doubt = true,
                RecipientState::InDoubt | RecipientState::Ended { .. } => {}
            }
        }
    }

    /// Notes that everyone without an outcome may have been sent to, but for
    /// whom a bulk operation can be asked about, and whoever waits: nobody sends
    /// to them [unnoted](super::Ledger::about_to_send).
    pub fn doubt_all(&mut self) {
        for index in 0..self.recipients.len() {
            if !self.is_in_bulk(index) && self.waits_since(index).is_none() {
                self.doubt(index);
            }
        }
    }

    /// Notes that the message surely did not arrive, so that another try cannot
    /// double it.
    pub fn not_arrived(&mut self, index: usize) {
        if let Some(one) = self.recipients.get_mut(index)
            && one.state == RecipientState::InDoubt
        {
            one.state = RecipientState::Open;
        }
    }

    /// Notes that a recipient waits until they have the app. Whoever waits
    /// already goes on waiting, whoever has ended stays so.
    pub fn wait(&mut self, index: usize, since: Timestamp) {
        let in_doubt = self.is_in_doubt(index);
        if let Some(one) = self.recipients.get_mut(index)
            && matches!(one.state, RecipientState::Open | RecipientState::InDoubt)
        {
            one.state = RecipientState::Waiting { since, in_doubt };
            one.repairs = one.repairs.and(Repairs::WAITED);
        }
    }

    /// Notes how a recipient ended. The first outcome stands.
    pub fn end(&mut self, index: usize, outcome: Outcome, at: Timestamp) {
        // What was refused in the end may have arrived before: whoever sends it again has to know.
        let doubted = matches!(outcome, Outcome::Failed(_)) && self.is_in_doubt(index);
        if doubted {
            self.repaired(index, Repairs::DOUBTED);
        }
        if let Some(one) = self.recipients.get_mut(index)
            && !matches!(one.state, RecipientState::Ended { .. })
        {
            one.state = RecipientState::Ended { outcome, at };
        }
    }

    /// Opens whoever ended so that `again` says yes, to be tried anew. Whom a
    /// message may have reached is [remembered](Self::may_have_arrived). Returns
    /// how many that are.
    pub fn reopen(&mut self, again: impl Fn(&Outcome) -> bool) -> usize {
        let mut reopened = 0;
        for one in &mut self.recipients {
            if let RecipientState::Ended { outcome, .. } = &one.state
                && again(outcome)
            {
                if *outcome == Outcome::Unknown {
                    one.repairs = one.repairs.and(Repairs::DOUBTED);
                }
                one.state = RecipientState::Open;
                one.earlier = one.earlier.saturating_add(one.tries);
                one.tries = 0;
                reopened += 1;
            }
        }
        reopened
    }
}

#[cfg(test)]
mod tests {
    use activity::ids::ActivityId;
    use notifications::Outcome;

    use super::{ChunkProgress, RecipientState, Repairs};

    fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_first_outcome_stands() {
        let sent = Outcome::sent(Some(ActivityId::new("1")));
        let mut progress = ChunkProgress::untouched(1);
        progress.end(0, sent.clone(), at(1));
        progress.end(0, Outcome::Unknown, at(2));
        progress.doubt_all();
        progress.wait(0, at(3));
        let ended = RecipientState::Ended {
            outcome: sent,
            at: at(1),
        };
        assert_eq!(progress.get(0).map(|one| &one.state), Some(&ended));
    }

    #[test]
    fn whoever_waits_holds_up_nobody_and_forgets_nothing() {
        let mut progress = ChunkProgress::untouched(2);
        progress.doubt(0);
        progress.wait(0, at(1));
        progress.wait(0, at(5));
        progress.wait(1, at(2));
        assert!(progress.is_complete());
        assert_eq!(progress.waiting().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(progress.waits_since(0), Some(at(1)));
        assert!(progress.is_in_doubt(0) && !progress.is_in_doubt(1));
        progress.doubt_all();
        assert!(
            !progress.is_in_doubt(1),
            "nobody sends to who waits unnoted"
        );
        progress.doubt(1);
        assert!(progress.is_in_doubt(1));
        progress.end(1, Outcome::Unknown, at(9));
        let one = progress.get(1).unwrap();
        assert!(one.repairs.has(Repairs::WAITED));
        assert_eq!(progress.waits_since(1), None);
    }

    #[test]
    fn who_is_sent_to_again_may_have_it_twice_if_an_earlier_try_may_have_arrived() {
        let failed = || Outcome::Failed(notifications::FailureCode::new("blocked-by-user"));
        let mut progress = ChunkProgress::untouched(3);
        progress.doubt(0);
        progress.end(0, failed(), at(1));
        progress.end(1, failed(), at(1));
        progress.end(2, Outcome::Unknown, at(1));
        assert_eq!(progress.reopen(|_| true), 3);
        let may = |index| progress.may_have_arrived(index);
        assert_eq!([may(0), may(1), may(2)], [true, false, true]);
        assert!(
            !progress.is_in_doubt(2),
            "whoever asks for it wants it sent"
        );
    }
}
