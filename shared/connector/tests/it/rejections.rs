//! What a refusal tells, in each of the shapes that the Connector has for it.

use std::sync::Arc;
use std::time::Duration;

use activity::ActivityInput;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use connector::retry::{End, Meaning};
use connector::{ConnectorError, Rejection};
use serde_json::json;

use crate::fake::Fake;

async fn refused(fake: &Fake) -> Rejection {
    let hello = ActivityInput::message_text("hello");
    let connector = fake.connector();
    let sent = connector.send(&fake.url, &"a:1".into(), &hello).await;
    match sent.unwrap_err() {
        ConnectorError::Rejected(rejection) => *rejection,
        other => panic!("not rejected: {other:?}"),
    }
}

#[tokio::test]
async fn each_shape_of_body_is_understood() {
    let fake = Fake::start().await;
    for (body, end) in [
        (
            json!({ "error": { "code": "ConversationBlockedByUser", "message": "x" } }).to_string(),
            End::BlockedByUser,
        ),
        (
            json!({ "errorCode": 209, "message": "{\n \"subCode\": \"MessageWritesBlocked\"\n}" })
                .to_string(),
            End::BlockedByUser,
        ),
        ("<html>Forbidden</html>".to_owned(), End::NotPermitted),
        (String::new(), End::NotPermitted),
    ] {
        fake.then((StatusCode::FORBIDDEN, body));
        assert_eq!(refused(&fake).await.meaning(), Meaning::Final(end));
    }
}

#[tokio::test]
async fn a_wait_is_read_as_seconds_and_as_a_date() {
    let fake = Fake::start().await;
    let throttled = StatusCode::TOO_MANY_REQUESTS;
    fake.then((throttled, [(RETRY_AFTER, "7")], ""));
    assert_eq!(
        refused(&fake).await.retry_after,
        Some(Duration::from_secs(7))
    );

    let date = [
        (RETRY_AFTER, "Mon, 05 Jan 2026 09:00:30 GMT"),
        (DATE, "Mon, 05 Jan 2026 09:00:10 GMT"),
    ];
    fake.then((throttled, date, ""));
    assert_eq!(
        refused(&fake).await.retry_after,
        Some(Duration::from_secs(20))
    );

    fake.then((throttled, ""));
    assert_eq!(refused(&fake).await.retry_after, None);
}

#[tokio::test]
async fn support_gets_its_names_and_nobody_gets_the_text() {
    let fake = Fake::start().await;
    fake.then((
        StatusCode::INTERNAL_SERVER_ERROR,
        [
            ("MS-CV", "p82ptW4x.0"),
            ("ContextId", "tcid=0,server=x"),
            ("X-Correlating-OperationId", "op"),
        ],
        json!({ "error": { "code": "ServiceError", "message": "Ada Lovelace failed" } })
            .to_string(),
    ));
    let rejection = refused(&fake).await;
    assert_eq!(rejection.to_string(), "500 ServiceError (MS-CV p82ptW4x.0)");
    assert_eq!(
        rejection.trace.context_id.as_deref(),
        Some("tcid=0,server=x")
    );
    assert_eq!(rejection.trace.operation_id.as_deref(), Some("op"));
    let error = ConnectorError::Rejected(Box::new(rejection));
    assert!(!format!("{error} {error:?}").contains("Ada"));
}

#[tokio::test]
async fn an_endless_error_page_is_not_read_to_its_end() {
    let fake = Fake::start().await;
    let page = Arc::<str>::from("x".repeat(10_000_000));
    fake.then((
        StatusCode::BAD_GATEWAY,
        [(CONTENT_TYPE, "text/html")],
        page.to_string(),
    ));
    assert_eq!(refused(&fake).await.meaning(), Meaning::Unavailable);
}
