use std::io;
use std::net::{SocketAddr, TcpListener};

use activity::{Activity, HostPolicy, ServiceUrl};
use async_trait::async_trait;

use crate::authenticated::Authenticated;
use crate::refusal::Refusal;
use crate::{Authenticate, MAX_BODY, sealed};

/// Takes activities without a token, from and for this machine alone.
///
/// Microsoft's Agents Playground sends no tokens. To make one of these takes a
/// socket that listens on a loopback address, which the process must serve:
/// a deployed function has none, so it cannot be put into this mode. And since
/// it accepts only loopback service URLs, nothing that was learnt here can make
/// the bot send a token anywhere else.
#[derive(Debug)]
pub struct LoopbackOnly(());

/// The socket does not listen on a loopback address alone.
#[derive(Debug, thiserror::Error)]
pub enum NotLoopback {
    /// Others can reach it.
    #[error("failed to go without tokens: {0} is not a loopback address")]
    Reachable(SocketAddr),
    /// It has no address.
    #[error("failed to find the listener's address")]
    NoAddress(#[source] io::Error),
}

impl LoopbackOnly {
    /// Goes without tokens behind this listener.
    ///
    /// # Errors
    ///
    /// [`NotLoopback`]: bind it to `127.0.0.1` or `[::1]`.
    pub fn for_listener(listener: &TcpListener) -> Result<Self, NotLoopback> {
        let address = listener.local_addr().map_err(NotLoopback::NoAddress)?;
        if address.ip().is_loopback() {
            Ok(Self(()))
        } else {
            Err(NotLoopback::Reachable(address))
        }
    }
}

impl sealed::Sealed for LoopbackOnly {}

#[async_trait]
impl Authenticate for LoopbackOnly {
    async fn authenticate(
        &self,
        _authorization: Option<&str>,
        body: &[u8],
    ) -> Result<Authenticated<Activity>, Refusal> {
        if body.len() > MAX_BODY {
            return Err(Refusal::TooLarge);
        }
        let activity = Activity::parse(body)?;
        let service_url = activity.service_url.as_deref();
        let service_url = service_url.ok_or(Refusal::NotLoopback)?;
        let service_url = ServiceUrl::parse_trusted(service_url, &HostPolicy::loopback())
            .map_err(|_| Refusal::NotLoopback)?;
        Ok(Authenticated::new(activity, service_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: &str = r#"{"type":"installationUpdate","action":"add","serviceUrl":"URL"}"#;

    async fn judge(service_url: &str) -> Result<Authenticated<Activity>, Refusal> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authenticator = LoopbackOnly::for_listener(&listener).unwrap();
        let body = ADD.replace("URL", service_url);
        authenticator.authenticate(None, body.as_bytes()).await
    }

    #[test]
    fn a_listener_that_others_can_reach_is_no_witness() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let refused = LoopbackOnly::for_listener(&listener).unwrap_err();
        assert!(matches!(refused, NotLoopback::Reachable(_)));
    }

    #[tokio::test]
    async fn the_playground_is_heard_without_a_token() {
        let activity = judge("http://localhost:56150/_connector").await.unwrap();
        assert!(activity.service_url().is_loopback());
    }

    #[tokio::test]
    async fn a_service_url_elsewhere_is_refused() {
        for url in [
            "https://smba.trafficmanager.net/amer/",
            "http://10.0.0.1/",
            "",
        ] {
            let refused = judge(url).await.unwrap_err();
            assert_eq!(refused.status(), 403, "{url}");
        }
    }
}
