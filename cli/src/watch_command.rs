//! `tidings watch`: sources whose news are told.
//!
//! Whoever adds a watch asks the function `watch` for it on the event bus and waits until it has answered in the table: only
//! the function may make schedules, and it sees the source from where it will be looked at.

use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use activity::TenantId;
use anyhow::{Context as _, anyhow};
use aws::{BusEvent, EventBus};
use clap::Subcommand;
use jiff::Timestamp;
use notifications::Notification;
use serde_json::{Value, json};
use sources::{Document, Watch, look};
use startup::{Clock, Environment, SystemClock};
use store::StoredWatch;
use uuid::Uuid;
use watch::event::{ADD, REMOVE};
use watch::fetch::{Fetched, Validators};
use watch::state::State;
use watch::{Bounds, Fetcher, Reach, Reply, SystemNames};

use crate::deployment::Deployment;
use crate::stack_variables::Where;
use crate::terminal::Terminal;
use crate::text::table::{self, Column};
use crate::text::words::{ago, counted, escaped, listed};

const BUS: &str = "EVENT_BUS_NAME";

/// How long the function is waited for, and how often is looked whether it has answered.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(500);

/// How many entries of a source a test shows.
const SHOWN: usize = 5;

/// What can be done with watches.
#[derive(Debug, Subcommand)]
pub(crate) enum WatchCommand {
    /// Watch a source; what is there now is not told, what is new later is
    Add {
        #[command(flatten)]
        source: SourceOptions,
        /// What recipients subscribe to and mute
        #[arg(long)]
        topic: String,
        /// How often to look: from 1m to 1d
        #[arg(long, value_name = "PERIOD", default_value = "5m")]
        every: String,
        /// Whom to tell instead of the topic's subscribers; may be repeated
        #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
        to: Vec<String>,
        #[command(flatten)]
        place: Where,
    },
    /// List what is watched, and how each source is
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Watch a source no more
    Remove {
        /// The watch's id: see `tidings watch list`
        id: String,
        #[command(flatten)]
        place: Where,
    },
    /// Fetch a source once from here, and show what would be told; nothing is stored or sent
    Test {
        #[command(flatten)]
        source: SourceOptions,
        /// Let sources on this machine be fetched
        #[arg(long)]
        allow_loopback: bool,
    },
}

/// A source.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceOptions {
    /// Its address
    url: String,
    /// What is there: atom (RSS too), json, statuspage or github; else the address says it
    #[arg(long)]
    kind: Option<String>,
    /// Which part of a JSON document is watched, as a JSON pointer
    #[arg(long, value_name = "POINTER", conflicts_with = "query")]
    pointer: Option<String>,
    /// Which part of a JSON document is watched, as a JMESPath expression
    #[arg(long, value_name = "EXPRESSION")]
    query: Option<String>,
    /// What people call it; else what it calls itself
    #[arg(long)]
    name: Option<String>,
}

impl SourceOptions {
    /// The definition, checked: a mistake in it needs no account to be found.
    fn definition(
        &self,
        topic: &str,
        every: &str,
        to: &[String],
    ) -> anyhow::Result<(Watch, Value)> {
        let mut definition = json!({ "url": self.url, "topic": topic, "every": every });
        let options = [
            ("kind", &self.kind),
            ("pointer", &self.pointer),
            ("query", &self.query),
            ("name", &self.name),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                definition[name] = json!(value);
            }
        }
        if !to.is_empty() {
            definition["to"] = json!(to);
        }
        let watch = Watch::from_value(&definition).map_err(|errors| {
            let lines = listed(errors.problems());
            anyhow!("this cannot be watched, nothing was changed:{lines}")
        })?;
        Ok((watch, definition))
    }
}

