//! The tenant's book: which slots are sold, and selling more.
//!
//! A line is sold in *frames* of one second, or a little more where all of Teams' limit is sold. A frame has as many slots as the line has requests a second, and each of its
//! slots is at least a second after the slot with the same number in the frame before: so no second, wherever it begins,
//! has more of them than that. After a rest the slots stand close together at the beginning of their frames, so that fifty
//! messages need no second; while it goes on they spread, until they are even.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Line, Need, Pace, Settings, Slot, later};

/// What is sold of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineState {
    /// The beginning of the last frame that is sold from.
    pub frame: Timestamp,
    /// How many frames went before it without a rest.
    pub number: u32,
    /// How many of its slots are sold.
    pub used: u32,
}

/// What is sold of all lines, and the pace of all.
///
/// Whoever writes a book replaces the one that was read, if nobody else has meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// The pace.
    pub pace: Pace,
    /// The lines, in the order main, alarm, other; absent when nothing was sold.
    pub lines: [Option<LineState>; 3],
}

/// A wish for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What for.
    pub need: Need,
    /// How many. No more than a second's worth is sold at once.
    pub count: u32,
    /// The time.
    pub now: Timestamp,
    /// A slot after this is of no use.
    pub latest: Timestamp,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sale {
    /// At least one slot, and the book that says so.
    Sold {
        /// The slots, by time.
        slots: Vec<Slot>,
        /// The book to write. Before it is written, nothing is sold.
        book: Book,
    },
    /// The first slot that could be sold is this late.
    Later(Timestamp),
}

/// The slots of a frame take up no more than this.
const WIDEST: Duration = Duration::from_secs(1);
/// After a rest of this long since the last frame began, a line starts as a new one.
const REST: Duration = Duration::from_secs(2);
/// How much of their frame the slots take up at first: then three hundred messages at fifty a second end a quarter of a
/// second after the limit allows it, and not a whole one.
const CLOSE: Duration = Duration::from_millis(240);
/// So many frames stay so.
const CLOSE_FRAMES: u32 = 6;
/// By so much the slots of each further frame spread.
const SPREAD: Duration = Duration::from_millis(40);
/// With this number the slots of a frame are even.
const EVEN: u32 = 24;
/// Nobody buys this far ahead: a line that says so was written by a clock that is wrong.
const AHEAD: Duration = Duration::from_secs(300);
/// The same for a pause.
const PAUSED_AHEAD: Duration = Duration::from_secs(2 * 3600);

impl LineState {
    /// How far apart the slots of the frame are.
    fn step(&self, slots: u32) -> Duration {
        let spread = SPREAD * self.number.saturating_sub(CLOSE_FRAMES - 1).min(EVEN);
        (CLOSE + spread).min(WIDEST) / slots.max(1)
    }

    /// The frame after this one, from a time that is not before it.
    fn following(&self, settings: &Settings, from: Timestamp) -> Self {
        Self {
            frame: from.max(later(self.frame, settings.frame())),
            number: self.number.saturating_add(1),
            used: 0,
        }
    }
}

/// The next slot of a line that is not before `at`, and the line when it is sold.
fn next(
    state: Option<LineState>,
    settings: &Settings,
    line: Line,
    pace: &Pace,
    at: Timestamp,
) -> (Timestamp, LineState) {
    let rate = settings.of(line);
    let fresh = LineState {
        frame: at,
        number: 0,
        used: 0,
    };
    let mut line = match state {
        Some(line) if at < later(line.frame, REST) && line.frame < later(at, AHEAD) => line,
        _ => fresh,
    };
    if at >= later(line.frame, settings.frame()) {
        line = line.following(settings, at);
    }
    if line.used >= pace.at(line.frame).of(rate) {
        line = line.following(settings, at);
    }
    let slots = pace.at(line.frame).of(rate);
    let mut slot = later(line.frame, line.step(slots) * line.used);
    if slot < at {
        // The whole frame moves on with the slot: what follows it is still a second after its like.
        line.frame += at.duration_since(slot);
        slot = at;
    }
    line.used += 1;
    (slot, line)
}

