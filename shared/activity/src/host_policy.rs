use crate::cloud::Cloud;
use crate::service_url::ServiceUrl;

const HTTPS: u16 = 443;

/// Which hosts may get the bot's token.
///
/// Hosts are listed by exact name and port; there is no suffix rule, because
/// `trafficmanager.net` and its like are rented out by the name (protocol
/// reference §2.10). Ask it when an activity arrives, when a reference is
/// stored, and again before each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPolicy {
    hosts: Vec<TrustedHost>,
    any_loopback: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TrustedHost {
    name: String,
    /// Only a loopback host may leave its port open.
    port: Option<u16>,
}

impl HostPolicy {
    /// Trusts the Connector's hosts in this cloud, over `https` at port 443.
    #[must_use]
    pub fn for_cloud(cloud: Cloud) -> Self {
        let host = |name: &&str| TrustedHost {
            name: (*name).to_owned(),
            port: Some(HTTPS),
        };
        Self {
            hosts: cloud.endpoints().service_hosts.iter().map(host).collect(),
            any_loopback: false,
        }
    }

    /// Trusts this machine alone, at any port: for local runs and tests.
    #[must_use]
    pub fn loopback() -> Self {
        Self {
            hosts: Vec::new(),
            any_loopback: true,
        }
    }

    /// Trusts these hosts too: comma-separated `host[:port]`, white space and
    /// empty entries ignored. Without a port, 443 is meant; a loopback host
    /// (`localhost`, `127.0.0.1`, `[::1]`) without one is trusted at any port.
    /// `http` stays limited to loopback hosts, which is a rule of [`ServiceUrl`].
    ///
    /// # Errors
    ///
    /// [`BadHosts`] lists every entry that is not an exact host name.
    pub fn with_hosts(mut self, list: &str) -> Result<Self, BadHosts> {
        let mut bad = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|e| !e.is_empty()) {
            match TrustedHost::parse(entry) {
                Some(host) => self.hosts.push(host),
                None => bad.push(entry.to_owned()),
            }
        }
        if bad.is_empty() {
            Ok(self)
        } else {
            Err(BadHosts(bad))
        }
    }

    /// Whether this URL may have the bot's token.
    #[must_use]
    pub fn trusts(&self, url: &ServiceUrl) -> bool {
        let (name, port) = url.host_port();
        (self.any_loopback && url.is_loopback())
            || self
                .hosts
                .iter()
                .any(|host| host.name == name && host.port.is_none_or(|listed| listed == port))
    }
}

impl TrustedHost {
    fn parse(entry: &str) -> Option<Self> {
        if entry.contains(['/', '*']) {
            return None;
        }
        let url: ServiceUrl = format!("https://{entry}").parse().ok()?;
        let (name, port) = url.host_port();
        // A colon inside brackets belongs to the address.
        let has_port = entry.rsplit(']').next().is_some_and(|e| e.contains(':'));
        Some(Self {
            name: name.to_owned(),
            port: (has_port || !url.is_loopback()).then_some(port),
        })
    }
}

/// Entries that are not `host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read trusted hosts: expected host[:port], exact names only, not {}", .0.join(", "))]
pub struct BadHosts(pub Vec<String>);
