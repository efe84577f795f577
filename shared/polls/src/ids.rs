//! What names a poll, and one time that it is asked.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A poll: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PollId(String);

/// The text names no poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no poll id: 1 to 64 of a-z, 0-9 and -")]
pub struct NotAPollId;

impl PollId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PollId {
    /// An id that begins as a title does, made unique by `tail`: what is no
    /// letter of the id's becomes a hyphen, or nothing at its ends.
    #[must_use]
    pub fn from_title(title: &str, tail: &str) -> Self {
        let slug = |text: &str, most: usize| {
            let mut slug = String::new();
            for c in text.chars().flat_map(char::to_lowercase) {
                if slug.len() == most {
                    break;
                }
                match c {
                    'a'..='z' | '0'..='9' => slug.push(c),
                    'á' | 'à' | 'â' | 'ã' | 'ä' => slug.push('a'),
                    'é' | 'è' | 'ê' | 'ë' => slug.push('e'),
                    'í' | 'ì' | 'î' | 'ï' => slug.push('i'),
                    'ó' | 'ò' | 'ô' | 'õ' | 'ö' => slug.push('o'),
                    'ú' | 'ù' | 'û' | 'ü' => slug.push('u'),
                    'ñ' => slug.push('n'),
                    _ if slug.is_empty() || slug.ends_with('-') => {}
                    _ => slug.push('-'),
                }
            }
            slug.trim_end_matches('-').to_owned()
        };
        let (begin, tail) = (slug(title, 40), slug(tail, 23));
        Self(match (begin.is_empty(), tail.is_empty()) {
            (false, false) => format!("{begin}-{tail}"),
            (false, true) => begin,
            (true, false) => tail,
            (true, true) => "poll".to_owned(),
        })
    }
}

impl FromStr for PollId {
    type Err = NotAPollId;

    fn from_str(text: &str) -> Result<Self, NotAPollId> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPollId)
        }
    }
}

impl fmt::Display for PollId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One time that a poll is asked: the poll, and the time it was scheduled for.
///
/// Written `<poll id>@<time>`, the time in UTC to the second:
/// `lunch@20261124T120000Z`. Whoever opens an occurrence a second time opens
/// the same one, because its time is that of the schedule and not of the
/// clock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccurrenceId {
    poll: PollId,
    /// Whole seconds, in a year of four digits.
    scheduled: Timestamp,
}

/// The text names no occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOccurrence {
    /// There is no `@`.
    #[error("no occurrence: <poll id>@<time>, as in lunch@20261124T120000Z")]
    Shape,
    /// What stands before the `@` names no poll.
    #[error("no occurrence of a poll")]
    Poll(#[from] NotAPollId),
    /// What stands behind the `@` is no time.
    #[error("no time of an occurrence, such as 20261124T120000Z")]
    Time,
}

const TIME: &str = "%Y%m%dT%H%M%SZ";

impl OccurrenceId {
    /// The occurrence of a poll at a scheduled time; fractions of a second
    /// are cut off.
    #[must_use]
    pub fn new(poll: PollId, scheduled: Timestamp) -> Self {
        let scheduled = Timestamp::from_second(scheduled.as_second()).unwrap_or(scheduled);
        Self { poll, scheduled }
    }

    /// Which poll.
    #[must_use]
    pub fn poll(&self) -> &PollId {
        &self.poll
    }

    /// When it was to be asked.
    #[must_use]
    pub fn scheduled(&self) -> Timestamp {
        self.scheduled
    }

    /// The scheduled time as the id writes it; sorts as the times do.
    #[must_use]
    pub fn time(&self) -> String {
        let utc = Offset::UTC.to_datetime(self.scheduled);
        utc.strftime(TIME).to_string()
    }
}

impl FromStr for OccurrenceId {
    type Err = NotAnOccurrence;

