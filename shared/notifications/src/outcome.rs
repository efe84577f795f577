//! How a notification ended for one recipient.

use activity::ids::ActivityId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a recipient was not sent a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// The recipient muted the topic.
    Muted,
    /// The recipient unsubscribed from the topic.
    Unsubscribed,
    /// `expires` had passed.
    Expired,
    /// The recipient does not have the app, or we do not know where it is.
    NotInstalled,
    /// The address names nobody we know.
    UnknownRecipient,
    /// The recipient's quiet hours, on a topic that drops rather than keeps.
    QuietHours,
    /// The recipient has had as many messages of this topic as its rate allows.
    RateCap,
    /// A newer message took its place.
    Superseded,
    /// The recipient's tenant is not one that this deployment serves.
    TenantNotAllowed,
    /// The notification was cancelled before the recipient's turn came.
    Cancelled,
    /// There was nothing to recall or to replace: nothing had been sent.
    NotSent,
    /// A person who may decide it said no to the broadcast, or to the rest of
    /// it.
    Declined,
    /// It reminds of a question that the recipient has answered.
    Answered,
}

impl SkipReason {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Muted, "muted"),
        (Self::Unsubscribed, "unsubscribed"),
        (Self::Expired, "expired"),
        (Self::NotInstalled, "not-installed"),
        (Self::UnknownRecipient, "unknown-recipient"),
        (Self::QuietHours, "quiet-hours"),
        (Self::RateCap, "rate-cap"),
        (Self::Superseded, "superseded"),
        (Self::TenantNotAllowed, "tenant-not-allowed"),
        (Self::Cancelled, "cancelled"),
        (Self::NotSent, "not-sent"),
        (Self::Declined, "declined"),
        (Self::Answered, "answered"),
    ];

    /// The stable word for logs, metrics and the ledger.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(reason, _)| *reason == self)
            .map_or("skipped", |(_, code)| code)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for SkipReason {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL
            .iter()
            .find(|(_, code)| *code == text)
            .map(|(reason, _)| *reason)
            .ok_or(UnknownOutcome)
    }
}

/// Why a send failed for good: a stable word such as `bot-removed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FailureCode(String);

impl FailureCode {
    /// Takes a word as it is.
    pub fn new(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a notification ended for one recipient, in one word on the ledger.
///
/// `Display`, `FromStr` and serde all use that compact word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Outcome {
    /// Teams took the message.
    Sent {
        /// The id that Teams gave it, when the answer had one.
        activity: Option<ActivityId>,
        /// An earlier try may have arrived too (`at-least-once`).
        maybe_twice: bool,
    },
    /// Not sent, on purpose.
    Skipped(SkipReason),
    /// Not sent, and no further try can help.
    Failed(FailureCode),
    /// It may or may not have arrived, and is not tried again
    /// (`at-most-once`).
    Unknown,
}

/// The text is no outcome that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an outcome")]
pub struct UnknownOutcome;

impl Outcome {
    /// The outcome of a send that was answered well.
    #[must_use]
    pub fn sent(activity: Option<ActivityId>) -> Self {
        Self::Sent {
            activity,
            maybe_twice: false,
        }
    }

    /// The group that counts are kept by: `sent`, `skipped`, `failed`, `unknown`.
    #[must_use]
    pub fn group(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent {
                activity,
                maybe_twice,
            } => {
                f.write_str(if *maybe_twice { "s+:" } else { "s:" })?;
                f.write_str(activity.as_ref().map_or("", ActivityId::as_str))
            }
            Self::Skipped(reason) => write!(f, "k:{reason}"),
            Self::Failed(code) => write!(f, "f:{code}"),
            Self::Unknown => f.write_str("u"),
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        let sent = |id: &str, maybe_twice| Self::Sent {
            activity: (!id.is_empty()).then(|| ActivityId::new(id)),
            maybe_twice,
        };
        match text.split_once(':') {
            None if text == "u" => Ok(Self::Unknown),
            Some(("s", id)) => Ok(sent(id, false)),
            Some(("s+", id)) => Ok(sent(id, true)),
            Some(("k", reason)) => Ok(Self::Skipped(reason.parse()?)),
            Some(("f", code)) => Ok(Self::Failed(FailureCode::new(code))),
            _ => Err(UnknownOutcome),
        }
    }
}

impl TryFrom<String> for Outcome {
    type Error = UnknownOutcome;

    fn try_from(text: String) -> Result<Self, UnknownOutcome> {
        text.parse()
    }
}

impl From<Outcome> for String {
    fn from(outcome: Outcome) -> Self {
        outcome.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{FailureCode, Outcome, SkipReason};
    use activity::ids::ActivityId;

    #[test]
    fn every_outcome_reads_back_as_it_was_written() {
        let mut all = vec![
            Outcome::sent(None),
            Outcome::sent(Some(ActivityId::new("1:2"))),
            Outcome::Sent {
                activity: Some(ActivityId::new("1700000000000")),
                maybe_twice: true,
            },
            Outcome::Failed(FailureCode::new("bot-removed")),
            Outcome::Unknown,
        ];
        all.extend(SkipReason::ALL.map(|(reason, _)| Outcome::Skipped(reason)));
        for outcome in all {
            assert_eq!(outcome.to_string().parse(), Ok(outcome.clone()));
        }
        assert!("".parse::<Outcome>().is_err());
        assert!("k:because".parse::<Outcome>().is_err());
    }
}
