use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A point in time as the sender spelt it.
///
/// Teams writes up to seven digits of a second, and a time that does not parse
/// is no reason to refuse an activity (A2042); so the text is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WireTime(String);

impl WireTime {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, when the text is an RFC 3339 time with an offset.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }
}

impl From<Timestamp> for WireTime {
    fn from(time: Timestamp) -> Self {
        Self(time.to_string())
    }
}

impl From<&str> for WireTime {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for WireTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
