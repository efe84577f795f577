//! What waits for its time.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message that is kept in the table until it is due, then put into its
/// queue.
///
/// Queues do not wait: SQS delays at most 15 minutes and hides at most 12
/// hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldItem {
    /// Names the item: holding the same id for the same minute twice is
    /// holding it once.
    pub id: String,
    /// When it is due.
    pub until: Timestamp,
    /// Why it waits.
    pub why: HeldFor,
    /// The queue it goes to.
    pub queue: QueueName,
    /// The message body.
    pub body: String,
}

/// Why an item waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldFor {
    /// The notification's `notBefore`.
    NotBefore,
    /// A retry further off than a queue can delay.
    Retry,
    /// The recipient's quiet hours.
    QuietHours,
    /// The recipient does not have the app yet.
    Install,
    /// Anything that is simply due later.
    Schedule,
}

/// One of our queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueName {
    /// Notifications, and pages of their planning.
    Notification,
    /// Chunks of few recipients.
    Delivery,
    /// Chunks of many recipients.
    Broadcast,
    /// Background work.
    Task,
}

/// The text is no word of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word that this version knows")]
pub struct UnknownWord;

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word that serde writes too.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord) }
            }
        }
    };
}

words!(HeldFor {
    NotBefore = "not-before",
    Retry = "retry",
    QuietHours = "quiet-hours",
    Install = "install",
    Schedule = "schedule",
});

words!(QueueName {
    Notification = "notification",
    Delivery = "delivery",
    Broadcast = "broadcast",
    Task = "task",
});
