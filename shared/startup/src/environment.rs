//! Configuration from the environment, with every fault found at once.

use std::fmt;
use std::str::FromStr;

type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Reads variables and remembers what is wrong with them.
///
/// Nothing fails at once: each reader returns an `Option`, and [`finish`](Self::finish) turns all that was wrong into
/// one [`ConfigError`]. An empty variable is an unset one.
pub struct Environment {
    lookup: Lookup,
    problems: Vec<Problem>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn of_process() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// An environment that asks `lookup`: a map in tests.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            lookup: Box::new(lookup),
            problems: Vec::new(),
        }
    }

    /// An environment that holds these variables and no others.
    #[must_use]
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs: std::collections::BTreeMap<String, String> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self::from_lookup(move |name| pairs.get(name).cloned())
    }

    /// The variable's value, if it has one.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// The variable's value; its absence is a problem.
    pub fn required(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.problem(name, "is not set");
        }
        value
    }

    /// The variable's value, read as a `T`; absent is `None`, unreadable is a problem.
    ///
    /// The problem holds the parser's words, never the value: a variable may be a secret.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str) -> Option<T> {
        self.optional(name)
            .and_then(|value| self.attempt(name, value.parse()))
    }

    /// As [`parsed`](Self::parsed), with a value for a variable that is not set.
    pub fn parsed_or<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
        default: T,
    ) -> Option<T> {
        match self.optional(name) {
            Some(value) => self.attempt(name, value.parse()),
            None => Some(default),
        }
    }

    /// As [`parsed`](Self::parsed), but the variable must be set.
    pub fn required_parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
    ) -> Option<T> {
        self.required(name)
            .and_then(|value| self.attempt(name, value.parse()))
    }

    /// Keeps a value that was made from the variable `name`, or the reason why it could not be.
    pub fn attempt<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        result: Result<T, E>,
    ) -> Option<T> {
        result
            .map_err(|error| self.note(name, format!("{name}: {error}")))
            .ok()
    }

    /// Reads a part of the configuration that another crate knows, which reports its own problems.
    pub fn section<T, E>(
        &mut self,
        read: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> Result<T, E>,
    ) -> Option<T>
    where
        E: IntoIterator<Item = (&'static str, String)>,
    {
        let result = read(&|name| self.optional(name));
        result
            .map_err(|problems| {
                for (name, what) in problems {
                    self.problem(name, what);
                }
            })
            .ok()
    }

    /// Notes that something is wrong with the variable `name`: `what` completes the sentence.
    pub fn problem(&mut self, name: &'static str, what: impl Into<String>) {
        self.note(name, format!("{name} {}", what.into()));
    }

    fn note(&mut self, variable: &'static str, sentence: String) {
        self.problems.push(Problem { variable, sentence });
    }

    /// Builds the configuration, or says everything that is wrong with it.
    ///
    /// `build` runs only if no problem was noted.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every problem. The process cannot start; an operator must change the variables.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, ConfigError> {
        if self.problems.is_empty() {
            build().ok_or(ConfigError {
                problems: Vec::new(),
            })
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// What is wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: &'static str,
    /// What is wrong with it: "TABLE_NAME is not set".
    pub sentence: String,
}

/// The configuration cannot be used; lists every problem there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// In the order in which the variables were read.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("configuration: ")?;
        if self.problems.is_empty() {
            return f.write_str("incomplete");
        }
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&problem.sentence)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Environment {
        Environment::from_lookup(|_| None)
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let mut env = Environment::from_pairs([("PORT", "many"), ("EMPTY", "")]);
        let port: Option<u16> = env.parsed("PORT");
        let empty = env.required("EMPTY");
        let absent = env.required("ABSENT");
        env.problem("A", "contradicts B");
        let error = env
            .finish(|| Some((port?, empty?, absent?)))
            .expect_err("four problems");
        assert_eq!(
            error.to_string(),
            "configuration: PORT: invalid digit found in string; EMPTY is not set; ABSENT is not set; A contradicts B"
        );
        assert!(!error.to_string().contains("many"), "values may be secrets");
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let mut env = Environment::from_pairs([("NAME", "")]);
        assert_eq!(env.optional("NAME"), None);
        assert_eq!(env.parsed_or("NAME", 7_u8), Some(7));
    }

    #[test]
    fn a_section_reports_its_problems_with_the_others() {
        let mut env = nothing();
        let none: Option<()> = env.section(|_| Err([("REGION", "is not set".to_owned())]));
        let error = env.finish(|| none).expect_err("one problem");
        assert_eq!(error.problems[0].variable, "REGION");
    }

    #[test]
    fn a_complete_configuration_is_built() {
        let mut env = Environment::from_pairs([("NAME", "x"), ("PORT", "80")]);
        let (name, port) = (env.required("NAME"), env.required_parsed::<u16>("PORT"));
        let built = env.finish(|| Some((name?, port?))).expect("no problem");
        assert_eq!(built, ("x".to_owned(), 80));
    }
}
