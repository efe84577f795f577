//! A bare loop that posts one body to many conversations: what nothing that posts with `reqwest` can be faster than.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::json;

/// One body, and where it goes.
#[derive(Deserialize)]
struct Posts {
    /// The addresses to post to.
    urls: Vec<String>,
    /// The app token.
    token: String,
    /// The activity, ready to send.
    activity: String,
    /// How many at once.
    at_once: usize,
}

#[tokio::main(flavor = "current_thread")]
#[expect(
    clippy::disallowed_methods,
    reason = "it is what the functions' own client is compared with"
)]
async fn main() -> Result<(), Error> {
    // Nothing here speaks TLS.
    let http = reqwest::Client::new();
    let http = &http;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Posts>| async move {
        post(http, event.payload).await?;
        Ok::<_, Error>(json!({ "batchItemFailures": [] }))
    }))
    .await
}

async fn post(http: &reqwest::Client, posts: Posts) -> Result<(), Error> {
    let authorization = format!("Bearer {}", posts.token);
    let activity = Bytes::from(posts.activity);
    stream::iter(posts.urls)
        .map(|url| {
            let request = http
                .post(url)
                .header("authorization", &authorization)
                .header("content-type", "application/json; charset=utf-8")
                .body(activity.clone());
            async move {
                let answer = request.send().await?.error_for_status()?;
                answer.bytes().await.map(drop)
            }
        })
        .buffer_unordered(posts.at_once)
        .try_collect::<()>()
        .await?;
    Ok(())
}
