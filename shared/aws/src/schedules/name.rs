//! What a schedule is called.

use std::fmt;

use ring::digest;

/// The longest name that EventBridge Scheduler takes.
const LONGEST: usize = 64;

/// How many hexadecimal digits of the hash a name ends with.
const HASH: usize = 32;

/// The name of a schedule, the same for the same purpose.
///
/// EventBridge Scheduler takes up to 64 letters, digits, hyphens, underscores and dots. What a schedule is for may be longer
/// and have other characters, so its name is as much of that as fits, for people, and a hash of all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleName(String);

impl ScheduleName {
    /// The name of the schedule for this purpose: `poll/lunch@20260105T110000Z/close`.
    #[must_use]
    pub fn of(purpose: &str) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let readable = purpose
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .take(LONGEST - HASH - 1);
        let hash = digest::digest(&digest::SHA256, purpose.as_bytes());
        let digits = hash.as_ref().iter().flat_map(|b| [b >> 4, b & 15]);
        let digits = digits.map(|nibble| char::from(DIGITS[usize::from(nibble)]));
        Self(readable.chain(['.']).chain(digits.take(HASH)).collect())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_the_service_takes_and_people_can_read() {
        let name = ScheduleName::of("poll/lunch@20260105T110000Z/close");
        assert_eq!(
            name.as_str(),
            "poll-lunch-20260105T110000Z-clo.28a31940212527c95f2748d62469a98d"
        );
        for purpose in ["", "ä/ö", &"x".repeat(500)] {
            let name = ScheduleName::of(purpose);
            assert!(name.as_str().len() <= LONGEST);
            assert!(
                name.as_str()
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            );
        }
    }

    #[test]
    fn each_purpose_has_a_name_of_its_own() {
        let long = "x".repeat(60);
        assert_ne!(
            ScheduleName::of(&format!("{long}/open")),
            ScheduleName::of(&format!("{long}/close"))
        );
        assert_ne!(ScheduleName::of("a/b"), ScheduleName::of("a-b"));
        assert_eq!(ScheduleName::of("a/b"), ScheduleName::of("a/b"));
    }
}
