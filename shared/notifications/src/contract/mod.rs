//! Reading what senders write, and telling them everything that is wrong.

pub mod fields;
mod notification;
mod topic;
mod translation;
pub mod walk;

pub use notification::not_json;
pub(crate) use notification::{
    from_slice as notification_from_slice, from_value as notification_from_value,
};

use std::fmt;

/// The largest notification, in bytes of JSON.
pub const LARGEST: usize = 256 * 1024;

/// One thing that breaks the contract.
///
/// `found` describes what is there without repeating free text, names or
/// addresses: a problem may be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `item.url`, `to[2]`, `translations.es-MX.what`; `$` is the whole.
    pub path: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            found,
            expected,
        } = self;
        write!(f, "{path}: found {found}, expected {expected}")
    }
}

/// Everything that breaks the contract; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractErrors(Vec<Problem>);

impl ContractErrors {
    /// A single problem.
    #[must_use]
    pub fn one(
        path: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self(vec![Problem {
            path: path.into(),
            found: found.into(),
            expected: expected.into(),
        }])
    }

    /// Several problems; `None` when there are none.
    #[must_use]
    pub fn new(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems, in the order of the fields.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    /// The paths, joined by `, `, for a message attribute.
    #[must_use]
    pub fn paths(&self) -> String {
        let paths: Vec<&str> = self.0.iter().map(|problem| problem.path.as_str()).collect();
        paths.join(", ")
    }
}

impl fmt::Display for ContractErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("breaks the contract: ")?;
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ContractErrors {}
