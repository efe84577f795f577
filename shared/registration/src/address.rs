//! Addresses that an operator may override.

use startup::Environment;
use url::{Host, Url};

/// The address in the variable `name`, else the cloud's own; without a trailing slash.
///
/// A bare host name means `https`, as the Azure SDKs read `AZURE_AUTHORITY_HOST`. Plain `http` is for this machine
/// only: secrets and tokens travel there.
pub(crate) fn overridden(env: &mut Environment, name: &'static str, cloud: &str) -> Option<String> {
    match env.optional(name) {
        None => Some(cloud.to_owned()),
        Some(text) => env.attempt(name, read(&text)),
    }
}

fn read(text: &str) -> Result<String, BadAddress> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&text).map_err(|_| BadAddress)?;
    let fits = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url),
        _ => false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    let plain = plain && url.query().is_none() && url.fragment().is_none();
    if fits && plain {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(BadAddress)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an https address without user, query and fragment (http for this machine only)")]
struct BadAddress;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        assert_eq!(
            read("http://127.0.0.1:3979/").as_deref(),
            Ok("http://127.0.0.1:3979")
        );
        assert!(read("http://localhost:1/x").is_ok());
        assert_eq!(read("http://login.example"), Err(BadAddress));
        assert_eq!(read("http://127.0.0.1.example"), Err(BadAddress));
        assert_eq!(read("ftp://127.0.0.1"), Err(BadAddress));
        assert_eq!(read("https://user:word@login.example"), Err(BadAddress));
        assert_eq!(read(""), Err(BadAddress));
    }

    #[test]
    fn a_bare_host_means_https() {
        assert_eq!(
            read("login.microsoftonline.us").as_deref(),
            Ok("https://login.microsoftonline.us")
        );
    }
}
