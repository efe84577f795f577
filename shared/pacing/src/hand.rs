//! The slots that one worker holds.

use std::time::Duration;

use jiff::Timestamp;

use crate::{Need, Pace, Slot, later};

/// How long after its time a slot may still be used; then it is dropped. A worker that stood still must not send at once
/// all that it could have sent meanwhile.
pub const LATE: Duration = Duration::from_millis(50);

/// How long a worker goes by what it last heard of the pace. Then it has to look before it uses a slot.
pub const CONFIRM: Duration = Duration::from_millis(500);

/// A slot that was taken from a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The slot.
    pub slot: Slot,
    /// The pace at which it was sold.
    pub pace: Pace,
}

/// The slots that one worker bought and has not used, and what it last heard of the pace.
#[derive(Clone, Debug)]
pub struct Hand {
    slots: Vec<Slot>,
    pace: Pace,
    heard: Timestamp,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            pace: Pace::FULL,
            heard: Timestamp::MIN,
        }
    }
}

impl Hand {
    /// Hears the pace, as it was when it was asked for at `asked`. Slots of another pace are void.
    pub fn hear(&mut self, pace: Pace, asked: Timestamp) {
        if pace != self.pace {
            self.slots.clear();
            self.pace = pace;
        }
        self.heard = self.heard.max(asked);
    }

    /// Adds slots that were sold at the pace that was last heard.
    pub fn add(&mut self, slots: impl IntoIterator<Item = Slot>) {
        self.slots.extend(slots);
        self.slots.sort_by_key(|slot| slot.at);
    }

    /// Takes the first slot that serves this need; drops those whose time is over.
    pub fn take(&mut self, need: Need, now: Timestamp) -> Option<Taken> {
        self.slots.retain(|slot| now <= later(slot.at, LATE));
        let serves = |slot: &Slot| need.lines().contains(&slot.line);
        let index = self.slots.iter().position(serves)?;
        Some(Taken {
            slot: self.slots.remove(index),
            pace: self.pace,
        })
    }

    /// Whether a slot that was taken may be used now.
    #[must_use]
    pub fn is_good(&self, taken: &Taken, now: Timestamp) -> bool {
        taken.pace == self.pace && taken.slot.at <= now && now <= later(taken.slot.at, LATE)
    }

    /// Whether the pace has to be looked up before a slot is used now.
    #[must_use]
    pub fn must_look(&self, now: Timestamp) -> bool {
        now > later(self.heard, CONFIRM)
    }

    /// The pace, as it was last heard.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, Share};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    fn slot(line: Line, millis: i64) -> Slot {
        Slot {
            line,
            at: at(millis),
        }
    }

    #[test]
    fn a_slot_is_used_in_its_time_or_dropped() {
        let mut hand = Hand::default();
        hand.add([
            slot(Line::Main, 20),
            slot(Line::Main, 0),
            slot(Line::Main, 200),
        ]);
        let taken = hand.take(Need::Broadcast, at(70)).unwrap();
        assert_eq!(taken.slot, slot(Line::Main, 20));
        assert!(hand.is_good(&taken, at(70)));
        assert!(!hand.is_good(&taken, at(71)), "too late");
        assert!(!hand.is_good(&taken, at(19)), "too early");
    }

    #[test]
    fn a_broadcast_uses_no_slot_of_alarms_that_was_left_over() {
        let mut hand = Hand::default();
        hand.add([slot(Line::Alarm, 0)]);
        assert_eq!(hand.take(Need::Broadcast, at(0)), None);
        assert_eq!(hand.take(Need::Other, at(0)), None);
        assert!(hand.take(Need::Alarm, at(0)).is_some());
    }

    #[test]
    fn slots_of_another_pace_are_void() {
        let mut hand = Hand::default();
        hand.hear(Pace::FULL, at(0));
        hand.add([slot(Line::Main, 0), slot(Line::Main, 100)]);
        let taken = hand.take(Need::Broadcast, at(0)).unwrap();
        let slower = Pace {
            share: Share::millionths(500_000),
            resume: at(3_000),
        };
        hand.hear(slower, at(10));
        assert!(!hand.is_good(&taken, at(10)));
        assert_eq!(hand.take(Need::Broadcast, at(10)), None);
    }

    #[test]
    fn what_was_heard_is_good_for_half_a_second() {
        let mut hand = Hand::default();
        assert!(hand.must_look(at(0)));
        hand.hear(Pace::FULL, at(0));
        assert!(!hand.must_look(at(500)));
        assert!(hand.must_look(at(501)));
    }
}
