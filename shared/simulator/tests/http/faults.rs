//! Things that go wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use http_client::HttpClient;
use simulator::{Call, Fault, Faults, Operation, Reply};

use crate::support::{Api, with_bot_everywhere};

#[tokio::test]
async fn a_fault_lined_up_is_used_once_by_the_first_request_that_fits() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    simulator.fail_next_in(
        &ben.conversation_id(),
        Operation::Send,
        Fault::Answer(Reply::precondition_failed()),
    );
    simulator.fail_next(Operation::Send, Fault::Answer(Reply::throttled(Some(7))));
    let throttled = api.say(&ana.conversation_id(), "hi").await;
    assert_eq!(
        (
            throttled.status,
            throttled.headers["retry-after"].to_str().unwrap()
        ),
        (429, "7")
    );
    assert_eq!(api.say(&ana.conversation_id(), "hi").await.status, 201);
    assert_eq!(api.say(&ben.conversation_id(), "hi").await.status, 412);
    assert_eq!(simulator.faults_left(), 0);
    assert_eq!(simulator.messages_to(&ben).len(), 0);
    assert_eq!(simulator.count_with_status(Operation::Send, 429), 1);
    assert!(simulator.requests()[0].faulted);
}

#[tokio::test]
async fn a_request_may_take_effect_and_fail_all_the_same() {
    let simulator = with_bot_everywhere().await;
    let api = Api::of(&simulator);
    let ana = simulator.person("ana");
    simulator.fail_next(
        Operation::Send,
        Fault::AcceptThenAnswer(Reply::gateway_error(502)),
    );
    let answer = api.say(&ana.conversation_id(), "hi").await;
    assert_eq!(answer.status, 502);
    assert!(
        answer.text.starts_with("<html>"),
        "a gateway does not speak JSON"
    );
    assert_eq!(simulator.messages_to(&ana).len(), 1);
}

#[tokio::test]
async fn a_connection_breaks_in_the_middle_of_the_answer() {
    let simulator = with_bot_everywhere().await;
    let ana = simulator.person("ana");
    let post = || {
        let path = format!(
            "{}v3/conversations/{}/activities",
            simulator.service_url(),
            ana.conversation_id()
        );
        HttpClient::new()
            .post(path)
            .header(
                "authorization",
                format!("Bearer {}", simulator.connector_token()),
            )
            .body(r#"{"type":"message","text":"hi"}"#)
            .send()
    };
    for (fault, arrived) in [(Fault::Cut, 0), (Fault::AcceptThenCut, 1)] {
        simulator.fail_next(Operation::Send, fault);
        let outcome = async { post().await?.bytes().await }.await;
        assert!(outcome.is_err());
        assert_eq!(simulator.messages_to(&ana).len(), arrived);
    }
}

#[tokio::test]
async fn an_answer_may_take_long() {
    let simulator = with_bot_everywhere().await;
    simulator.fail_next(Operation::Send, Fault::Delay(Duration::from_millis(40)));
    let started = std::time::Instant::now();
    let chat = simulator.person("ana").conversation_id();
    assert_eq!(Api::of(&simulator).say(&chat, "hi").await.status, 201);
    assert!(started.elapsed() >= Duration::from_millis(40));
}

struct KeysAreDown;

impl Faults for KeysAreDown {
    fn before(&self, call: &Call) -> Option<Fault> {
        let keys = [
            Operation::SigningKeys,
            Operation::OpenIdMetadata,
            Operation::Token,
        ];
        keys.contains(&call.operation)
            .then(|| Fault::Answer(Reply::gateway_error(503)))
    }
}

#[tokio::test]
async fn a_source_of_faults_decides_for_every_request() {
    let simulator = with_bot_everywhere().await;
    simulator.set_faults(Some(Arc::new(KeysAreDown)));
    let status = async |url: String| HttpClient::new().get(url).send().await.unwrap().status();
    assert_eq!(status(simulator.openid_metadata_url()).await, 503);
    simulator.set_faults(None);
    assert_eq!(status(simulator.openid_metadata_url()).await, 200);
}
