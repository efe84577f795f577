//! What an owner may do with a poll, and what comes of it.

use crate::definition::{ClosingTime, Definition};
use crate::ids::{OccurrenceId, PollId};
use crate::refusal::Refusal;
use crate::voting::{Person, Phase, Standing};
use activity::ids::TenantId;
use jiff::{SignedDuration, Timestamp};
use notifications::contract::fields::{choice, duration, opaque, time};
use notifications::contract::walk::{At, Walk, quote};
use notifications::{Address, ContractErrors, durations};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};
use std::time::Duration;

/// The detail of a `tidings.poll.command` event.
///
/// `{"poll": "lunch", "occurrence": "lunch@20261124T120000Z", "do": "extend",
/// "for": "1h", "by": "aad:…"}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The tenant; absent, the home tenant.
    pub tenant: Option<TenantId>,
    /// Which poll.
    pub poll: PollId,
    /// Which occurrence; absent, the latest, and with `delete` the whole poll.
    pub occurrence: Option<OccurrenceId>,
    /// What to do.
    pub does: Manage,
    /// Who wants it.
    pub by: Address,
}

/// What an owner does with a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manage {
    /// Take no more votes, and tell the result.
    Close,
    /// Take votes again.
    Reopen(Option<Longer>),
    /// Close later.
    Extend(Longer),
    /// Remove it with all that it has of votes and results.
    Delete,
    /// Ask the same again, as a new poll.
    Clone,
}

/// How much later it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Longer {
    /// So long after its closing time, or after now when that is past.
    For(Duration),
    /// At this time.
    Until(Timestamp),
}

impl Manage {
    /// The word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Reopen(_) => "reopen",
            Self::Extend(_) => "extend",
            Self::Delete => "delete",
            Self::Clone => "clone",
        }
    }
}

impl Command {
    /// Reads a command, naming everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// [`ContractErrors`]: each place, what is there and what should be.
    pub fn from_value(json: &Value) -> Result<Self, ContractErrors> {
        let mut walk = Walk::default();
        let command = command(&mut walk, &At::root(json));
        walk.end(command)
    }

    /// The command as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut json = json!({
            "poll": self.poll,
            "do": self.does.word(),
            "by": self.by.to_string(),
        });
        if let Some(tenant) = &self.tenant {
            json["tenant"] = tenant.as_str().into();
        }
        if let Some(occurrence) = &self.occurrence {
            json["occurrence"] = occurrence.to_string().into();
        }
        match self.does {
            Manage::Extend(longer) | Manage::Reopen(Some(longer)) => match longer {
                Longer::For(time) => json["for"] = durations::print(time).into(),
                Longer::Until(time) => json["until"] = time.to_string().into(),
            },
            _ => {}
        }
        json
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_value(&json).map_err(de::Error::custom)
    }
}

fn command(walk: &mut Walk, at: &At<'_>) -> Option<Command> {
    let mut fields = at.fields(walk, "an object: {poll, do, by}")?;
    if let Some(at) = fields.get("specversion")
        && at.value.as_str() != Some("1")
    {
        walk.problem(&at.path, "something else", "\"1\"");
    }
    let tenant = fields.get("tenant").and_then(|at| {
        opaque(walk, &at, 128).map(|tenant| TenantId::new(tenant.to_ascii_lowercase()))
    });
    let poll: Option<PollId> = fields
        .require(walk, "poll", "a poll id")
        .and_then(|at| parsed(walk, &at, "a poll id: 1 to 64 of a-z, 0-9 and -"));
    let occurrence: Option<OccurrenceId> = fields.get("occurrence").and_then(|at| {
        let expected = "an occurrence, such as lunch@20261124T120000Z";
        let occurrence: OccurrenceId = parsed(walk, &at, expected)?;
        if poll.as_ref().is_some_and(|poll| poll != occurrence.poll()) {
            walk.problem(&at.path, "an occurrence of another poll", "one of this");
        }
        Some(occurrence)
    });
    let after = fields.get("for").and_then(|at| duration(walk, &at));
    let until = fields.get("until").and_then(|at| time(walk, &at));
    let longer = match (after, until) {
        (Some(_), Some(_)) => {
            walk.problem(fields.path(), "both for and until", "one of them");
            None
        }
        (Some(after), None) => Some(Longer::For(after)),
        (None, until) => until.map(Longer::Until),
    };
    let words = [
        ("close", Manage::Close),
        ("reopen", Manage::Reopen(longer)),
        (
            "extend",
            Manage::Extend(longer.unwrap_or(Longer::For(Duration::ZERO))),
        ),
        ("delete", Manage::Delete),
        ("clone", Manage::Clone),
    ];
    let does = fields
        .require(walk, "do", "one of close, reopen, extend, delete, clone")
        .and_then(|at| choice(walk, &at, &words));
    if matches!(does, Some(Manage::Extend(_))) && !(fields.has("for") || fields.has("until")) {
        walk.problem("for", "nothing", "for or until: how much later it closes");
    }
    let by = fields
        .require(walk, "by", "who wants it: aad:, upn: or mail:")
        .and_then(|at| {
            const EXPECTED: &str = "the address of one person: aad:, upn: or mail:";
            match at.str(walk, EXPECTED)?.parse() {
                Ok(by @ (Address::Aad(_) | Address::Upn(_) | Address::Mail(_))) => Some(by),
                _ => at.wrong(walk, EXPECTED),
            }
        });
    fields.end(walk);
    Some(Command {
        tenant,
        poll: poll?,
        occurrence,
        does: does?,
        by: by?,
    })
}

