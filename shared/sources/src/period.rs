//! How often a source is looked at.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use notifications::durations;
use serde::{Deserialize, Serialize};

const DAY_MINUTES: u64 = 24 * 60;

/// A whole number of minutes, from one minute to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(NonZeroU32);

/// The text is no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period from 1m to 1d, such as 5m or 1h30m")]
pub struct NotAPeriod;

impl Period {
    /// Its minutes.
    #[must_use]
    pub fn minutes(self) -> NonZeroU32 {
        self.0
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.0.get()) * 60)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let minutes = durations::parse(text).ok_or(NotAPeriod)?.as_secs() / 60;
        let minutes = Some(minutes).filter(|minutes| *minutes <= DAY_MINUTES);
        let minutes = minutes.and_then(|minutes| u32::try_from(minutes).ok());
        minutes
            .and_then(NonZeroU32::new)
            .map(Self)
            .ok_or(NotAPeriod)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&durations::print(self.length()))
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;

    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_one_way_to_be_written() {
        for (text, written) in [
            ("5m", "5m"),
            ("90 minutes", "1h30m"),
            ("1 day", "1d"),
            ("24h", "1d"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), written);
            assert_eq!(written.parse(), Ok(period));
        }
        for text in ["", "0m", "30s", "25h", "1w", "5", "often"] {
            assert_eq!(text.parse::<Period>(), Err(NotAPeriod), "{text}");
        }
    }
}
