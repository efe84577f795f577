//! The engines that the suite runs on.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws::dynamodb;
use aws::{AwsClients, Settings};
use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use http_client::HttpClient;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::meter::{Meter, Metered};

/// A fresh table, and what was spent on it.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) store: Store,
    pub(crate) clients: AwsClients,
    /// The SDK's own client, to look behind the store's back.
    pub(crate) client: Client,
    pub(crate) meter: Meter,
}

/// Runs a test on a fresh table of each engine.
pub(crate) async fn on_every_engine<F, Fut>(test: F)
where
    F: Fn(Table) -> Fut,
    Fut: Future<Output = ()>,
{
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        Database::memory().unwrap(),
        async move {
            // An error says that the test is over too.
            let (Ok(()) | Err(_)) = stopped.await;
        },
    ));
    let embedded = Settings::emulator(&format!("http://{address}"));
    test(table(embedded, "tidings").await).await;
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();

    if let Some(settings) = given() {
        static TABLES: AtomicU32 = AtomicU32::new(0);
        let number = TABLES.fetch_add(1, Ordering::Relaxed);
        let name = format!("tidings-test-{}-{number}", std::process::id());
        let table = table(settings, &name).await;
        test(table.clone()).await;
        for name in [ballot_table(&name), name] {
            let delete = table.client.delete_table().table_name(name);
            delete.send().await.unwrap();
        }
    }
}

/// The name of the ballot table beside a table.
fn ballot_table(name: &str) -> String {
    format!("{name}-ballots")
}

async fn table(settings: Settings, name: &str) -> Table {
    let meter = Meter::default();
    let clients = AwsClients::new(HttpClient::new(), settings);
    let metered = dynamodb::Client::over(Arc::new(Metered {
        wire: clients.dynamodb().wire().clone(),
        meter: meter.clone(),
    }));
    let store = Store::new(metered, name).with_ballots(ballot_table(name));
    store.create_table().await.unwrap();
    store.create_ballot_table().await.unwrap();
    meter.reset();
    Table {
        store,
        client: sdk_clients::dynamodb(&clients),
        clients,
        meter,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the endpoint to test against is given to the test process"
)]
fn given() -> Option<Settings> {
    let lookup = |name: &str| std::env::var(name).ok();
    lookup("AWS_ENDPOINT_URL_DYNAMODB").filter(|endpoint| !endpoint.is_empty())?;
    Some(Settings::from_lookup(&lookup).unwrap())
}