fn parsed<T: std::str::FromStr>(walk: &mut Walk, at: &At<'_>, expected: &str) -> Option<T> {
    let text = at.str(walk, expected)?;
    let value = text.parse().ok();
    if value.is_none() {
        walk.problem(&at.path, quote(text), expected);
    }
    value
}

/// What comes of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Close it now.
    Close,
    /// It takes votes, until then or until it is closed by hand.
    Open {
        /// The new closing time.
        closes: Option<Timestamp>,
    },
    /// Remove it.
    Delete,
    /// A new poll, to be given an id and asked at once.
    New(Box<Definition>),
}

/// Decides a command of an owner.
///
/// A poll that is closed already is closed again without a change: whoever
/// asks twice means the same.
///
/// # Errors
///
/// [`Refusal::NotAnOwner`]; [`Refusal::Closed`] for what needs an open poll;
/// [`Refusal::StillOpen`], [`Refusal::AnonymousStaysClosed`] for reopening;
/// [`Refusal::NotLater`] for a time that is no extension, or none any more, and
/// [`Refusal::NoClosingTime`] where there is none to move.
pub fn decide(
    definition: &Definition,
    standing: Standing,
    does: Manage,
    by: &Person<'_>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    if !definition.is_owned_by(by) {
        return Err(Refusal::NotAnOwner);
    }
    let open = standing.is_open(now);
    match does {
        Manage::Close => Ok(Change::Close),
        Manage::Delete => Ok(Change::Delete),
        Manage::Clone => Ok(Change::New(Box::new(definition.again(now)))),
        Manage::Extend(_) if !open => Err(Refusal::Closed),
        Manage::Extend(longer) => {
            let closes = standing.closes.ok_or(Refusal::NoClosingTime)?;
            let later = standing.at_most(longer.after(closes));
            if later <= closes || later <= now {
                return Err(Refusal::NotLater);
            }
            let closes = Some(later);
            Ok(Change::Open { closes })
        }
        Manage::Reopen(_) if definition.anonymous => Err(Refusal::AnonymousStaysClosed),
        Manage::Reopen(_) if open => Err(Refusal::StillOpen),
        Manage::Reopen(_) if standing.phase == Phase::Closing => Err(Refusal::Closed),
        Manage::Reopen(longer) => {
            let closes = match longer {
                Some(longer) => Some(standing.at_most(longer.after(now))),
                None => standing.latest,
            };
            if closes.is_some_and(|closes| closes <= now) {
                return Err(Refusal::NotLater);
            }
            Ok(Change::Open { closes })
        }
    }
}

impl Longer {
    fn after(self, time: Timestamp) -> Timestamp {
        match self {
            Self::Until(until) => until,
            Self::For(longer) => SignedDuration::try_from(longer)
                .ok()
                .and_then(|longer| time.checked_add(longer).ok())
                .unwrap_or(time),
        }
    }
}

impl Definition {
    /// The same poll, to be asked once more at once: without its id, its
    /// schedule, and a closing time that is past.
    #[must_use]
    pub fn again(&self, now: Timestamp) -> Self {
        let mut again = self.clone();
        again.id = None;
        again.schedule = None;
        if let Some(ClosingTime::At(at)) = again.closes.time
            && at <= now
        {
            again.closes.time = None;
        }
        again
    }
}
