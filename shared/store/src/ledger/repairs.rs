//! What was done about a recipient so that the message could reach them.

use std::fmt;

/// What was done about a recipient so that the message could reach them.
///
/// A set, kept on the ledger beside their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Repairs(u8);

/// Each repair, and its stable word.
const ALL: [(Repairs, &str); 4] = [
    (Repairs::REOPENED, "re-opened"),
    (Repairs::HOST_SWITCHED, "host-switched"),
    (Repairs::WAITED, "waited"),
    (Repairs::DOUBTED, "doubted-before"),
];

impl Repairs {
    /// Nothing had to be done.
    pub const NONE: Self = Self(0);
    /// Their personal conversation was not found, and opened again.
    pub const REOPENED: Self = Self(1);
    /// Their tenant is served by another host of the cloud; it was tried there.
    pub const HOST_SWITCHED: Self = Self(2);
    /// The message waited until they had the app.
    pub const WAITED: Self = Self(4);

    /// It was sent again, or could be, though an earlier try may have arrived.
    pub const DOUBTED: Self = Self(8);

    /// Whether all of these are among them.
    #[must_use]
    pub fn has(self, repairs: Self) -> bool {
        self.0 & repairs.0 == repairs.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// These and those.
    #[must_use]
    pub fn and(self, repairs: Self) -> Self {
        Self(self.0 | repairs.0)
    }

    /// The stable words, for reports.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let done = ALL.into_iter().filter(move |(one, _)| self.has(*one));
        done.map(|(_, word)| word)
    }

    /// The byte on the ledger.
    pub(super) fn byte(self) -> u8 {
        self.0
    }

    /// Reads that byte; a later version's repairs stay as they are.
    pub(super) fn of_byte(byte: u8) -> Self {
        Self(byte)
    }
}

impl fmt::Display for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for word in self.words() {
            if !first {
                f.write_str(", ")?;
            }
            first = false;
            f.write_str(word)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Repairs;

    #[test]
    fn repairs_add_up_and_have_words() {
        let both = Repairs::WAITED.and(Repairs::REOPENED);
        assert!(both.has(Repairs::REOPENED) && !both.has(Repairs::HOST_SWITCHED));
        assert_eq!(both.to_string(), "re-opened, waited");
        assert!(Repairs::NONE.is_empty() && Repairs::NONE.to_string().is_empty());
    }
}
