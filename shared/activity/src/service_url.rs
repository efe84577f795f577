use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use crate::host_policy::HostPolicy;

/// Longer than any service URL, shorter than trouble.
const MAX_LENGTH: usize = 1024;

/// Where the Connector is asked to send: the `serviceUrl` of an activity.
///
/// A value of this type is well-formed (protocol reference §2.10, rule 1):
/// absolute, `https` (or `http` to this machine), a plain DNS name, no user
/// info, query, fragment, escapes or dot segments. Whether it may have the
/// bot's token is for a [`HostPolicy`] to say, each time.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceUrl {
    /// Without a trailing slash.
    text: String,
    host: String,
    port: u16,
    loopback: bool,
}

impl ServiceUrl {
    /// Reads a service URL and asks the policy.
    ///
    /// # Errors
    ///
    /// - [`ServiceUrlError::Malformed`]: see [`ServiceUrl::from_str`].
    /// - [`ServiceUrlError::Untrusted`]: the policy does not list the host.
    ///   An operator can add it by exact name.
    pub fn parse_trusted(text: &str, policy: &HostPolicy) -> Result<Self, ServiceUrlError> {
        text.parse::<Self>()?.trusted_by(policy)
    }

    /// Asks the policy about a service URL that was read before.
    ///
    /// # Errors
    ///
    /// [`ServiceUrlError::Untrusted`], as [`parse_trusted`](Self::parse_trusted).
    pub fn trusted_by(self, policy: &HostPolicy) -> Result<Self, ServiceUrlError> {
        if policy.trusts(&self) {
            Ok(self)
        } else {
            Err(ServiceUrlError::Untrusted { host: self.host })
        }
    }

    /// The URL without a trailing slash: join a path with exactly one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port, the port also when it is the scheme's default.
    #[must_use]
    pub fn host_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Whether the URL names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether a token's `serviceurl` claim names the same place.
    ///
    /// Scheme and host are compared in any case, the path exactly, after one
    /// trailing slash is taken from each (protocol reference §2.6).
    #[must_use]
    pub fn matches_claim(&self, claim: &str) -> bool {
        // Nearly always it is the same text.
        let text = claim.strip_suffix('/').unwrap_or(claim);
        text == self.text || claim.parse::<Self>().is_ok_and(|claim| claim == *self)
    }
}

impl FromStr for ServiceUrl {
    type Err = ServiceUrlError;

    /// Reads a service URL by the rules above.
    ///
    /// # Errors
    ///
    /// [`ServiceUrlError::Malformed`]: a rule is broken. No retry will help.
    fn from_str(text: &str) -> Result<Self, ServiceUrlError> {
        parse(text).map_err(ServiceUrlError::Malformed)
    }
}

fn parse(text: &str) -> Result<ServiceUrl, Malformed> {
    if text.len() > MAX_LENGTH {
        return Err(Malformed::TooLong);
    }
    // Strings are judged before the URL parser mends them: it would drop tabs,
    // turn backslashes into slashes and resolve dot segments.
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'%' | b'?' | b'#' | b'@');
    if !text.bytes().all(plain) {
        return Err(Malformed::Character);
    }
    let (_, rest) = text.split_once("://").ok_or(Malformed::NotAbsolute)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.strip_suffix('/').unwrap_or(path);
    let dots = |segment: &str| matches!(segment, "" | "." | "..");
    if authority.is_empty() || (!path.is_empty() && path.split('/').any(dots)) {
        return Err(Malformed::Path);
    }

    let url = Url::parse(text).map_err(|_| Malformed::NotAbsolute)?;
    let (host, loopback) = match url.host() {
        Some(Host::Domain(name)) if name.ends_with('.') => return Err(Malformed::Host),
        Some(Host::Domain(name)) => (name.to_owned(), name == "localhost"),
        Some(Host::Ipv4(ip)) if ip.is_loopback() => (ip.to_string(), true),
        Some(Host::Ipv6(ip)) if ip.is_loopback() => (format!("[{ip}]"), true),
        _ => return Err(Malformed::Host),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err(Malformed::Scheme),
    }
    let text = url.as_str();
    Ok(ServiceUrl {
        text: text.strip_suffix('/').unwrap_or(text).to_owned(),
        host,
        port: url.port_or_known_default().ok_or(Malformed::Host)?,
        loopback,
    })
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceUrl({:?})", self.text)
    }
}

impl Serialize for ServiceUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ServiceUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a service URL was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceUrlError {
    /// It breaks a rule of form.
    #[error("failed to read the service URL")]
    Malformed(#[source] Malformed),
    /// It is well-formed, but its host may not have the bot's token.
    #[error("failed to trust the service URL: host {host} is not listed")]
    Untrusted {
        /// The host that is not listed.
        host: String,
    },
}

/// The rule of form that a service URL breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Over 1,024 bytes.
    #[error("it is too long")]
    TooLong,
    /// White space, non-ASCII, or one of `\ % ? # @`.
    #[error("it has a character that service URLs never have")]
    Character,
    /// Not `scheme://host…`.
    #[error("it is not an absolute URL")]
    NotAbsolute,
    /// Neither `https`, nor `http` to this machine.
    #[error("it is not https")]
    Scheme,
    /// An IP address of another machine, a trailing dot, or no host.
    #[error("its host is not a DNS name")]
    Host,
    /// An empty or a dot segment.
    #[error("its path has an empty or a dot segment")]
    Path,
}
