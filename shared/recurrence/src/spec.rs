//! A schedule as it is written, and what can be wrong with it.

use std::fmt;

/// The fields of a schedule, as somebody wrote them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec<'a> {
    /// Once, at this time.
    pub at: Option<&'a str>,
    /// By a cron expression.
    pub cron: Option<&'a str>,
    /// Every so often.
    pub rate: Option<&'a str>,
    /// By a recurrence rule of RFC 5545.
    pub rrule: Option<&'a str>,
    /// Whose clock is meant: a name of the IANA database.
    pub zone: Option<&'a str>,
    /// Nothing before.
    pub start: Option<&'a str>,
    /// Nothing after.
    pub end: Option<&'a str>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongField {
    /// Its name.
    pub field: &'static str,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: String,
}

/// Everything that is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct WrongFields(pub Vec<WrongField>);

impl fmt::Display for WrongFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, wrong) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "; " };
            let WrongField {
                field,
                found,
                expected,
            } = wrong;
            write!(f, "{between}{field}: found {found}, expected {expected}")?;
        }
        Ok(())
    }
}

/// Gathers what is wrong, so that a writer hears of everything at once.
#[derive(Debug, Default)]
pub(crate) struct Wrongs(Vec<WrongField>);

impl Wrongs {
    pub(crate) fn add(
        &mut self,
        field: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.0.push(WrongField {
            field,
            found: found.into(),
            expected: expected.into(),
        });
    }

    /// The value, or `None` with its error noted.
    pub(crate) fn take<T>(
        &mut self,
        field: &'static str,
        found: &str,
        result: Result<T, String>,
    ) -> Option<T> {
        result
            .map_err(|expected| self.add(field, quoted(found), expected))
            .ok()
    }

    pub(crate) fn none(self) -> Result<(), WrongFields> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(WrongFields(self.0))
        }
    }
}

/// A text of a writer within a message: short, on one line, in quotation marks.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
