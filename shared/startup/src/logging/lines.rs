//! Events as JSON, one a line.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::filter::Filter;
use crate::{Clock as _, SystemClock};

/// Ids of spans, never two the same in a process.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The spans that this thread is in, the innermost last.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Writes each event that the filter lets through as one line: `timestamp`, `level`, the message and the other fields,
/// `target`, and the innermost span with its fields.
///
/// A line that cannot be written is lost: there is nowhere to say so.
pub(super) struct Lines<W> {
    filter: Filter,
    write: W,
    spans: Mutex<BTreeMap<u64, Open>>,
}

/// A span that somebody still holds.
struct Open {
    name: &'static str,
    fields: Fields,
    handles: usize,
}

/// Names, and values as JSON.
#[derive(Default)]
struct Fields(Vec<(&'static str, Vec<u8>)>);

impl<W> Lines<W> {
    pub(super) fn new(filter: Filter, write: W) -> Self {
        Self {
            filter,
            write,
            spans: Mutex::default(),
        }
    }

    fn spans(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line's last field: the innermost span that is not filtered away.
    fn add_span(&self, line: &mut Vec<u8>, event: &Event<'_>) {
        let id = match event.parent() {
            Some(parent) => Some(parent.into_u64()),
            None if event.is_root() => None,
            None => ENTERED.with_borrow(|entered| entered.last().copied()),
        };
        let spans = self.spans();
        let Some(open) = id.and_then(|id| spans.get(&id)) else {
            return;
        };
        line.extend_from_slice(b",\"span\":{");
        for (name, value) in &open.fields.0 {
            add_json(line, name);
            line.push(b':');
            line.extend_from_slice(value);
            line.push(b',');
        }
        line.extend_from_slice(b"\"name\":");
        add_json(line, open.name);
        line.push(b'}');
    }
}

impl<W> Subscriber for Lines<W>
where
    W: Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.lets_through(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.most())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let mut fields = Fields::default();
        attributes.record(&mut Visitor(&mut fields));
        let open = Open {
            name: attributes.metadata().name(),
            fields,
            handles: 1,
        };
        self.spans().insert(id, open);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        // Before the lock: showing a value may log.
        let mut fields = Fields::default();
        values.record(&mut Visitor(&mut fields));
        if let Some(open) = self.spans().get_mut(&span.into_u64()) {
            for (name, json) in fields.0 {
                open.fields.put(name, json);
            }
        }
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Vec::with_capacity(512);
        let now = SystemClock.now();
        line.extend_from_slice(b"{\"timestamp\":");
        add_json(&mut line, &format_args!("{now:.6}"));
        line.extend_from_slice(b",\"level\":");
        add_json(&mut line, event.metadata().level().as_str());
        event.record(&mut Visitor(&mut line));
        line.extend_from_slice(b",\"target\":");
        add_json(&mut line, event.metadata().target());
        self.add_span(&mut line, event);
        line.extend_from_slice(b"}\n");
        // One write a line: lines of other writers must not end up inside it.
        let (Ok(()) | Err(_)) = (self.write)(&line);
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| {
            let place = entered.iter().rposition(|id| *id == span.into_u64());
            if let Some(place) = place {
                entered.remove(place);
            }
        });
    }

    fn clone_span(&self, span: &Id) -> Id {
        if let Some(open) = self.spans().get_mut(&span.into_u64()) {
            open.handles += 1;
        }
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        let mut spans = self.spans();
        let Some(open) = spans.get_mut(&span.into_u64()) else {
            return false;
        };
        open.handles -= 1;
        let closed = open.handles == 0;
        if closed {
            spans.remove(&span.into_u64());
        }
        closed
    }
}

/// Where fields go.
trait Take {
    fn take<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T);
}

/// A line, which has a field before each of these.
impl Take for Vec<u8> {
    fn take<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.push(b',');
        add_json(self, name);
        self.push(b':');
        add_json(self, value);
    }
}

/// A span keeps the last value of each name.
impl Take for Fields {
    fn take<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        let mut json = Vec::new();
        add_json(&mut json, value);
        self.put(name, json);
    }
}

impl Fields {
    fn put(&mut self, name: &'static str, json: Vec<u8>) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, json));
    }
}

struct Visitor<'a, T>(&'a mut T);

