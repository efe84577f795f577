//! The same answers, good and bad, from a service that follows a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::dynamodb::{GetItem, Item};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use tokio::net::TcpListener;

use crate::both::{Both, ours, theirs};

/// An answer: status, headers, body.
type Answer = (u16, Vec<(&'static str, &'static str)>, &'static str);

/// Gives these answers in turn, the last one over and over, and counts.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<(usize, Vec<Answer>)>>,
}

impl Script {
    async fn start(&self) -> Both {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Both::at(&endpoint)
    }

    fn set(&self, answers: &[Answer]) {
        *self.answers.lock().unwrap() = (0, answers.to_vec());
    }

    fn asked(&self) -> usize {
        self.answers.lock().unwrap().0
    }
}

async fn answer(State(script): State<Script>) -> axum::response::Response {
    let (status, headers, body) = {
        let mut answers = script.answers.lock().unwrap();
        let number = answers.0.min(answers.1.len() - 1);
        answers.0 += 1;
        answers.1[number].clone()
    };
    let status = StatusCode::from_u16(status).unwrap();
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.insert(name, value.parse().unwrap());
    }
    (status, all, body).into_response()
}

const GOOD: Answer = (200, Vec::new(), "{}");

fn refused(status: u16, body: &'static str) -> Answer {
    (status, Vec::new(), body)
}

#[tokio::test]
async fn both_ask_as_often_and_end_with_the_same() {
    let script = Script::default();
    let both = script.start().await;
    let throttled = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow"}"#;
    let throttling =
        r#"{"__type":"com.amazon.coral.availability#ThrottlingException","Message":"slow"}"#;
    let fault =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"x"}"#;
    let expired = r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"x"}"#;
    let signature =
        r#"{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"x"}"#;
    let unknown =
        r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"x"}"#;
    let denied = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"x"}"#;
    let in_header = (
        400,
        vec![("x-amzn-errortype", "ValidationException:http://x/")],
        "{}",
    );
    for (name, answers, tries) in [
        ("good", vec![GOOD], 1),
        ("throttled", vec![refused(400, throttled), GOOD], 2),
        ("throttled for long", vec![refused(400, throttled)], 3),
        ("throttling", vec![refused(400, throttling), GOOD], 2),
        ("a fault", vec![refused(500, fault), GOOD], 2),
        ("a fault that stays", vec![refused(500, fault)], 3),
        (
            "a gateway",
            vec![refused(503, "<html>busy</html>"), GOOD],
            2,
        ),
        ("a gateway that stays", vec![refused(502, "<html>")], 3),
        ("expired token", vec![refused(400, expired)], 1),
        ("invalid signature", vec![refused(400, signature)], 1),
        ("unknown client", vec![refused(400, unknown)], 1),
        ("denied", vec![refused(400, denied)], 1),
        ("in the header", vec![in_header], 1),
        ("no reason", vec![refused(404, "{}")], 1),
        ("not implemented", vec![refused(501, "{}")], 1),
    ] {
        script.set(&answers);
        let key = Item::new();
        let read = GetItem {
            table_name: "x",
            key: &key,
            consistent_read: false,
        };
        let by_us = ours(both.ours.send(&read).await.map(|_| ()));
        assert_eq!(script.asked(), tries, "{name}: our tries");
        script.set(&answers);
        let request = both.theirs.get_item().table_name("x").send().await;
        let by_them = theirs(request.map(|_| ()));
        assert_eq!(script.asked(), tries, "{name}: the SDK's tries");
        // Without a code the SDK has none; we call it unknown.
        let by_us = by_us.map_err(|code| code.filter(|code| code != "Unknown"));
        assert_eq!(by_us, by_them, "{name}");
    }
}

#[tokio::test]
async fn the_services_wish_is_waited_for() {
    let script = Script::default();
    let both = script.start().await;
    let wish = vec![("x-amz-retry-after", "300")];
    script.set(&[(503, wish, "{}"), GOOD]);
    let started = std::time::Instant::now();
    let key = Item::new();
    let read = GetItem {
        table_name: "x",
        key: &key,
        consistent_read: false,
    };
    both.ours.send(&read).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_clock_that_is_off_is_put_right_once() {
    let script = Script::default();
    let both = script.start().await;
    let body = r#"{"__type":"InvalidSignatureException","message":"Signature expired: x"}"#;
    let late = vec![("date", "Fri, 01 Jan 2100 00:00:00 GMT")];
    script.set(&[(400, late, body), GOOD]);
    let key = Item::new();
    let read = GetItem {
        table_name: "x",
        key: &key,
        consistent_read: false,
    };
    both.ours.send(&read).await.unwrap();
    assert_eq!(script.asked(), 2);
}
