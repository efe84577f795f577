//! Schedules: what happens later, once or over and over.
//!
//! A schedule has a name of its own and a JSON document that its target is invoked with. Setting the same one twice and
//! removing one that is gone are both fine, so whoever sets one can do it again after a crash. Targets are invoked at least
//! once, up to a minute late: what a schedule starts must not mind to be started twice.

mod name;
mod pretended;
mod scheduler;

use std::num::NonZeroU32;

use async_trait::async_trait;
use jiff::Timestamp;

pub use name::ScheduleName;
pub use pretended::{Fired, InProcessSchedules};
pub use scheduler::{Scheduler, SchedulerConfig};

/// Sets and removes schedules.
#[async_trait]
pub trait Schedules: Send + Sync + std::fmt::Debug {
    /// Sets a schedule; one of the same name becomes this one.
    ///
    /// A time that has passed is no time to set: the service refuses it or invokes at once. Do yourself what is due.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`]: it may be set all the same. Set it again.
    async fn set(&self, schedule: Schedule) -> Result<(), ScheduleError>;

    /// Removes the schedule of this name; it is fine if there is none.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`]: it may still be there. Remove it again.
    async fn remove(&self, name: &ScheduleName) -> Result<(), ScheduleError>;
}

/// A schedule to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, which says what it is for: the same purpose, the same name.
    pub name: ScheduleName,
    /// When it invokes its target.
    pub when: When,
    /// The JSON document that the target is invoked with.
    pub input: String,
}

/// When a schedule invokes its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once, in the minute of this time; then the schedule is gone. Less than a second is cut off.
    At(Timestamp),
    /// Every so many minutes, the first time about so many minutes from now.
    EveryMinutes(NonZeroU32),
}

/// Why a schedule was not set or removed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The service refused: a time it does not take, a group or role that does not exist, a right that we lack. An operator
    /// must act, or the schedule is wrong.
    #[error("EventBridge Scheduler refused a schedule ({code})")]
    Refused {
        /// The service's code.
        code: String,
    },
    /// The service did not answer, or has too much to do. Trying again may help.
    #[error("EventBridge Scheduler did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ScheduleError {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
