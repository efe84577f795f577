//! EventBridge Scheduler: what both ask for, and what both make of the answers.

use std::sync::{Arc, Mutex};

use aws::{AwsClients, CallError, Schedule, ScheduleError, ScheduleName, Scheduler};
use aws::{SchedulerConfig, Schedules as _, Settings, When};
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, Target,
};
use aws_sdk_scheduler::{Client, config};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use http_client::HttpClient;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::both::{Ended, theirs};

const GROUP: &str = "tidings.polls_1";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tidings-polls";
const ROLE: &str = "arn:aws:iam::123456789012:role/tidings-schedules";
const LETTERS: &str = "arn:aws:sqs:eu-west-1:123456789012:letters";

/// What a request says, but for what is new in each: its time, and the token by which the SDK's tries are told apart.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    method: Method,
    path: String,
    query: Vec<String>,
    content_type: Option<String>,
    /// Whose key, region and service the signature is for.
    scope: String,
    body: Value,
}

/// Status, the name of the error in the header, body.
type Answer = (u16, Option<&'static str>, &'static str);

const GOOD: Answer = (200, None, r#"{"ScheduleArn": "arn"}"#);

/// A service that answers in turn, the last answer over and over, and keeps what it was asked.
#[derive(Clone, Default)]
struct Service {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<Vec<Answer>>>,
}

struct Both {
    service: Service,
    ours: Scheduler,
    theirs: Client,
}

impl Both {
    async fn start() -> Self {
        let service = Service::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let clients = AwsClients::new(HttpClient::new(), Settings::emulator(&endpoint));
        let theirs = config::Builder::from(&sdk_clients::config(&clients)).endpoint_url(endpoint);
        let common = SchedulerConfig {
            group: GROUP.to_owned(),
            target: FUNCTION.to_owned(),
            role: ROLE.to_owned(),
            dead_letters: LETTERS.to_owned(),
            longest_retry_seconds: 3_600,
            retries: 0,
        };
        Self {
            service,
            ours: Scheduler::new(&clients, common),
            theirs: Client::from_conf(theirs.build()),
        }
    }

    fn answer(&self, answers: &[Answer]) {
        *self.service.answers.lock().unwrap() = answers.to_vec();
    }

    /// What was asked since this was called.
    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.service.asked.lock().unwrap())
    }
}

async fn answer(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response<String> {
    let header = |name| {
        headers
            .get(name)
            .map(|text| text.to_str().unwrap().to_owned())
    };
    let authorization = header("authorization").unwrap();
    let credential = authorization.split(['=', ',']).nth(1).unwrap();
    let scope: Vec<_> = credential.split('/').collect();
    assert_eq!(scope.len(), 5, "{credential}");
    let query = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(str::to_owned);
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("ClientToken");
    }
    service.asked.lock().unwrap().push(Asked {
        method,
        path: uri.path().to_owned(),
        query: query
            .filter(|part| !part.is_empty() && !part.starts_with("clientToken="))
            .collect(),
        content_type: header("content-type").filter(|_| !body.is_null()),
        scope: [scope[0], scope[2], scope[3], scope[4]].join("/"),
        body,
    });
    let (status, error, body) = {
        let mut answers = service.answers.lock().unwrap();
        match answers.len() {
            0 => GOOD,
            1 => answers[0],
            _ => answers.remove(0),
        }
    };
    let mut response = axum::response::Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", "application/json");
    if let Some(error) = error {
        response = response.header("x-amzn-errortype", error);
    }
    response.body(body.to_owned()).unwrap()
}

fn schedules() -> Vec<(Schedule, &'static str, ActionAfterCompletion)> {
    let schedule = |purpose: &str, when, input: &str| Schedule {
        name: ScheduleName::of(purpose),
        when,
        input: input.to_owned(),
    };
    let every = |minutes: u32| When::EveryMinutes(minutes.try_into().unwrap());
    let at = |time: &str| When::At(time.parse().unwrap());
    vec![
        (
            schedule(
                "poll/lunch/open",
                at("2026-03-29T01:30:00.9Z"),
                r#"{"poll":"lunch"}"#,
            ),
            "at(2026-03-29T01:30:00)",
            ActionAfterCompletion::Delete,
        ),
        (
            schedule("", at("2099-12-31T23:59:59Z"), ""),
            "at(2099-12-31T23:59:59)",
            ActionAfterCompletion::Delete,
        ),
        (
            schedule("watch/1m", every(1), r#"{"period":"1m"}"#),
            "rate(1 minute)",
            ActionAfterCompletion::None,
        ),
        (
            schedule(
                "ä/☃ \"?#&%",
                every(1_440),
                "{\"a\":\"\\n\\\"é☃/\u{7f}\u{2028}\"}",
            ),
            "rate(1440 minutes)",
            ActionAfterCompletion::None,
        ),
    ]
}

fn target(input: &str) -> Target {
    let retries = RetryPolicy::builder()
        .maximum_event_age_in_seconds(3_600)
        .maximum_retry_attempts(0);
    Target::builder()
        .arn(FUNCTION)
        .role_arn(ROLE)
        .input(input)
        .dead_letter_config(DeadLetterConfig::builder().arn(LETTERS).build())
        .retry_policy(retries.build())
        .build()
        .unwrap()
}

fn exactly() -> FlexibleTimeWindow {
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off);
    window.build().unwrap()
}

