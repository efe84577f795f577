//! `tidings cancel`, `resend`, `recall` and `update`: what can be done about a notification that was accepted.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use aws::OutgoingMessage;
use notifications::Notification;
use startup::{Clock as _, Environment, SystemClock};
use store::{Cancelled, Counts, FrozenNotification};
use uuid::Uuid;
use work_items::{GoOn, Recall, Resend, Task, Update, Which};

use crate::deployment::Deployment;
use crate::finding::{self, short};
use crate::reading;
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::{counted, escaped, time, within};

/// The notification that is meant, and whether to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct Meant {
    /// The notification: its id, its key, or the beginning of its key
    id: String,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: Where,
}

/// What is sent again.
#[derive(Debug, clap::Args)]
pub(crate) struct ResendOptions {
    #[command(flatten)]
    meant: Meant,
    #[command(flatten)]
    to: To,
}

/// To whom.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// To whom it could not be sent
    #[arg(long)]
    failed: bool,
    /// To whom it may have been sent: they may get it twice
    #[arg(long)]
    unknown: bool,
}

/// What is replaced, and by what.
#[derive(Debug, clap::Args)]
pub(crate) struct UpdateOptions {
    #[command(flatten)]
    meant: Meant,
    /// A JSON file with the notification as it should be, or - for the standard input
    file: PathBuf,
}

const TASKS: &str = "TASK_QUEUE_URL";

/// A notification on the ledger, and where a command works.
struct Subject {
    deployment: Deployment,
    frozen: FrozenNotification,
    counts: Counts,
}

