//! The token endpoint of a small Entra, and the app tokens that it issued.
//!
//! Bot Connector authentication; Microsoft identity platform, client
//! credentials flow (protocol reference §1).

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ids::new_guid;
use crate::shared::Shared;
use crate::{Algorithm, AppType, Bot, Credential, Reply, TestKey, assertion};

/// The audience of a token for the Connector.
pub(crate) const CONNECTOR: &str = "https://api.botframework.com";
/// The audience of a token for Microsoft Graph.
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The app tokens that were issued. Nothing else is one.
#[derive(Default)]
pub(crate) struct IssuedTokens {
    tokens: HashMap<String, Issued>,
    issued: u64,
}

#[derive(Clone)]
struct Issued {
    audience: &'static str,
    app_id: String,
    expires: Timestamp,
}

impl IssuedTokens {
    /// Forgets every token: each is refused from now on.
    pub(crate) fn revoke_all(&mut self) {
        self.tokens.clear();
    }
}

/// A refusal as Entra words it.
fn refuse(shared: &Shared, status: u16, error: &str, code: u32, text: &str) -> Reply {
    let now = shared.settings.clock.now();
    let at = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let (trace, correlation) = (new_guid(), new_guid());
    Reply::json(
        status,
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"
            ),
            "error_codes": [code],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}

/// Answers a token request to this authority.
pub(crate) fn token(shared: &Shared, authority: &str, headers: &HeaderMap, body: &[u8]) -> Reply {
    let form_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let form: HashMap<String, String> = if form_type {
        url::form_urlencoded::parse(body).into_owned().collect()
    } else {
        HashMap::new()
    };
    match issue(shared, authority, &form) {
        Ok(reply) | Err(reply) => reply,
    }
}

fn issue(shared: &Shared, authority: &str, form: &HashMap<String, String>) -> Result<Reply, Reply> {
    let refuse = |status, error, code, text: &str| refuse(shared, status, error, code, text);
    let field = |name: &str| {
        form.get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                refuse(
                    400,
                    "invalid_request",
                    900_144,
                    &format!("The request body must contain the following parameter: '{name}'."),
                )
            })
    };
    if field("grant_type")? != "client_credentials" {
        return Err(refuse(
            400,
            "unsupported_grant_type",
            70003,
            "The app requested an unsupported grant type.",
        ));
    }
    let client_id = field("client_id")?;
    let audience =
        audience(field("scope")?).map_err(|(error, code, text)| refuse(400, error, code, text))?;
    let (bot, tenant) = application(shared, authority, client_id, audience)
        .map_err(|(status, error, code, text)| refuse(status, error, code, &text))?;
    prove(shared, authority, &bot, form)
        .map_err(|(code, text)| refuse(401, "invalid_client", code, text))?;
    Ok(shared.issue(&bot.app_id, &tenant, audience))
}

/// What a scope is for.
fn audience(scope: &str) -> Result<&'static str, (&'static str, u32, &'static str)> {
    match scope {
        "https://api.botframework.com/.default" => Ok(CONNECTOR),
        "https://graph.microsoft.com/.default" => Ok(GRAPH),
        other if other.ends_with("/.default") => Err((
            "invalid_resource",
            500_011,
            "The resource principal was not found in the tenant.",
        )),
        _ => Err((
            "invalid_scope",
            1_002_012,
            "The provided value for scope is not valid. Client credential flows must have a \
             scope value with /.default suffixed to the resource identifier (application ID URI).",
        )),
    }
}

type Denied = (u16, &'static str, u32, String);

/// The registration of a client, if this authority knows it.
fn application(
    shared: &Shared,
    authority: &str,
    client_id: &str,
    audience: &str,
) -> Result<(Bot, String), Denied> {
    let model = shared.model();
    let bot = model
        .registrations()
        .find(|bot| bot.app_id.eq_ignore_ascii_case(client_id))
        .cloned();
    let not_in = |directory: &str| -> Denied {
        (
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{directory}'."
            ),
        )
    };
    if authority.eq_ignore_ascii_case("botframework.com") {
        // The directory of the Bot Framework knows registrations of old only.
        return match bot {
            Some(bot) if bot.app_type == AppType::MultiTenant && audience == CONNECTOR => {
                Ok((bot, "d6d49420-f39b-4df7-a1dc-d59a935871db".to_owned()))
            }
            _ => Err(not_in("Bot Framework")),
        };
    }
    let is_home = bot
        .as_ref()
        .is_some_and(|bot| bot.tenant.eq_ignore_ascii_case(authority));
    let is_known = model.tenant.eq_ignore_ascii_case(authority);
    if !is_home && !is_known {
        return Err((
            400,
            "invalid_request",
            90002,
            format!(
                "Tenant '{authority}' not found. Check to make sure you have the correct tenant ID."
            ),
        ));
    }
    let bot = bot.ok_or_else(|| not_in(authority))?;
    // In a customer's tenant the application acts for Graph, not for the Connector.
    if !is_home && audience == CONNECTOR {
        return Err((
            401,
            "invalid_client",
            7_000_229,
            format!(
                "The client application {client_id} is missing service principal in the tenant {authority}."
            ),
        ));
    }
    Ok((bot, authority.to_ascii_lowercase()))
}

