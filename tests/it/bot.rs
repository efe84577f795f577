//! The bot as people meet it: `messages` behind a function URL and `tasks` behind its queue, on the stage.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws::bus::BusError;
use aws::task_token::TokenError;
use aws::{AwsClients, BusEvent, Settings, TaskTokens, TokenOutcome};
use bytes::Bytes;
use connector::Connector;
use http_client::HttpClient;
use inbound_auth::{Authenticator, SigningKeys};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use messages::{Admins, HttpRequest, Messages};
use pacing_in_table::TablePacer;
use registration::Registration;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use simulator::{BotEndpoint, InstallOrder, World};
use startup::{Clock as _, Environment, ManualClock, Metrics};
use tasks::{Events, Queues, Tasks};

use crate::stage::{Mailbox, Stage, batch, failed};

/// How long `messages` may take, as in the template.
const TURN: Duration = Duration::from_secs(15);
/// How long `tasks` may take, as in the template.
const TASK: Duration = Duration::from_secs(60);

/// Both functions that Teams' activities reach, and everything around them.
pub(crate) struct Bot {
    pub(crate) stage: Stage,
    pub(crate) tasks: Tasks,
    pub(crate) task_mail: Arc<Mailbox>,
    pub(crate) task_dead: Arc<Mailbox>,
    pub(crate) events: Arc<Published>,
}

/// What was published on our bus.
#[derive(Default)]
pub(crate) struct Published(Mutex<State>);

#[derive(Default)]
struct State {
    events: Vec<BusEvent>,
    refuses: bool,
    refuses_tokens: bool,
    answers: Vec<(String, Value)>,
}

impl Published {
    pub(crate) fn details(&self) -> Vec<Value> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let details = state.events.iter().map(|event| &event.detail);
        details
            .map(|detail| serde_json::from_str(detail).unwrap())
            .collect()
    }

    pub(crate) fn events(&self) -> Vec<BusEvent> {
        self.0.lock().unwrap().events.clone()
    }

    /// The task tokens that were answered, each with the result of its task.
    pub(crate) fn answers(&self) -> Vec<(String, Value)> {
        self.0.lock().unwrap().answers.clone()
    }

    pub(crate) fn refuses(&self, refuses: bool) {
        self.0.lock().unwrap().refuses = refuses;
    }

    pub(crate) fn refuses_tokens(&self, refuses: bool) {
        self.0.lock().unwrap().refuses_tokens = refuses;
    }
}

#[async_trait]
impl Events for Published {
    async fn publish_all(&self, events: Vec<BusEvent>) -> Result<(), BusError> {
        let mut state = self.0.lock().unwrap();
        if state.refuses {
            return Err(BusError::Refused {
                code: "InternalFailure".to_owned(),
            });
        }
        state.events.extend(events);
        Ok(())
    }
}

/// Step Functions: of several answers to one token the first counts.
#[async_trait]
impl TaskTokens for Published {
    async fn succeed(&self, token: &str, output: String) -> Result<TokenOutcome, TokenError> {
        let mut state = self.0.lock().unwrap();
        if state.refuses_tokens {
            return Err(TokenError::Refused {
                code: "AccessDeniedException".to_owned(),
            });
        }
        if state.answers.iter().any(|(known, _)| known == token) {
            return Ok(TokenOutcome::NobodyWaits);
        }
        let output = serde_json::from_str(&output).expect("the result of a task is JSON");
        state.answers.push((token.to_owned(), output));
        Ok(TokenOutcome::Answered)
    }
}

impl Bot {
    /// Ana, Ben and Chloé, a team and a group chat; the bot is nowhere yet.
    pub(crate) async fn nowhere() -> Self {
        Self::with(World::contoso()).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let stage = Stage::with(world).await;
        let (task_mail, task_dead) = (Mailbox::new(&stage.clock), Mailbox::new(&stage.clock));
        let events = stage.told.clone();
        let tasks = tasks(&stage, &task_mail, &task_dead, &events);
        let bot = Self {
            stage,
            tasks,
            task_mail,
            task_dead,
            events,
        };
        bot.starts(|_| {});
        bot
    }

