//! Names, looked up once: what is checked is what is connected to.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use http_client::Resolve;

use crate::public::{Forbidden, Reach};

/// Looks names up.
#[async_trait]
pub trait Names: Send + Sync {
    /// The addresses that a name stands for.
    ///
    /// # Errors
    ///
    /// When it cannot be looked up.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names that this machine knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// A name could not be looked up: there is none, or nobody said.
#[derive(Debug, thiserror::Error)]
#[error("its name could not be looked up")]
pub(crate) struct Unresolved(#[source] io::Error);

/// Gives the HTTP client only addresses that may be asked. It connects to these, so that a name that stands for another
/// address a moment later changes nothing.
pub(crate) struct CheckedNames {
    pub(crate) names: Arc<dyn Names>,
    pub(crate) reach: Reach,
}

#[async_trait]
impl Resolve for CheckedNames {
    async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let found = self.names.addresses(name).await.map_err(Unresolved)?;
        let mut refused = Forbidden::NoAddress;
        let mut allowed = Vec::new();
        for ip in found {
            match self.reach.check_ip(ip) {
                Ok(()) => allowed.push(SocketAddr::new(ip, 0)),
                Err(why) => refused = why,
            }
        }
        if allowed.is_empty() {
            return Err(refused.into());
        }
        Ok(allowed)
    }
}
