//! Calling the bot.

use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::Value;

use crate::ids::new_guid;
use crate::shared::Shared;
use crate::{Answer, Delivery, Event};

impl Shared {
    /// Sends an activity to the bot with a good token, and remembers the answer.
    pub(crate) async fn deliver(&self, activity: Value) -> Delivery {
        let token = format!("Bearer {}", self.signed_inbound_token());
        let body = Bytes::from(activity.to_string());
        self.call_bot(activity, body, Some(&token)).await
    }

    /// Sends bytes to the bot.
    pub(crate) async fn deliver_raw(&self, body: Bytes, authorization: Option<&str>) -> Delivery {
        let activity = serde_json::from_slice(&body).unwrap_or(Value::Null);
        self.call_bot(activity, body, authorization).await
    }

    /// Remembers an activity that Teams keeps to itself.
    pub(crate) fn not_sent(&self, activity: Value, reason: &str) -> Delivery {
        Delivery {
            activity,
            answer: Answer::NotSent {
                reason: reason.to_owned(),
            },
            took_ms: 0,
        }
    }

    async fn call_bot(
        &self,
        activity: Value,
        body: Bytes,
        authorization: Option<&str>,
    ) -> Delivery {
        let Some(endpoint) = self.endpoint() else {
            return self.not_sent(activity, "no bot endpoint is set");
        };
        let started = tokio::time::Instant::now();
        let call = endpoint.call(request(body, authorization));
        let answer = match tokio::time::timeout(self.settings.answer_limit, call).await {
            Err(_elapsed) => Answer::TimedOut,
            Ok(Err(no_answer)) => Answer::Unreachable {
                reason: no_answer.0,
            },
            Ok(Ok(response)) => Answer::Answered {
                status: response.status().as_u16(),
                body: readable(response.body()),
            },
        };
        let delivery = Delivery {
            activity,
            answer,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        self.keep_delivery(&delivery);
        self.changed();
        self.tell(|| Event::Delivered {
            delivery: Box::new(delivery.clone()),
        });
        delivery
    }

    /// The same activity as if it had happened again.
    pub(crate) fn renewed(&self, activity: &Value) -> Value {
        let now = self.settings.clock.now();
        let mut renewed = activity.clone();
        let old_id = activity.get("id").and_then(Value::as_str).unwrap_or("f:");
        renewed["id"] = if old_id.starts_with("f:") {
            format!("f:{}", new_guid()).into()
        } else {
            self.model().next_id(now).to_string().into()
        };
        renewed["timestamp"] = format!("{now:.7}").into();
        renewed
    }
}

/// A request as Teams makes it.
fn request(body: Bytes, authorization: Option<&str>) -> http::Request<Bytes> {
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static("/api/messages");
    let headers = request.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static("Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"),
    );
    let correlation = new_guid().replace('-', "");
    for (name, value) in [
        ("ms-cv", Some(format!("{}.1.2", &correlation[..22]))),
        (AUTHORIZATION.as_str(), authorization.map(str::to_owned)),
    ] {
        let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
        if let (Some(value), Ok(name)) = (value, name.parse::<http::HeaderName>()) {
            headers.insert(name, value);
        }
    }
    request
}

/// A body as JSON; as text if it is none; null if it is empty.
fn readable(body: &Bytes) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}
