#![doc = include_str!("../README.md")]

mod answer;
pub mod config;
mod conversation;
mod decision;
pub mod failure;
pub mod handler;
mod help;
mod installation;
mod invoke;
mod message;
mod poll;
mod press;
pub mod received;
pub mod recent;
pub mod request;
pub mod response;
mod why;

use std::sync::Arc;

use aws::{AwsClients, EventBus, Events, SqsQueue};
use connector::Connector;
use futures_util::future::BoxFuture;
use http_client::HttpClient;
use inbound_auth::{Authenticator, Settings};
use keys_in_table::KeysInTable;
use lambda_runtime::{Diagnostic, LambdaEvent};
use startup::{Clock, Deadline, Metrics, SystemClock};
use store::Store;

pub use config::{Admins, Config};
pub use handler::Messages;
pub use recent::Recent;
pub use request::HttpRequest;
pub use response::HttpResponse;

impl Messages {
    /// The function as it is deployed. Nothing is fetched or opened before the first request needs it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_clock(config, Arc::new(SystemClock))
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Self {
        let http = HttpClient::new();
        let aws = AwsClients::new(http.clone(), config.aws);
        let store = Store::new(aws.dynamodb(), config.table);
        let store = match config.ballot_table {
            Some(ballots) => store.with_ballots(ballots),
            None => store,
        };
        let bus = config.event_bus;
        let events = bus.map(|bus| Arc::new(EventBus::new(&aws, bus)) as Arc<dyn Events>);
        let registration = config.registration;
        let tokens = registration.app_tokens(http.clone(), &aws, clock.clone());
        let now = {
            let clock = clock.clone();
            Arc::new(move || clock.now())
        };
        let issuer = registration.cloud.endpoints().inbound_issuer;
        let settings = Settings {
            app_id: registration.app_id,
            issuer: issuer.to_owned(),
            metadata_url: registration
                .openid_metadata
                .parse()
                .expect("the address was read by the same rule"),
            hosts: registration.hosts.clone(),
        };
        let keys = Arc::new(KeysInTable::new(store.clone(), issuer));
        Self {
            authenticator: Arc::new(Authenticator::new(http.clone(), settings, keys, now)),
            tenants: registration.tenants,
            admins: config.admins,
            connector: Connector::new(http, Arc::new(tokens), registration.hosts),
            tasks: Arc::new(SqsQueue::new(&aws, config.task_queue)),
            events,
            store,
            recent: Recent::default(),
            clock,
            metrics: Metrics::new("messages"),
        }
    }

    /// Handles one invocation: an HTTP request in, an HTTP answer out.
    ///
    /// The future is boxed: the runtime wraps it many times over.
    ///
    /// # Errors
    ///
    /// An event that is no HTTP request: nobody but an operator sends one.
    pub fn invoke(
        &self,
        event: LambdaEvent<HttpRequest>,
    ) -> BoxFuture<'_, Result<HttpResponse, Diagnostic>> {
        Box::pin(async move {
            let (request, context) = event.into_parts();
            if !request.is_http() {
                return Err(unknown_event());
            }
            let deadline = Deadline::from_context(context.deadline, self.clock.now());
            let response = self.respond(&request, &context.request_id, deadline).await;
            self.metrics.flush(self.clock.now());
            Ok(response)
        })
    }
}

fn unknown_event() -> Diagnostic {
    Diagnostic {
        error_type: "UnknownEvent".to_owned(),
        error_message: "expected an HTTP request of a function URL or of an HTTP API (payload 2.0)"
            .to_owned(),
    }
}
