//! `watch`: ticks and requests in, notifications out, with sources of every kind on loopback.

mod adding;
mod crowded;
mod failing;
mod forbidden;
mod kinds;
mod samples;
mod source;
mod stopped;
mod twice;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use activity::ids::TenantId;
use async_trait::async_trait;
use aws::{AwsClients, InProcessSchedules, Settings};
use dynoxide::Database;
use http_client::HttpClient;
use jiff::SignedDuration;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use notifications::Notification;
use serde_json::{Value, json};
use startup::{Clock as _, ManualClock, Metrics};
use store::Store;
use tokio::net::TcpListener;
use watch::state::State;
use watch::{Answer, Bounds, Fetcher, Names, Reach, Reply, Ticked, Watcher};

use crate::stage::{Mailbox, START};
use source::Source;

const TENANT: &str = "7d9b1f6c-0000-4000-8000-000000000001";
const MINUTE: Duration = Duration::from_secs(60);

/// The function, a source on loopback, and what there is around them.
struct Stage {
    watcher: Watcher,
    source: Source,
    store: Store,
    clock: ManualClock,
    queue: Arc<Mailbox>,
    schedules: InProcessSchedules,
}

/// Names as a test says, whatever the machine knows.
#[derive(Default)]
struct Told(Vec<(&'static str, Vec<IpAddr>)>);

#[async_trait]
impl Names for Told {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        Ok(found
            .map(|(_, addresses)| addresses.clone())
            .unwrap_or_default())
    }
}

impl Stage {
    async fn new() -> Self {
        Self::with(Told::default(), Reach { loopback: true }).await
    }

    async fn with(names: impl Names + 'static, reach: Reach) -> Self {
        Self::by(Self::clock(), names, reach).await
    }

    fn clock() -> ManualClock {
        ManualClock::new(START.parse().expect("a time"))
    }

    async fn by(clock: ManualClock, names: impl Names + 'static, reach: Reach) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let database = Database::memory().expect("an engine in memory");
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let settings = Settings::emulator(&format!("http://{address}"));
        let clients = AwsClients::new(HttpClient::new(), settings);
        let store = Store::new(clients.dynamodb(), "tidings");
        store.create_table().await.expect("the table is created");

        let queue = Mailbox::new(&clock);
        let schedules = InProcessSchedules::new(clock.now());
        // Nobody wants to wait ten seconds for a source that never answers.
        let bounds = Bounds {
            time: Duration::from_secs(2),
            ..Bounds::default()
        };
        let watcher = Watcher {
            store: store.clone(),
            notifications: queue.clone(),
            schedules: Arc::new(schedules.clone()),
            fetcher: Fetcher::new(Arc::new(names), reach, bounds),
            tenant: TenantId::new(TENANT),
            patience: SignedDuration::from_hours(24),
            clock: Arc::new(clock.clone()),
            metrics: Metrics::unwritten("watch"),
        };
        Self {
            watcher,
            source: Source::start().await,
            store,
            clock,
            queue,
            schedules,
        }
    }

    async fn invoke(&self, event: &Value) -> Result<Answer, Diagnostic> {
        let mut context = Context::default();
        context.deadline = (self.clock.now().as_millisecond() + 60_000).unsigned_abs();
        let event = serde_json::value::to_raw_value(event).unwrap();
        self.watcher.invoke(LambdaEvent::new(event, context)).await
    }

    /// Asks for a watch as the command line does, and reads the answer from the table.
    async fn ask(&self, kind: &str, detail: Value) -> Reply {
        let mut detail = detail;
        detail["request"] = json!("request-1");
        let event = json!({ "source": "tidings", "detail-type": kind, "detail": detail });
        self.invoke(&event).await.unwrap();
        let answer = self
            .store
            .watches()
            .answered(&self.watcher.tenant, "request-1")
            .await
            .unwrap();
        serde_json::from_str(&answer.expect("an answer")).unwrap()
    }

    async fn add(&self, watch: Value) -> Reply {
        self.ask("tidings.watch.add", json!({ "watch": watch }))
            .await
    }

    /// Adds a watch of `path` every five minutes; its id.
    async fn added(&self, path: &str, kind: &str) -> String {
        let watch =
            json!({ "url": self.source.url(path), "topic": "news", "every": "5m", "kind": kind });
        match self.add(watch).await {
            Reply::Added { id, .. } => id,
            other => panic!("not {other:?}"),
        }
    }

    /// Lets the schedules tick for so long; what the ticks did.
    async fn pass(&self, time: Duration) -> Vec<Ticked> {
        let until = self.clock.now() + time;
        let mut ticked = Vec::new();
        while let Some(next) = self.schedules.next().filter(|next| *next <= until) {
            let wait = next.duration_since(self.clock.now());
            self.clock.advance(wait.try_into().unwrap_or_default());
            for fired in self.schedules.due(self.clock.now()) {
                let event = serde_json::from_str(&fired.input).unwrap();
                match self.invoke(&event).await.unwrap() {
                    Answer::Ticked(tick) => ticked.push(tick),
                    other => panic!("not {other:?}"),
                }
            }
        }
        let wait = until.duration_since(self.clock.now());
        self.clock.advance(wait.try_into().unwrap_or_default());
        ticked
    }

    /// One tick of the five minutes.
    async fn tick(&self) -> Ticked {
        let ticked = self.pass(5 * MINUTE).await;
        assert_eq!(ticked.len(), 1);
        ticked[0]
    }

    /// What was queued, read as `notify` reads it.
    fn news(&self) -> Vec<Notification> {
        let bodies = self.queue.take_all();
        let parsed = bodies
            .iter()
            .map(|body| Notification::parse(body.as_bytes()).unwrap());
        parsed.collect()
    }

    fn whats(&self) -> Vec<String> {
        self.news().into_iter().map(|news| news.what).collect()
    }

    /// What is remembered of a watch's source.
    async fn state(&self, id: &str) -> State {
        let state = self
            .store
            .watches()
            .state(&self.watcher.tenant, id)
            .await
            .unwrap();
        serde_json::from_str(&state.expect("a state").state).unwrap()
    }

    async fn reason(&self, id: &str) -> String {
        self.state(id).await.failing.expect("it fails").reason
    }
}

/// A feed of these entries, the newest first.
fn feed(titles: &[&str]) -> String {
    let entry = |title: &&str| {
        format!(
            "<entry><id>urn:{title}</id><title>{title}</title><link href=\"https://news.example/{title}\"/></entry>"
        )
    };
    let entries: String = titles.iter().map(entry).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title>{entries}</feed>")
}

fn refused(reply: Reply) -> String {
    match reply {
        Reply::Refused { reason } => reason,
        other => panic!("not {other:?}"),
    }
}
