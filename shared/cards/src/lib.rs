#![doc = include_str!("../README.md")]

mod acted;
pub mod broadcast;
pub mod buttons;
pub mod confirm;
mod decided;
mod elements;
pub mod help;
mod how_to_stop;
pub mod markdown;
pub mod notices;
pub mod notification;
mod own_card;
pub mod poll;
pub mod reader;
mod size;
pub mod status;
pub mod template;
mod times;
pub mod topics;
pub mod welcome;
pub mod why;

pub use acted::{Acted, Who, acted};
pub use buttons::Press;
pub use decided::{Decided, decided};
pub use notification::{Mentioned, NotificationCard, Rendered, Standing};
pub use poll::{PollCard, PollPress};
pub use reader::{Language, Place, Reader};
pub use status::Status;
pub use topics::TopicRow;
pub use welcome::{Installed, PersonalWelcome, SharedWelcome};
pub use why::{Reason, Why};

use serde_json::Value;

/// What is sent: a card, and the line that stands in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The Adaptive Card, without the attachment around it.
    pub card: Value,
    /// The activity's `summary`: what the toast and the chat list show.
    pub summary: String,
}
