//! Many workers on one book: no window is ever exceeded, whoever buys, waits, is late, dies or lags behind.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pacing::{
    AlarmShare, Book, CONFIRM, Hand, LATE, Line, MOST_UNEVEN, Need, Order, Rate, SENDS, SKEW, Sale,
    Settings, Taken, Window,
};
use proptest::prelude::*;

/// What a worker does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// It has this much to send.
    Send(Need, u32),
    /// The same, but the answer to its purchase is lost: its slots are sold, and nobody has them.
    Lose(Need, u32),
    /// It is killed, with all that it holds.
    Die,
    /// Teams throttles the tenant, and it tells the book.
    Throttled(Option<u64>),
}

fn need() -> impl Strategy<Value = Need> {
    prop_oneof![
        1 => Just(Need::Alarm),
        3 => Just(Need::Broadcast),
        1 => Just(Need::Other),
    ]
}

fn act(throttled: u32) -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => (need(), 1..60_u32).prop_map(|(need, count)| Act::Send(need, count)),
        2 => (need(), 1..60_u32).prop_map(|(need, count)| Act::Lose(need, count)),
        1 => Just(Act::Die),
        throttled => prop::option::of(1..4_u64).prop_map(Act::Throttled),
    ]
}

/// Which worker does what, and how many milliseconds after the last.
fn acts(throttled: u32, pause: u64) -> impl Strategy<Value = Vec<(usize, u64, Act)>> {
    prop::collection::vec((0..WORKERS, 0..pause, act(throttled)), 1..120)
}

const WORKERS: usize = 6;

/// By how many milliseconds each clock is off.
fn skews(most: i64) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(-most..=most, WORKERS)
}

#[derive(Debug)]
struct Worker {
    hand: Hand,
    skew: SignedDuration,
    lives: u32,
}

/// A request that waits for its slot, by true time.
type Waiting = Reverse<(Timestamp, usize, u32, usize)>;

/// The fleet, the book, and Teams.
struct Fleet {
    settings: Settings,
    book: Book,
    workers: Vec<Worker>,
    now: Timestamp,
    waiting: BinaryHeap<Waiting>,
    taken: Vec<Taken>,
    /// How late slots are used, in turns.
    lateness: Vec<u64>,
    /// What Teams got: when, and from which line.
    sent: Vec<(Timestamp, Line)>,
    /// From when to when nothing may be sent.
    pauses: Vec<(Timestamp, Timestamp)>,
}

impl Fleet {
    fn new(settings: Settings, skews: &[i64], lateness: &[u64]) -> Self {
        let worker = |skew: &i64| Worker {
            hand: Hand::default(),
            skew: SignedDuration::from_millis(*skew),
            lives: 0,
        };
        Self {
            settings,
            book: Book::default(),
            workers: skews.iter().map(worker).collect(),
            now: Timestamp::from_second(1_790_000_000).unwrap(),
            waiting: BinaryHeap::new(),
            taken: Vec::new(),
            lateness: lateness.to_vec(),
            sent: Vec::new(),
            pauses: Vec::new(),
        }
    }

    fn run(&mut self, acts: &[(usize, u64, Act)]) {
        for (who, after, act) in acts {
            let until = self.now + Duration::from_millis(*after);
            self.pass(until);
            match *act {
                Act::Send(need, count) => self.send(*who, need, count, false),
                Act::Lose(need, count) => self.send(*who, need, count, true),
                Act::Die => {
                    let worker = &mut self.workers[*who];
                    worker.hand = Hand::default();
                    worker.lives += 1;
                }
                Act::Throttled(seconds) => self.throttled(*who, seconds),
            }
        }
        self.pass(self.now + Duration::from_secs(120));
    }

