//! What the function works with.

use std::sync::{Arc, LazyLock};

use activity::{Cloud, HostPolicy, ServiceUrl};
use aws::batch::{self, Record, Verdict};
use aws::{AwsClients, EventBus, Events, NoBus, Queue, SqsQueue};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use connector::Connector;
use delivery_events::Level;
use http_client::HttpClient;
use jiff::SignedDuration;
use registration::{AllowedTenants, Registration};
use startup::{Clock, Deadline, Metrics, SystemClock};
use store::{Service, Store};
use tokio::sync::Semaphore;

use crate::account::{Account, Page};
use crate::bulk::Bulk;
use crate::chance::Chance;
use crate::config::Config;
use crate::error::DeliverError;
use crate::letter::Letters;
use crate::pace::{Paced, Pacer};
use crate::reading::Reading;
use crate::route::well_known;
use crate::shift::Shift;
use crate::waiting::{ByThemselves, Installing};

/// How many requests are under way at once. One environment alone can then use up Teams' 50 a second while each takes a
/// third of a second.
pub const SLOTS: usize = 16;

/// Addresses that are read when somebody needs them: hardly anybody moves.
pub type Hosts = LazyLock<Vec<ServiceUrl>, Box<dyn FnOnce() -> Vec<ServiceUrl> + Send>>;

/// Sends chunks of deliveries.
pub struct Deliver {
    /// The table.
    pub store: Store,
    /// Teams.
    pub connector: Connector,
    /// Where the configured cloud's Connector is, for whom nothing better is known.
    pub home: Option<ServiceUrl>,
    /// Where else a tenant may be served: the documented addresses of trusted hosts.
    pub hosts: Hosts,
    /// How long a message waits for somebody to get the app; zero if it does not.
    pub install_wait: SignedDuration,
    /// Is told who has to get the app.
    pub installing: Arc<dyn Installing>,
    /// Whose people may be written to.
    pub tenants: AllowedTenants,
    /// Chunks of few recipients.
    pub delivery_queue: Arc<dyn Queue>,
    /// Where such a chunk goes that can never succeed.
    pub delivery_dead_letter_queue: Arc<dyn Queue>,
    /// Chunks of many recipients.
    pub broadcast_queue: Arc<dyn Queue>,
    /// Where such a chunk goes that can never succeed.
    pub broadcast_dead_letter_queue: Arc<dyn Queue>,
    /// The last part of the broadcast queue's ARN and URL.
    pub broadcast_queue_name: String,
    /// Whether Teams' own bulk operations are used.
    pub bulk: Bulk,
    /// When a send may go.
    pub pacer: Arc<dyn Pacer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bounds the requests that are under way.
    pub slots: Semaphore,
    /// The notifications that are being delivered.
    pub letters: Letters,
    /// Names for claims, and chance for waits.
    pub chance: Chance,
    /// Where it is told what became of notifications.
    pub events: Arc<dyn Events>,
    /// What of it is told.
    pub level: Level,
    /// What operators watch.
    pub metrics: Arc<Metrics>,
}