impl Book {
    /// Sells slots.
    ///
    /// Alarms get each slot from the line that has it sooner; so a broadcast that is sold far ahead does not keep them.
    #[must_use]
    pub fn sell(&self, settings: &Settings, order: &Order) -> Sale {
        let mut book = self.believed(order.now);
        let at = order.now.max(book.pace.resume);
        let lines = order.need.lines();
        let share = book.pace.at(at);
        let worth: u32 = lines.iter().map(|line| share.of(settings.of(*line))).sum();
        let mut slots = Vec::new();
        let mut first = at;
        for _ in 0..order.count.clamp(1, worth.max(1)) {
            let offers = lines.iter().filter(|line| settings.of(**line) > 0);
            let offers = offers.map(|line| {
                let state = book.lines[*line as usize];
                let (slot, state) = next(state, settings, *line, &book.pace, at);
                (slot, *line, state)
            });
            let Some((slot, line, state)) = offers.min_by_key(|(slot, line, _)| (*slot, *line))
            else {
                break;
            };
            first = slot;
            if slot > order.latest {
                break;
            }
            book.lines[line as usize] = Some(state);
            slots.push(Slot { line, at: slot });
        }
        match slots.is_empty() {
            true => Sale::Later(first),
            false => Sale::Sold { slots, book },
        }
    }

    /// The book after Teams throttled the tenant; `None` if that changes nothing.
    ///
    /// What was sold of the time after the pause is void, and sold anew at the lower rate, evenly.
    #[must_use]
    pub fn lowered(&self, now: Timestamp, retry_after: Option<Duration>) -> Option<Self> {
        let pace = self.believed(now).pace.lowered(now, retry_after)?;
        let frame = pace.resume.saturating_sub(SignedDuration::from_secs(1));
        let line = LineState {
            frame: frame.unwrap_or(Timestamp::MIN),
            number: EVEN + CLOSE_FRAMES,
            used: u32::MAX,
        };
        Some(Self {
            pace,
            lines: [Some(line); 3],
        })
    }

    /// From when on this book says no more than an empty one.
    #[must_use]
    pub fn settled(&self) -> Timestamp {
        let lines = self.lines.iter().flatten();
        let lines = lines.map(|line| later(line.frame, REST));
        lines.fold(self.pace.recovered(), Ord::max)
    }

    /// The book without what only a clock that is far off can have written.
    fn believed(&self, now: Timestamp) -> Self {
        match self.pace.resume > later(now, PAUSED_AHEAD) {
            true => Self::default(),
            false => *self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AlarmShare, Rate};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    fn settings(delivery: u32, share: u32) -> Settings {
        let share = AlarmShare::new(share).unwrap();
        Settings::new(Rate::new(delivery).unwrap(), Rate::new(5).unwrap(), share)
    }

    fn order(need: Need, count: u32, now: i64) -> Order {
        Order {
            need,
            count,
            now: at(now),
            latest: at(now + 100_000),
        }
    }

    fn sold(book: &mut Book, settings: &Settings, order: &Order) -> Vec<i64> {
        let Sale::Sold { slots, book: next } = book.sell(settings, order) else {
            panic!("nothing was sold");
        };
        *book = next;
        let millis = |slot: &Slot| slot.at.as_millisecond() - at(0).as_millisecond();
        slots.iter().map(millis).collect()
    }

    #[test]
    fn a_lone_message_goes_at_once() {
        let mut book = Book::default();
        let settings = Settings::default();
        for now in [0, 300, 900, 5_000] {
            let slots = sold(&mut book, &settings, &order(Need::Broadcast, 1, now));
            assert_eq!(slots, [now]);
        }
    }

    #[test]
    fn three_hundred_at_fifty_a_second_take_little_more_than_the_five_seconds_of_the_limit() {
        let (mut book, settings) = (Book::default(), settings(50, 0));
        let mut slots = Vec::new();
        while slots.len() < 300 {
            slots.extend(sold(&mut book, &settings, &order(Need::Alarm, 10, 0)));
        }
        assert_eq!(slots[0], 0);
        assert!((5_000..5_250).contains(&slots[299]), "{}", slots[299]);
    }

    #[test]
    fn what_goes_on_spreads_until_it_is_even() {
        let (mut book, settings) = (Book::default(), settings(50, 0));
        let mut slots = Vec::new();
        while slots.len() < 3_000 {
            slots.extend(sold(&mut book, &settings, &order(Need::Alarm, 50, 0)));
        }
        let gaps = slots[2_000..].windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.clone().all(|gap| (19..=21).contains(&gap)));
        assert!(slots[2_999] < 60_000, "{}", slots[2_999]);
    }

    #[test]
    fn where_all_of_the_limit_is_sold_there_is_room_for_what_arrives_unevenly() {
        let all = settings(50, 0).with_uneven_transit(Duration::from_millis(15));
        let mut slots = Vec::new();
        let mut book = Book::default();
        while slots.len() < 3_000 {
            slots.extend(sold(&mut book, &all, &order(Need::Alarm, 50, 0)));
        }
        // Times here are cut off to milliseconds.
        let mut apart = slots.windows(51).map(|slots| slots[50] - slots[0]);
        assert!(apart.all(|apart| apart >= 1_014));
        let minute = slots.iter().filter(|slot| **slot < 60_000).count();
        assert!(minute > 2_940, "98 % of the limit: {minute}");
    }

