use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use activity::TenantId;
use async_trait::async_trait;
use http_client::HttpClient;
use jiff::Timestamp;
use ring::rand::{self, SystemRandom};
use url::Url;

use crate::access_token::AccessToken;
use crate::cell::TokenCell;
use crate::credential::{Credential, CredentialSource, Freshness};
use crate::error::TokenError;
use crate::exchange::{self, Request};
use crate::registration::Registration;
use crate::token_source::TokenSource;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How often a token is asked for when Entra says that its trouble is temporary.
const TRIES: u32 = 3;
/// A longer wait is for the caller to decide about.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The app tokens of one registration: for the Connector and for Graph.
///
/// Each is fetched when it is first asked for and kept until shortly before it
/// ends; one request is in flight at a time, however many ask. Make one per
/// process and clone it: clones share the tokens.
#[derive(Clone)]
pub struct AppTokens(Arc<Shared>);

struct Shared {
    http: HttpClient,
    registration: Registration,
    credentials: Arc<dyn CredentialSource>,
    now: Now,
    connector: Audience,
    graph: Mutex<HashMap<TenantId, Arc<Audience>>>,
}

/// What a token is for, and the token.
struct Audience {
    token_url: Url,
    scope: &'static str,
    cell: TokenCell,
}

impl AppTokens {
    /// Asks nobody anything yet.
    #[must_use]
    pub fn new(
        http: HttpClient,
        registration: Registration,
        credentials: Arc<dyn CredentialSource>,
        now: Now,
    ) -> Self {
        let connector = Audience {
            token_url: registration.token_url(registration.connector_tenant()),
            scope: registration.cloud.endpoints().connector_scope,
            cell: TokenCell::default(),
        };
        Self(Arc::new(Shared {
            http,
            registration,
            credentials,
            now,
            connector,
            graph: Mutex::default(),
        }))
    }

    /// The token for the Bot Connector: the same for every tenant that has the
    /// bot.
    ///
    /// # Errors
    ///
    /// See [`TokenError`]. While an earlier token is valid, there is none: a
    /// refresh that fails is tried again later.
    pub async fn connector_token(&self) -> Result<AccessToken, TokenError> {
        self.0.get(&self.0.connector).await
    }

    /// The token for Microsoft Graph in this tenant.
    ///
    /// # Errors
    ///
    /// As for [`connector_token`](Self::connector_token).
    pub async fn graph_token(&self, tenant: &TenantId) -> Result<AccessToken, TokenError> {
        let audience = self.0.graph_in(tenant);
        self.0.get(&audience).await
    }

    /// Says that this token, of either kind, was answered with 401: the next
    /// call asks for another. A token that has been replaced meanwhile changes
    /// nothing.
    pub fn refused(&self, token: &AccessToken) {
        self.0.connector.cell.refused(token);
        let graph = self.0.graph.lock().unwrap_or_else(PoisonError::into_inner);
        for audience in graph.values() {
            audience.cell.refused(token);
        }
    }
}

#[async_trait]
impl TokenSource for AppTokens {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.connector_token().await
    }

    async fn refused(&self, token: &AccessToken) {
        self.refused(token);
    }
}

impl Shared {
    async fn get(&self, audience: &Audience) -> Result<AccessToken, TokenError> {
        if let Some(token) = audience.cell.fresh((self.now)()) {
            return Ok(token);
        }
        // Boxed: a send that finds a token must not carry the state of a fetch.
        let fetch = Box::pin(self.fetch(audience));
        Box::pin(audience.cell.refresh(&*self.now, fetch)).await
    }

    fn graph_in(&self, tenant: &TenantId) -> Arc<Audience> {
        let mut graph = self.graph.lock().unwrap_or_else(PoisonError::into_inner);
        let audience = graph.entry(tenant.clone()).or_insert_with(|| {
            Arc::new(Audience {
                token_url: self.registration.token_url(tenant.as_str()),
                scope: self.registration.cloud.endpoints().graph_scope,
                cell: TokenCell::default(),
            })
        });
        audience.clone()
    }

    /// Fetches a token; reads the credential again, once, when Entra refuses it.
    async fn fetch(&self, audience: &Audience) -> Result<AccessToken, TokenError> {
        let credential = self.credential(Freshness::Cached).await?;
        match self.exchange(audience, &credential).await {
            Err(TokenError::Refused(refusal)) if refusal.is_of_the_credential() => {
                let reread = self.credential(Freshness::Reread).await?;
                if reread == credential {
                    return Err(TokenError::Refused(refusal));
                }
                self.exchange(audience, &reread).await
            }
            result => result,
        }
    }

    async fn credential(&self, freshness: Freshness) -> Result<Credential, TokenError> {
        let current = self.credentials.current(freshness).await;
        current.map_err(TokenError::Credential)
    }

    /// Asks, and asks again when Entra says that its trouble is temporary.
    async fn exchange(
        &self,
        audience: &Audience,
        credential: &Credential,
    ) -> Result<AccessToken, TokenError> {
        let request = Request {
            app_id: &self.registration.app_id,
            token_url: &audience.token_url,
            scope: audience.scope,
        };
        let mut tried = 1;
        loop {
            let error =
                match exchange::exchange(&self.http, &request, credential, (self.now)()).await {
                    Err(TokenError::Refused(refusal)) if refusal.is_temporary() => refusal,
                    result => return result,
                };
            let wait = error.retry_after.unwrap_or_else(|| backoff(tried));
            if tried == TRIES || wait > LONGEST_WAIT {
                return Err(TokenError::Refused(error));
            }
            tried += 1;
            tokio::time::sleep(wait).await;
        }
    }
}

/// Doubling, and spread out: many environments may have started at once.
fn backoff(tried: u32) -> Duration {
    let random = rand::generate::<[u8; 1]>(&SystemRandom::new());
    let spread = random.map_or(128, |byte| byte.expose()[0]);
    FIRST_WAIT.mul_f64(f64::from(1 << tried) * (0.5 + f64::from(spread) / 512.0))
}