    /// A new environment of `messages`, with nothing in its memory, answers from now on.
    pub(crate) fn starts(&self, change: impl FnOnce(&mut Messages)) {
        let mut messages = self.messages();
        change(&mut messages);
        let messages = Arc::new(messages);
        let clock = self.stage.clock.clone();
        self.stage
            .teams
            .set_bot_endpoint(BotEndpoint::in_process(move |request| {
                let (messages, clock) = (messages.clone(), clock.clone());
                async move { answer(&messages, &clock, &envelope(&request)).await }
            }));
    }

    /// A new environment of `messages`.
    pub(crate) fn messages(&self) -> Messages {
        let stage = &self.stage;
        let (http, registration) = (HttpClient::new(), registration(stage));
        let issuer = registration.cloud.endpoints().inbound_issuer;
        let clock = stage.clock.clone();
        let settings = inbound_auth::Settings {
            app_id: registration.app_id.clone(),
            issuer: issuer.to_owned(),
            metadata_url: registration.openid_metadata.parse().unwrap(),
            hosts: registration.hosts.clone(),
        };
        let keys = Arc::new(keys_in_table::KeysInTable::new(stage.store.clone(), issuer));
        let now = Arc::new(move || clock.now());
        Messages {
            authenticator: Arc::new(Authenticator::new(http.clone(), settings, keys, now)),
            tenants: registration.tenants.clone(),
            admins: Admins::default(),
            store: stage.store.clone(),
            recent: messages::Recent::default(),
            connector: connector(stage, &http, &registration),
            tasks: self.task_mail.clone(),
            events: Some(self.events.clone()),
            clock: Arc::new(stage.clock.clone()),
            metrics: Metrics::new("messages"),
        }
    }

    /// Lets the time pass between two things that people do.
    pub(crate) fn later(&self, by: Duration) {
        self.stage.clock.advance(by);
    }

    // ── Installing ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Installs the bot for a person, has them welcomed, and puts the welcome away.
    pub(crate) async fn installed_for(&self, who: &str) -> simulator::Person {
        let person = self.stage.teams.person(who);
        assert!(
            person
                .install()
                .await
                .iter()
                .all(simulator::Delivery::is_success)
        );
        self.work_off().await;
        person.chat().next_message().await.unwrap();
        self.later(Duration::from_secs(60));
        person
    }

    /// Installs the bot in the team Platform, for its channel Incidents, and puts the welcome away.
    pub(crate) async fn installed_in_team(&self, by: &str) -> simulator::Team {
        let (team, by) = (
            self.stage.teams.team("Platform"),
            self.stage.teams.person(by),
        );
        let channel = team.channel("Incidents");
        assert!(
            team.install(&by, &channel)
                .await
                .iter()
                .all(simulator::Delivery::is_success)
        );
        self.work_off().await;
        channel.next_message().await.unwrap();
        self.later(Duration::from_secs(60));
        team
    }

    // ── Working off queues ────────────────────────────────────────────────────────────────────────────────────────

    /// Works off the task queue, as its event source mapping would, and lets the time pass that messages are delayed.
    pub(crate) async fn work_off(&self) {
        loop {
            let due = self.task_mail.take_due();
            for bodies in due.chunks(5) {
                let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
                let answer = self.invoke_tasks(&batch("tasks", &bodies)).await.unwrap();
                assert_eq!(failed(&answer), Vec::<String>::new(), "tasks failed");
            }
            if due.is_empty() {
                match self.task_mail.next_due() {
                    Some(at) => self.stage.clock.set(at.max(self.stage.clock.now())),
                    None => return,
                }
            }
        }
    }

    /// Works off the task queue once; gives the ids that it must show again.
    pub(crate) async fn work_off_once(&self) -> Vec<String> {
        let due = self.task_mail.take_due();
        let bodies: Vec<&str> = due.iter().map(String::as_str).collect();
        failed(&self.invoke_tasks(&batch("tasks", &bodies)).await.unwrap())
    }

