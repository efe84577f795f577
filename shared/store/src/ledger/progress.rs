//! How far a chunk has come: one state per recipient, by index.

use jiff::Timestamp;
use notifications::{FailureCode, Outcome};

use activity::ids::ActivityId;

use super::bytes::{Bytes, Garbled, put_number, put_text};

/// How far one recipient of a chunk has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientState {
    /// Nothing has ended yet, and nothing can have arrived.
    Open,
    /// A worker may have sent to this recipient without being able to record
    /// it: its claim ran out, or it said beforehand that it would try.
    InDoubt,
    /// It ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// When, to the second.
        at: Timestamp,
    },
}

/// The state of one recipient and the tries it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientProgress {
    /// How far it has come.
    pub state: RecipientState,
    /// How many sends were tried; stays at 15 from there on.
    pub tries: u8,
}

/// The progress of a whole chunk, in the order of its recipients.
///
/// Kept as one small value on the ledger: 25 recipients that were sent to take
/// some 230 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkProgress {
    recipients: Vec<RecipientProgress>,
}

const MOST_TRIES: u8 = 15;

impl ChunkProgress {
    /// The progress of a chunk that nobody worked on.
    #[must_use]
    pub fn untouched(recipients: usize) -> Self {
        let open = RecipientProgress {
            state: RecipientState::Open,
            tries: 0,
        };
        Self {
            recipients: vec![open; recipients],
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

    /// The indexes of the recipients that have no outcome yet.
    pub fn unended(&self) -> impl Iterator<Item = usize> + '_ {
        self.recipients
            .iter()
            .enumerate()
            .filter(|(_, one)| !matches!(one.state, RecipientState::Ended { .. }))
            .map(|(index, _)| index)
    }

    /// Whether every recipient has an outcome.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unended().next().is_none()
    }

    /// Whether a message may have reached this recipient unrecorded.
    #[must_use]
    pub fn is_in_doubt(&self, index: usize) -> bool {
        self.get(index)
            .is_some_and(|one| one.state == RecipientState::InDoubt)
    }

    /// Counts a try.
    pub fn tried(&mut self, index: usize) {
        if let Some(one) = self.recipients.get_mut(index) {
            one.tries = (one.tries + 1).min(MOST_TRIES);
        }
    }

    /// Notes that a message may have arrived. Whoever has ended stays so.
    pub fn doubt(&mut self, index: usize) {
        if let Some(one) = self.recipients.get_mut(index)
            && one.state == RecipientState::Open
        {
            one.state = RecipientState::InDoubt;
        }
    }

