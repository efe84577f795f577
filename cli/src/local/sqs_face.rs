//! The queues over HTTP, for programs outside this process: functions under `cargo lambda watch`,
//! the AWS command line. Speaks the AWS JSON 1.0 protocol of SQS, the operations Tidings uses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};

use super::queue::{InProcessQueue, MAX_MESSAGE_BYTES, ReceivedMessage, SendError};
use super::sqs_digest::{attributes_md5, body_md5};
use super::variables::queue_url;
use startup::Clock;

/// The longest a receive may wait for a message.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// The queues that can be reached, and under which address.
#[derive(Clone)]
pub struct SqsFace {
    endpoint: String,
    queues: Arc<Vec<InProcessQueue>>,
    clock: Arc<dyn Clock>,
}

impl SqsFace {
    /// Offers `queues` under `endpoint`, an `http://host:port` without a slash at its end.
    pub fn new(endpoint: String, queues: Vec<InProcessQueue>, clock: Arc<dyn Clock>) -> Self {
        Self {
            endpoint,
            queues: Arc::new(queues),
            clock,
        }
    }

    /// The address all queues share.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The URL of the queue with this name.
    pub fn url(&self, name: &str) -> String {
        queue_url(&self.endpoint, name)
    }

    /// The HTTP service of the queues alone.
    pub fn router(self) -> Router {
        let handle = |State(face): State<Self>, headers: HeaderMap, body: String| async move {
            let target = headers.get("x-amz-target");
            face.handle(target.and_then(|target| target.to_str().ok()), &body)
                .await
        };
        Router::new()
            .fallback(post(handle))
            .layer(largest_body())
            .with_state(self)
    }

    /// Answers a request with this `X-Amz-Target`.
    pub(super) async fn handle(&self, target: Option<&str>, body: &str) -> Response {
        let operation = target.and_then(|target| target.strip_prefix("AmazonSQS."));
        let answer = match serde_json::from_str::<Value>(body) {
            Ok(request) => self.answer(operation.unwrap_or_default(), &request).await,
            Err(error) => Err(Fault::client("SerializationException", error.to_string())),
        };
        match answer {
            Ok(answer) => (
                [(header::CONTENT_TYPE, "application/x-amz-json-1.0")],
                answer.to_string(),
            )
                .into_response(),
            Err(fault) => fault.into_response(),
        }
    }

    fn named(&self, name: &str) -> Result<&InProcessQueue, Fault> {
        self.queues
            .iter()
            .find(|queue| queue.name() == name)
            .ok_or_else(|| {
                Fault::client(
                    "com.amazonaws.sqs#QueueDoesNotExist",
                    format!("The queue {name:?} does not exist."),
                )
            })
    }

    fn addressed(&self, request: &Value) -> Result<&InProcessQueue, Fault> {
        let url = text(request, "QueueUrl")?;
        self.named(url.rsplit('/').next().unwrap_or_default())
    }
}

struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Fault {
    fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }
}

impl From<SendError> for Fault {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Size { .. } | SendError::Delay { .. } => {
                Self::client("InvalidParameterValue", error.to_string())
            }
            SendError::Journal(error) => error.into(),
        }
    }
}

impl From<super::journal::JournalError> for Fault {
    fn from(error: super::journal::JournalError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalFailure",
            message: error.to_string(),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({ "__type": self.code, "message": self.message });
        (
            self.status,
            [(header::CONTENT_TYPE, "application/x-amz-json-1.0")],
            body.to_string(),
        )
            .into_response()
    }
}

/// No message is larger, with what is around it.
pub(super) fn largest_body() -> DefaultBodyLimit {
    DefaultBodyLimit::max(2 * MAX_MESSAGE_BYTES)
}

impl SqsFace {
    async fn answer(&self, operation: &str, request: &Value) -> Result<Value, Fault> {
        match operation {
            "SendMessage" => self.send(self.addressed(request)?, request),
            "SendMessageBatch" => self.send_batch(request),
            "ReceiveMessage" => self.receive(request).await,
            "DeleteMessage" => {
                let handle = text(request, "ReceiptHandle")?;
                self.addressed(request)?.delete(handle)?;
                Ok(json!({}))
            }
            "ChangeMessageVisibility" => {
                let after = seconds(request, "VisibilityTimeout")?.unwrap_or_default();
                let handle = text(request, "ReceiptHandle")?;
                self.addressed(request)?
                    .change_visibility(handle, after, self.clock.now())?;
                Ok(json!({}))
            }
            "GetQueueUrl" => {
                let queue = self.named(text(request, "QueueName")?)?;
                Ok(json!({ "QueueUrl": self.url(queue.name()) }))
            }
            "ListQueues" => {
                let urls: Vec<_> = self.queues.iter().map(|q| self.url(q.name())).collect();
                Ok(json!({ "QueueUrls": urls }))
            }
            "GetQueueAttributes" => {
                let depth = self.addressed(request)?.depth(self.clock.now());
                Ok(json!({ "Attributes": {
                    "ApproximateNumberOfMessages": depth.visible.to_string(),
                    "ApproximateNumberOfMessagesNotVisible": depth.in_flight.to_string(),
                    "ApproximateNumberOfMessagesDelayed": depth.delayed.to_string(),
                }}))
            }
            other => Err(Fault::client(
                "com.amazon.coral.service#UnknownOperationException",
                format!("The operation {other:?} is not offered by a local queue."),
            )),
        }
    }

