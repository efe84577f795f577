//! `tidings report`: what became of a notification.

mod files;
mod follow;
mod summary;
mod who;

use std::process::ExitCode;

use anyhow::anyhow;
use startup::{Clock as _, Environment, SystemClock};
use store::{Counts, FrozenNotification, Recent};

use crate::deployment::Deployment;
use crate::finding;
use crate::format::{Format, Output};
use crate::progress::Waiting;
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::csv;
use crate::text::table::{self, Column};
use crate::text::words::ago;

use who::Who;

/// What is reported, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportOptions {
    /// The notification: its id, its key, or the beginning of its key; without it, the latest are listed
    id: Option<String>,
    /// Say how it stands now, and do not wait for its end
    #[arg(long)]
    now: bool,
    /// List those who got it too
    #[arg(long)]
    everyone: bool,
    /// Without an id: so many are listed at most
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    most: u16,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Where,
}

/// Everything that a report says.
struct Report {
    frozen: FrozenNotification,
    counts: Counts,
    broadcast: Option<store::Broadcast>,
    who: Who,
    now: jiff::Timestamp,
}

pub(crate) async fn run(
    options: ReportOptions,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::from_environment(options.place.environment(environment)?)?;
    let now = SystemClock.now();
    let Some(id) = &options.id else {
        list(&deployment, &options, now, terminal).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let found = match options.now {
        true => finding::find(&deployment, id, now).await?,
        false => follow::find(&deployment, id, terminal).await?,
    };
    let ledger = deployment.store.ledger();
    let gone = || {
        anyhow!(
            "the notification {} is not on the ledger any more",
            found.key
        )
    };
    let frozen = ledger.notification(&found.key).await?.ok_or_else(gone)?;
    if !options.now {
        follow::until_the_end(&deployment, &frozen, terminal).await?;
    }
    // Counted anew: what is added up along the way may lag behind.
    let counts = ledger.recount(&found.key).await?.ok_or_else(gone)?;
    let most = match options.output.is_whole() {
        true => usize::MAX,
        false => summary::ROWS,
    };
    let waiting = Waiting::begin(terminal, "reading outcomes");
    let who = who::look(
        &deployment,
        &frozen,
        &counts,
        options.everyone,
        most,
        &waiting,
    )
    .await?;
    waiting.end();
    let report = Report {
        broadcast: ledger.broadcast(&found.key).await?,
        frozen,
        counts,
        who,
        now: SystemClock.now(),
    };
    options.output.write(terminal, |format| match format {
        Format::Table => summary::table(&report),
        Format::Json => files::json(&report),
        Format::Csv => files::csv(&report),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How many days the latest ones are looked for.
const DAYS: u8 = 14;

async fn list(
    deployment: &Deployment,
    options: &ReportOptions,
    now: jiff::Timestamp,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let ledger = deployment.store.ledger();
    let recent = ledger
        .recent(&deployment.tenant, now, DAYS, options.most)
        .await?;
    let mut rows = Vec::with_capacity(recent.len());
    for one in recent {
        if let Some(counts) = ledger.counts(&one.key).await? {
            rows.push((one, counts));
        }
    }
    options.output.write(terminal, |format| match format {
        Format::Table => listed(&rows, now),
        Format::Json => listed_json(&rows),
        Format::Csv => listed_csv(&rows),
    })
}

const COLUMNS: [Column; 8] = [
    Column::text("key"),
    Column::number("age"),
    Column::cut("topic", 8),
    Column::cut("id", 8),
    Column::number("sent"),
    Column::number("not sent"),
    Column::number("waiting"),
    Column::text("state"),
];

fn listed(rows: &[(Recent, Counts)], now: jiff::Timestamp) -> String {
    if rows.is_empty() {
        return format!(
            "No notification was accepted in the last {DAYS} days. To send one: tidings send FILE\n"
        );
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(recent, counts)| {
            let number = crate::text::words::number;
            vec![
                finding::short(&recent.key).to_owned(),
                ago(recent.accepted_at, now),
                recent.topic.to_string(),
                recent
                    .id
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                number(counts.tally.sent),
                number(counts.tally.ended() - counts.tally.sent + counts.unreachable),
                number(counts.waiting),
                summary::state(counts).to_owned(),
            ]
        })
        .collect();
    table::table(&COLUMNS, &rows) + "\nMore about one: tidings report KEY\n"
}

fn listed_json(rows: &[(Recent, Counts)]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(recent, counts)| {
            let mut row = files::counts_json(counts);
            row["key"] = recent.key.as_str().into();
            row["topic"] = recent.topic.as_str().into();
            row["id"] = recent.id.as_ref().map(|id| id.as_str()).into();
            row
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}

fn listed_csv(rows: &[(Recent, Counts)]) -> String {
    let mut text = csv::record([
        "key",
        "id",
        "topic",
        "accepted-at",
        "state",
        "recipients",
        "sent",
        "skipped",
        "failed",
        "unknown",
        "waiting",
        "unreachable",
    ]);
    for (recent, counts) in rows {
        let tally = &counts.tally;
        let numbers = [
            counts.planned,
            tally.sent,
            tally.all_skipped(),
            tally.all_failed(),
            tally.unknown,
            counts.waiting,
            counts.unreachable,
        ]
        .map(|number| number.to_string());
        let accepted_at = recent.accepted_at.to_string();
        let id = recent.id.as_ref().map_or("", |id| id.as_str());
        let words = [
            recent.key.as_str(),
            id,
            recent.topic.as_str(),
            &accepted_at,
            summary::state(counts),
        ];
        text.push_str(&csv::record(
            words.into_iter().chain(numbers.iter().map(String::as_str)),
        ));
    }
    text
}