impl Subject {
    async fn find(
        meant: &Meant,
        environment: Environment,
        variables: &[&'static str],
    ) -> anyhow::Result<Self> {
        let environment = meant.place.environment(environment)?;
        let deployment = Deployment::with(environment, variables)?;
        let found = finding::find(&deployment, &meant.id, SystemClock.now()).await?;
        let ledger = deployment.store.ledger();
        let frozen = ledger.notification(&found.key).await?;
        let frozen = frozen.ok_or_else(|| finding::nothing(&meant.id))?;
        // Counted from the outcomes: what is asked for is confirmed with numbers that are right.
        let counts = ledger.recount(&found.key).await?;
        let counts = counts.ok_or_else(|| finding::nothing(&meant.id))?;
        Ok(Self {
            deployment,
            frozen,
            counts,
        })
    }

    fn short(&self) -> &str {
        short(&self.frozen.key)
    }

    /// What it is, on a line.
    fn title(&self) -> String {
        let what = within(&escaped(&self.frozen.notification.what), 60);
        format!("{} “{what}”", self.short())
    }

    fn was_planned(&self) -> anyhow::Result<()> {
        if self.counts.planned == 0 && !self.counts.planned_all {
            let due = self.frozen.notification.not_before;
            let when = due.map(|due| format!(", it waits for {}", time(due)));
            return Err(anyhow!(
                "{} is not planned yet{}: nobody was sent anything. To stop it: tidings cancel {}",
                self.title(),
                when.unwrap_or_default(),
                self.short()
            ));
        }
        Ok(())
    }

    async fn queue(&self, task: &Task) -> anyhow::Result<()> {
        let message = OutgoingMessage::new(task.to_body());
        self.deployment.queue(TASKS, message).await
    }
}

fn agreed(meant: &Meant, question: &str, terminal: &mut Terminal) -> anyhow::Result<bool> {
    if meant.yes || terminal.agrees(question)? {
        return Ok(true);
    }
    terminal.say("Nothing was changed.")?;
    Ok(false)
}

fn recipients(count: u64) -> String {
    counted(count, "recipient", "recipients")
}

fn messages(count: u64) -> String {
    counted(count, "message", "messages")
}

/// Stops what is not sent.
pub(crate) async fn cancel(
    meant: Meant,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let subject = Subject::find(&meant, environment, &[TASKS]).await?;
    let Counts {
        tally,
        waiting,
        planned_all,
        ..
    } = &subject.counts;
    refuse_ended(&subject)?;
    let question = match (planned_all, waiting) {
        (false, 0) => format!(
            "Cancel {}? It is not planned yet; nobody got it.",
            subject.title()
        ),
        _ => format!(
            "Cancel {}? {} got it; {}{} will not.",
            subject.title(),
            recipients(tally.sent),
            recipients(*waiting),
            if *planned_all {
                ""
            } else {
                ", and whoever is not planned yet,"
            }
        ),
    };
    if !agreed(&meant, &question, terminal)? {
        return Ok(ExitCode::FAILURE);
    }
    let ledger = subject.deployment.store.ledger();
    match ledger
        .cancel(&subject.frozen.key, SystemClock.now())
        .await?
    {
        Cancelled::Now => {
            let notification = subject.frozen.key.clone();
            if ledger.broadcast(&notification).await?.is_some() {
                // One that waits for somebody ends at once, rather than with the next tick.
                let go_on = Task::GoOn(GoOn { notification });
                if let Err(error) = subject.queue(&go_on).await {
                    terminal.aside(&format!("It takes hold within a minute: {error:#}"))?;
                }
            }
            let short = subject.short();
            terminal.say(&format!(
                "Cancelled {}: within seconds nothing more is sent. {} had got it.\n\n  tidings report {short}",
                subject.title(),
                recipients(tally.sent),
            ))?;
            if tally.sent > 0 {
                terminal.say(&format!(
                    "  tidings recall {short}   (takes back what was sent)"
                ))?;
            }
        }
        Cancelled::Already { at } => return Err(already(&subject, at)),
        Cancelled::AlreadyEnded { at } => return Err(has_ended(&subject, at)),
        Cancelled::NotOnLedger => return Err(finding::nothing(&meant.id)),
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse_ended(subject: &Subject) -> anyhow::Result<()> {
    match (subject.counts.cancelled, subject.counts.ended) {
        (Some(at), _) => Err(already(subject, at)),
        (None, Some(at)) => Err(has_ended(subject, at)),
        (None, None) => Ok(()),
    }
}

fn already(subject: &Subject, at: jiff::Timestamp) -> anyhow::Error {
    anyhow!("{} was cancelled before, on {}", subject.title(), time(at))
}

fn has_ended(subject: &Subject, at: jiff::Timestamp) -> anyhow::Error {
    anyhow!(
        "{} has ended, on {}: there is nothing to cancel. To take back the {} that were sent: tidings recall {}",
        subject.title(),
        time(at),
        messages(subject.counts.tally.sent),
        subject.short()
    )
}

/// Sends again what had failed.
pub(crate) async fn resend(
    options: ResendOptions,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let ResendOptions { meant, to } = options;
    let subject = Subject::find(&meant, environment, &[TASKS]).await?;
    let (which, count, kind) = match to.failed {
        true => (Which::Failed, subject.counts.tally.all_failed(), "failed"),
        false => (Which::Unknown, subject.counts.tally.unknown, "unknown"),
    };
    if let Some(at) = subject.counts.cancelled {
        return Err(anyhow!("{}; it is not sent again", already(&subject, at)));
    }
    subject.was_planned()?;
    if subject.counts.ended.is_none() {
        return Err(anyhow!(
            "{} has not ended, {} wait: send again what failed when it has (tidings report {})",
            subject.title(),
            recipients(subject.counts.waiting),
            subject.short()
        ));
    }
    if count == 0 {
        return Err(anyhow!(
            "nobody's outcome of {} is {kind}; addresses that lead to nobody are not tried again",
            subject.title()
        ));
    }
    // Failed means that it did not arrive; unknown, that it may have.
    if to.unknown {
        let question = format!(
            "Send {} again to {}? Each of them may have it already.",
            subject.title(),
            recipients(count)
        );
        if !agreed(&meant, &question, terminal)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    let task = Task::Resend(Resend {
        notification: subject.frozen.key.clone(),
        which,
        request: Uuid::new_v4().to_string(),
        after: None,
    });
    subject.queue(&task).await?;
    terminal.say(&format!(
        "Asked to send {} again to {} ({kind}).\n\n  tidings report {}",
        subject.title(),
        recipients(count),
        subject.short()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Deletes what was sent, wherever it was sent.
pub(crate) async fn recall(
    meant: Meant,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let subject = Subject::find(&meant, environment, &[TASKS]).await?;
    subject.was_planned()?;
    let Counts {
        tally,
        waiting,
        ended,
        ..
    } = &subject.counts;
    if ended.is_some() && tally.sent == 0 {
        return Err(anyhow!(
            "{} has ended, and no message of it was sent: there is nothing to recall",
            subject.title()
        ));
    }
    let stop = match ended {
        Some(_) => String::new(),
        None => format!(" and send none to the {} that wait", recipients(*waiting)),
    };
    let question = format!(
        "Delete {} of {} in Teams{stop}? It cannot be undone.",
        messages(tally.sent),
        subject.title()
    );
    if !agreed(&meant, &question, terminal)? {
        return Ok(ExitCode::FAILURE);
    }
    let task = Task::Recall(Recall {
        notification: subject.frozen.key.clone(),
        request: Uuid::new_v4().to_string(),
        after: None,
    });
    subject.queue(&task).await?;
    if tally.sent == 0 {
        // It has not ended: what waits is stopped, and what is being sent just now is deleted.
        terminal.say(&format!(
            "Asked to stop {}; no message of it was sent yet.\n\n  tidings report {}",
            subject.title(),
            subject.short()
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    terminal.say(&format!(
        "Asked to delete {} of {}. Messages that people deleted themselves count as gone.\n\n  tidings report {}",
        messages(tally.sent),
        subject.title(),
        subject.short()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Replaces what was sent, wherever it was sent.
pub(crate) async fn update(
    options: UpdateOptions,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let UpdateOptions { meant, file } = options;
    // The file comes first: a mistake in it needs no account to be found.
    let content = content(&file)?;
    let subject = Subject::find(&meant, environment, &[TASKS]).await?;
    subject.was_planned()?;
    let frozen = &subject.frozen;
    if content.topic != frozen.notification.topic {
        return Err(anyhow!(
            "{} is of topic {}, and an update cannot move {} there from topic {}",
            reading::called(&file),
            content.topic,
            subject.title(),
            frozen.notification.topic
        ));
    }
    let sent = subject.counts.tally.sent;
    if sent == 0 {
        return Err(anyhow!(
            "no message of {} was sent: there is nothing to update",
            subject.title()
        ));
    }
    let waiting = match subject.counts.ended {
        Some(_) => String::new(),
        None => format!(
            " The {} that wait get the old text.",
            recipients(subject.counts.waiting)
        ),
    };
    let question = format!(
        "Replace {} of {} by “{}”?{waiting}",
        messages(sent),
        subject.title(),
        within(&escaped(&content.what), 60)
    );
    if !agreed(&meant, &question, terminal)? {
        return Ok(ExitCode::FAILURE);
    }
    let revision = Uuid::new_v4().simple().to_string();
    let ledger = subject.deployment.store.ledger();
    let revising = ledger.revise(&frozen.key, &revision, &content, SystemClock.now());
    revising.await?;
    let task = Task::Update(Update {
        notification: frozen.key.clone(),
        revision,
        after: None,
    });
    subject.queue(&task).await?;
    terminal.say(&format!(
        "Asked to replace {} of {}.",
        messages(sent),
        subject.title()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn content(file: &Path) -> anyhow::Result<Notification> {
    let text = reading::whole(file)?;
    // As for `send`, it may be an event. Its id does not matter: the notification has one.
    let incoming = reading::incoming(&text, file, &Uuid::new_v4().to_string())?;
    Ok(incoming.notification)
}
