//! Proactive messages.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use lambda_runtime::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use crate::http::Teams;

/// A record of an SQS batch.
#[derive(Deserialize)]
pub(crate) struct Record {
    body: String,
}

/// What a record says.
#[derive(Deserialize)]
struct Message {
    service_url: String,
    conversation: String,
    text: String,
}

/// One message sent again and again.
#[derive(Deserialize)]
pub(crate) struct Burst {
    service_url: String,
    conversation: String,
    /// The activity, ready to send.
    activity: String,
    /// How many in all.
    count: usize,
    /// How many at once.
    at_once: usize,
}

/// Sends the message of every record, all at once.
pub(crate) async fn batch(teams: &Teams, records: Vec<Record>) -> Result<(), Error> {
    let sends = records.into_iter().map(|record| async move {
        let message: Message = serde_json::from_str(&record.body)?;
        let activity = json!({ "type": "message", "text": message.text }).to_string();
        let url = activities_of(&message.service_url, &message.conversation);
        teams.post(&url, activity.into()).await
    });
    futures_util::future::try_join_all(sends).await.map(drop)
}

/// Sends one message many times.
pub(crate) async fn burst(teams: &Teams, burst: Burst) -> Result<(), Error> {
    let url = &activities_of(&burst.service_url, &burst.conversation);
    let activity = Bytes::from(burst.activity);
    stream::iter(0..burst.count)
        .map(|_| teams.post(url, activity.clone()))
        .buffer_unordered(burst.at_once)
        .try_collect()
        .await
}

/// The address of a conversation's activities.
pub(crate) fn activities_of(service_url: &str, conversation: &str) -> String {
    let service_url = service_url.trim_end_matches('/');
    let conversation = segment(conversation);
    format!("{service_url}/v3/conversations/{conversation}/activities")
}

/// An id as a segment of a path.
pub(crate) fn segment(id: &str) -> impl std::fmt::Display + '_ {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(id, PLAIN)
}
