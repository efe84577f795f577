//! The queues of the template, in this process.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::journal::Journal;
use super::queue::{InProcessQueue, QueueSettings};
use super::variables::{BROADCASTS, DEAD_LETTERS, DELIVERIES, NOTIFICATIONS, POLLS, TASKS, WATCH};

/// How long a message is hidden while a function works on it. On AWS it is six times the
/// function's time-out; here somebody is watching, and a retry should be seen soon.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a message is shown before it goes to the dead letters, as in the template.
const MAX_RECEIVE_COUNT: u32 = 5;

/// A queue with the queue its dead letters go to.
#[derive(Clone)]
pub struct QueueWithDeadLetters {
    /// The queue.
    pub queue: InProcessQueue,
    /// Its dead letters.
    pub dead_letters: InProcessQueue,
}

/// Every queue.
#[derive(Clone)]
pub struct Queues {
    /// What `notify` reads.
    pub notification: QueueWithDeadLetters,
    /// What `deliver` reads first.
    pub delivery: QueueWithDeadLetters,
    /// What `deliver` reads besides.
    pub broadcast: QueueWithDeadLetters,
    /// What `tasks` reads.
    pub task: QueueWithDeadLetters,
    /// Ticks, definitions and commands that `polls` failed at.
    pub polls_dead_letters: InProcessQueue,
    /// Ticks and requests that `watch` failed at.
    pub watch_dead_letters: InProcessQueue,
}

impl Queues {
    /// Opens the queues: in memory, or with a file each in the folder `data`.
    ///
    /// # Errors
    ///
    /// When a file cannot be used.
    pub fn open(data: Option<&Path>) -> anyhow::Result<Self> {
        let open = |name: &str| -> anyhow::Result<QueueWithDeadLetters> {
            let dead_letters = open(&format!("{name}{DEAD_LETTERS}"), None, data)?;
            let redrive = (dead_letters.clone(), MAX_RECEIVE_COUNT);
            Ok(QueueWithDeadLetters {
                queue: open(name, Some(redrive), data)?,
                dead_letters,
            })
        };
        Ok(Self {
            notification: open(NOTIFICATIONS)?,
            delivery: open(DELIVERIES)?,
            broadcast: open(BROADCASTS)?,
            task: open(TASKS)?,
            polls_dead_letters: self::open(&format!("{POLLS}{DEAD_LETTERS}"), None, data)?,
            watch_dead_letters: self::open(&format!("{WATCH}{DEAD_LETTERS}"), None, data)?,
        })
    }

    /// All of them, dead letters included.
    pub fn all(&self) -> Vec<InProcessQueue> {
        let pairs = self.pairs().into_iter();
        pairs
            .flat_map(|pair| [pair.queue.clone(), pair.dead_letters.clone()])
            .chain([
                self.polls_dead_letters.clone(),
                self.watch_dead_letters.clone(),
            ])
            .collect()
    }

    /// Those of the dead letters.
    pub fn dead_letters(&self) -> Vec<InProcessQueue> {
        let pairs = self.pairs().into_iter();
        let letters = pairs.map(|pair| pair.dead_letters.clone());
        let functions = [&self.polls_dead_letters, &self.watch_dead_letters];
        letters.chain(functions.map(Clone::clone)).collect()
    }

    fn pairs(&self) -> [&QueueWithDeadLetters; 4] {
        [
            &self.notification,
            &self.delivery,
            &self.broadcast,
            &self.task,
        ]
    }
}

fn open(
    name: &str,
    dead_letters: Option<(InProcessQueue, u32)>,
    data: Option<&Path>,
) -> anyhow::Result<InProcessQueue> {
    let settings = QueueSettings {
        name: name.to_owned(),
        visibility_timeout: VISIBILITY_TIMEOUT,
        dead_letters,
    };
    let Some(folder) = data else {
        return Ok(InProcessQueue::new(settings));
    };
    let path = folder.join(format!("{name}.queue"));
    let (messages, journal) = Journal::open(&path).context("failed to open a queue")?;
    Ok(InProcessQueue::restored(settings, messages, journal))
}
