//! Which events are wanted.

use std::fmt;
use std::str::FromStr;

/// Which events are wanted; each level has those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// None.
    #[default]
    Off,
    /// One when a notification has ended.
    Notification,
    /// One for each chunk, too.
    Chunk,
    /// One for each recipient, too.
    Recipient,
}

/// The text is none of the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected off, notification, chunk or recipient")
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        match text {
            "off" => Ok(Self::Off),
            "notification" => Ok(Self::Notification),
            "chunk" => Ok(Self::Chunk),
            "recipient" => Ok(Self::Recipient),
            _ => Err(UnknownLevel),
        }
    }
}

impl Level {
    /// What is published, when this was asked for and there is a bus or not.
    #[must_use]
    pub fn with_bus(asked: Option<Self>, bus: bool) -> Self {
        match (asked, bus) {
            (_, false) => Self::Off,
            (Some(asked), true) => asked,
            (None, true) => Self::Notification,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn without_a_bus_nothing_is_told_and_with_one_the_end_is() {
        assert_eq!(Level::with_bus(Some(Level::Chunk), false), Level::Off);
        assert_eq!(Level::with_bus(None, true), Level::Notification);
        assert_eq!(Level::with_bus(Some(Level::Off), true), Level::Off);
        assert!("everything".parse::<Level>().is_err());
        assert!(Level::Recipient > Level::Chunk && Level::Chunk > Level::Notification);
    }
}