    /// Time passes; whoever has a slot uses it.
    fn pass(&mut self, until: Timestamp) {
        while let Some(Reverse((at, who, life, taken))) = self.waiting.peek().copied() {
            if at > until {
                break;
            }
            self.waiting.pop();
            self.now = at.max(self.now);
            let worker = &mut self.workers[who];
            let local = at + worker.skew;
            if worker.lives != life {
                continue;
            }
            if worker.hand.must_look(local) {
                worker.hand.hear(self.book.pace, local);
            }
            let taken = self.taken[taken];
            if worker.hand.is_good(&taken, local) {
                self.sent.push((at, taken.slot.line));
            }
        }
        self.now = until.max(self.now);
    }

    fn send(&mut self, who: usize, need: Need, count: u32, lost: bool) {
        let local = self.now + self.workers[who].skew;
        let order = Order {
            need,
            count,
            now: local,
            latest: local + Duration::from_secs(40),
        };
        let Sale::Sold { slots, book } = self.book.sell(&self.settings, &order) else {
            return;
        };
        self.book = book;
        let worker = &mut self.workers[who];
        if lost {
            return;
        }
        worker.hand.hear(book.pace, local);
        worker.hand.add(slots);
        while let Some(taken) = worker.hand.take(need, local) {
            let late = self.lateness[self.taken.len() % self.lateness.len()];
            let at = taken.slot.at.max(local) - worker.skew + Duration::from_millis(late);
            let waiting = (at.max(self.now), who, worker.lives, self.taken.len());
            self.waiting.push(Reverse(waiting));
            self.taken.push(taken);
        }
    }

    fn throttled(&mut self, who: usize, seconds: Option<u64>) {
        let local = self.now + self.workers[who].skew;
        let after = seconds.map(Duration::from_secs);
        if let Some(book) = self.book.lowered(local, after) {
            self.book = book;
            let heard = self.now + CONFIRM;
            self.pauses.push((heard, book.pace.resume));
        }
        let worker = &mut self.workers[who];
        worker.hand.hear(self.book.pace, local);
    }

    /// The most that any second has of these lines, wherever it begins.
    fn fullest_second(&self, lines: &[Line], since: Timestamp) -> usize {
        let mut sent: Vec<Timestamp> = self
            .sent
            .iter()
            .filter(|(at, line)| lines.contains(line) && *at >= since)
            .map(|(at, _)| *at)
            .collect();
        sent.sort();
        fullest(&sent, Duration::from_secs(1))
    }
}

/// The most times within any stretch that is this long.
fn fullest(sorted: &[Timestamp], within: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (index, at) in sorted.iter().enumerate() {
        while *at >= sorted[first] + within {
            first += 1;
        }
        most = most.max(index + 1 - first);
    }
    most
}

fn settings() -> impl Strategy<Value = Settings> {
    (1..60_u32, 1..10_u32, 0..=90_u32).prop_map(|(delivery, other, share)| {
        Settings::new(
            Rate::new(delivery).unwrap(),
            Rate::new(other).unwrap(),
            AlarmShare::new(share).unwrap(),
        )
    })
}