#[tokio::test]
async fn a_schedule_is_made_changed_and_removed_in_the_same_words() {
    let both = Both::start().await;
    for (schedule, expression, after) in schedules() {
        let (name, input) = (schedule.name.clone(), schedule.input.clone());
        // Ours makes it, is told that it is there, and changes it.
        both.answer(&[(409, Some("ConflictException"), "{}"), GOOD]);
        both.ours.set(schedule).await.unwrap();
        both.ours.remove(&name).await.unwrap();
        let by_us = both.asked();

        both.answer(&[GOOD]);
        let create = both
            .theirs
            .create_schedule()
            .name(name.as_str())
            .group_name(GROUP)
            .schedule_expression(expression)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(exactly())
            .action_after_completion(after.clone())
            .target(target(&input));
        create.send().await.unwrap();
        let update = both
            .theirs
            .update_schedule()
            .name(name.as_str())
            .group_name(GROUP)
            .schedule_expression(expression)
            .schedule_expression_timezone("UTC")
            .flexible_time_window(exactly())
            .action_after_completion(after)
            .target(target(&input));
        update.send().await.unwrap();
        let delete = both.theirs.delete_schedule().name(name.as_str());
        delete.group_name(GROUP).send().await.unwrap();
        assert_eq!(by_us, both.asked());
        let methods: Vec<_> = by_us.iter().map(|asked| asked.method.clone()).collect();
        assert_eq!(methods, [Method::POST, Method::PUT, Method::DELETE]);
        assert!(by_us[0].body["Target"]["Input"] == input.as_str());
    }
}

/// How a removal of ours ended.
fn ours(result: Result<(), ScheduleError>) -> Ended<()> {
    result.map_err(|error| match error {
        ScheduleError::Refused { code } => Some(code),
        ScheduleError::Unavailable(why) => {
            let why = why.downcast_ref::<CallError>().and_then(CallError::code);
            why.map(str::to_owned)
        }
    })
}

#[tokio::test]
async fn both_ask_as_often_and_end_with_the_same() {
    const THROTTLED: Answer = (429, Some("ThrottlingException"), r#"{"Message": "slow"}"#);
    const FAULT: Answer = (500, Some("InternalServerException"), r#"{"Message": "x"}"#);
    let both = Both::start().await;
    for (answers, tries, may_pass) in [
        (vec![GOOD], 1, None),
        (vec![THROTTLED, GOOD], 2, None),
        (vec![THROTTLED], 3, Some(true)),
        (vec![FAULT, GOOD], 2, None),
        (vec![FAULT], 3, Some(true)),
        (vec![(503, None, "<html>busy</html>")], 3, Some(true)),
        (
            vec![(409, Some("ConflictException"), r#"{"Message": "x"}"#)],
            1,
            Some(true),
        ),
        (
            vec![(400, Some("ValidationException"), r#"{"Message": "x"}"#)],
            1,
            Some(false),
        ),
        (
            vec![(402, Some("ServiceQuotaExceededException"), "{}")],
            1,
            Some(false),
        ),
        (
            vec![(
                403,
                Some("AccessDeniedException:http://internal.amazon.com/coral/"),
                r#"{"Message": "x"}"#,
            )],
            1,
            Some(false),
        ),
        (
            vec![(
                403,
                None,
                r#"{"__type": "com.amazon.coral.service#ExpiredTokenException"}"#,
            )],
            1,
            Some(false),
        ),
        (
            vec![(
                400,
                None,
                r#"{"code": "aws.scheduler#ValidationException", "message": "x"}"#,
            )],
            1,
            Some(false),
        ),
    ] {
        let name = ScheduleName::of("poll/lunch/open");
        both.answer(&answers);
        let by_us = both.ours.remove(&name).await;
        assert_eq!(both.asked().len(), tries, "{answers:?}: our tries");
        let retryable = by_us.as_ref().err().map(ScheduleError::is_retryable);
        assert_eq!(retryable, may_pass, "{answers:?}");

        both.answer(&answers);
        let delete = both.theirs.delete_schedule().name(name.as_str());
        let by_them = theirs(delete.group_name(GROUP).send().await.map(drop));
        assert_eq!(both.asked().len(), tries, "{answers:?}: the SDK's tries");
        // Without a code the SDK has none; we call it unknown.
        let by_us = ours(by_us).map_err(|code| code.filter(|code| code != "Unknown"));
        assert_eq!(by_us, by_them, "{answers:?}");
    }
}
