//! Who may vote, and who sees results.

use crate::definition::{Closing, ClosingTime, Definition, Quorum, ResultsVisibility};
use crate::refusal::Refusal;
use activity::ids::ObjectId;
use jiff::{SignedDuration, Timestamp};
use notifications::Address;
use serde::{Deserialize, Serialize};

/// How far an occurrence has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It takes votes.
    #[default]
    Open,
    /// It takes no votes, and is being counted.
    Closing,
    /// It is counted.
    Closed,
}

/// Where an occurrence stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How far it has come, as it is stored.
    pub phase: Phase,
    /// When it closes; absent, by hand.
    pub closes: Option<Timestamp>,
    /// The latest time to which that can be moved; absent, to any.
    pub latest: Option<Timestamp>,
}

/// How long a poll is open at most: as long as the ledger knows who was asked, less what it takes to plan.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The latest time at which a poll closes that was opened then.
#[must_use]
pub fn latest(opened: Timestamp) -> Timestamp {
    opened.saturating_add(LONGEST).unwrap_or(Timestamp::MAX)
}

impl Standing {
    /// Whether votes are taken. Its closing time counts, also when whoever
    /// closes it is late.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.phase == Phase::Open && self.closes.is_none_or(|closes| now < closes)
    }

    /// A closing time, no later than can be.
    pub(crate) fn at_most(&self, closes: Timestamp) -> Timestamp {
        self.latest.map_or(closes, |latest| closes.min(latest))
    }
}

/// Somebody who acts, by every name that is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Their Entra object id.
    pub object_id: &'a ObjectId,
    /// Their user principal name.
    pub upn: Option<&'a str>,
    /// Their e-mail address.
    pub mail: Option<&'a str>,
}

impl Person<'_> {
    /// Whether an address names this person.
    #[must_use]
    pub fn is(&self, address: &Address) -> bool {
        let same = |known: Option<&str>, name: &str| {
            known.is_some_and(|known| known.to_lowercase() == name)
        };
        match address {
            Address::Aad(id) => id.as_str().eq_ignore_ascii_case(self.object_id.as_str()),
            Address::Upn(name) => same(self.upn, name),
            Address::Mail(name) => same(self.mail, name),
            _ => false,
        }
    }
}

/// Who looks at results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Whether they own the poll, alone or with others.
    pub owns: bool,
    /// Whether they have voted.
    pub voted: bool,
}

impl Definition {
    /// Whether this person is the owner or a co-owner.
    #[must_use]
    pub fn is_owned_by(&self, person: &Person<'_>) -> bool {
        person.is(&self.owner) || self.co_owners.iter().any(|owner| person.is(owner))
    }

    /// Whether a vote is taken from somebody who was asked.
    ///
    /// That they were asked is for the ledger to say ([`Refusal::NotForYou`]).
    ///
    /// # Errors
    ///
    /// [`Refusal::Closed`], [`Refusal::MayNotChange`].
    pub fn may_vote(&self, standing: Standing, voted: bool, now: Timestamp) -> Result<(), Refusal> {
        if !standing.is_open(now) {
            return Err(Refusal::Closed);
        }
        if voted && !self.may_change {
            return Err(Refusal::MayNotChange);
        }
        Ok(())
    }

    /// Whether somebody may see results, such as there are.
    ///
    /// Owners always may. For everybody else the poll's `results` decides.
    /// What is too little to show is withheld from all alike
    /// ([`Results`](crate::Results)), and an anonymous poll that is open shows
    /// only what was [released](crate::release).
    #[must_use]
    pub fn shows_results(&self, viewer: Viewer, standing: Standing, now: Timestamp) -> bool {
        let open = standing.is_open(now);
        viewer.owns
            || match self.results {
                ResultsVisibility::Live => true,
                ResultsVisibility::AfterVoting => viewer.voted || !open,
                ResultsVisibility::AfterClosing => !open,
                ResultsVisibility::Owner => false,
            }
    }

    /// Whether a card that many read, or that nobody in particular reads, may
    /// show results: what somebody sees who neither owns nor has voted.
    #[must_use]
    pub fn shows_results_to_all(&self, standing: Standing, now: Timestamp) -> bool {
        self.shows_results(Viewer::default(), standing, now)
    }

    /// When an occurrence that opened then closes; `None`, by hand.
    #[must_use]
    pub fn closes_at(&self, opened: Timestamp) -> Option<Timestamp> {
        self.closes.at(opened)
    }

    /// When those are reminded who have not answered: each reminder that
    /// comes before the closing, in their order.
    #[must_use]
    pub fn reminders(&self, opened: Timestamp, closes: Option<Timestamp>) -> Vec<Timestamp> {
        let times = self.remind.iter().filter_map(|after| later(opened, *after));
        times
            .filter(|at| closes.is_none_or(|closes| *at < closes))
            .collect()
    }
}

/// Whether somebody is reminded: not after closing, and not who has answered.
#[must_use]
pub fn is_reminded(standing: Standing, voted: bool, now: Timestamp) -> bool {
    standing.is_open(now) && !voted
}

impl Closing {
    /// The closing time of an occurrence that opened then; `None`, by hand.
    #[must_use]
    pub fn at(&self, opened: Timestamp) -> Option<Timestamp> {
        match self.time? {
            ClosingTime::At(at) => Some(at),
            ClosingTime::After(after) => later(opened, after),
        }
    }

    /// Whether enough have voted. Of a share of nobody knows how many there
    /// is never enough.
    #[must_use]
    pub fn quorum_reached(&self, voters: u64, asked: Option<u64>) -> bool {
        match self.quorum {
            None => false,
            Some(Quorum::Voters(needed)) => voters >= needed,
            Some(Quorum::Percent(percent)) => asked.is_some_and(|asked| {
                let needed = u128::from(asked) * u128::from(percent);
                asked > 0 && u128::from(voters) * 100 >= needed
            }),
        }
    }
}

fn later(time: Timestamp, after: std::time::Duration) -> Option<Timestamp> {
    let after = SignedDuration::try_from(after).ok()?;
    time.checked_add(after).ok()
}