proptest! {
    #[test]
    fn no_second_has_more_than_its_line(
        settings in settings(),
        acts in acts(0, 500),
    ) {
        let mut fleet = Fleet::new(settings, &[0; WORKERS], &[0]);
        fleet.run(&acts);
        for line in Line::ALL {
            let most = fleet.fullest_second(&[line], Timestamp::MIN);
            prop_assert!(most <= settings.of(line) as usize, "{line:?}: {most}");
        }
    }

    #[test]
    fn no_second_has_more_after_429s_and_no_pause_is_broken(
        settings in settings(),
        acts in acts(4, 900),
    ) {
        let mut fleet = Fleet::new(settings, &[0; WORKERS], &[0]);
        fleet.run(&acts);
        for line in Line::ALL {
            let most = fleet.fullest_second(&[line], Timestamp::MIN);
            prop_assert!(most <= settings.of(line) as usize, "{line:?}: {most}");
        }
        for (from, to) in &fleet.pauses {
            let broken = fleet.sent.iter().filter(|(at, _)| from < at && at < to).count();
            prop_assert_eq!(broken, 0);
        }
    }

    /// Late slots and clocks that are off by 20 ms either way: what is not in use of Teams' 50 covers them.
    #[test]
    fn in_even_running_late_slots_and_clocks_that_differ_stay_within_teams_fifty(
        skews in skews(20),
        lateness in prop::collection::vec(0..=LATE.as_millis() as u64, 1..50),
        pauses in prop::collection::vec(1..40_u64, 20..40),
    ) {
        let settings = Settings::default();
        let mut fleet = Fleet::new(settings, &skews, &lateness);
        let even = fleet.now + Duration::from_secs(27);
        let mut turn = 0;
        while fleet.now < even + Duration::from_secs(10) {
            for pause in &pauses {
                turn += 1;
                let need = if turn % 5 == 0 { Need::Alarm } else { Need::Broadcast };
                fleet.run_one(turn % WORKERS, *pause, need);
            }
        }
        let most = fleet.fullest_second(&[Line::Main, Line::Alarm], even);
        prop_assert!(most <= 50, "{most}");
        prop_assert!(most >= 40, "it was no test: {most}");
    }

    /// Teams counts what arrives.
    #[test]
    fn all_of_teams_fifty_can_be_sold_when_requests_arrive_unevenly(
        acts in acts(0, 500),
        uneven in 0..=MOST_UNEVEN.as_millis() as u64,
        under_way in prop::collection::vec(0..1_000_u64, 1..50),
    ) {
        let all = Settings::new(
            Rate::new(50).unwrap(),
            Rate::new(5).unwrap(),
            AlarmShare::new(0).unwrap(),
        );
        let all = all.with_uneven_transit(Duration::from_millis(uneven));
        let mut fleet = Fleet::new(all, &[0; WORKERS], &[0]);
        fleet.run(&acts);
        let sent = fleet.sent.iter().filter(|(_, line)| *line == Line::Main);
        let arrives = |((at, _), part): (&(Timestamp, Line), &u64)| {
            *at + Duration::from_micros(uneven * part)
        };
        let mut arrived: Vec<_> = sent.zip(under_way.iter().cycle()).map(arrives).collect();
        arrived.sort();
        let most = fullest(&arrived, Duration::from_secs(1));
        prop_assert!(most <= 50, "{most}");
    }

    #[test]
    fn no_window_of_a_conversation_is_exceeded_by_clocks_that_are_off_by_a_second(
        skews in skews(SKEW.as_millis() as i64),
        tries in prop::collection::vec((0..WORKERS, 0..700_i64), 1..400),
    ) {
        let mut window = Window::default();
        let mut now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut sent = Vec::new();
        for (who, after) in tries {
            now += Duration::from_millis(after.cast_unsigned());
            let local = now + SignedDuration::from_millis(skews[who]);
            if window.earliest(SENDS, local) <= local {
                window.record(local);
                window = Window::from_bytes(&window.to_bytes()).unwrap();
                sent.push(now);
            }
        }
        for limit in SENDS {
            let within = Duration::from_secs(limit.seconds.into());
            prop_assert!(fullest(&sent, within) <= limit.requests as usize);
        }
    }
}

impl Fleet {
    /// One worker has a second's work, if nobody is far ahead.
    fn run_one(&mut self, who: usize, after: u64, need: Need) {
        self.pass(self.now + Duration::from_millis(after));
        if self.waiting.len() < 60 {
            self.send(who, need, 20, false);
        }
    }
}

#[test]
fn all_that_may_be_sent_is_sent() {
    let settings = Settings::new(
        Rate::new(50).unwrap(),
        Rate::new(5).unwrap(),
        AlarmShare::new(0).unwrap(),
    );
    let mut fleet = Fleet::new(settings, &[0; WORKERS], &[0]);
    let start = fleet.now;
    for turn in 0..300 {
        fleet.run_one(turn % WORKERS, 220, Need::Broadcast);
    }
    fleet.pass(fleet.now + Duration::from_secs(10));
    let minute = start + Duration::from_secs(60);
    let sent = fleet.sent.iter().filter(|(at, _)| *at < minute).count();
    assert!(sent >= 2_940, "{sent} of 3,000");
}
