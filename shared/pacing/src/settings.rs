//! How much of Teams' limit is used for what.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::{Line, MOST_UNEVEN};

/// Requests a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u32);

impl Rate {
    /// To deliver, unless something else is set.
    pub const DELIVERY: Self = Self(45);
    /// For the rest, unless something else is set. Both together are what Teams documents.
    pub const OTHER: Self = Self(5);
    /// The most that can be set.
    pub const MOST: u32 = 10_000;

    /// This many a second.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Rate`] for none, and for more than [`MOST`](Self::MOST).
    pub fn new(a_second: u32) -> Result<Self, SettingsError> {
        match a_second {
            1..=Self::MOST => Ok(Self(a_second)),
            _ => Err(SettingsError::Rate {
                found: a_second.to_string(),
            }),
        }
    }

    /// How many a second.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// The part of the deliveries, in percent, that a broadcast cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmShare(u32);

impl AlarmShare {
    /// Unless something else is set.
    pub const USUAL: Self = Self(10);
    /// The most that can be set: a broadcast has to end some day.
    pub const MOST: u32 = 90;

    /// This many percent.
    ///
    /// # Errors
    ///
    /// [`SettingsError::AlarmShare`] for more than [`MOST`](Self::MOST).
    pub fn new(percent: u32) -> Result<Self, SettingsError> {
        match percent {
            0..=Self::MOST => Ok(Self(percent)),
            _ => Err(SettingsError::AlarmShare {
                found: percent.to_string(),
            }),
        }
    }

    /// How many percent.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a rate.
    #[error(
        "found {found:?}, expected a whole number of requests a second from 1 to {}",
        Rate::MOST
    )]
    Rate {
        /// What was found.
        found: String,
    },
    /// Not a share.
    #[error(
        "found {found:?}, expected whole percent from 0 to {}",
        AlarmShare::MOST
    )]
    AlarmShare {
        /// What was found.
        found: String,
    },
}

impl FromStr for Rate {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = || SettingsError::Rate {
            found: text.to_owned(),
        };
        Self::new(text.trim().parse().map_err(|_| found())?).map_err(|_| found())
    }
}

impl FromStr for AlarmShare {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = || SettingsError::AlarmShare {
            found: text.to_owned(),
        };
        Self::new(text.trim().parse().map_err(|_| found())?).map_err(|_| found())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AlarmShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many requests a second each line has, at full rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    main: u32,
    alarm: u32,
    other: u32,
    uneven: Duration,
}

/// What Teams serves an app in a tenant, in a second.
const TEAMS: u32 = 50;
/// Within this time no line has more requests than it may have in a second.
const SECOND: Duration = Duration::from_secs(1);

impl Settings {
    /// Divides what is delivered a second, and takes the rest as it is.
    ///
    /// The alarms' part is rounded up; at least one a second is left for everybody.
    #[must_use]
    pub fn new(delivery: Rate, other: Rate, share: AlarmShare) -> Self {
        let alarm = (delivery.0 * share.0).div_ceil(100).min(delivery.0 - 1);
        Self {
            main: delivery.0 - alarm,
            alarm,
            other: other.0,
            uneven: Duration::ZERO,
        }
    }

    /// The same when requests that are sent a second apart may arrive this much closer together, [`MOST_UNEVEN`] at most.
    ///
    /// That counts where the deliveries use up all that Teams takes: below, what is left over has room for it.
    #[must_use]
    pub fn with_uneven_transit(self, by: Duration) -> Self {
        Self {
            uneven: by.min(MOST_UNEVEN),
            ..self
        }
    }

    /// How far apart slots with the same number are, at the least.
    pub(crate) fn frame(&self) -> Duration {
        match self.delivery() < TEAMS {
            true => SECOND,
            false => SECOND + self.uneven,
        }
    }

    /// The requests of a line in a second.
    #[must_use]
    pub fn of(&self, line: Line) -> u32 {
        match line {
            Line::Main => self.main,
            Line::Alarm => self.alarm,
            Line::Other => self.other,
        }
    }

    /// The deliveries in a second.
    #[must_use]
    pub fn delivery(&self) -> u32 {
        self.main + self.alarm
    }
}

impl Default for Settings {
    /// 45 a second to deliver, a tenth of them for alarms alone, and 5 for the rest: Teams' 50.
    fn default() -> Self {
        Self::new(Rate::DELIVERY, Rate::OTHER, AlarmShare::USUAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_add_up_to_what_was_set() {
        let default = Settings::default();
        let lines = Line::ALL.map(|line| default.of(line));
        assert_eq!(lines, [40, 5, 5]);
        for delivery in 1..60 {
            for share in [0, 1, 10, 50, 90] {
                let share = AlarmShare::new(share).unwrap();
                let settings = Settings::new(Rate(delivery), Rate(5), share);
                assert_eq!(settings.delivery(), delivery);
                assert!(settings.of(Line::Main) > 0);
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let message = "0".parse::<Rate>().unwrap_err().to_string();
        assert_eq!(
            message,
            "found \"0\", expected a whole number of requests a second from 1 to 10000"
        );
        let message = "4.5".parse::<Rate>().unwrap_err().to_string();
        assert!(message.starts_with("found \"4.5\""), "{message}");
        let message = "100".parse::<AlarmShare>().unwrap_err().to_string();
        assert_eq!(
            message,
            "found \"100\", expected whole percent from 0 to 90"
        );
        assert_eq!(" 45 ".parse(), Ok(Rate(45)));
    }
}
