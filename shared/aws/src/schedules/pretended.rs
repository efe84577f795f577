//! Schedules in this process, for local runs and tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Schedule, ScheduleError, ScheduleName, Schedules, When};

/// Schedules that somebody with a clock fires: [`due`](Self::due) says what is to be invoked.
///
/// Clones share the schedules. As with the service, one that fires once is gone when it has fired, and one that fires over and
/// over starts a period after it was set (counted from the time of the last look, as this has no clock).
#[derive(Debug, Clone)]
pub struct InProcessSchedules {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    looked: Timestamp,
    schedules: BTreeMap<ScheduleName, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    schedule: Schedule,
    next: Timestamp,
}

/// An invocation that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The schedule.
    pub name: ScheduleName,
    /// The time that it was set for.
    pub at: Timestamp,
    /// The JSON document that the target is invoked with.
    pub input: String,
}

impl InProcessSchedules {
    /// No schedules yet; it is `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                looked: now,
                schedules: BTreeMap::new(),
            })),
        }
    }

    /// What is due at `now`, in the order of time. Each is given out once: to try one again is up to who invokes.
    ///
    /// One that fires over and over fires once however often it was missed.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<Fired> {
        let mut inner = self.lock();
        inner.looked = inner.looked.max(now);
        let mut fired = Vec::new();
        inner.schedules.retain(|name, entry| {
            if entry.next > now {
                return true;
            }
            fired.push(Fired {
                name: name.clone(),
                at: entry.next,
                input: entry.schedule.input.clone(),
            });
            match entry.schedule.when {
                When::At(_) => false,
                When::EveryMinutes(minutes) => {
                    let period = SignedDuration::from_mins(minutes.get().into());
                    let missed = now.duration_since(entry.next).as_secs() / period.as_secs();
                    let steps = i32::try_from(missed + 1).unwrap_or(i32::MAX);
                    entry.next = entry
                        .next
                        .saturating_add(period * steps)
                        .unwrap_or(Timestamp::MAX);
                    true
                }
            }
        });
        fired.sort_by_key(|fired| fired.at);
        fired
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.lock().schedules.values().map(|entry| entry.next).min()
    }

    /// All that are set, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Schedule> {
        let inner = self.lock();
        let entries = inner.schedules.values();
        entries.map(|entry| entry.schedule.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Schedules for InProcessSchedules {
    async fn set(&self, schedule: Schedule) -> Result<(), ScheduleError> {
        let mut inner = self.lock();
        let next = match schedule.when {
            When::At(time) => time,
            When::EveryMinutes(minutes) => inner
                .looked
                .saturating_add(SignedDuration::from_mins(minutes.get().into()))
                .unwrap_or(Timestamp::MAX),
        };
        let entry = Entry { schedule, next };
        match inner.schedules.get(&entry.schedule.name) {
            // The same one again: its period goes on.
            Some(there) if there.schedule == entry.schedule => {}
            _ => {
                inner.schedules.insert(entry.schedule.name.clone(), entry);
            }
        }
        Ok(())
    }

    async fn remove(&self, name: &ScheduleName) -> Result<(), ScheduleError> {
        self.lock().schedules.remove(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_767_603_600 + minute * 60).expect("a time")
    }

    fn schedule(purpose: &str, when: When) -> Schedule {
        Schedule {
            name: ScheduleName::of(purpose),
            when,
            input: format!(r#"{{"do":"{purpose}"}}"#),
        }
    }

    fn every(minutes: u32) -> When {
        When::EveryMinutes(NonZeroU32::new(minutes).expect("not zero"))
    }

    fn minutes(fired: &[Fired]) -> Vec<i64> {
        let minute = |fired: &Fired| fired.at.duration_since(at(0)).as_mins();
        fired.iter().map(minute).collect()
    }

    #[tokio::test]
    async fn what_is_set_once_fires_once_and_is_gone() {
        let schedules = InProcessSchedules::new(at(0));
        schedules
            .set(schedule("late", When::At(at(9))))
            .await
            .expect("set");
        schedules
            .set(schedule("soon", When::At(at(3))))
            .await
            .expect("set");
        schedules
            .set(schedule("soon", When::At(at(4))))
            .await
            .expect("moved");
        assert_eq!(schedules.next(), Some(at(4)));
        assert_eq!(schedules.due(at(3)), []);
        assert_eq!(minutes(&schedules.due(at(10))), [4, 9]);
        assert_eq!(schedules.due(at(20)), []);
        assert_eq!(schedules.all(), []);
    }

    #[tokio::test]
    async fn a_period_begins_when_it_is_set_and_is_not_made_up_for() {
        let schedules = InProcessSchedules::new(at(0));
        assert_eq!(schedules.due(at(2)), []);
        schedules
            .set(schedule("watch", every(5)))
            .await
            .expect("set");
        assert_eq!(schedules.due(at(6)), []);
        schedules
            .set(schedule("watch", every(5)))
            .await
            .expect("the same");
        assert_eq!(minutes(&schedules.due(at(7))), [7]);
        assert_eq!(minutes(&schedules.due(at(33))), [12], "five were missed");
        assert_eq!(schedules.next(), Some(at(37)));
    }

    #[tokio::test]
    async fn what_is_removed_does_not_fire() {
        let schedules = InProcessSchedules::new(at(0));
        let watch = schedule("watch", every(5));
        schedules.set(watch.clone()).await.expect("set");
        schedules.remove(&watch.name).await.expect("removed");
        schedules.remove(&watch.name).await.expect("fine");
        assert_eq!(schedules.due(at(60)), []);
    }
}
