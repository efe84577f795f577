//! The events that functions are measured with.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use simulator::{BotEndpoint, Delivery, Person};
use tidings::local::queue::QueuedMessage;

use crate::process::FunctionProcess;
use crate::world::World;

/// The request of a function URL (payload format 2.0) that carries what Teams sent.
///
/// See the Lambda developer guide, "Invoking Lambda function URLs".
fn function_url(request: &http::Request<Bytes>) -> Value {
    let host = "bench.lambda-url.us-east-1.on.aws";
    let mut headers: Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value.into())
        })
        .collect();
    for (name, value) in [
        ("host", host),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-for", "203.0.113.7"),
        (
            "x-amzn-trace-id",
            "Root=1-6924d3a4-0123456789abcdef01234567",
        ),
    ] {
        headers.insert(name.to_owned(), value.into());
    }
    let agent = headers.get("user-agent").cloned().unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.uri().path(),
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "bench",
            "domainName": host,
            "domainPrefix": "bench",
            "http": {
                "method": request.method().as_str(),
                "path": request.uri().path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": agent,
            },
            "requestId": "01234567-89ab-cdef-0123-456789abcdef",
            "routeKey": "$default",
            "stage": "$default",
            "time": "05/Jan/2026:09:00:00 +0000",
            "timeEpoch": 1_767_603_600_000_u64,
        },
        "body": String::from_utf8_lossy(request.body()),
        "isBase64Encoded": false,
    })
}

/// So many messages `help`, of all people in turn, each an activity of its own, signed by the simulator.
pub(crate) async fn inbound(world: &World, count: usize) -> anyhow::Result<Vec<Bytes>> {
    let heard: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let hears = heard.clone();
    let endpoint = BotEndpoint::in_process(move |request| {
        let event = function_url(&request).to_string();
        hears
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event.into());
        std::future::ready(http::Response::new(Bytes::new()))
    });
    world.teams.set_bot_endpoint(endpoint);
    let people = world.people();
    for person in people.iter().cycle().take(count) {
        let delivery = person.say("help").await;
        ensure!(delivery.is_success(), "not sent: {:?}", delivery.answer);
    }
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut heard))
}

/// Lets people install the bot, which this process of `messages` hears of.
pub(crate) async fn install(
    world: &World,
    people: &[Person],
    messages: Arc<FunctionProcess>,
) -> anyhow::Result<()> {
    let endpoint = BotEndpoint::in_process(move |request| {
        let event = function_url(&request).to_string();
        let messages = messages.clone();
        async move {
            let mut response = http::Response::new(Bytes::new());
            let answer = messages.invoke(event.into()).await;
            let status = answer.map(|invocation| invocation.answer["statusCode"].as_u64());
            let status = status
                .ok()
                .flatten()
                .and_then(|status| u16::try_from(status).ok());
            *response.status_mut() = status
                .and_then(|status| http::StatusCode::from_u16(status).ok())
                .unwrap_or(http::StatusCode::BAD_GATEWAY);
            response
        }
    });
    world.teams.set_bot_endpoint(endpoint);
    for person in people {
        let deliveries = person.install().await;
        ensure!(
            deliveries.iter().all(Delivery::is_success),
            "an installation was not heard: {deliveries:?}"
        );
    }
    Ok(())
}

/// An SQS event of these messages.
fn batch(queue: &str, messages: impl IntoIterator<Item = (String, String)>) -> Bytes {
    let records: Vec<Value> = messages
        .into_iter()
        .map(|(id, body)| {
            json!({
                "messageId": id,
                "receiptHandle": "AQEBbench",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1767603600000",
                    "SenderId": "AIDAEXAMPLE",
                    "ApproximateFirstReceiveTimestamp": "1767603600001",
                },
                "messageAttributes": {},
                "md5OfBody": "00000000000000000000000000000000",
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    json!({ "Records": records }).to_string().into()
}

/// An SQS event of deliveries.
pub(crate) fn deliveries(messages: &[QueuedMessage]) -> Bytes {
    queued("delivery", messages)
}

/// An SQS event of what was in a queue.
pub(crate) fn queued(queue: &str, messages: &[QueuedMessage]) -> Bytes {
    let messages = messages
        .iter()
        .map(|message| (message.message_id.clone(), message.body.clone()));
    batch(queue, messages)
}

/// Makes notifications that never repeat an id.
#[derive(Default)]
pub(crate) struct Notifications(u64);

impl Notifications {
    /// An SQS event of one notification to all of these people.
    pub(crate) fn event_for_all(&mut self, people: &[Person]) -> Bytes {
        let notification = self.notification(people);
        batch("notification", [notification])
    }

    /// An SQS event of a notification to each of these people.
    pub(crate) fn event_for_each(&mut self, people: &[Person]) -> Bytes {
        let each = people.iter().map(std::slice::from_ref);
        let notifications: Vec<_> = each.map(|person| self.notification(person)).collect();
        batch("notification", notifications)
    }

    /// An SQS event of one notification to everybody.
    pub(crate) fn event_for_everybody(&mut self) -> Bytes {
        let notification = self.to(vec!["everyone".to_owned()]);
        batch("notification", [notification])
    }

    fn notification(&mut self, people: &[Person]) -> (String, String) {
        let people = people.iter();
        self.to(people
            .map(|person| format!("aad:{}", person.object_id()))
            .collect())
    }

    fn to(&mut self, to: Vec<String>) -> (String, String) {
        self.0 += 1;
        let number = self.0;
        let notification = json!({
            "id": format!("bench-{number}"),
            "topic": "deploys",
            "to": to,
            "what": format!("Deploy {number} of the shop finished"),
            "item": { "name": "shop", "url": "https://deploys.contoso.example/shop" },
            "actor": { "name": "Ana García" },
            "actions": [{ "title": "Open", "url": "https://deploys.contoso.example/shop/latest" }],
            "facts": [{ "title": "Version", "value": "1.2.3" }, { "title": "Took", "value": "4 min" }],
        });
        (
            format!("00000000-0000-4000-8000-{number:012}"),
            notification.to_string(),
        )
    }
}

/// The minute that has passed, as EventBridge Scheduler says it.
pub(crate) fn tick() -> Bytes {
    json!({ "source": "tidings.schedule", "detail-type": "tidings.tick", "detail": {} })
        .to_string()
        .into()
}

/// Nothing, for the empty function.
pub(crate) fn empty() -> Bytes {
    Bytes::from_static(b"{}")
}

/// A batch of ten messages for the floor, to the same people.
pub(crate) fn bare_batch(world: &World) -> Bytes {
    let service_url = world.teams.service_url();
    let people = world.people();
    let messages = people.iter().map(|person| {
        let body = json!({
            "service_url": service_url,
            "conversation": person.conversation_id(),
            "text": "Deploy of the shop finished",
        });
        (person.object_id(), body.to_string())
    });
    batch("bare", messages)
}

/// The same message many times for the floor.
pub(crate) fn burst(world: &World, count: usize, at_once: usize) -> anyhow::Result<Bytes> {
    let person = world.people().pop().context("there are people")?;
    let activity = json!({ "type": "message", "text": "Deploy of the shop finished" });
    let burst = json!({
        "service_url": world.teams.service_url(),
        "conversation": person.conversation_id(),
        "activity": activity.to_string(),
        "count": count,
        "at_once": at_once,
    });
    Ok(burst.to_string().into())
}
