//! Whether the activity is the one the token was made for.

use inbound_auth::{Authenticate, MAX_BODY, Refusal, TokenFault};
use serde_json::{Value, json};

use crate::bench::{Bench, ONE, SERVICE_URL, header, jwk, message, sign};

async fn send(bench: &Bench, member: &str, value: Value) -> Result<(), Refusal> {
    let mut activity = message();
    activity[member] = value;
    bench.send_body(&bench.token(), &activity).await.map(drop)
}

/// A token whose `serviceurl` is this one, with the activity's the same.
async fn send_from(bench: &Bench, service_url: &str) -> Result<(), Refusal> {
    let mut claims = bench.claims();
    claims["serviceurl"] = json!(service_url);
    let mut activity = message();
    activity["serviceUrl"] = json!(service_url);
    let token = sign(&header("one"), &claims, &ONE);
    bench.send_body(&token, &activity).await.map(drop)
}

#[tokio::test]
async fn the_service_url_is_the_one_in_the_token() {
    let bench = Bench::start().await;
    for same in [
        SERVICE_URL,
        "https://smba.trafficmanager.net/amer",
        "https://SMBA.trafficmanager.net/amer/",
    ] {
        assert!(
            send(&bench, "serviceUrl", json!(same)).await.is_ok(),
            "{same}"
        );
    }
    for other in [
        json!("https://smba.trafficmanager.net/emea/"),
        json!("https://smba.trafficmanager.net/Amer/"),
        json!("https://evil.example/amer/"),
        json!(""),
        json!(null),
    ] {
        let refusal = send(&bench, "serviceUrl", other.clone()).await.unwrap_err();
        assert!(
            matches!(refusal, Refusal::Token(TokenFault::ServiceUrl)),
            "{other}: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn even_a_signed_service_url_is_trusted_by_exact_name_only() {
    let bench = Bench::start().await;
    for untrusted in [
        "https://evil.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net:8443/amer/",
        "http://127.0.0.1:3979/",
        "http://smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net/amer/../x/",
    ] {
        let refusal = send_from(&bench, untrusted).await.unwrap_err();
        assert!(
            matches!(refusal, Refusal::ServiceUrl(_)),
            "{untrusted}: {refusal:?}"
        );
        assert_eq!(refusal.status(), 403);
    }
}

#[tokio::test]
async fn another_channel_is_not_teams() {
    let bench = Bench::start().await;
    for channel in ["webchat", "emulator", "MSTEAMS", ""] {
        let refusal = send(&bench, "channelId", json!(channel)).await.unwrap_err();
        assert!(matches!(refusal, Refusal::OtherChannel), "{channel}");
        assert_eq!(refusal.status(), 403);
    }
}

/// Recorded system events lack nearly everything; they must be answered with 200.
#[tokio::test]
async fn an_event_without_channel_and_conversation_is_taken_and_has_no_reference() {
    let bench = Bench::start().await;
    let sparse = json!({
        "type": "conversationUpdate",
        "serviceUrl": SERVICE_URL,
        "channelData": { "eventType": "otherEvent" },
    });
    let authenticated = bench.send_body(&bench.token(), &sparse).await.unwrap();
    assert_eq!(authenticated.reference(), None);
}

#[tokio::test]
async fn a_key_must_be_endorsed_for_teams_if_it_is_endorsed_at_all() {
    for (endorsements, taken) in [
        (json!(["msteams"]), true),
        (json!(null), true),
        (json!(["webchat", "directline"]), false),
        (json!([]), false),
    ] {
        let mut key = jwk("one", &ONE);
        key["endorsements"] = endorsements.clone();
        let bench = Bench::with(json!({ "keys": [key] }), <_>::default()).await;
        match bench.send(&bench.token()).await {
            Ok(_) => assert!(taken, "{endorsements}"),
            Err(refusal) => {
                assert!(
                    !taken && matches!(refusal, Refusal::NotEndorsed),
                    "{endorsements}"
                );
                assert_eq!(refusal.status(), 403);
            }
        }
    }
}

#[tokio::test]
async fn a_body_is_read_only_with_a_good_token() {
    let bench = Bench::start().await;
    let good = format!("Bearer {}", bench.token());
    for body in ["", "{", "[]", "{}", r#"{"type":7}"#] {
        let authenticator = &bench.authenticator;
        let known = authenticator
            .authenticate(Some(&good), body.as_bytes())
            .await;
        assert_eq!(known.unwrap_err().status(), 400, "{body}");
        let unknown = authenticator.authenticate(None, body.as_bytes()).await;
        assert_eq!(unknown.unwrap_err().status(), 401, "{body}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_looked_at() {
    let bench = Bench::start().await;
    let mut activity = message();
    let length = activity.to_string().len();
    activity["text"] = json!("x".repeat(MAX_BODY - length + "help".len()));
    assert_eq!(activity.to_string().len(), MAX_BODY);
    assert!(bench.send_body(&bench.token(), &activity).await.is_ok());
    activity["id"] = json!("17720000001234");
    let refusal = bench
        .send_body(&bench.token(), &activity)
        .await
        .unwrap_err();
    assert_eq!(refusal.status(), 413);
    assert_eq!(refusal.error_type(), "BodyTooLarge");
}

#[tokio::test]
async fn a_member_that_stands_twice_is_not_chosen_from() {
    let bench = Bench::start().await;
    let good = format!("Bearer {}", bench.token());
    let body = format!(
        r#"{{"type":"message","serviceUrl":"{SERVICE_URL}","serviceUrl":"https://evil.example/"}}"#
    );
    let judged = bench
        .authenticator
        .authenticate(Some(&good), body.as_bytes())
        .await;
    assert_eq!(judged.unwrap_err().status(), 400);
}