    /// Invokes `tasks` with whatever Lambda hands it.
    pub(crate) async fn invoke_tasks(&self, event: &Value) -> Result<Value, Diagnostic> {
        let event: Box<RawValue> = serde_json::value::to_raw_value(event).unwrap();
        let context = context(&self.stage.clock, TASK);
        let answer = self.tasks.invoke(LambdaEvent::new(event, context)).await?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    /// Sends a notification, and has it delivered.
    pub(crate) async fn notified(&self, notification: &Value) {
        self.stage.accepts(notification).await;
        self.stage.settle().await;
        self.later(Duration::from_secs(60));
    }
}

/// Every order in which the two activities of an installation may arrive.
pub(crate) const ORDERS: [InstallOrder; 3] = [
    InstallOrder::InstallationFirst,
    InstallOrder::ConversationFirst,
    InstallOrder::Together,
];

/// Gives an envelope to the function, as Lambda does; the answer as HTTP.
pub(crate) async fn answer(
    messages: &Messages,
    clock: &ManualClock,
    envelope: &Value,
) -> http::Response<Bytes> {
    let request: HttpRequest = serde_json::from_value(envelope.clone()).unwrap();
    let event = LambdaEvent::new(request, context(clock, TURN));
    let answer = messages.invoke(event).await.expect("an HTTP request");
    let answer = serde_json::to_value(answer).unwrap();
    let mut response =
        http::Response::new(Bytes::from(answer["body"].as_str().unwrap().to_owned()));
    let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in answer["headers"].as_object().unwrap() {
        let name: http::HeaderName = name.parse().unwrap();
        response
            .headers_mut()
            .insert(name, value.as_str().unwrap().parse().unwrap());
    }
    response
}

/// A request in the envelope of a function URL.
pub(crate) fn envelope(request: &http::Request<Bytes>) -> Value {
    let headers: serde_json::Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().into()))
        .collect();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/api/messages",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "http": {
                "method": "POST",
                "path": "/api/messages",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
            },
            "requestId": "d1c5",
            "stage": "$default",
            "timeEpoch": 1_764_000_000_000_i64,
        },
        "body": String::from_utf8_lossy(request.body()),
        "isBase64Encoded": false,
    })
}

/// A context of its own for each invocation, that ends in time.
pub(crate) fn context(clock: &ManualClock, lasts: Duration) -> Context {
    use std::sync::atomic::{AtomicU32, Ordering};
    static INVOCATIONS: AtomicU32 = AtomicU32::new(0);
    let number = INVOCATIONS.fetch_add(1, Ordering::Relaxed);
    let mut context = Context::default();
    context.request_id = format!("invocation-{number}");
    let deadline = clock.now().as_millisecond() + i64::try_from(lasts.as_millis()).unwrap();
    context.deadline = deadline.try_into().unwrap();
    context
}

fn tasks(
    stage: &Stage,
    task_mail: &Arc<Mailbox>,
    task_dead: &Arc<Mailbox>,
    events: &Arc<Published>,
) -> Tasks {
    let (http, registration) = (HttpClient::new(), registration(stage));
    let issuer = registration.cloud.endpoints().inbound_issuer;
    let keys = Arc::new(keys_in_table::KeysInTable::new(stage.store.clone(), issuer));
    let metadata_url = registration.openid_metadata.parse().unwrap();
    let clock = stage.clock.clone();
    let now = Arc::new(move || clock.now());
    Tasks {
        store: stage.store.clone(),
        connector: connector(stage, &http, &registration),
        signing_keys: SigningKeys::new(http, metadata_url, keys, now),
        queues: Queues {
            notification: stage.mail.notification.clone(),
            delivery: stage.mail.delivery.clone(),
            broadcast: stage.mail.broadcast.clone(),
            task: task_mail.clone(),
        },
        dead_letters: task_dead.clone(),
        events: events.clone(),
        level: stage.deliver.level,
        task_tokens: events.clone(),
        pacer: TablePacer::new(
            stage.store.clone(),
            Arc::new(stage.clock.clone()),
            pacing::Settings::default(),
        ),
        clock: Arc::new(stage.clock.clone()),
        metrics: Metrics::new("tasks"),
    }
}

fn registration(stage: &Stage) -> Registration {
    let mut env = Environment::from_pairs(stage.teams.environment());
    Registration::from_environment(&mut env).expect("the simulator's own settings")
}

fn connector(stage: &Stage, http: &HttpClient, registration: &Registration) -> Connector {
    // The credential is in the settings, so nobody is asked for it.
    let nobody = AwsClients::new(http.clone(), Settings::emulator("http://127.0.0.1:9"));
    let clock = Arc::new(stage.clock.clone());
    let tokens = registration.app_tokens(http.clone(), &nobody, clock);
    Connector::new(http.clone(), Arc::new(tokens), registration.hosts.clone())
}
