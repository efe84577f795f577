//! This loop and `lambda_runtime`'s, before the same events.
//!
//! Each is a process of its own, because the library finds Lambda by the environment of its process: this test program,
//! started again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use testbed::{InvocationError, RuntimeApi};

/// A function that does what its event says.
async fn obey(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let (order, context) = event.into_parts();
    match order["do"].as_str() {
        Some("answer") => Ok(order["with"].clone()),
        Some("fail") => Err(Diagnostic {
            error_type: "InvalidNotification".to_owned(),
            error_message: "failed to read \"to\":\n\u{e9}".to_owned(),
        }),
        Some("panic") => panic!("a poisoned event"),
        _ => Ok(json!({
            "request": context.request_id,
            "function": context.invoked_function_arn,
            "trace": context.xray_trace_id,
            "limited": context.deadline > 1_700_000_000_000,
        })),
    }
}

/// A function that takes a number.
async fn double(event: LambdaEvent<u32>) -> Result<u32, Diagnostic> {
    Ok(event.payload * 2)
}

fn local<F: Future>(serving: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build_local(Default::default());
    runtime.expect("a runtime starts").block_on(serving)
}

#[test]
#[ignore = "a process of the other tests"]
fn ours() {
    match local(runtime_api::serve(obey)) {
        Err(ended) => println!("{ended}"),
    }
}

#[test]
#[ignore = "a process of the other tests"]
fn ours_with_a_number() {
    match local(runtime_api::serve(double)) {
        Err(ended) => println!("{ended}"),
    }
}

#[test]
#[ignore = "a process of the other tests"]
fn the_librarys() {
    local(lambda_runtime::run(service_fn(obey))).ok();
}

#[test]
#[ignore = "a process of the other tests"]
fn the_librarys_with_a_number() {
    local(lambda_runtime::run(service_fn(double))).ok();
}

#[test]
#[ignore = "a process of the other tests"]
fn ours_that_cannot_start() {
    let mut empty = startup::Environment::from_lookup(|_| None);
    empty.required("TABLE_NAME");
    empty.problem("APP_TYPE", "contradicts MICROSOFT_APP_TENANT_ID");
    local(runtime_api::initialised(empty.finish(|| Some(())))).unwrap_err();
}

/// A process that serves events until the value is dropped.
struct Function {
    process: Child,
    api: RuntimeApi,
}

impl Function {
    async fn start(test: &str) -> Self {
        let api = RuntimeApi::start(Duration::from_secs(30)).await;
        let api = api.expect("there is a free port");
        let process = Command::new(std::env::current_exe().expect("this program is a file"))
            .args(["--exact", test, "--ignored", "--nocapture"])
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "obey")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = process.expect("this program starts again");
        Self { process, api }
    }

    /// What Lambda hears of an event: the answer, or the posted error.
    async fn hears(&self, event: impl Into<Vec<u8>>) -> Result<Value, Value> {
        let answered = self.api.invoke(event.into().into()).await;
        answered
            .map(|invocation| invocation.answer)
            .map_err(|error| match error {
                InvocationError::Failed { text } => serde_json::from_str(&text).expect("JSON"),
                other => panic!("{other}"),
            })
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn lambda_hears_of_answers_and_errors_what_the_library_would_say() {
    let ours = Function::start("ours").await;
    let library = Function::start("the_librarys").await;
    let events = [
        json!({ "do": "answer", "with": null }),
        json!({ "do": "answer", "with": { "text": "é\u{1f3db}\"\n" } }),
        json!({ "do": "answer", "with": "x".repeat(1_000_000) }),
        json!({ "do": "fail" }),
        json!({}),
    ];
    for event in events {
        let event = event.to_string();
        let heard = ours.hears(event.as_str()).await;
        assert_eq!(heard, library.hears(event.as_str()).await);
    }
}

#[tokio::test]
async fn a_panic_ends_its_event_alone() {
    for test in ["ours", "the_librarys"] {
        let function = Function::start(test).await;
        let panic = function.hears(r#"{"do":"panic"}"#).await.unwrap_err();
        let text = panic["errorMessage"].as_str().unwrap();
        assert!(text.ends_with("panicked: a poisoned event"), "{text}");
        let next = function.hears(r#"{"do":"answer","with":1}"#).await;
        assert_eq!(next, Ok(json!(1)));
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_the_next_one_is_served() {
    for test in ["ours_with_a_number", "the_librarys_with_a_number"] {
        let function = Function::start(test).await;
        for event in [&b"{\"do\""[..], b"[]", b"-1", b"\"\xff\"", b""] {
            let error = function.hears(event).await.unwrap_err();
            assert!(error["errorType"].is_string(), "{error}");
            assert!(error["errorMessage"].is_string(), "{error}");
        }
        assert_eq!(function.hears("21").await, Ok(json!(42)));
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_refused_and_the_next_event_served() {
    let function = Function::start("ours").await;
    tokio::select! {
        biased;
        _ = function.api.invoke("{}".into()) => panic!("nobody waits that long"),
        () = std::future::ready(()) => {}
    }
    let next = function.hears(r#"{"do":"answer","with":1}"#).await;
    assert_eq!(next, Ok(json!(1)));
}

#[tokio::test]
async fn lambda_hears_all_that_is_wrong_with_a_configuration() {
    let function = Function::start("ours_that_cannot_start").await;
    let text = function.api.failed_to_start().await.unwrap();
    let error: Value = serde_json::from_str(&text).unwrap();
    let expected = json!({
        "errorType": "Runtime.ConfigInvalid",
        "errorMessage": "configuration: TABLE_NAME is not set; APP_TYPE contradicts MICROSOFT_APP_TENANT_ID",
    });
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_process_that_lambda_leaves_ends() {
    let mut function = Function::start("ours").await;
    function.api.asked(1).await.unwrap();
    function.api = RuntimeApi::start(Duration::from_secs(1)).await.unwrap();
    let mut process =
        std::mem::replace(&mut function.process, Command::new("true").spawn().unwrap());
    let ended = tokio::task::spawn_blocking(move || process.wait()).await;
    assert!(ended.unwrap().unwrap().success());
}
