//! A chunk's progress as one compact value.

use activity::ids::ActivityId;
use jiff::Timestamp;
use notifications::{FailureCode, Outcome};

use super::bytes::{Bytes, Garbled, put_number, put_text};
use super::progress::{ChunkProgress, MOST_TRIES, RecipientProgress, RecipientState};
use super::repairs::Repairs;

/// Without repairs and without anybody who waits.
const VERSION: u8 = 1;
/// With them: their list stands before the recipients.
const WITH_REPAIRS: u8 = 2;

const OPEN: u8 = 0;
const IN_DOUBT: u8 = 1;
const SENT_NUMBER: u8 = 2;
const SENT_TEXT: u8 = 3;
const SENT_WITHOUT_ID: u8 = 4;
const SKIPPED: u8 = 5;
const FAILED: u8 = 6;
const UNKNOWN: u8 = 7;
/// With a kind of sent.
const MAYBE_TWICE: u8 = 8;
/// With open and in doubt, from [`WITH_REPAIRS`] on.
const WAITING: u8 = 8;

/// Encodes a chunk's progress.
///
/// A byte says the kind and the tries; Teams' message ids are decimal
/// milliseconds, so six bytes hold one; words that repeat are written once;
/// times are seconds after the chunk's first. Whoever was repaired takes two
/// bytes more.
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
        .filter_map(|one| time(&one.state))
        .map(Timestamp::as_second)
        .min()
        .unwrap_or_default()
        .max(0);

    let mut records = Vec::with_capacity(progress.recipients.len() * 9);
    for one in &progress.recipients {
        let tries = one.tries.min(MOST_TRIES) << 4;
        match &one.state {
            RecipientState::Open => records.push(OPEN | tries),
            RecipientState::InDoubt => records.push(IN_DOUBT | tries),
            RecipientState::Waiting { in_doubt, .. } => {
                let kind = if *in_doubt { IN_DOUBT } else { OPEN };
                records.push(kind | WAITING | tries);
            }
            RecipientState::Ended { outcome, .. } => match outcome {
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
            },
        }
        if let Some(at) = time(&one.state) {
            let after = at.as_second().saturating_sub(first).unsigned_abs();
            put_number(&mut records, after);
        }
    }

    let repaired: Vec<(usize, Repairs)> = progress
        .recipients
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.repairs.is_empty())
        .map(|(index, one)| (index, one.repairs))
        .collect();
    // What an earlier version can read, it should.
    let plain = repaired.is_empty() && progress.waiting().next().is_none();
    let mut out = Vec::with_capacity(records.len() + 16);
    out.push(if plain { VERSION } else { WITH_REPAIRS });
    put_number(&mut out, first.unsigned_abs());
    put_number(&mut out, words.len() as u64);
    for text in &words {
        put_text(&mut out, text);
    }
    if !plain {
        put_number(&mut out, repaired.len() as u64);
        for (index, repairs) in repaired {
            put_number(&mut out, index as u64);
            out.push(repairs.byte());
        }
    }
    out.extend_from_slice(&records);
    out
}

