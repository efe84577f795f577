use std::sync::Arc;

use activity::{Activity, AppId, HostPolicy, ServiceUrl};
use async_trait::async_trait;
use http_client::HttpClient;
use jwt::{Fingerprint, Unverified};

use crate::authenticated::Authenticated;
use crate::key_cache::KeyCache;
use crate::metadata_url::MetadataUrl;
use crate::refusal::{Refusal, TokenFault};
use crate::seen::Seen;
use crate::signing_keys::{NoKey, SigningKeys};
use crate::token::{self, Token};
use crate::{Authenticate, MAX_BODY, Now, sealed};

/// What a token is judged by. There is no switch to leave a check out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot: a token for another is refused.
    pub app_id: AppId,
    /// Who signs: the configured cloud's issuer.
    pub issuer: String,
    /// Where the signing keys are announced.
    pub metadata_url: MetadataUrl,
    /// Which service URLs may get the bot's token.
    pub hosts: HostPolicy,
}

/// Verifies that Teams sent a request (protocol reference §2).
///
/// Making one asks nobody: the keys are fetched when the first token needs them.
pub struct Authenticator {
    app_id: AppId,
    issuer: String,
    hosts: HostPolicy,
    keys: SigningKeys,
    /// What tokens say that were found good.
    read: Seen<Arc<Token>>,
    now: Now,
}

impl Authenticator {
    /// An authenticator with these settings.
    #[must_use]
    pub fn new(http: HttpClient, settings: Settings, cache: Arc<dyn KeyCache>, now: Now) -> Self {
        Self {
            keys: SigningKeys::new(http, settings.metadata_url, cache, now.clone()),
            app_id: settings.app_id,
            issuer: settings.issuer,
            hosts: settings.hosts,
            read: Seen::default(),
            now,
        }
    }

    /// The keys, to refresh them ahead of need.
    #[must_use]
    pub fn signing_keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Checks the token, all but whether it belongs to the body.
    ///
    /// Of a token that was found good before, neither its form nor its
    /// signature is checked again; everything that time, keys or settings
    /// decide is.
    async fn verify(&self, authorization: Option<&str>) -> Result<Arc<Token>, Refusal> {
        let text = token::bearer(authorization)?;
        let fingerprint = Fingerprint::of(text);
        let unverified = || Unverified::parse(text).ok_or(TokenFault::Malformed);
        let known = self.read.get(fingerprint);
        let is_known = known.is_some();
        let token = match known {
            Some(token) => token,
            None => Arc::new(token::read(&unverified()?)?),
        };
        token
            .claims
            .check(&self.issuer, &self.app_id, (self.now)())?;

        let keys = match self.keys.with_key(&token.kid).await {
            Ok(keys) => keys,
            Err(NoKey::Unknown) => return Err(TokenFault::UnknownKey.into()),
            Err(NoKey::Unavailable(error)) => return Err(error.into()),
        };
        let key = keys.key(&token.kid).ok_or(TokenFault::UnknownKey)?;
        if !keys.allows(token.algorithm) {
            return Err(TokenFault::Algorithm.into());
        }
        if key.signed.get(fingerprint).is_none() {
            if !unverified()?.is_signed_by(&key.decoding, token.algorithm) {
                return Err(TokenFault::Signature.into());
            }
            key.signed.remember(fingerprint, ());
        }
        if !key.teams {
            return Err(Refusal::NotEndorsed);
        }
        if !is_known {
            self.read.remember(fingerprint, Arc::clone(&token));
        }
        Ok(token)
    }

    /// Checks that the activity is the one the token was made for, and where
    /// answers would go.
    fn match_activity(&self, token: &Token, activity: &Activity) -> Result<ServiceUrl, Refusal> {
        // Some system events name no channel; their key is endorsed for Teams.
        let channel = activity.channel_id.as_ref();
        if channel.is_some_and(|channel| !channel.is_msteams()) {
            return Err(Refusal::OtherChannel);
        }
        let text = activity.service_url.as_deref();
        let text = text.filter(|text| !text.is_empty());
        let text = text.ok_or(TokenFault::ServiceUrl)?;
        let url: ServiceUrl = text.parse()?;
        if !url.matches_claim(token.claims.service_url()) {
            return Err(TokenFault::ServiceUrl.into());
        }
        Ok(url.trusted_by(&self.hosts)?)
    }
}

impl sealed::Sealed for Authenticator {}

#[async_trait]
impl Authenticate for Authenticator {
    /// Verifies first and parses afterwards: nobody without a good token makes
    /// us read their JSON.
    async fn authenticate(
        &self,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Result<Authenticated<Activity>, Refusal> {
        if body.len() > MAX_BODY {
            return Err(Refusal::TooLarge);
        }
        let token = self.verify(authorization).await?;
        let activity = Activity::parse(body)?;
        let service_url = self.match_activity(&token, &activity)?;
        Ok(Authenticated::new(activity, service_url))
    }
}
