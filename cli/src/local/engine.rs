//! The embedded DynamoDB engine: real DynamoDB semantics in this process, met over HTTP by the
//! ordinary SDK.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The file in the data folder that holds the table.
pub const DATABASE_FILE: &str = "table.sqlite";

/// A running engine; it stops when the value is dropped.
pub struct Engine {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Engine {
    /// Serves an engine on `listener`: in memory, or in a file in the folder `data`.
    ///
    /// # Errors
    ///
    /// When the database file cannot be opened.
    pub fn start(listener: TcpListener, data: Option<&Path>) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let database = match data {
            Some(folder) => {
                let file = folder.join(DATABASE_FILE);
                let path = file
                    .to_str()
                    .ok_or_else(|| anyhow!("the data folder's name is not valid Unicode"))?;
                dynoxide::Database::new(path)
                    .with_context(|| format!("failed to open the database {path}"))?
            }
            None => dynoxide::Database::memory().context("failed to open a database in memory")?,
        };
        let server = tokio::spawn(async move {
            let served =
                dynoxide::server::serve_with_shutdown(listener, database, std::future::pending());
            if let Err(error) = served.await {
                tracing::error!(error, "the DynamoDB engine stopped");
            }
        });
        Ok(Self { address, server })
    }

    /// Where the SDK finds it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}