impl<T: Take> Visit for Visitor<'_, T> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.take(name(field), &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.take(name(field), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.take(name(field), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.take(name(field), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.take(name(field), &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.take(name(field), &value);
    }
}

/// A field's name as JSON has it: `r#type` is how Rust writes `type`.
fn name(field: &Field) -> &'static str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
}

fn add_json<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) {
    let before = line.len();
    if serde_json::to_writer(&mut *line, value).is_err() {
        line.truncate(before);
        line.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    /// What is logged meanwhile, each line read as JSON.
    fn logged(directives: Option<&str>, act: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let into = written.clone();
        let write = move |line: &[u8]| {
            into.lock().unwrap().push(line.to_vec());
            Ok(())
        };
        let filter = directives.map_or_else(Filter::default, |text| Filter::read(text).unwrap());
        tracing::subscriber::with_default(Lines::new(filter, write), act);
        let written = written.lock().unwrap();
        let lines = written.iter().map(|line| {
            let (last, line) = line.split_last().expect("not empty");
            assert_eq!(*last, b'\n');
            assert!(!line.contains(&b'\n'), "line breaks are escaped");
            serde_json::from_slice(line).expect("each line is JSON")
        });
        lines.collect()
    }

    #[test]
    fn an_event_is_one_line_with_message_and_fields() {
        let error = io::Error::other("the \"disk\" is full");
        let logged = logged(None, || {
            tracing::info!(
                conversation.id = "19:a\nb",
                duration_ms = 7,
                share = 0.5,
                late = true,
                error = &error as &dyn std::error::Error,
                r#type = ?Some(1),
                "two\r\nlines of {}",
                "text",
            );
        });
        let mut event = logged[0].as_object().expect("an object").clone();
        let time = event.remove("timestamp").expect("a time");
        let time = time.as_str().expect("text");
        assert_eq!(time.len(), "2026-11-23T09:00:00.000000Z".len());
        time.parse::<jiff::Timestamp>().expect("a time");
        assert_eq!(
            Value::from(event),
            serde_json::json!({
                "level": "INFO",
                "message": "two\r\nlines of text",
                "conversation.id": "19:a\nb",
                "duration_ms": 7,
                "share": 0.5,
                "late": true,
                "error": "the \"disk\" is full",
                "type": "Some(1)",
                "target": "startup::logging::lines::tests",
            })
        );
    }

    #[test]
    fn an_event_has_the_innermost_span_with_what_was_recorded_later() {
        let logged = logged(None, || {
            let outer = tracing::info_span!("outer", request.id = "r-1");
            let outer = outer.entered();
            let inner = tracing::info_span!("inner", a = 1, b = tracing::field::Empty);
            inner.record("a", 2);
            inner.record("b", "two");
            inner.in_scope(|| tracing::info!("inside"));
            let kept = inner.clone();
            drop(inner);
            tracing::info!(parent: &kept, "beside");
            tracing::info!("outside");
            tracing::info!(parent: None, "apart");
            drop(outer);
            tracing::info!("after");
        });
        let spans: Vec<_> = logged.iter().map(|event| event.get("span")).collect();
        let inner = serde_json::json!({ "a": 2, "b": "two", "name": "inner" });
        let outer = serde_json::json!({ "request.id": "r-1", "name": "outer" });
        assert_eq!(
            spans,
            [Some(&inner), Some(&inner), Some(&outer), None, None]
        );
    }

    #[test]
    fn a_span_is_forgotten_with_its_last_handle() {
        let lines = Arc::new(Lines::new(Filter::default(), |_: &[u8]| Ok(())));
        let dispatch = tracing::Dispatch::from(lines.clone());
        tracing::dispatcher::with_default(&dispatch, || {
            let span = tracing::info_span!("a span");
            let other = span.clone();
            drop(span);
            assert_eq!(lines.spans().len(), 1);
            drop(other);
            assert_eq!(lines.spans().len(), 0);
        });
    }

    #[test]
    fn the_filter_chooses_by_target_and_level() {
        let act = || {
            tracing::debug!(target: "deliver", "wanted");
            tracing::debug!(target: "hyper", "unwanted");
            tracing::warn!(target: "hyper", "wanted too");
        };
        assert_eq!(logged(Some("warn,deliver=debug"), act).len(), 2);
        assert_eq!(logged(None, act).len(), 1);
    }
}
