//! One HTTP client, and where Teams is.

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use lambda_runtime::Error;
use serde::Deserialize;
use tokio::sync::OnceCell;

/// Teams, over plain HTTP.
pub(crate) struct Teams {
    client: Client<HttpConnector, Full<Bytes>>,
    settings: Settings,
    token: OnceCell<HeaderValue>,
}

struct Settings {
    app_id: String,
    password: String,
    tenant: String,
    authority: String,
    metadata: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

impl Teams {
    pub(crate) fn from_environment() -> Result<Self, Error> {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(http),
            settings: Settings {
                app_id: variable("MICROSOFT_APP_ID")?,
                password: variable("MICROSOFT_APP_PASSWORD")?,
                tenant: variable("MICROSOFT_APP_TENANT_ID")?,
                authority: variable("AZURE_AUTHORITY_HOST")?,
                metadata: variable("BOT_OPENID_METADATA")?,
            },
            token: OnceCell::new(),
        })
    }

    pub(crate) fn app_id(&self) -> &str {
        &self.settings.app_id
    }

    /// Where the signing keys are announced.
    pub(crate) fn metadata(&self) -> &str {
        &self.settings.metadata
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Bytes, Error> {
        self.call(Request::get(url).body(Full::default())?).await
    }

    /// Posts an activity with the bot's token, which is asked for once.
    pub(crate) async fn post(&self, url: &str, activity: Bytes) -> Result<(), Error> {
        let token = self.token.get_or_try_init(|| self.fetch_token()).await?;
        let request = Request::post(url)
            .header(header::AUTHORIZATION, token)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(activity))?;
        self.call(request).await.map(drop)
    }

    async fn fetch_token(&self) -> Result<HeaderValue, Error> {
        let Settings {
            app_id,
            password,
            tenant,
            authority,
            ..
        } = &self.settings;
        let form = format!(
            "grant_type=client_credentials&client_id={app_id}&client_secret={password}\
             &scope=https%3A%2F%2Fapi.botframework.com%2F.default"
        );
        let request = Request::post(format!("{authority}/{tenant}/oauth2/v2.0/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form))?;
        let token: Token = serde_json::from_slice(&self.call(request).await?)?;
        Ok(format!("Bearer {}", token.access_token).parse()?)
    }

    async fn call(&self, request: Request<Full<Bytes>>) -> Result<Bytes, Error> {
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into())
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor carries nothing of ours, the environment reader included"
)]
fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