pub(crate) async fn run(
    command: WatchCommand,
    environment: Environment,
    terminal: &mut Terminal,
) -> anyhow::Result<ExitCode> {
    match command {
        WatchCommand::Add {
            source,
            topic,
            every,
            to,
            place,
        } => {
            let (watch, definition) = source.definition(&topic, &every, &to)?;
            let deployment = Deployment::with(place.environment(environment)?, &[BUS])?;
            let reply = ask(&deployment, ADD, json!({ "watch": definition })).await?;
            terminal.say(&added(&watch, reply)?)?;
        }
        WatchCommand::List { place } => {
            let deployment = Deployment::from_environment(place.environment(environment)?)?;
            list(&deployment, terminal).await?;
        }
        WatchCommand::Remove { id, place } => {
            let deployment = Deployment::with(place.environment(environment)?, &[BUS])?;
            match ask(&deployment, REMOVE, json!({ "id": id })).await? {
                Reply::Removed { was: true, .. } => {
                    terminal.say(&format!("{id} is watched no more."))?
                }
                Reply::Removed { .. } => terminal.say(&format!("There was no watch {id}."))?,
                other => return Err(refused(other)),
            }
        }
        WatchCommand::Test {
            source,
            allow_loopback,
        } => {
            let (watch, _) = source.definition("test", "5m", &[])?;
            test(
                &watch,
                Reach {
                    loopback: allow_loopback,
                },
                terminal,
            )
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the function for something, and waits for its answer.
async fn ask(deployment: &Deployment, kind: &str, mut detail: Value) -> anyhow::Result<Reply> {
    let request = Uuid::new_v4().to_string();
    detail["request"] = json!(request);
    let event = BusEvent {
        source: notifications::source::OURS.to_owned(),
        detail_type: kind.to_owned(),
        detail: detail.to_string(),
    };
    let bus = EventBus::new(&deployment.clients, deployment.value(BUS));
    bus.put(vec![event])
        .await
        .context("failed to ask for it; nothing was changed")?;
    let clock = SystemClock;
    let until = clock.now() + PATIENCE;
    while clock.now() < until {
        let answered = deployment
            .store
            .watches()
            .answered(&deployment.tenant, &request)
            .await?;
        if let Some(answer) = answered {
            return serde_json::from_str(&answer).context("the answer is of another version");
        }
        clock.sleep(LOOK).await;
    }
    Err(anyhow!(
        "the function has not answered within a minute; it may still do what was asked (tidings watch list), or its \
         request is among the dead letters"
    ))
}

/// What whoever adds a source on this machine should know, where it is refused for that.
const ELSEWHERE: &str = "the source is on this machine, which only a local run watches";

fn added(watch: &Watch, reply: Reply) -> anyhow::Result<String> {
    let Reply::Added {
        id,
        entries,
        unread,
    } = reply
    else {
        let forbidden = |reason: &str| {
            reason.ends_with("is not a public address") || reason.contains("neither 80 nor 443")
        };
        let is_forbidden = matches!(&reply, Reply::Refused { reason } if forbidden(reason));
        return Err(if is_forbidden && is_here(watch) {
            refused(reply).context(ELSEWHERE)
        } else {
            refused(reply)
        });
    };
    let mut text = format!(
        "Watched every {} for the topic {}.\n\n  id   {id}\n  url  {}\n",
        watch.every, watch.topic, watch.url
    );
    if let Some(entries) = entries {
        let there = counted(entries as u64, "entry", "entries");
        text.push_str(&format!(
            "\nIt holds {there} now. Only what is new from here on is told."
        ));
    }
    if let Some(why) = unread {
        text.push_str(&format!(
            "\nIt could not be read yet: {}. It is tried again.",
            escaped(&why)
        ));
    }
    Ok(text)
}

/// What helps whoever tries a source on this machine, where none is asked for.
fn hint(watch: &Watch, reach: Reach) -> &'static str {
    if is_here(watch) && !reach.loopback {
        " without --allow-loopback, as it is on this machine"
    } else {
        ""
    }
}

/// Whether a source is on this machine.
fn is_here(watch: &Watch) -> bool {
    let host = watch.url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

fn refused(reply: Reply) -> anyhow::Error {
    match reply {
        Reply::Refused { reason } => anyhow!("refused, nothing was changed: {}", escaped(&reason)),
        other => anyhow!("the function answered something else: {other:?}"),
    }
}

const COLUMNS: [Column; 5] = [
    Column::text("id"),
    Column::text("every"),
    Column::cut("topic", 8),
    Column::cut("how it is", 16),
    Column::cut("source", 24),
];

async fn list(deployment: &Deployment, terminal: &mut Terminal) -> anyhow::Result<()> {
    let watches = deployment.store.watches();
    let all = watches.list(&deployment.tenant).await?;
    if all.is_empty() {
        terminal
            .aside("Nothing is watched. Watch something: tidings watch add URL --topic TOPIC")?;
        return Ok(());
    }
    let now = SystemClock.now();
    let mut rows = Vec::new();
    for stored in all {
        let state = watches.state(&deployment.tenant, &stored.id).await?;
        let state = state.and_then(|state| serde_json::from_str(&state.state).ok());
        rows.push(row(&stored, state, now));
    }
    terminal.write(&table::table(&COLUMNS, &rows))?;
    Ok(())
}

fn row(stored: &StoredWatch, state: Option<State>, now: Timestamp) -> Vec<String> {
    let definition = serde_json::from_str(&stored.definition).ok();
    let watch = definition.and_then(|json| Watch::from_value(&json).ok());
    let Some(watch) = watch else {
        let unreadable = "of another version".to_owned();
        return vec![
            stored.id.clone(),
            String::new(),
            String::new(),
            unreadable,
            String::new(),
        ];
    };
    vec![
        stored.id.clone(),
        watch.every.to_string(),
        watch.topic.to_string(),
        condition(state, now),
        match &watch.name {
            Some(name) => format!("{} ({})", escaped(name), watch.url),
            None => watch.url.to_string(),
        },
    ]
}

/// How a source is, in a few words.
fn condition(state: Option<State>, now: Timestamp) -> String {
    let Some(state) = state else {
        return "not read yet".to_owned();
    };
    if let Some(failing) = state.failing {
        return format!("fails for {}: {}", ago(failing.since, now), failing.reason);
    }
    match state.new {
        Some(new) => format!("ok, news {} ago", ago(new, now)),
        None => "ok, nothing new yet".to_owned(),
    }
}

/// Fetches a source, and shows what a look would tell if all of it were new.
async fn test(watch: &Watch, reach: Reach, terminal: &mut Terminal) -> anyhow::Result<()> {
    let fetcher = Fetcher::new(Arc::new(SystemNames), reach, Bounds::default());
    let fetched = fetcher
        .fetch(&watch.url, &Validators::default(), SystemClock.now())
        .await;
    let (url, body) = match fetched {
        Ok(Fetched::Document { url, body, .. }) => (url, body),
        Ok(Fetched::Unchanged) => {
            return Err(anyhow!("{}: it answered with status 304", watch.url));
        }
        Err(why) => {
            let hint = hint(watch, reach);
            let what = format!("{} cannot be watched{hint}", watch.url);
            return Err(anyhow::Error::new(why).context(what));
        }
    };
    let document = Document {
        url: &url,
        body: &body,
    };
    let tenant = TenantId::new("test");
    let nothing = sources::Cursor::default();
    let found = look(watch, &tenant, Some(&nothing), &document, usize::MAX).map_err(|why| {
        anyhow!(
            "{} cannot be watched as {}: it is {why}",
            watch.url,
            watch.kind.as_str()
        )
    })?;
    let entries = counted(found.entries as u64, "entry", "entries");
    terminal.say(&format!("{url}: {}, {entries}.", watch.kind.as_str()))?;
    if let Some(value) = found.cursor.value() {
        let value = escaped(value);
        terminal.say(&format!("A change of this would be told:\n\n  {value}"))?;
        return Ok(());
    }
    if found.news.is_empty() {
        terminal.say("It holds nothing yet. What comes would be told.")?;
        return Ok(());
    }
    terminal.say("The first look tells nothing. If the latest were new, this would be told:\n")?;
    for news in found.news.iter().rev().take(SHOWN) {
        terminal.say(&shown(news))?;
    }
    Ok(())
}

fn shown(news: &Notification) -> String {
    let what = listed(&[escaped(&news.what)]);
    let mut text = format!(
        "{}\n    {}",
        what.trim_start_matches('\n'),
        escaped(&news.item.name)
    );
    if let Some(url) = &news.item.url {
        text.push_str(&format!("\n    {}", escaped(url.as_str())));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use watch::patience::Failing;

    use super::*;

    fn source(url: &str) -> SourceOptions {
        SourceOptions {
            url: url.to_owned(),
            kind: None,
            pointer: None,
            query: None,
            name: None,
        }
    }

    #[test]
    fn a_mistake_in_a_definition_is_named_before_anything_is_asked() {
        let to = ["nobody in particular".to_owned()];
        let error = source("news.contoso.example").definition("two words", "1s", &to);
        let error = error.unwrap_err().to_string();
        for field in ["url", "topic", "every", "to"] {
            assert!(error.contains(&format!("\n  {field}: found ")), "{error}");
        }
        let query = SourceOptions {
            query: Some("items[?open]".into()),
            ..source("https://a.example/")
        };
        let (watch, _) = query.definition("news", "90m", &[]).unwrap();
        assert_eq!(
            (watch.kind.as_str(), watch.every.to_string().as_str()),
            ("json", "1h30m")
        );
    }

    #[test]
    fn whoever_tries_a_source_on_this_machine_is_told_how() {
        for (url, is_hinted) in [
            ("http://127.0.0.1:8080/feed", true),
            ("http://[::1]/feed", true),
            ("http://localhost:8080/feed", true),
            ("http://10.0.0.1/feed", false),
            ("https://a.example/feed", false),
        ] {
            let (watch, _) = source(url).definition("news", "5m", &[]).unwrap();
            assert_eq!(
                hint(&watch, Reach::default()).is_empty(),
                !is_hinted,
                "{url}"
            );
            assert_eq!(hint(&watch, Reach { loopback: true }), "", "{url}");
        }
    }

    #[test]
    fn how_a_source_is_fits_a_cell() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        assert_eq!(condition(None, now), "not read yet");
        let mut state = State::new();
        assert_eq!(condition(Some(state.clone()), now), "ok, nothing new yet");
        state.new = Some("2026-11-24T08:00:00Z".parse().unwrap());
        assert_eq!(condition(Some(state.clone()), now), "ok, news 1 h ago");
        state.failing = Some(Failing {
            since: "2026-11-24T08:50:00Z".parse().unwrap(),
            times: 2,
            reason: "it answered with status 503".to_owned(),
            next: now,
            is_told: false,
        });
        assert_eq!(
            condition(Some(state), now),
            "fails for 10 min: it answered with status 503"
        );
    }

    #[test]
    fn what_the_function_refuses_is_an_error_with_its_reason() {
        let (watch, _) = source("https://a.example/feed")
            .definition("news", "5m", &[])
            .unwrap();
        let reply = Reply::Refused {
            reason: "it is not an Atom or RSS feed".to_owned(),
        };
        let error = added(&watch, reply).unwrap_err().to_string();
        assert_eq!(
            error,
            "refused, nothing was changed: it is not an Atom or RSS feed"
        );
        let (here, _) = source("http://127.0.0.1:8080/")
            .definition("news", "5m", &[])
            .unwrap();
        for (reason, context) in [
            ("its port 8080 is neither 80 nor 443", Some(ELSEWHERE)),
            ("127.0.0.1 is not a public address", Some(ELSEWHERE)),
            ("it answered with status 404", None),
        ] {
            let reply = Reply::Refused {
                reason: reason.to_owned(),
            };
            let error = added(&here, reply).unwrap_err();
            let refused = format!("refused, nothing was changed: {reason}");
            assert_eq!(error.to_string(), context.map_or(refused, str::to_owned));
        }
        let reply = Reply::Added {
            id: watch.id().to_string(),
            entries: Some(1),
            unread: None,
        };
        let text = added(&watch, reply).unwrap();
        assert!(text.contains("\nIt holds 1 entry now"), "{text}");
    }
}
