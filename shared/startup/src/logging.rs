//! JSON lines on standard output.

mod filter;
mod lines;

use std::io::Write as _;
use std::panic::PanicHookInfo;

use crate::Environment;
use filter::Filter;
use lines::Lines;

/// Sends the process's events and panics to standard output, filtered by `RUST_LOG` (default `info`).
///
/// A filter that cannot be read is a warning in the log, not a reason not to start. Only the first call in a process
/// has an effect, so that several functions can run in one.
pub fn init(env: &Environment) {
    let (filter, unreadable) = chosen(env.optional("RUST_LOG").as_deref());
    let print = |line: &[u8]| std::io::stdout().lock().write_all(line);
    if tracing::subscriber::set_global_default(Lines::new(filter, print)).is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
    if unreadable {
        tracing::warn!("RUST_LOG cannot be read, logging at level info");
    }
}

/// An error and its causes in one line, for whoever logs it or passes it on as text.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The filter that `directives` ask for, and whether they could not be read.
fn chosen(directives: Option<&str>) -> (Filter, bool) {
    match directives.map(Filter::read) {
        None => (Filter::default(), false),
        Some(Some(filter)) => (filter, false),
        Some(None) => (Filter::default(), true),
    }
}

/// Logs where a panic happened, and its text if that is a literal: a formatted text may carry a value that must not be
/// logged.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let reason = info.payload().downcast_ref::<&'static str>();
    tracing::error!(
        panic.place = place,
        panic.reason = reason,
        "a panic was caught"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("failed to save")]
        struct NotSaved(#[source] std::io::Error);
        let error = NotSaved(std::io::Error::other("the disk is full"));
        assert_eq!(chain(&error), "failed to save: the disk is full");
    }

    #[test]
    fn an_unreadable_filter_falls_back_to_info() {
        let (filter, unreadable) = chosen(Some("a=b=c"));
        assert!(unreadable);
        assert_eq!(filter, Filter::default());
    }
}