/// The time that is written with a state.
fn time(state: &RecipientState) -> Option<Timestamp> {
    match state {
        RecipientState::Open | RecipientState::InDoubt => None,
        RecipientState::Waiting { since: at, .. } | RecipientState::Ended { at, .. } => Some(*at),
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<ChunkProgress, Garbled> {
    let mut bytes = Bytes::new(bytes);
    let version = bytes.byte()?;
    if !matches!(version, VERSION | WITH_REPAIRS) {
        return Err(Garbled);
    }
    let first = bytes.number()?;
    let mut words = Vec::new();
    for _ in 0..bytes.size()? {
        words.push(bytes.text()?);
    }
    let mut repaired = Vec::new();
    if version == WITH_REPAIRS {
        for _ in 0..bytes.size()? {
            repaired.push((bytes.size()?, Repairs::of_byte(bytes.byte()?)));
        }
    }
    let mut recipients = Vec::new();
    while !bytes.is_empty() {
        let head = bytes.byte()?;
        recipients.push(RecipientProgress {
            state: state(head, version, first, &words, &mut bytes)?,
            tries: head >> 4,
            repairs: Repairs::NONE,
            earlier: 0,
        });
    }
    for (index, repairs) in repaired {
        recipients.get_mut(index).ok_or(Garbled)?.repairs = repairs;
    }
    Ok(ChunkProgress {
        recipients,
        bulk: Vec::new(),
    })
}

fn state(
    head: u8,
    version: u8,
    first: u64,
    words: &[&str],
    bytes: &mut Bytes<'_>,
) -> Result<RecipientState, Garbled> {
    let waits = version == WITH_REPAIRS && head & WAITING != 0;
    let at = |bytes: &mut Bytes<'_>| {
        let second = i64::try_from(first.saturating_add(bytes.number()?));
        Timestamp::from_second(second.map_err(|_| Garbled)?).map_err(|_| Garbled)
    };
    let sent = |activity| Outcome::Sent {
        activity,
        maybe_twice: head & MAYBE_TWICE != 0,
    };
    let outcome = match head & 7 {
        kind @ (OPEN | IN_DOUBT) if waits => {
            return Ok(RecipientState::Waiting {
                since: at(bytes)?,
                in_doubt: kind == IN_DOUBT,
            });
        }
        OPEN => return Ok(RecipientState::Open),
        IN_DOUBT => return Ok(RecipientState::InDoubt),
        SENT_NUMBER => sent(Some(ActivityId::new(bytes.number()?.to_string()))),
        SENT_TEXT => sent(Some(ActivityId::new(bytes.text()?))),
        SENT_WITHOUT_ID => sent(None),
        SKIPPED => {
            let word = words.get(bytes.size()?).ok_or(Garbled)?;
            Outcome::Skipped(word.parse().map_err(|_| Garbled)?)
        }
        FAILED => {
            let word = words.get(bytes.size()?).ok_or(Garbled)?;
            Outcome::Failed(FailureCode::new(*word))
        }
        _ => Outcome::Unknown,
    };
    Ok(RecipientState::Ended {
        outcome,
        at: at(bytes)?,
    })
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

    use super::{ChunkProgress, RecipientProgress, RecipientState, Repairs, decode, encode};

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

    /// What the first version wrote: open, in doubt, sent (twice perhaps), skipped, failed, unknown.
    #[test]
    fn the_first_versions_bytes_are_read() {
        let bytes = [
            &[1_u8][..],
            &[0x80, 0xe2, 0xcf, 0xaa, 0x06],
            &[2, 5],
            b"muted",
            &[15],
            b"blocked-by-user",
            &[0x00, 0x11],
            &[0x22, 0x80, 0xd0, 0x95, 0xff, 0xbc, 0x31, 0],
            &[0x1c, 1],
            &[0x05, 0, 2],
            &[0x16, 1, 3],
            &[0x57, 4],
        ]
        .concat();
        let progress = decode(&bytes).unwrap();
        let first = 1_700_000_000_i64;
        let ended = |outcome, after| RecipientState::Ended {
            outcome,
            at: at(first + after),
        };
        let states: Vec<_> = progress.recipients().iter().map(|one| &one.state).collect();
        assert_eq!(
            states,
            [
                &RecipientState::Open,
                &RecipientState::InDoubt,
                &ended(sent("1700000000000"), 0),
                &ended(
                    Outcome::Sent {
                        activity: None,
                        maybe_twice: true
                    },
                    1
                ),
                &ended(Outcome::Skipped(SkipReason::Muted), 2),
                &ended(Outcome::Failed(FailureCode::new("blocked-by-user")), 3),
                &ended(Outcome::Unknown, 4),
            ]
        );
        let tries: Vec<_> = progress.recipients().iter().map(|one| one.tries).collect();
        assert_eq!(tries, [0, 1, 2, 1, 0, 1, 5]);
        // And written so still, as long as there is nothing that it cannot say.
        assert_eq!(encode(&progress), bytes);
    }

    #[test]
    fn a_repair_takes_two_bytes() {
        let mut progress = ChunkProgress::untouched(20);
        for index in 0..20 {
            progress.end(index, sent("1700000000000"), at(1_700_000_000));
        }
        let plain = encode(&progress).len();
        progress.repaired(7, Repairs::REOPENED.and(Repairs::HOST_SWITCHED));
        let bytes = encode(&progress);
        assert_eq!(bytes.len(), plain + 1 + 2);
        assert_eq!(decode(&bytes), Ok(progress));
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
            (0..4_000_000_000_i64, any::<bool>()).prop_map(|(second, in_doubt)| {
                RecipientState::Waiting {
                    since: at(second),
                    in_doubt,
                }
            }),
            (outcome, 0..4_000_000_000_i64).prop_map(|(outcome, second)| RecipientState::Ended {
                outcome,
                at: at(second)
            }),
        ]
    }

    proptest! {
        #[test]
        fn any_progress_reads_back(
            states in prop::collection::vec((state(), 0..=15_u8, 0..16_u8), 0..60)
        ) {
            let recipients = states
                .into_iter()
                .map(|(state, tries, repairs)| RecipientProgress {
                    state,
                    tries,
                    repairs: Repairs::of_byte(repairs),
                    earlier: 0,
                })
                .collect();
            let progress = ChunkProgress { recipients, bulk: Vec::new() };
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
