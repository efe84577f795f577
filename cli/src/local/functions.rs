//! The real functions, made from their own configuration and invoked by their own envelopes.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use activity::HostPolicy;
use async_trait::async_trait;
use connector::Connector;
use deliver::Deliver;
use entra::{AccessToken, TokenError, TokenSource};
use http_client::HttpClient;
use inbound_auth::LoopbackOnly;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use messages::Messages;
use notify::Notify;
use polling::Polling;
use startup::{Clock, Environment, Metrics, SystemClock};
use tasks::Tasks;
use watch::Watcher;

use super::function::Function;
use super::variables;

/// How long an invocation may take, as in the template.
const TIME_OUT: Duration = Duration::from_secs(60);

/// Whom the functions talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The simulator: tokens are fetched, sent and verified as with Teams.
    Simulator,
    /// Microsoft's Agents Playground, which sends no tokens and checks none. Loopback only.
    Playground,
}

/// Every function.
pub struct Functions {
    /// The bot's endpoint.
    pub messages: Function,
    /// Events become deliveries.
    pub notify: Function,
    /// Deliveries become messages.
    pub deliver: Function,
    /// What is slow or due later.
    pub tasks: Function,
    /// Polls are asked, closed and counted.
    pub polls: Function,
    /// What is new in the sources that are watched.
    pub watch: Function,
}

impl Functions {
    /// Makes the functions from `environment`, as their `main` would. `bot` is what the bot listens on.
    ///
    /// # Errors
    ///
    /// When a function refuses its configuration, or the mode without tokens its listener.
    pub fn new(
        environment: &[(String, String)],
        mode: Mode,
        bot: &TcpListener,
    ) -> anyhow::Result<Self> {
        let pairs = environment;
        let environment = || Environment::from_pairs(pairs.iter().cloned());
        let mut messages = Messages::new(messages::Config::from_environment(environment())?);
        let mut notify = Notify::new(notify::Config::from_environment(environment())?);
        let mut deliver = Deliver::with_metrics(
            deliver::Config::from_environment(environment())?,
            Arc::new(Metrics::unwritten("deliver")),
        );
        let mut tasks = Tasks::new(tasks::Config::from_environment(environment())?);
        // Both make schedules, each for itself.
        let for_polls = pairs
            .iter()
            .cloned()
            .chain(variables::of_polls().map(|(name, value)| (name.to_owned(), value)));
        let for_polls: BTreeMap<String, String> = for_polls.collect();
        let for_polls = Environment::from_pairs(for_polls);
        let mut polls = Polling::new(polling::Config::from_environment(for_polls)?);
        polls.metrics = Metrics::unwritten("polls");
        let mut watch = Watcher::new(watch::Config::from_environment(environment())?);
        watch.metrics = Metrics::unwritten("watch");
        messages.metrics = Metrics::unwritten("messages");
        notify.metrics = Arc::new(Metrics::unwritten("notify"));
        tasks.metrics = Metrics::unwritten("tasks");
        if mode == Mode::Playground {
            let connector =
                || Connector::new(HttpClient::new(), Arc::new(NoToken), HostPolicy::loopback());
            messages.authenticator = Arc::new(LoopbackOnly::for_listener(bot)?);
            messages.connector = connector();
            deliver.connector = connector();
            tasks.connector = connector();
        }
        let (messages, notify) = (Arc::new(messages), Arc::new(notify));
        let (deliver, tasks) = (Arc::new(deliver), Arc::new(tasks));
        let (polls, watch) = (Arc::new(polls), Arc::new(watch));
        Ok(Self {
            messages: Function::new("messages", move |event| {
                let messages = messages.clone();
                async move { messages.invoke(invocation(event)).await.map_err(told) }
            }),
            notify: Function::new("notify", move |event| {
                let notify = notify.clone();
                async move { notify.invoke(invocation(event)).await.map_err(told) }
            }),
            deliver: Function::new("deliver", move |event| {
                let deliver = deliver.clone();
                async move { deliver.invoke(invocation(event)).await.map_err(told) }
            }),
            tasks: Function::new("tasks", move |event| {
                let tasks = tasks.clone();
                async move { tasks.invoke(invocation(event)).await.map_err(told) }
            }),
            polls: Function::new("polls", move |event| {
                let polls = polls.clone();
                async move { polls.invoke(invocation(event)).await.map_err(told) }
            }),
            watch: Function::new("watch", move |event| {
                let watch = watch.clone();
                async move { watch.invoke(invocation(event)).await.map_err(told) }
            }),
        })
    }
}

fn invocation<T>(event: T) -> LambdaEvent<T> {
    let end = SystemClock.now().as_millisecond().unsigned_abs() + TIME_OUT.as_millis() as u64;
    let mut context = Context::default();
    context.request_id = uuid::Uuid::new_v4().to_string();
    context.deadline = end;
    LambdaEvent::new(event, context)
}

fn told(error: Diagnostic) -> String {
    format!("{}: {}", error.error_type, error.error_message)
}

/// What stands where a token would: the Playground looks at none.
struct NoToken;

#[async_trait]
impl TokenSource for NoToken {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        Ok(AccessToken::new("playground", Timestamp::MAX).expect("letters can stand in a header"))
    }

    async fn refused(&self, _token: &AccessToken) {}
}
