//! How many requests Teams serves, and what it says to one too many.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::model::Place;

/// At most this many requests within any stretch of time this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many.
    pub requests: u32,
    /// Within how long.
    pub within: Duration,
}

impl Window {
    /// At most `requests` within this many seconds.
    #[must_use]
    pub const fn per_seconds(requests: u32, seconds: u64) -> Self {
        Self {
            requests,
            within: Duration::from_secs(seconds),
        }
    }
}

/// The rates from which the Connector answers 429 `Throttled`.
///
/// The windows slide on the simulator's clock. A request that is refused does
/// not count; `Retry-After` says, in whole seconds, from when on there is room
/// again. An empty list is no limit.
///
/// Rate limiting for agents (protocol reference §5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of the app in its tenant, over all operations of the Connector.
    pub app: Vec<Window>,
    /// Messages to one conversation: sent, replied, edited. A message with text
    /// and attachments is two. The threads of a channel are one conversation.
    pub send: Vec<Window>,
    /// Creations that lead to one conversation.
    pub create: Vec<Window>,
    /// Reads of the members of one conversation.
    pub members: Vec<Window>,
    /// Reads of the channels of one team.
    pub channels: Vec<Window>,
    /// Reads of all members of one conversation at once, which also count for `members`.
    pub unpaged_members: Vec<Window>,
}

const SENDING: [Window; 4] = [
    Window::per_seconds(7, 1),
    Window::per_seconds(8, 2),
    Window::per_seconds(60, 30),
    Window::per_seconds(1_800, 3_600),
];

const READING: [Window; 4] = [
    Window::per_seconds(14, 1),
    Window::per_seconds(16, 2),
    Window::per_seconds(120, 30),
    Window::per_seconds(3_600, 3_600),
];

impl Limits {
    /// What Microsoft documents.
    #[must_use]
    pub fn documented() -> Self {
        Self {
            app: vec![Window::per_seconds(50, 1)],
            send: SENDING.to_vec(),
            create: SENDING.to_vec(),
            members: READING.to_vec(),
            channels: READING.to_vec(),
            unpaged_members: vec![Window::per_seconds(5, 60)],
        }
    }

    /// No limits at all.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    fn windows(&self, kind: Kind) -> &[Window] {
        match kind {
            Kind::App => &self.app,
            Kind::Send => &self.send,
            Kind::Create => &self.create,
            Kind::Members => &self.members,
            Kind::Channels => &self.channels,
            Kind::UnpagedMembers => &self.unpaged_members,
        }
    }
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    App,
    Send,
    Create,
    Members,
    Channels,
    UnpagedMembers,
}

/// What a request takes out of one kind of window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) kind: Kind,
    /// The conversation; `None` for the whole app.
    pub(crate) place: Option<Place>,
    pub(crate) requests: u32,
}

/// What was refused, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) kind: Kind,
    pub(crate) wait: Duration,
}

/// The requests that were served lately.
#[derive(Default)]
pub(crate) struct Throttle {
    limits: Limits,
    served: HashMap<(Kind, Option<Place>), VecDeque<Timestamp>>,
}

impl Throttle {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            served: HashMap::new(),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.limits == Limits::default()
    }

    /// Forgets what was served.
    pub(crate) fn forget(&mut self) {
        self.served.clear();
    }

    /// Takes all charges, or none of them.
    pub(crate) fn charge(&mut self, charges: &[Charge], now: Timestamp) -> Result<(), TooMany> {
        for charge in charges {
            self.has_room(charge, now)?;
        }
        for charge in charges {
            let windows = self.limits.windows(charge.kind);
            let Some(longest) = windows.iter().map(|window| window.within).max() else {
                continue;
            };
            let most = windows.iter().map(|window| window.requests).max();
            let served = self.served.entry((charge.kind, charge.place)).or_default();
            while served
                .front()
                .is_some_and(|at| age(*at, now).is_some_and(|age| age >= longest))
                || served.len() > most.unwrap_or(0) as usize
            {
                served.pop_front();
            }
            served.extend((0..charge.requests).map(|_| now));
        }
        Ok(())
    }

    fn has_room(&self, charge: &Charge, now: Timestamp) -> Result<(), TooMany> {
        let Some(served) = self.served.get(&(charge.kind, charge.place)) else {
            return Ok(());
        };
        let waits = self.limits.windows(charge.kind).iter().map(|window| {
            // With this many served inside the window there is no room left.
            let most = window
                .requests
                .saturating_sub(charge.requests.min(window.requests));
            let oldest_too_many = served.len().checked_sub(most as usize + 1)?;
            let age = age(served[oldest_too_many], now).unwrap_or_default();
            window
                .within
                .checked_sub(age)
                .filter(|left| !left.is_zero())
        });
        match waits.flatten().max() {
            None => Ok(()),
            Some(wait) => Err(TooMany {
                kind: charge.kind,
                wait,
            }),
        }
    }
}

/// How long ago that was; `None` if it is yet to come, after the clock was set back.
fn age(at: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(now.duration_since(at)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    fn one(kind: Kind) -> [Charge; 1] {
        [Charge {
            kind,
            place: None,
            requests: 1,
        }]
    }

    #[test]
    fn a_window_slides_and_says_when_there_is_room_again() {
        let mut throttle = Throttle::new(Limits::documented());
        for number in 0..7 {
            throttle.charge(&one(Kind::Send), at(number * 100)).unwrap();
        }
        let refused = throttle.charge(&one(Kind::Send), at(900)).unwrap_err();
        assert_eq!(refused.wait, Duration::from_millis(100));
        // The first of the seven is a second old: room for the eighth, and in two seconds no ninth.
        throttle.charge(&one(Kind::Send), at(1_000)).unwrap();
        let refused = throttle.charge(&one(Kind::Send), at(1_999)).unwrap_err();
        assert_eq!(refused.wait, Duration::from_millis(1));
        throttle.charge(&one(Kind::Send), at(2_000)).unwrap();
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let mut throttle = Throttle::new(Limits::documented());
        for _ in 0..50 {
            throttle.charge(&one(Kind::App), at(0)).unwrap();
        }
        for millis in 0..1_000 {
            throttle.charge(&one(Kind::App), at(millis)).unwrap_err();
        }
        throttle.charge(&one(Kind::App), at(1_000)).unwrap();
    }

    #[test]
    fn a_message_that_becomes_two_needs_room_for_both() {
        let mut throttle = Throttle::new(Limits::documented());
        let two = [Charge {
            kind: Kind::Send,
            place: None,
            requests: 2,
        }];
        for _ in 0..3 {
            throttle.charge(&two, at(0)).unwrap();
        }
        throttle.charge(&two, at(1)).unwrap_err();
        throttle.charge(&one(Kind::Send), at(2)).unwrap();
    }

    #[test]
    fn without_limits_nothing_is_refused_and_nothing_kept() {
        let mut throttle = Throttle::new(Limits::off());
        for _ in 0..10_000 {
            throttle.charge(&one(Kind::App), at(0)).unwrap();
        }
        assert!(throttle.is_off() && throttle.served.is_empty());
    }
}