/// Checks the credential of a token request.
fn prove(
    shared: &Shared,
    authority: &str,
    bot: &Bot,
    form: &HashMap<String, String>,
) -> Result<(), (u32, &'static str)> {
    if let Some(secret) = form.get("client_secret") {
        let known = bot
            .credentials
            .iter()
            .find_map(|credential| match credential {
                Credential::Secret { value, expired } if value == secret => Some(*expired),
                _ => None,
            });
        return match known {
            Some(false) => Ok(()),
            Some(true) => Err((7_000_222, "The provided client secret keys are expired.")),
            None => Err((
                7_000_215,
                "Invalid client secret provided. Ensure the secret being sent in the request is \
                 the client secret value, not the client secret ID.",
            )),
        };
    }
    let Some(client_assertion) = form.get("client_assertion") else {
        return Err((
            7_000_216,
            "'client_assertion', 'client_secret' or 'request' is required for the \
             'client_credentials' grant type.",
        ));
    };
    if form.get("client_assertion_type").map(String::as_str) != Some(ASSERTION_TYPE) {
        return Err((
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion_type'.",
        ));
    }
    let certificates: Vec<&str> = bot
        .credentials
        .iter()
        .filter_map(|credential| match credential {
            Credential::Certificate { pem } => Some(pem.as_str()),
            Credential::Secret { .. } => None,
        })
        .collect();
    let audience = format!("{}/{authority}/oauth2/v2.0/token", shared.base());
    let now = shared.settings.clock.now().as_second();
    assertion::check(client_assertion, &certificates, &bot.app_id, &audience, now)
        .map_err(|assertion::Refused(code, text)| (code, text))
}

impl Shared {
    pub(crate) fn issued_tokens(&self) -> MutexGuard<'_, IssuedTokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issue(&self, app_id: &str, tenant: &str, audience: &'static str) -> Reply {
        let now = self.settings.clock.now();
        let lifetime = self.settings.app_token_lifetime;
        let expires = now + lifetime;
        let key = TestKey::Entra;
        let mut tokens = self.issued_tokens();
        tokens.issued += 1;
        let access_token = key.sign(
            Algorithm::Rs256,
            &json!({"typ": "JWT", "alg": "RS256", "x5t": key.key_id(), "kid": key.key_id()}),
            &json!({
                "aud": audience,
                "iss": format!("https://sts.windows.net/{tenant}/"),
                "iat": now.as_second(),
                "nbf": now.as_second(),
                "exp": expires.as_second(),
                "appid": app_id,
                "tid": tenant,
                "uti": tokens.issued.to_string(),
                "ver": "1.0",
            }),
        );
        tokens.tokens.retain(|_, issued| issued.expires > now);
        tokens.tokens.insert(
            access_token.clone(),
            Issued {
                audience,
                app_id: app_id.to_ascii_lowercase(),
                expires,
            },
        );
        Reply::json(
            200,
            json!({
                "token_type": "Bearer",
                "expires_in": lifetime.as_secs(),
                "ext_expires_in": lifetime.as_secs(),
                "access_token": access_token,
            }),
        )
    }

    /// Checks the token of a request to the Connector.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), Reply> {
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Err(Reply::json(
                401,
                json!({"message": "Authorization has been denied for this request."}),
            ));
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| Reply::authorization_error("The request has no bearer token."))?;
        let issued = self
            .issued_tokens()
            .tokens
            .get(token)
            .cloned()
            .ok_or_else(|| Reply::authorization_error("The token was not issued by Entra."))?;
        if issued.expires <= self.settings.clock.now() {
            return Err(Reply::authorization_error("The token has expired."));
        }
        if issued.audience != CONNECTOR {
            return Err(Reply::authorization_error("Invalid audience of the token."));
        }
        if !issued.app_id.eq_ignore_ascii_case(&self.model().bot.app_id) {
            return Err(Reply::error(
                401,
                "BotNotRegistered",
                "No registration found for this bot.",
            ));
        }
        Ok(())
    }

    /// An app token of these properties, without asking the token endpoint.
    pub(crate) fn connector_token(&self) -> String {
        let (app_id, tenant) = {
            let model = self.model();
            (model.bot.app_id.clone(), model.bot.tenant.clone())
        };
        let reply = self.issue(&app_id, &tenant, CONNECTOR);
        match reply.body {
            crate::ReplyBody::Json(body) => body
                .get("access_token")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            _ => String::new(),
        }
    }
}
