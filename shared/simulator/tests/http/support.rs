//! A Connector client that sends whatever a test likes, and a bot that listens.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_client::{HttpClient, Method};
use serde_json::{Value, json};
use simulator::{BotEndpoint, Config, Simulator, World};

/// A simulator with the bot everywhere, where unread messages do not matter.
pub(crate) async fn with_bot_everywhere() -> Simulator {
    start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await
}

pub(crate) async fn start(config: Config) -> Simulator {
    Simulator::start(config).await.unwrap()
}

/// An answer of the simulator.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> Option<String> {
        self.json()
            .pointer("/error/code")
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    /// The status and the error code: what a rejection is told by.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.code().unwrap_or_default())
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// Calls the Connector as the bot.
pub(crate) struct Api {
    http: HttpClient,
    base: String,
    pub(crate) token: Option<String>,
}

impl Api {
    pub(crate) fn of(simulator: &Simulator) -> Self {
        Self {
            http: HttpClient::new(),
            base: simulator.well_known_service_url(),
            token: Some(simulator.connector_token()),
        }
    }

    pub(crate) fn with_token(simulator: &Simulator, token: Option<&str>) -> Self {
        Self {
            token: token.map(str::to_owned),
            ..Self::of(simulator)
        }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.raw(method, path, body.map(|body| body.to_string()))
            .await
    }

    pub(crate) async fn raw(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn send(&self, conversation: &str, activity: Value) -> Answer {
        let path = format!("v3/conversations/{}/activities", segment(conversation));
        self.call("POST", &path, Some(activity)).await
    }

    pub(crate) async fn say(&self, conversation: &str, text: &str) -> Answer {
        self.send(conversation, message(text)).await
    }

    pub(crate) async fn update(&self, conversation: &str, id: &str, activity: Value) -> Answer {
        let path = format!("v3/conversations/{}/activities/{id}", segment(conversation));
        self.call("PUT", &path, Some(activity)).await
    }

    pub(crate) async fn delete(&self, conversation: &str, id: &str) -> Answer {
        let path = format!("v3/conversations/{}/activities/{id}", segment(conversation));
        self.call("DELETE", &path, None).await
    }

    pub(crate) async fn create(&self, parameters: Value) -> Answer {
        self.call("POST", "v3/conversations", Some(parameters))
            .await
    }
}

pub(crate) async fn answer(response: http_client::Response) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// An id as one path segment.
pub(crate) fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

pub(crate) fn message(text: &str) -> Value {
    json!({"type": "message", "text": text})
}

/// A message with a card of these body elements and actions.
pub(crate) fn card(body: Value, actions: Value) -> Value {
    json!({"type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": actions},
    }]})
}

/// What reached a bot.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) headers: http::HeaderMap,
    pub(crate) activity: Value,
}

/// A bot that remembers what it heard and answers with what a test says.
#[derive(Clone, Default)]
pub(crate) struct Bot {
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<Mutex<Option<(u16, Value)>>>,
}

impl Bot {
    pub(crate) fn in_process(&self) -> BotEndpoint {
        let bot = self.clone();
        BotEndpoint::in_process(move |request| {
            let response = bot.answer_to(request);
            async move { response }
        })
    }

    pub(crate) fn answers(&self, status: u16, body: Value) {
        *self.answer.lock().unwrap() = Some((status, body));
    }

    pub(crate) fn answer_to(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        self.heard.lock().unwrap().push(Heard {
            headers: request.headers().clone(),
            activity: serde_json::from_slice(request.body()).unwrap_or(Value::Null),
        });
        let (status, body) = self
            .answer
            .lock()
            .unwrap()
            .clone()
            .unwrap_or((200, Value::Null));
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        http::Response::builder().status(status).body(body).unwrap()
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Heard {
        self.heard().pop().unwrap()
    }
}