    fn send(&self, queue: &InProcessQueue, entry: &Value) -> Result<Value, Fault> {
        let body = text(entry, "MessageBody")?;
        let delay = seconds(entry, "DelaySeconds")?.unwrap_or_default();
        let attributes = string_attributes(entry)?;
        let mut answer = json!({ "MD5OfMessageBody": body_md5(body) });
        if !attributes.is_empty() {
            answer["MD5OfMessageAttributes"] = attributes_md5(&attributes).into();
        }
        let id = queue.send(body.to_owned(), attributes, delay, self.clock.now())?;
        answer["MessageId"] = id.into();
        Ok(answer)
    }

    fn send_batch(&self, request: &Value) -> Result<Value, Fault> {
        let queue = self.addressed(request)?;
        let entries = request["Entries"].as_array().map(Vec::as_slice);
        let entries = entries.unwrap_or_default();
        if entries.is_empty() || entries.len() > 10 {
            return Err(Fault::client(
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                format!("{} entries, expected 1 to 10", entries.len()),
            ));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let id = text(entry, "Id")?;
            match self.send(queue, entry) {
                Ok(mut sent) => {
                    sent["Id"] = id.into();
                    successful.push(sent);
                }
                Err(fault) => failed.push(json!({
                    "Id": id, "SenderFault": fault.status.is_client_error(),
                    "Code": fault.code, "Message": fault.message,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    async fn receive(&self, request: &Value) -> Result<Value, Fault> {
        let queue = self.addressed(request)?;
        let max = request["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        if !(1..=10).contains(&max) {
            return Err(Fault::client(
                "InvalidParameterValue",
                format!("MaxNumberOfMessages is {max}, expected 1 to 10"),
            ));
        }
        let wait = seconds(request, "WaitTimeSeconds")?.unwrap_or_default();
        let deadline = tokio::time::Instant::now() + wait.min(MAX_WAIT);
        loop {
            let changed = queue.changed();
            let received = queue.receive(max as usize, self.clock.now())?;
            if !received.is_empty() {
                let messages: Vec<_> = received.iter().map(received_message).collect();
                return Ok(json!({ "Messages": messages }));
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(json!({}));
            }
        }
    }
}

fn received_message(received: &ReceivedMessage) -> Value {
    let message = &received.message;
    let mut wire = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": received.receipt_handle,
        "MD5OfBody": body_md5(&message.body),
        "Body": message.body,
        "Attributes": {
            "ApproximateReceiveCount": message.receive_count.to_string(),
            "SentTimestamp": message.sent_at.as_millisecond().to_string(),
        },
    });
    if !message.attributes.is_empty() {
        let attributes: Map<String, Value> = message
            .attributes
            .iter()
            .map(|(name, value)| {
                let value = json!({ "DataType": "String", "StringValue": value });
                (name.clone(), value)
            })
            .collect();
        wire["MD5OfMessageAttributes"] = attributes_md5(&message.attributes).into();
        wire["MessageAttributes"] = Value::Object(attributes);
    }
    wire
}

fn string_attributes(entry: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let attributes = entry["MessageAttributes"].as_object();
    attributes
        .into_iter()
        .flatten()
        .map(|(name, value)| match value["StringValue"].as_str() {
            Some(text) if !text.is_empty() => Ok((name.clone(), text.to_owned())),
            _ => Err(Fault::client(
                "InvalidParameterValue",
                format!("The message attribute {name:?} must be a non-empty string."),
            )),
        })
        .collect()
}

fn text<'a>(request: &'a Value, member: &str) -> Result<&'a str, Fault> {
    request[member].as_str().ok_or_else(|| {
        Fault::client(
            "MissingParameter",
            format!("The request must contain the parameter {member}."),
        )
    })
}

fn seconds(request: &Value, member: &str) -> Result<Option<Duration>, Fault> {
    match &request[member] {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .map(|seconds| Some(Duration::from_secs(seconds)))
            .ok_or_else(|| {
                Fault::client(
                    "InvalidParameterValue",
                    format!("{member} is {value}, expected whole seconds"),
                )
            }),
    }
}
