//! JSON lines on standard output.

use std::panic::PanicHookInfo;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::Environment;

/// Sends the process's events and panics to standard output, filtered by `RUST_LOG` (default `info`).
///
/// A filter that cannot be read is a warning in the log, not a reason not to start. Only the first call in a process
/// has an effect, so that several functions can run in one.
pub fn init(env: &Environment) {
    let (filter, unreadable) = filter(env.optional("RUST_LOG").as_deref());
    if subscriber(filter, std::io::stdout).try_init().is_err() {
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
fn filter(directives: Option<&str>) -> (Targets, bool) {
    let default = || Targets::new().with_default(LevelFilter::INFO);
    match directives.map(Targets::from_str) {
        None => (default(), false),
        Some(Ok(filter)) => (filter, false),
        Some(Err(_)) => (default(), true),
    }
}

fn subscriber<W>(filter: Targets, writer: W) -> impl tracing::Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(
        tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(writer)
            .with_filter(filter),
    )
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
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn logged(directives: Option<&str>, act: impl FnOnce()) -> Vec<Value> {
            let lines = Self::default();
            let writer = lines.clone();
            let subscriber = subscriber(filter(directives).0, move || writer.clone());
            tracing::subscriber::with_default(subscriber, act);
            let bytes = lines.0.lock().unwrap();
            std::str::from_utf8(&bytes)
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str(line).expect("each line is JSON"))
                .collect()
        }
    }

    #[test]
    fn an_event_is_one_line_with_message_and_fields() {
        let logged = Lines::logged(None, || {
            let span = tracing::info_span!("invoke", request.id = "r-1");
            let _entered = span.enter();
            tracing::info!(conversation.id = "19:a\nb", duration_ms = 7, "two\r\nlines");
        });
        assert_eq!(logged.len(), 1, "line breaks are escaped");
        assert_eq!(logged[0]["message"], "two\r\nlines");
        assert_eq!(logged[0]["conversation.id"], "19:a\nb");
        assert_eq!(logged[0]["duration_ms"], 7);
        assert_eq!(logged[0]["level"], "INFO");
        assert_eq!(logged[0]["span"]["request.id"], "r-1");
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("failed to save")]
        struct NotSaved(#[source] std::io::Error);
        let error = NotSaved(std::io::Error::other("the disk is full"));
        assert_eq!(chain(&error), "failed to save: the disk is full");
    }

    #[test]
    fn the_filter_chooses_by_target_and_level() {
        let act = || {
            tracing::debug!(target: "deliver", "wanted");
            tracing::debug!(target: "hyper", "unwanted");
            tracing::warn!(target: "hyper", "wanted too");
        };
        assert_eq!(Lines::logged(Some("warn,deliver=debug"), act).len(), 2);
        assert_eq!(Lines::logged(None, act).len(), 1);
    }

    #[test]
    fn an_unreadable_filter_falls_back_to_info() {
        let (filter, unreadable) = filter(Some("a=b=c"));
        assert!(unreadable);
        assert_eq!(filter.default_level(), Some(LevelFilter::INFO));
    }
}