impl Deliver {
    /// The function as it is deployed. Nothing is fetched or opened before the first chunk.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_metrics(config, Arc::new(Metrics::new("deliver")))
    }

    /// The same, with metrics of the caller's.
    #[must_use]
    pub fn with_metrics(config: Config, metrics: Arc<Metrics>) -> Self {
        let http = HttpClient::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let registration = config.registration;
        let clients = AwsClients::new(http.clone(), config.aws);
        let tokens = registration.app_tokens(http.clone(), &clients, Arc::clone(&clock));
        let queue = |url| Arc::new(SqsQueue::new(&clients, url));
        let broadcast_queue_name = last_part(&config.broadcast_queue, '/').to_owned();
        let store = Store::new(clients.dynamodb(), config.table);
        let store = match config.ballot_table {
            Some(table) => store.with_ballots(table),
            None => store,
        };
        let pacer = Paced::new(
            store.clone(),
            Arc::clone(&clock),
            config.pacing,
            Arc::clone(&metrics),
        );
        let home = home(&registration);
        Self {
            store,
            hosts: hosts(registration.hosts.clone(), home.as_ref()),
            install_wait: config.install_wait,
            installing: Arc::new(ByThemselves),
            home,
            connector: Connector::new(http, Arc::new(tokens), registration.hosts),
            tenants: registration.tenants,
            delivery_queue: queue(config.delivery_queue),
            delivery_dead_letter_queue: queue(config.delivery_dead_letter_queue),
            broadcast_queue: queue(config.broadcast_queue),
            broadcast_dead_letter_queue: queue(config.broadcast_dead_letter_queue),
            broadcast_queue_name,
            bulk: config.bulk,
            pacer: Arc::new(pacer),
            clock,
            slots: Semaphore::new(SLOTS),
            letters: Letters::default(),
            chance: Chance::default(),
            level: Level::with_bus(config.delivery_events, config.event_bus.is_some()),
            events: match config.event_bus {
                Some(name) => Arc::new(EventBus::new(&clients, name)),
                None => Arc::new(NoBus),
            },
            metrics,
        }
    }

    /// Where a tenant may be served that is not served there.
    pub(crate) fn other_host(&self, url: &ServiceUrl) -> Option<Service> {
        let other = |known: &&ServiceUrl| known.host_port() != url.host_port();
        self.hosts.iter().find(other).map(well_known)
    }

    /// Works on a batch of chunks, all at once.
    pub async fn batch(&self, event: SqsEvent, deadline: Deadline) -> SqsBatchResponse {
        let shift = Shift::new(deadline, self.clock.now());
        let dead_letters = match self.is_broadcast(&event) {
            true => &self.broadcast_dead_letter_queue,
            false => &self.delivery_dead_letter_queue,
        };
        let reading = &self.read_batch(&event).await;
        let account = Account::default();
        let mut response = batch::process(event, &**dead_letters, |record| {
            self.record_of(record, shift, reading.as_ref(), &account)
        })
        .await;
        for message in self.close(account).await {
            response.add_failure(message);
        }
        response
    }

    async fn record_of(
        &self,
        record: Record,
        shift: Shift,
        reading: Result<&Option<Reading>, &DeliverError>,
        account: &Account,
    ) -> Verdict {
        let reading = match reading {
            Ok(reading) => reading.as_ref(),
            Err(error) => return error.verdict(),
        };
        let page = Page {
            account,
            message: &record.message_id,
        };
        match self.chunk(&record.body, shift, reading, page).await {
            Ok(()) => Verdict::Done,
            Err(error) => error.verdict(),
        }
    }

    /// Whether the batch came from the broadcast queue: all of a batch come from one.
    fn is_broadcast(&self, event: &SqsEvent) -> bool {
        let arn = event
            .records
            .first()
            .and_then(|record| record.event_source_arn.as_deref());
        arn.is_some_and(|arn| last_part(arn, ':') == self.broadcast_queue_name)
    }
}

/// Where the Connector is for whom nothing better is known: the cloud's own address.
///
/// A token of an authority on this machine is worth nothing there, and is none of Microsoft's business: then it is
/// looked for beside that authority, where the simulator has it.
fn home(registration: &Registration) -> Option<ServiceUrl> {
    let beside: Option<ServiceUrl> = format!("{}/teams", registration.authority).parse().ok();
    beside
        .filter(ServiceUrl::is_loopback)
        .or_else(|| registration.cloud.well_known_service_url())
}

/// The well-known addresses at which tenants of this cloud may be: a bot of the public cloud meets those of GCC, too.
fn hosts(trusted: HostPolicy, home: Option<&ServiceUrl>) -> Hosts {
    // A token of an authority on this machine stays on it.
    let none = home.is_some_and(ServiceUrl::is_loopback);
    LazyLock::new(Box::new(move || {
        let mut hosts: Vec<ServiceUrl> = Vec::new();
        let documented = Cloud::ALL.map(|cloud| cloud.endpoints().service_url);
        for url in documented.into_iter().flatten().filter(|_| !none) {
            match ServiceUrl::parse_trusted(url, &trusted) {
                Ok(url) if !hosts.contains(&url) => hosts.push(url),
                _ => {}
            }
        }
        hosts
    }))
}

