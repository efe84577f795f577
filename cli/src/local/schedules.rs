//! EventBridge Scheduler for a local run, as far as Tidings uses it: one-time schedules and rates.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use startup::Clock;

use super::asynchronous::Asynchronous;

/// How often is looked for what is due. The service fires within the minute; here somebody is watching.
const LOOK: Duration = Duration::from_millis(200);

/// The schedules; clones are the same.
#[derive(Clone)]
pub struct LocalSchedules {
    targets: Arc<Vec<Asynchronous>>,
    book: Arc<Mutex<Book>>,
    file: Option<Arc<PathBuf>>,
    clock: Arc<dyn Clock>,
}

type Book = BTreeMap<String, Entry>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// The schedule as it was set.
    request: Value,
    /// When it fires next.
    next: Timestamp,
    /// How far apart it fires; once, if absent.
    every_seconds: Option<i64>,
}

/// What the service would refuse, with its code and status.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// The service's status.
    pub status: u16,
    /// The service's code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

impl Refused {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }
}

impl LocalSchedules {
    /// Schedules that invoke one of `targets`, kept in `data` if that is given.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn open(
        targets: Vec<Asynchronous>,
        data: Option<&std::path::Path>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let file = data.map(|folder| folder.join("schedules.json"));
        let book = match &file {
            Some(file) if file.exists() => {
                let text = std::fs::read(file)
                    .with_context(|| format!("failed to read {}", file.display()))?;
                serde_json::from_slice(&text)
                    .with_context(|| format!("{} holds no schedules", file.display()))?
            }
            _ => Book::new(),
        };
        Ok(Self {
            targets: Arc::new(targets),
            book: Arc::new(Mutex::new(book)),
            file: file.map(Arc::new),
            clock,
        })
    }

    /// Answers `CreateSchedule`.
    ///
    /// # Errors
    ///
    /// [`Refused`], with a conflict when there is one of this name.
    pub fn create(&self, name: &str, request: &Value) -> Result<Value, Refused> {
        let entry = self.entry(request)?;
        let mut book = self.lock();
        if book.contains_key(name) {
            let message = format!("Schedule {name} already exists.");
            return Err(Refused::new(409, "ConflictException", message));
        }
        book.insert(name.to_owned(), entry);
        self.save(&book);
        Ok(arn(name))
    }

    /// Answers `UpdateSchedule`.
    ///
    /// # Errors
    ///
    /// [`Refused`], also when there is none of this name.
    pub fn update(&self, name: &str, request: &Value) -> Result<Value, Refused> {
        let entry = self.entry(request)?;
        let mut book = self.lock();
        let there = book.get_mut(name).ok_or_else(|| not_found(name))?;
        *there = entry;
        self.save(&book);
        Ok(arn(name))
    }

    /// Answers `DeleteSchedule`.
    ///
    /// # Errors
    ///
    /// [`Refused`], when there is none of this name.
    pub fn delete(&self, name: &str) -> Result<Value, Refused> {
        let mut book = self.lock();
        book.remove(name).ok_or_else(|| not_found(name))?;
        self.save(&book);
        Ok(json!({}))
    }

    /// Answers `GetSchedule`.
    ///
    /// # Errors
    ///
    /// [`Refused`], when there is none of this name.
    pub fn get(&self, name: &str) -> Result<Value, Refused> {
        let book = self.lock();
        let entry = book.get(name).ok_or_else(|| not_found(name))?;
        Ok(entry.request.clone())
    }

    /// Fires what is due, for as long as it is polled.
    pub async fn run(self) {
        loop {
            self.fire();
            self.clock.sleep(LOOK).await;
        }
    }

    /// Fires what is due now.
    pub fn fire(&self) {
        let now = self.clock.now();
        let mut book = self.lock();
        let due = book.iter().filter(|(_, entry)| entry.next <= now);
        let due: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        for name in &due {
            let Some(entry) = book.get_mut(name) else {
                continue;
            };
            self.invoke(&entry.request);
            match entry.every_seconds {
                Some(every) => entry.next = later(now, every),
                None => {
                    book.remove(name);
                }
            }
        }
        if !due.is_empty() {
            self.save(&book);
        }
    }

    fn invoke(&self, request: &Value) {
        let arn = request["Target"]["Arn"].as_str().unwrap_or_default();
        let input = request["Target"]["Input"].as_str().unwrap_or("{}");
        let input = serde_json::from_str(input).unwrap_or_else(|_| json!({}));
        if let Some(target) = self.target(arn) {
            target.invoke(input);
        }
    }

    /// The function that an ARN ends with.
    fn target(&self, arn: &str) -> Option<&Asynchronous> {
        let name = arn.rsplit(':').next().unwrap_or_default();
        self.targets.iter().find(|target| target.name() == name)
    }

    fn entry(&self, request: &Value) -> Result<Entry, Refused> {
        let arn = request["Target"]["Arn"].as_str().unwrap_or_default();
        if self.target(arn).is_none() {
            let message = format!("The target {arn:?} is no function of this run.");
            return Err(Refused::invalid(message));
        }
        if request["FlexibleTimeWindow"]["Mode"].as_str().is_none() {
            return Err(Refused::invalid("FlexibleTimeWindow.Mode is required."));
        }
        let expression = request["ScheduleExpression"].as_str().unwrap_or_default();
        let invalid = || Refused::invalid(format!("Invalid Schedule Expression {expression}."));
        let inner = |name: &str| {
            let inner = expression.strip_prefix(name)?.strip_prefix('(')?;
            inner.strip_suffix(')')
        };
        let (next, every_seconds) = if let Some(time) = inner("at") {
            let time: DateTime = time.parse().map_err(|_| invalid())?;
            let time = TimeZone::UTC.to_timestamp(time).map_err(|_| invalid())?;
            (time, None)
        } else {
            let rate = inner("rate").ok_or_else(invalid)?;
            let (number, unit) = rate.split_once(' ').ok_or_else(invalid)?;
            let number: i64 = number.parse().map_err(|_| invalid())?;
            let unit = match unit.strip_suffix('s').unwrap_or(unit) {
                "minute" => 60,
                "hour" => 3_600,
                "day" => 86_400,
                _ => return Err(invalid()),
            };
            let every = number.checked_mul(unit).filter(|every| *every > 0);
            let every = every.ok_or_else(invalid)?;
            (later(self.clock.now(), every), Some(every))
        };
        Ok(Entry {
            request: request.clone(),
            next,
            every_seconds,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, book: &Book) {
        let Some(file) = &self.file else { return };
        let text = serde_json::to_vec(book).expect("schedules have string keys");
        if let Err(error) = super::data::replace(file, &text) {
            tracing::error!(error = %error, "the schedules could not be kept");
        }
    }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

fn arn(name: &str) -> Value {
    json!({ "ScheduleArn": format!("arn:aws:scheduler:us-east-1:000000000000:schedule/tidings/{name}") })
}

fn not_found(name: &str) -> Refused {
    let message = format!("Schedule {name} does not exist.");
    Refused::new(404, "ResourceNotFoundException", message)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use startup::ManualClock;

    use super::*;
    use crate::local::function::Function;
    use crate::local::queue::{InProcessQueue, QueueSettings};

    struct Run {
        schedules: LocalSchedules,
        clock: Arc<ManualClock>,
        target: Asynchronous,
        invoked: Arc<AtomicUsize>,
    }

    fn run(data: Option<&std::path::Path>) -> Run {
        let clock = Arc::new(ManualClock::new("2027-01-01T00:00:00Z".parse().unwrap()));
        let invoked = Arc::new(AtomicUsize::new(0));
        let counted = invoked.clone();
        let function = Function::new("polls", move |event: Value| {
            let counted = counted.clone();
            async move {
                assert_eq!(event, json!({ "sweep": true }));
                counted.fetch_add(1, Ordering::SeqCst);
                Ok::<_, String>(json!({}))
            }
        });
        let dead = InProcessQueue::new(QueueSettings {
            name: "polls-dead-letters".to_owned(),
            visibility_timeout: Duration::from_secs(30),
            dead_letters: None,
        });
        let target = Asynchronous::new(function, dead, clock.clone());
        Run {
            schedules: LocalSchedules::open(vec![target.clone()], data, clock.clone()).unwrap(),
            clock,
            target,
            invoked,
        }
    }

    impl Run {
        async fn pass(&self, seconds: u64) -> usize {
            self.clock.advance(Duration::from_secs(seconds));
            self.schedules.fire();
            while !self.target.is_idle() {
                tokio::task::yield_now().await;
            }
            self.invoked.load(Ordering::SeqCst)
        }
    }

    fn request(expression: &str) -> Value {
        json!({
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "Target": { "Arn": "arn:aws:lambda:us-east-1:000000000000:function:polls", "Input": "{\"sweep\":true}" },
        })
    }

    #[tokio::test]
    async fn a_time_fires_once_and_a_rate_again_and_again() {
        let run = run(None);
        run.schedules
            .create("a", &request("at(2027-01-01T00:02:00)"))
            .unwrap();
        run.schedules
            .create("b", &request("rate(5 minutes)"))
            .unwrap();
        assert_eq!(run.pass(119).await, 0);
        assert_eq!(run.pass(1).await, 1);
        assert_eq!(run.pass(180).await, 2);
        assert_eq!(run.pass(300).await, 3);
        assert_eq!(run.schedules.get("a").unwrap_err().status, 404);
        run.schedules.delete("b").unwrap();
        assert_eq!(run.pass(3_000).await, 3);
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        let run = run(None);
        for expression in [
            "at(tomorrow)",
            "rate(0 minutes)",
            "rate(5)",
            "every day",
            "",
        ] {
            let error = run.schedules.create("a", &request(expression)).unwrap_err();
            assert_eq!(error.code, "ValidationException", "{expression}");
        }
        run.schedules.create("a", &request("rate(1 hour)")).unwrap();
        let again = run.schedules.create("a", &request("rate(1 hour)"));
        assert_eq!(again.unwrap_err().code, "ConflictException");
        let none = run.schedules.update("b", &request("rate(1 hour)"));
        assert_eq!(none.unwrap_err().code, "ResourceNotFoundException");
        let mut elsewhere = request("rate(1 hour)");
        elsewhere["Target"]["Arn"] = json!("arn:aws:lambda:us-east-1:000000000000:function:x");
        assert_eq!(
            run.schedules.create("c", &elsewhere).unwrap_err().status,
            400
        );
    }

    #[tokio::test]
    async fn schedules_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let before = run(Some(folder.path()));
        before
            .schedules
            .create("a", &request("at(2027-01-01T00:02:00)"))
            .unwrap();
        let after = run(Some(folder.path()));
        assert_eq!(after.pass(120).await, 1);
        let later = run(Some(folder.path()));
        assert_eq!(later.pass(999).await, 0);
    }
}
