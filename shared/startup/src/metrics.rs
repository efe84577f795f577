//! CloudWatch metrics in the embedded metric format.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The namespace of every metric.
pub const NAMESPACE: &str = "Tidings";

/// The only dimension: the function that measured.
pub const DIMENSION: &str = "Function";

/// CloudWatch takes at most so many values of one metric in one line.
const MOST_VALUES: usize = 100;

/// Numbers of one function, gathered until they are flushed.
///
/// Dimensions cost money (each combination is a metric of its own), so there is one. What differs by topic or recipient
/// belongs into the logs.
///
/// See "CloudWatch Logs, Embedded metric format specification".
#[derive(Debug)]
pub struct Metrics {
    function: &'static str,
    written: bool,
    gathered: Mutex<Gathered>,
}

type Gathered = BTreeMap<&'static str, Series>;

/// What a number counts, in CloudWatch's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Unit {
    Count,
    Milliseconds,
    #[serde(rename = "Count/Second")]
    CountPerSecond,
}

/// A line of the format, written as it stands: one is written for nearly every event.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "_aws")]
    header: Header,
    #[serde(rename = "Function")]
    function: &'static str,
    #[serde(flatten)]
    values: &'a Gathered,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    directives: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: Unit,
}

#[derive(Debug)]
struct Series {
    unit: Unit,
    values: Vec<f64>,
}

/// One value stands alone, several in a list.
impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.values.as_slice() {
            [only] => only.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl Metrics {
    /// No numbers yet, for the function of this name.
    #[must_use]
    pub const fn new(function: &'static str) -> Self {
        Self {
            function,
            written: true,
            gathered: Mutex::new(BTreeMap::new()),
        }
    }

    /// The same for a process whose standard output people read: nothing is written there.
    #[must_use]
    pub const fn unwritten(function: &'static str) -> Self {
        Self {
            function,
            written: false,
            gathered: Mutex::new(BTreeMap::new()),
        }
    }

    /// Adds to a count. Adding zero adds nothing: a metric is billed for each hour in which it has a value.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn count(&self, name: &'static str, more: u64) {
        if more == 0 {
            return;
        }
        self.with(name, Unit::Count, |values| match values.first_mut() {
            Some(sum) => *sum += more as f64,
            None => values.push(more as f64),
        });
    }

    /// Adds one rate, as it was in that moment. Past a hundred between two flushes they are dropped, as with durations.
    pub fn rate(&self, name: &'static str, a_second: u32) {
        self.with(name, Unit::CountPerSecond, |values| {
            if values.len() < MOST_VALUES {
                values.push(f64::from(a_second));
            }
        });
    }

    /// Adds one measured duration. Past a hundred between two flushes they are dropped, the limit of the format.
    pub fn duration(&self, name: &'static str, took: Duration) {
        self.with(name, Unit::Milliseconds, |values| {
            if values.len() < MOST_VALUES {
                values.push(took.as_secs_f64() * 1000.0);
            }
        });
    }

    /// Writes what was gathered to standard output and forgets it. Writes nothing if there is nothing.
    ///
    /// A line that cannot be written is lost, with a warning in the log: a metric must never fail an invocation.
    pub fn flush(&self, now: Timestamp) {
        let gathered = self.gathered();
        if !self.written || gathered.is_empty() {
            return;
        }
        // One write a line: lines of other writers must not end up inside it.
        let written = serde_json::to_vec(&self.line(now, &gathered))
            .map_err(io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                io::stdout().lock().write_all(&line)
            });
        if let Err(error) = written {
            tracing::warn!(%error, "metrics could not be written");
        }
    }

    /// What was gathered, as a line would say it; forgets it.
    pub fn take(&self, now: Timestamp) -> Option<Value> {
        let gathered = self.gathered();
        let line = (!gathered.is_empty()).then(|| self.line(now, &gathered))?;
        serde_json::to_value(line).ok()
    }

    fn gathered(&self) -> Gathered {
        std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn line<'a>(&'a self, now: Timestamp, gathered: &'a Gathered) -> Line<'a> {
        let define = |(&name, series): (&&'static str, &Series)| Definition {
            name,
            unit: series.unit,
        };
        Line {
            header: Header {
                timestamp: now.as_millisecond(),
                directives: [Directive {
                    namespace: NAMESPACE,
                    dimensions: [[DIMENSION]],
                    metrics: gathered.iter().map(define).collect(),
                }],
            },
            function: self.function,
            values: gathered,
        }
    }

    fn with(&self, name: &'static str, unit: Unit, add: impl FnOnce(&mut Vec<f64>)) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let series = gathered.entry(name).or_insert_with(|| Series {
            unit,
            values: Vec::new(),
        });
        add(&mut series.values);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_764_000_000).unwrap()
    }

    #[test]
    fn a_line_defines_each_metric_and_gives_its_value() {
        let metrics = Metrics::new("deliver");
        metrics.count("Sent", 2);
        metrics.count("Sent", 1);
        metrics.duration("SendTime", Duration::from_millis(5));
        metrics.duration("SendTime", Duration::from_millis(7));
        metrics.rate("Rate", 45);
        let line = metrics.take(now()).expect("something was gathered");
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_764_000_000_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Tidings",
                        "Dimensions": [["Function"]],
                        "Metrics": [
                            { "Name": "Rate", "Unit": "Count/Second" },
                            { "Name": "SendTime", "Unit": "Milliseconds" },
                            { "Name": "Sent", "Unit": "Count" },
                        ],
                    }],
                },
                "Function": "deliver",
                "Rate": 45.0,
                "Sent": 3.0,
                "SendTime": [5.0, 7.0],
            })
        );
        assert_eq!(metrics.take(now()), None, "a flush forgets");
    }

    #[test]
    fn nothing_counted_is_nothing_billed() {
        let metrics = Metrics::new("tasks");
        metrics.count("Released", 0);
        assert_eq!(metrics.take(now()), None);
    }

    #[test]
    fn a_metric_keeps_at_most_as_many_values_as_cloudwatch_takes() {
        let metrics = Metrics::new("deliver");
        for _ in 0..150 {
            metrics.duration("SendTime", Duration::from_millis(1));
        }
        let line = metrics.take(now()).expect("something was gathered");
        assert_eq!(line["SendTime"].as_array().map(Vec::len), Some(MOST_VALUES));
    }
}