fn last_part(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sqs::SqsMessage;
    use startup::Environment;

    use super::*;

    fn deployed(more: &[(&'static str, &'static str)]) -> Deliver {
        Deliver::new(config(more))
    }

    fn config(more: &[(&'static str, &'static str)]) -> Config {
        let mut pairs = vec![
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("MICROSOFT_APP_ID", "app"),
            ("MICROSOFT_APP_TENANT_ID", "home"),
            ("MICROSOFT_APP_PASSWORD", "hidden"),
            ("TABLE_NAME", "tidings"),
            ("DELIVERY_QUEUE_URL", "https://sqs.example/1/deliveries"),
            (
                "DELIVERY_DEAD_LETTER_QUEUE_URL",
                "https://sqs.example/1/dead",
            ),
            ("BROADCAST_QUEUE_URL", "https://sqs.example/1/broadcasts"),
            (
                "BROADCAST_DEAD_LETTER_QUEUE_URL",
                "https://sqs.example/1/dead",
            ),
        ];
        pairs.extend(more);
        let config = Config::from_environment(Environment::from_pairs(pairs));
        config.expect("it is complete")
    }

    #[test]
    fn the_pacer_counts_where_the_function_does() {
        let metrics = Arc::new(Metrics::unwritten("deliver"));
        let deliver = Deliver::with_metrics(config(&[]), Arc::clone(&metrics));
        assert_eq!(
            Arc::strong_count(&metrics),
            3,
            "the function, its pacer, and we"
        );
        drop(deliver);
        assert_eq!(Arc::strong_count(&metrics), 1);
    }

    #[test]
    fn whom_nobody_knows_is_looked_for_at_the_clouds_own_address() {
        let home = |more| deployed(more).home.map(|url| url.to_string());
        assert_eq!(
            home(&[]).as_deref(),
            Some("https://smba.trafficmanager.net/teams")
        );
        let gcc = home(&[("MICROSOFT_CLOUD", "GCC")]);
        assert_eq!(
            gcc.as_deref(),
            Some("https://smba.infra.gcc.teams.microsoft.com/teams")
        );
        assert_eq!(home(&[("MICROSOFT_CLOUD", "China")]), None);
    }

    #[test]
    fn a_token_of_this_machine_does_not_go_to_microsoft() {
        let local = deployed(&[("AZURE_AUTHORITY_HOST", "http://127.0.0.1:3979")]);
        let home = local.home.map(|url| url.to_string());
        assert_eq!(home.as_deref(), Some("http://127.0.0.1:3979/teams"));
    }

    #[test]
    fn a_tenant_that_is_served_elsewhere_is_looked_for_at_the_clouds_other_host_alone() {
        let other = |more: &[_], url: &str| {
            let service = deployed(more).other_host(&url.parse().unwrap());
            service.map(|service| service.url.to_string())
        };
        let (public, gcc) = (
            "https://smba.trafficmanager.net/amer/1",
            "https://smba.infra.gcc.teams.microsoft.com/teams",
        );
        assert_eq!(other(&[], public).as_deref(), Some(gcc));
        assert_eq!(
            other(&[("MICROSOFT_CLOUD", "GCC")], gcc).as_deref(),
            Some("https://smba.trafficmanager.net/teams")
        );
        let dod = "https://smba.infra.dod.teams.microsoft.us/teams";
        assert_eq!(other(&[("MICROSOFT_CLOUD", "USGovDoD")], dod), None);
        let local = [("AZURE_AUTHORITY_HOST", "http://127.0.0.1:3979")];
        assert_eq!(other(&local, "http://127.0.0.1:3979/teams"), None);
    }

    #[test]
    fn a_batch_of_the_broadcast_queue_is_known_by_its_arn() {
        let deliver = deployed(&[]);
        let batch = |arn: &str| {
            let mut event = SqsEvent::default();
            let mut message = SqsMessage::default();
            message.event_source_arn = Some(arn.to_owned());
            event.records.push(message);
            event
        };
        assert!(deliver.is_broadcast(&batch("arn:aws:sqs:eu-west-1:1:broadcasts")));
        assert!(!deliver.is_broadcast(&batch("arn:aws:sqs:eu-west-1:1:deliveries")));
        assert!(!deliver.is_broadcast(&SqsEvent::default()));
    }
}
