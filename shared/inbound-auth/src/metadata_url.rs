use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Where the signing keys are announced: `https`, or `http` on this machine.
///
/// Whoever could change what is read there could sign in Teams' name; so it is
/// never read over a connection that others can touch.
#[derive(Clone, PartialEq, Eq)]
pub struct MetadataUrl(Url);

impl MetadataUrl {
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Takes the address of the keys that the metadata names, under the same
    /// rule; plain `http` only if the metadata itself came that way.
    pub(crate) fn key_address(&self, address: &str) -> Option<Url> {
        let address: Self = address.parse().ok()?;
        let downgrade = address.0.scheme() == "http" && self.0.scheme() == "https";
        (!downgrade).then_some(address.0)
    }
}

impl FromStr for MetadataUrl {
    type Err = InsecureMetadataUrl;

    /// Reads an address.
    ///
    /// # Errors
    ///
    /// [`InsecureMetadataUrl`]: not a URL, or `http` to another machine.
    fn from_str(text: &str) -> Result<Self, InsecureMetadataUrl> {
        let url = Url::parse(text).map_err(|_| InsecureMetadataUrl)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(InsecureMetadataUrl),
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback => Ok(Self(url)),
            _ => Err(InsecureMetadataUrl),
        }
    }
}

impl fmt::Debug for MetadataUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetadataUrl({:?})", self.0.as_str())
    }
}

/// The address is not `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "failed to read the OpenID metadata address: expected an https URL (http only for this machine)"
)]
pub struct InsecureMetadataUrl;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://login.botframework.com/v1/.well-known/openidconfiguration",
            "http://127.0.0.1:3979/openid",
            "http://[::1]:3979/openid",
            "http://localhost/openid",
        ] {
            assert!(good.parse::<MetadataUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://login.botframework.com/",
            "http://localhost.evil.example/",
            "file:///etc/keys",
            "login.botframework.com",
            "",
        ] {
            assert_eq!(
                bad.parse::<MetadataUrl>(),
                Err(InsecureMetadataUrl),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_metadata_cannot_lead_to_an_unprotected_address() {
        let public: MetadataUrl = "https://login.example/openid".parse().unwrap();
        assert!(public.key_address("https://login.example/keys").is_some());
        assert!(public.key_address("http://127.0.0.1/keys").is_none());
        assert!(public.key_address("http://login.example/keys").is_none());
        let local: MetadataUrl = "http://127.0.0.1:1/openid".parse().unwrap();
        assert!(local.key_address("http://127.0.0.1:1/keys").is_some());
        assert!(local.key_address("http://login.example/keys").is_none());
    }
}
