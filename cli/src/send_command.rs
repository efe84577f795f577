//! `tidings send`: a notification, checked and then queued; or only looked at.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use activity::TenantId;
use anyhow::{Context as _, anyhow};
use aws::OutgoingMessage;
use aws::batch::ORIGINAL_MESSAGE_ID;
use notifications::contract::Problem;
use notifications::{ContractErrors, Incoming, Topic};
use startup::{Clock as _, Environment, SystemClock};
use store::Store;
use uuid::Uuid;

use crate::deployment::Deployment;
use crate::finding::short;
use crate::flight_plan;
use crate::format::Output;
use crate::reading;
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::words::{escaped, time};

/// What is sent, and whether.
#[derive(Debug, clap::Args)]
pub(crate) struct SendOptions {
    /// A JSON file with a notification, or - for the standard input
    file: PathBuf,
    /// Show who would get it, how long it would take and what it would cost, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Where,
}

/// A notification that was read and checked, and where it would go.
pub(crate) struct Checked {
    pub(crate) incoming: Incoming,
    pub(crate) tenant: TenantId,
    pub(crate) topic: Topic,
    /// Whether somebody defined the topic.
    pub(crate) is_defined: bool,
}

const QUEUE: &str = "NOTIFICATION_QUEUE_URL";

pub(crate) async fn run(
    options: SendOptions,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    // The file comes first: a mistake in it needs no account to be found.
    let text = reading::whole(&options.file)?;
    // Given along, so that the queue cannot make two notifications of one message that was sent twice.
    let own_id = Uuid::new_v4().to_string();
    let incoming = reading::incoming(&text, &options.file, &own_id)?;
    let body = String::from_utf8(text)
        .with_context(|| format!("{} is not UTF-8", reading::called(&options.file)))?;
    let environment = options.place.environment(environment)?;
    if options.dry_run {
        let rates = flight_plan::Rates::from_environment(&environment)?;
        let deployment = Deployment::from_environment(environment)?;
        let checked = check(&deployment, incoming, &options.file).await?;
        known(&deployment.store, &checked.incoming).await?;
        flight_plan::run(&deployment, &checked, rates, &options.output, terminal).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let deployment = Deployment::with(environment, &[QUEUE])?;
    let checked = check(&deployment, incoming, &options.file).await?;
    let key = &checked.incoming.key;
    if let Some(at) = known(&deployment.store, &checked.incoming).await? {
        terminal.say(&format!(
            "It was accepted before, on {}; to send it again would change nothing.\n\n  tidings report {}",
            time(at),
            short(key),
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let message = OutgoingMessage {
        attributes: vec![(ORIGINAL_MESSAGE_ID.to_owned(), own_id)],
        ..OutgoingMessage::new(body)
    };
    deployment.queue(QUEUE, message).await?;
    let topic = &checked.topic.name;
    terminal.say(&format!(
        "Queued, topic {topic}.\n\n  id   {}\n  key  {key}\n",
        escaped(checked.incoming.id.as_str()),
    ))?;
    if !checked.is_defined {
        terminal.say(&format!(
            "Nobody defined the topic {topic}; it has the defaults (tidings topics put).\n"
        ))?;
    }
    terminal.say(&format!(
        "See what becomes of it, or stop it:\n\n  tidings report {short}\n  tidings cancel {short}",
        short = short(key),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// What `notify` would refuse is refused here, where its sender sees it.
async fn check(
    deployment: &Deployment,
    incoming: Incoming,
    file: &Path,
) -> anyhow::Result<Checked> {
    let tenant = incoming.notification.tenant.clone();
    let tenant = tenant.unwrap_or_else(|| deployment.tenant.clone());
    let name = incoming.notification.topic.clone();
    let defined = deployment.store.topics().get(&tenant, &name).await?;
    let is_defined = defined.is_some();
    let topic = defined.unwrap_or_else(|| Topic::undefined(name));
    let refused = incoming
        .notification
        .audience()
        .include
        .into_iter()
        .filter(|address| !topic.allows(address))
        .map(|address| Problem {
            path: "to".to_owned(),
            found: format!("an address of kind {}", address.kind()),
            expected: "an address of the topic's audienceAllowed".to_owned(),
        });
    match ContractErrors::new(refused.collect()) {
        Some(errors) => Err(reading::broken(&errors, file)),
        None => Ok(Checked {
            incoming,
            tenant,
            topic,
            is_defined,
        }),
    }
}

/// When the same notification was accepted before, if it was; another one under its id is an error.
async fn known(store: &Store, incoming: &Incoming) -> anyhow::Result<Option<jiff::Timestamp>> {
    let Some(known) = store.ledger().notification(&incoming.key).await? else {
        return Ok(None);
    };
    // An id is free again when its notification has expired, whether the table has deleted that or not.
    let is_old =
        SystemClock.now().duration_since(known.accepted_at) > store::retention::NOTIFICATION;
    if is_old {
        return Ok(None);
    }
    if known.notification.digest() != incoming.notification.digest() {
        return Err(anyhow!(
            "id {:?}: another notification has it since {}; nothing was sent, choose an id of its own",
            incoming.id.as_str(),
            time(known.accepted_at)
        ));
    }
    Ok(Some(known.accepted_at))
}