    /// Notes that everyone without an outcome may have been sent to.
    pub fn doubt_all(&mut self) {
        for index in 0..self.recipients.len() {
            self.doubt(index);
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

    /// Notes how a recipient ended. The first outcome stands.
    pub fn end(&mut self, index: usize, outcome: Outcome, at: Timestamp) {
        if let Some(one) = self.recipients.get_mut(index)
            && !matches!(one.state, RecipientState::Ended { .. })
        {
            one.state = RecipientState::Ended { outcome, at };
        }
    }
}

const VERSION: u8 = 1;

const OPEN: u8 = 0;
const IN_DOUBT: u8 = 1;
const SENT_NUMBER: u8 = 2;
const SENT_TEXT: u8 = 3;
const SENT_WITHOUT_ID: u8 = 4;
const SKIPPED: u8 = 5;
const FAILED: u8 = 6;
const UNKNOWN: u8 = 7;
const MAYBE_TWICE: u8 = 8;

/// Encodes a chunk's progress.
///
/// A byte says the kind and the tries; Teams' message ids are decimal
/// milliseconds, so six bytes hold one; words that repeat are written once;
/// times are seconds after the chunk's first.
pub(super) fn encode(progress: &ChunkProgress) -> Vec<u8> {
    let mut words: Vec<String> = Vec::new();
    let mut word = |text: String| match words.iter().position(|known| *known == text) {
        Some(index) => index as u64,
        None => {
            words.push(text);
            words.len() as u64 - 1
        }
    };
    let first = progress
        .recipients
        .iter()
        .filter_map(|one| match &one.state {
            RecipientState::Ended { at, .. } => Some(at.as_second()),
            _ => None,
        })
        .min()
        .unwrap_or_default()
        .max(0);

    let mut records = Vec::with_capacity(progress.recipients.len() * 9);
    for one in &progress.recipients {
        let tries = one.tries.min(MOST_TRIES) << 4;
        let (outcome, at) = match &one.state {
            RecipientState::Open => {
                records.push(OPEN | tries);
                continue;
            }
            RecipientState::InDoubt => {
                records.push(IN_DOUBT | tries);
                continue;
            }
            RecipientState::Ended { outcome, at } => (outcome, at),
        };
        match outcome {
            Outcome::Sent {
                activity,
                maybe_twice,
            } => {
                let head = tries | if *maybe_twice { MAYBE_TWICE } else { 0 };
                match activity {
                    None => records.push(SENT_WITHOUT_ID | head),
                    Some(id) => match plain_number(id.as_str()) {
                        Some(number) => {
                            records.push(SENT_NUMBER | head);
                            put_number(&mut records, number);
                        }
                        None => {
                            records.push(SENT_TEXT | head);
                            put_text(&mut records, id.as_str());
                        }
                    },
                }
            }
            Outcome::Skipped(reason) => {
                records.push(SKIPPED | tries);
                put_number(&mut records, word(reason.to_string()));
            }
            Outcome::Failed(code) => {
                records.push(FAILED | tries);
                put_number(&mut records, word(code.to_string()));
            }
            Outcome::Unknown => records.push(UNKNOWN | tries),
        }
        put_number(
            &mut records,
            at.as_second().saturating_sub(first).unsigned_abs(),
        );
    }

    let mut out = Vec::with_capacity(records.len() + 16);
    out.push(VERSION);
    put_number(&mut out, first.unsigned_abs());
    put_number(&mut out, words.len() as u64);
    for text in &words {
        put_text(&mut out, text);
    }
    out.extend_from_slice(&records);
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<ChunkProgress, Garbled> {
    let mut bytes = Bytes::new(bytes);
    if bytes.byte()? != VERSION {
        return Err(Garbled);
    }
    let first = bytes.number()?;
    let mut words = Vec::new();
    for _ in 0..bytes.size()? {
        words.push(bytes.text()?);
    }
    let mut recipients = Vec::new();
    while !bytes.is_empty() {
        let head = bytes.byte()?;
        let tries = head >> 4;
        let maybe_twice = head & MAYBE_TWICE != 0;
        let sent = |activity| Outcome::Sent {
            activity,
            maybe_twice,
        };
        let outcome = match head & 7 {
            OPEN => None,
            IN_DOUBT => {
                recipients.push(RecipientProgress {
                    state: RecipientState::InDoubt,
                    tries,
                });
                continue;
            }
            SENT_NUMBER => Some(sent(Some(ActivityId::new(bytes.number()?.to_string())))),
            SENT_TEXT => Some(sent(Some(ActivityId::new(bytes.text()?)))),
            SENT_WITHOUT_ID => Some(sent(None)),
            SKIPPED => {
                let word = words.get(bytes.size()?).ok_or(Garbled)?;
                Some(Outcome::Skipped(word.parse().map_err(|_| Garbled)?))
            }
            FAILED => {
                let word = words.get(bytes.size()?).ok_or(Garbled)?;
                Some(Outcome::Failed(FailureCode::new(*word)))
            }
            _ => Some(Outcome::Unknown),
        };
        let state = match outcome {
            None => RecipientState::Open,
            Some(outcome) => {
                let second = i64::try_from(first.saturating_add(bytes.number()?));
                let at = Timestamp::from_second(second.map_err(|_| Garbled)?);
                RecipientState::Ended {
                    outcome,
                    at: at.map_err(|_| Garbled)?,
                }
            }
        };
        recipients.push(RecipientProgress { state, tries });
    }
    Ok(ChunkProgress { recipients })
}

/// The number that prints as this very text, if there is one.
fn plain_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use activity::ids::ActivityId;
    use jiff::Timestamp;
    use notifications::{FailureCode, Outcome, SkipReason};
    use proptest::prelude::*;

    use super::{ChunkProgress, RecipientProgress, RecipientState, decode, encode};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sent(id: &str) -> Outcome {
        Outcome::sent(Some(ActivityId::new(id)))
    }

    #[test]
    fn twenty_five_sent_recipients_take_a_quarter_of_a_kilobyte() {
        let mut progress = ChunkProgress::untouched(25);
        for index in 0..25 {
            progress.tried(index);
            let id = format!("17000000{index:05}");
            progress.end(index, sent(&id), at(1_700_000_000 + index as i64));
        }
        assert!(progress.is_complete());
        let bytes = encode(&progress);
        assert!(bytes.len() < 256, "{}", bytes.len());
        assert_eq!(decode(&bytes), Ok(progress));
    }

    #[test]
    fn the_first_outcome_stands() {
        let mut progress = ChunkProgress::untouched(1);
        progress.end(0, sent("1"), at(1));
        progress.end(0, Outcome::Unknown, at(2));
        progress.doubt_all();
        let ended = RecipientState::Ended {
            outcome: sent("1"),
            at: at(1),
        };
        assert_eq!(progress.get(0).map(|one| &one.state), Some(&ended));
    }

    fn state() -> impl Strategy<Value = RecipientState> {
        let activity = prop_oneof![
            Just(None),
            "[0-9]{1,20}".prop_map(|id| Some(ActivityId::new(id))),
            "1:[a-zA-Z0-9_-]{1,60}".prop_map(|id| Some(ActivityId::new(id))),
        ];
        let outcome = prop_oneof![
            (activity, any::<bool>()).prop_map(|(activity, maybe_twice)| Outcome::Sent {
                activity,
                maybe_twice
            }),
            Just(Outcome::Skipped(SkipReason::Muted)),
            Just(Outcome::Skipped(SkipReason::Expired)),
            "[a-z-]{1,30}".prop_map(|code| Outcome::Failed(FailureCode::new(code))),
            Just(Outcome::Unknown),
        ];
        prop_oneof![
            Just(RecipientState::Open),
            Just(RecipientState::InDoubt),
            (outcome, 0..4_000_000_000_i64).prop_map(|(outcome, second)| RecipientState::Ended {
                outcome,
                at: at(second)
            }),
        ]
    }

    proptest! {
        #[test]
        fn any_progress_reads_back(
            states in prop::collection::vec((state(), 0..=15_u8), 0..60)
        ) {
            let recipients = states
                .into_iter()
                .map(|(state, tries)| RecipientProgress { state, tries })
                .collect();
            let progress = ChunkProgress { recipients };
            prop_assert_eq!(decode(&encode(&progress)), Ok(progress));
        }

        #[test]
        fn garbled_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(progress) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&progress)), Ok(progress));
            }
        }
    }
}
