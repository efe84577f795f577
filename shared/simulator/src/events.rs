//! Everything that happens, as it happens.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::broadcast;

use crate::{Delivery, Message, Operation};

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "event")]
#[non_exhaustive]
pub enum Event {
    /// The bot posted a message.
    Posted {
        /// Where.
        place: PlaceName,
        /// The message.
        message: Message,
    },
    /// The bot edited a message.
    Edited {
        /// Where.
        place: PlaceName,
        /// The message as it is now.
        message: Message,
    },
    /// The bot deleted a message.
    Deleted {
        /// Where.
        place: PlaceName,
        /// The message as it was.
        message: Message,
    },
    /// The bot is typing.
    Typing {
        /// Where.
        place: PlaceName,
    },
    /// An activity went to the bot.
    Delivered {
        /// The activity, and what came back.
        delivery: Box<Delivery>,
    },
    /// The simulator refused a request.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// What was asked for.
        operation: Operation,
        /// The status.
        status: u16,
        /// The error's code, if it has one.
        code: Option<String>,
    },
}

/// A conversation, named for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlaceName {
    /// The conversation's id, with the thread in a channel.
    pub id: String,
    /// Its kind.
    pub kind: ConversationKind,
    /// Who or what it is: `Ana García`, `Platform / Incidents`, `Release crew`.
    pub name: String,
}

/// The kind of a conversation, spelled as Teams spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConversationKind {
    /// One person and the bot.
    Personal,
    /// Several people.
    GroupChat,
    /// A channel of a team.
    Channel,
}

impl ConversationKind {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::GroupChat => "groupChat",
            Self::Channel => "channel",
        }
    }
}

/// What happens from now on, in order.
pub struct Events(pub(crate) broadcast::Receiver<Arc<Event>>);

impl Events {
    /// The next thing that happens; `None` when the simulator has ended.
    ///
    /// Who reads too slowly misses the oldest events, not the newest.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}
