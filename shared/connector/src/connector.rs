use std::sync::Arc;

use activity::{HostPolicy, ServiceUrl};
use entra::{Now, TokenSource};
use http_client::HttpClient;
use jiff::Timestamp;

use crate::address::Address;
use crate::error::ConnectorError;
use crate::transport::Transport;

/// The Bot Connector.
///
/// Each method is one operation and one attempt, but for this: a 401 makes it
/// get another token and try once more. Whether an operation is to be repeated
/// for another reason is decided by [`retry`](crate::retry) and done by the
/// caller. Each takes the service URL of the conversation first, and asks the
/// host policy about it before any token is fetched.
///
/// Make one per process; cloning is cheap.
#[derive(Clone)]
pub struct Connector {
    pub(crate) way: Way,
    pub(crate) tokens: Arc<dyn TokenSource>,
    hosts: Arc<HostPolicy>,
    pub(crate) now: Now,
}

/// How requests get there.
#[derive(Clone)]
pub(crate) enum Way {
    Network(HttpClient),
    Through(Arc<dyn Transport>),
}

impl Connector {
    /// A client that sends the tokens of `tokens` to the hosts of `hosts` alone.
    #[must_use]
    pub fn new(http: HttpClient, tokens: Arc<dyn TokenSource>, hosts: HostPolicy) -> Self {
        Self {
            way: Way::Network(http),
            tokens,
            hosts: Arc::new(hosts),
            now: Arc::new(machine_time),
        }
    }

    /// The same, which goes through `transport` instead of the network.
    #[must_use]
    pub fn through(mut self, transport: Arc<dyn Transport>) -> Self {
        self.way = Way::Through(transport);
        self
    }

    /// The same with another clock. The time is needed for one thing: to turn a
    /// `Retry-After` that is a date into a wait, when the answer does not say
    /// what time it is for the server.
    #[must_use]
    pub fn with_clock(mut self, now: Now) -> Self {
        self.now = now;
        self
    }

    /// The start of an address, if the host is trusted. There is no other way
    /// to an [`Address`], and no request without one.
    pub(crate) fn at(&self, service_url: &ServiceUrl) -> Result<Address, ConnectorError> {
        if self.hosts.trusts(service_url) {
            Ok(Address::new(service_url))
        } else {
            let (host, _) = service_url.host_port();
            Err(ConnectorError::UntrustedServiceUrl {
                host: host.to_owned(),
            })
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default of a value that whoever cares about time replaces"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}