    fn from_str(text: &str) -> Result<Self, NotAnOccurrence> {
        let (poll, time) = text.split_once('@').ok_or(NotAnOccurrence::Shape)?;
        let poll = poll.parse()?;
        let digits = |at: usize, b: u8| match at {
            8 => b == b'T',
            15 => b == b'Z',
            _ => b.is_ascii_digit(),
        };
        let shaped = time.len() == 16 && time.bytes().enumerate().all(|(at, b)| digits(at, b));
        if !shaped {
            return Err(NotAnOccurrence::Time);
        }
        let utc = jiff::civil::DateTime::strptime(TIME, time).map_err(|_| NotAnOccurrence::Time)?;
        let scheduled = Offset::UTC
            .to_timestamp(utc)
            .map_err(|_| NotAnOccurrence::Time)?;
        Ok(Self { poll, scheduled })
    }
}

impl fmt::Display for OccurrenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.poll, self.time())
    }
}

macro_rules! as_text {
    ($($name:ty),+) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+ };
}

as_text!(PollId, OccurrenceId);

#[cfg(test)]
mod tests {
    use super::{NotAnOccurrence, OccurrenceId, PollId};

    #[test]
    fn an_occurrence_reads_back_as_it_is_written() {
        let poll: PollId = "team-mood-2".parse().unwrap();
        let time = "2026-11-24T12:00:00.75Z".parse().unwrap();
        let occurrence = OccurrenceId::new(poll.clone(), time);
        assert_eq!(occurrence.to_string(), "team-mood-2@20261124T120000Z");
        assert_eq!(occurrence.poll(), &poll);
        assert_eq!(
            occurrence.scheduled(),
            "2026-11-24T12:00:00Z".parse().unwrap()
        );
        assert_eq!(occurrence.to_string().parse(), Ok(occurrence.clone()));
        let json = serde_json::to_string(&occurrence).unwrap();
        assert_eq!(json, "\"team-mood-2@20261124T120000Z\"");
        assert_eq!(
            serde_json::from_str::<OccurrenceId>(&json).unwrap(),
            occurrence
        );
    }

    #[test]
    fn occurrences_of_a_poll_sort_by_their_time() {
        let one: OccurrenceId = "a@20261231T235959Z".parse().unwrap();
        let two: OccurrenceId = "a@20270101T000000Z".parse().unwrap();
        assert!(one < two && one.to_string() < two.to_string());
    }

    #[test]
    fn a_title_makes_an_id() {
        let id = |title, tail| PollId::from_title(title, tail).to_string();
        assert_eq!(id("¿Cómo estás hoy?", "1f3a"), "como-estas-hoy-1f3a");
        assert_eq!(id("  Lunch -- where?  ", ""), "lunch-where");
        assert_eq!(id("昼食", "1f3a"), "1f3a");
        assert_eq!(id("昼食", ""), "poll");
        let long = PollId::from_title(&"long ".repeat(40), &"x".repeat(90));
        assert_eq!(long.as_str().parse::<PollId>(), Ok(long));
    }

    #[test]
    fn what_names_no_poll_and_no_occurrence_is_refused() {
        let long = "a".repeat(65);
        for text in [
            "",
            "Lunch",
            "lunch time",
            "lunch_time",
            "almuerzo-ñ",
            "a@b",
            &long,
        ] {
            assert!(text.parse::<PollId>().is_err(), "{text}");
        }
        for (text, why) in [
            ("lunch", NotAnOccurrence::Shape),
            (
                "@20261124T120000Z",
                NotAnOccurrence::Poll(super::NotAPollId),
            ),
            ("lunch@", NotAnOccurrence::Time),
            ("lunch@2026-11-24T12:00:00Z", NotAnOccurrence::Time),
            ("lunch@20261124T120000", NotAnOccurrence::Time),
            ("lunch@20261324T120000Z", NotAnOccurrence::Time),
            ("lunch@20261124T126000Z", NotAnOccurrence::Time),
            ("lunch@20261124T120000Zx", NotAnOccurrence::Time),
            ("lunch@+0261124T120000Z", NotAnOccurrence::Time),
        ] {
            assert_eq!(text.parse::<OccurrenceId>(), Err(why), "{text}");
        }
    }
}