    #[test]
    fn a_rate_that_leaves_room_loses_nothing_to_what_arrives_unevenly() {
        let settings = settings(45, 0).with_uneven_transit(crate::MOST_UNEVEN);
        let (mut book, mut slots) = (Book::default(), Vec::new());
        while slots.len() < 2_700 {
            slots.extend(sold(&mut book, &settings, &order(Need::Alarm, 50, 0)));
        }
        assert!(slots[2_699] < 60_000, "{}", slots[2_699]);
    }

    #[test]
    fn a_broadcast_cannot_take_the_slots_of_alarms() {
        let (mut book, settings) = (Book::default(), Settings::default());
        for _ in 0..10 {
            sold(&mut book, &settings, &order(Need::Broadcast, 40, 0));
        }
        let alarm = sold(&mut book, &settings, &order(Need::Alarm, 5, 0));
        assert!(alarm.iter().all(|slot| *slot < 1_000), "{alarm:?}");
        // Without a broadcast they have both lines.
        let mut book = Book::default();
        let alarms = sold(&mut book, &settings, &order(Need::Alarm, 45, 0));
        assert_eq!(alarms.len(), 45);
        assert!(alarms.iter().all(|slot| *slot < 1_000), "{alarms:?}");
    }

    #[test]
    fn deliveries_and_the_rest_do_not_touch() {
        let (mut book, settings) = (Book::default(), Settings::default());
        sold(&mut book, &settings, &order(Need::Broadcast, 40, 0));
        let slots = sold(&mut book, &settings, &order(Need::Other, 9, 0));
        assert_eq!(slots.len(), 5, "a second's worth at most");
        assert_eq!(slots[0], 0);
    }

    #[test]
    fn what_cannot_be_had_in_time_is_not_sold() {
        let (mut book, settings) = (Book::default(), settings(1, 0));
        sold(&mut book, &settings, &order(Need::Broadcast, 1, 0));
        let mut impatient = order(Need::Broadcast, 1, 100);
        impatient.latest = at(900);
        assert_eq!(book.sell(&settings, &impatient), Sale::Later(at(1_000)));
    }

    #[test]
    fn after_a_429_it_resumes_in_time_at_half_the_rate_and_climbs() {
        let settings = settings(50, 0);
        let mut book = Book::default();
        for _ in 0..10 {
            sold(&mut book, &settings, &order(Need::Broadcast, 50, 0));
        }
        let book = book
            .lowered(at(500), Some(Duration::from_secs(2)))
            .expect("it changes");
        assert_eq!(book.lowered(at(600), Some(Duration::from_secs(1))), None);
        let mut book = book;
        let mut slots = Vec::new();
        while slots.last().is_none_or(|last| *last < 32_500) {
            slots.extend(sold(&mut book, &settings, &order(Need::Broadcast, 50, 500)));
        }
        assert_eq!(slots[0], 2_500);
        let within = |from, to| {
            let inside = slots.iter().filter(|slot| (from..to).contains(*slot));
            inside.count()
        };
        assert_eq!(within(2_500, 3_500), 25);
        assert_eq!(within(12_500, 13_500), 35);
        assert_eq!(within(31_500, 32_500), 50);
    }

    #[test]
    fn a_book_that_rested_says_nothing() {
        let (mut book, settings) = (Book::default(), Settings::default());
        assert!(Book::default().settled() <= at(0));
        sold(&mut book, &settings, &order(Need::Broadcast, 40, 0));
        let settled = book.settled();
        assert!(settled <= at(2_000));
        let mut later = order(Need::Alarm, 45, 0);
        later.now = settled;
        let slots = |sale| match sale {
            Sale::Sold { slots, .. } => slots,
            Sale::Later(_) => Vec::new(),
        };
        assert_eq!(
            slots(book.sell(&settings, &later)),
            slots(Book::default().sell(&settings, &later))
        );
    }

    #[test]
    fn a_book_of_a_broken_clock_does_not_stop_anybody() {
        let mut book = Book::default();
        let settings = Settings::default();
        sold(
            &mut book,
            &settings,
            &order(Need::Broadcast, 40, 86_400_000),
        );
        assert_eq!(
            sold(&mut book, &settings, &order(Need::Broadcast, 1, 0)),
            [0]
        );
        let far = Book::default().lowered(at(86_400_000), None).unwrap();
        let mut far = far;
        assert_eq!(
            sold(&mut far, &settings, &order(Need::Broadcast, 1, 0)),
            [0]
        );
    }
}
