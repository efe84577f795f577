//! When the provider is asked, and what happens when it does not answer.

use inbound_auth::{CachedKeys, Refusal, TokenFault};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::bench::{Bench, MemoryCache, ONE, START, TWO, base64url, jwk, jwks};
use crate::provider::{Mood, announce};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn kept(age: i64) -> MemoryCache {
    let key = json!({
        "kid": "one", "n": base64url(ONE.modulus()), "e": base64url(ONE.exponent()), "teams": true,
    });
    let keys = CachedKeys {
        fetched_at: Timestamp::from_second(START - age).unwrap(),
        algorithms: vec!["RS256".into()],
        keys: vec![serde_json::from_value(key).unwrap()],
    };
    MemoryCache(Some(keys).into())
}

#[tokio::test]
async fn keys_are_read_when_first_needed_and_once() {
    let bench = Bench::start().await;
    assert_eq!(bench.provider.reads(), (0, 0));
    for _ in 0..3 {
        bench.send(&bench.token()).await.unwrap();
    }
    assert_eq!(bench.provider.reads(), (1, 1));
}

#[tokio::test]
async fn many_at_once_share_one_fetch() {
    let bench = Bench::start().await;
    let token = bench.token();
    let (a, b, c, d) = tokio::join!(
        bench.send(&token),
        bench.send(&token),
        bench.send(&token),
        bench.send(&token)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    assert_eq!(bench.provider.reads(), (1, 1));
}

#[tokio::test]
async fn many_at_once_share_one_failure() {
    let bench = Bench::start().await;
    bench.provider.set_mood(Mood::Status(503));
    let token = bench.token();
    let (a, b, c) = tokio::join!(bench.send(&token), bench.send(&token), bench.send(&token));
    for judged in [a, b, c] {
        assert_eq!(judged.unwrap_err().status(), 503);
    }
    assert_eq!(bench.provider.reads(), (1, 0));
}

#[tokio::test]
async fn keys_are_refreshed_after_a_day() {
    let bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    bench.pass(DAY - 1);
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(bench.provider.reads(), (1, 1));
    bench.provider.set_keys(jwks(&[("two", &TWO)]));
    bench.pass(1);
    let withdrawn = bench.send(&bench.token()).await.unwrap_err();
    assert!(matches!(withdrawn, Refusal::Token(TokenFault::UnknownKey)));
    bench.send(&bench.token_of("two", &TWO)).await.unwrap();
    assert_eq!(bench.provider.reads(), (2, 2));
}

#[tokio::test]
async fn a_new_key_is_found_at_once() {
    let bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    bench
        .provider
        .set_keys(jwks(&[("one", &ONE), ("two", &TWO)]));
    bench.send(&bench.token_of("two", &TWO)).await.unwrap();
    assert_eq!(bench.provider.reads(), (2, 2));
}

#[tokio::test]
async fn forged_key_ids_make_us_ask_once_in_five_minutes() {
    let bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    for n in 0..20 {
        let forged = bench.token_of(&format!("forged-{n}"), &TWO);
        assert_eq!(bench.send(&forged).await.unwrap_err().status(), 401);
    }
    assert_eq!(bench.provider.reads(), (2, 2));
    bench.pass(5 * MINUTE - 1);
    bench
        .send(&bench.token_of("forged", &TWO))
        .await
        .unwrap_err();
    assert_eq!(bench.provider.reads(), (2, 2));
    bench.pass(1);
    bench
        .send(&bench.token_of("forged", &TWO))
        .await
        .unwrap_err();
    assert_eq!(bench.provider.reads(), (3, 3));
    bench.send(&bench.token()).await.unwrap();
}

#[tokio::test]
async fn a_forged_key_id_in_a_new_process_asks_once() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        bench
            .send(&bench.token_of("forged", &TWO))
            .await
            .unwrap_err();
    }
    assert_eq!(
        bench.provider.reads(),
        (2, 2),
        "the first fetch, and one for the unknown key"
    );
}

#[tokio::test]
async fn without_a_provider_old_keys_serve_for_seven_days() {
    let bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    bench.provider.set_mood(Mood::Status(500));
    bench.pass(2 * DAY);
    bench.send(&bench.token()).await.unwrap();
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(
        bench.provider.reads(),
        (2, 1),
        "asked again, but not for every request"
    );
    bench.pass(5 * MINUTE);
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(bench.provider.reads(), (3, 1));
    bench.pass(5 * DAY);
    let too_old = bench.send(&bench.token()).await.unwrap_err();
    assert_eq!(
        (too_old.status(), too_old.error_type()),
        (503, "SigningKeysUnavailable")
    );
}

#[tokio::test]
async fn without_any_keys_the_next_attempt_comes_soon() {
    let bench = Bench::start().await;
    bench.provider.set_mood(Mood::Status(500));
    for _ in 0..5 {
        assert_eq!(bench.send(&bench.token()).await.unwrap_err().status(), 503);
    }
    assert_eq!(bench.provider.reads(), (1, 0));
    bench.provider.set_mood(Mood::Well);
    bench.pass(5);
    bench.send(&bench.token()).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_new_since_the_provider_went_down_is_no_forgery() {
    let bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    bench.provider.set_mood(Mood::Status(500));
    let judged = bench.send(&bench.token_of("two", &TWO)).await.unwrap_err();
    assert_eq!(judged.status(), 503, "Teams should send it again");
}

#[tokio::test]
async fn a_new_process_starts_with_the_kept_keys() {
    let mut bench = Bench::start().await;
    bench.send(&bench.token()).await.unwrap();
    bench.restart();
    bench.pass(HOUR);
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(bench.provider.reads(), (1, 1));
}

#[tokio::test]
async fn a_new_process_verifies_while_the_provider_is_down() {
    for (age, taken) in [(6 * DAY, true), (7 * DAY - 1, true), (7 * DAY, false)] {
        let bench = Bench::with(jwks(&[]), kept(age)).await;
        bench.provider.set_mood(Mood::Status(503));
        assert_eq!(bench.send(&bench.token()).await.is_ok(), taken, "{age}");
    }
}

#[tokio::test]
async fn kept_keys_are_refreshed_daily() {
    let bench = Bench::with(jwks(&[("one", &ONE), ("two", &TWO)]), kept(DAY)).await;
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(bench.provider.reads(), (1, 1));
    let now_kept = bench.cache.0.lock().unwrap().clone().unwrap();
    assert_eq!(now_kept.keys.len(), 2);
    assert_eq!(now_kept.fetched_at.as_second(), START);
}

#[tokio::test]
async fn a_tick_keeps_the_kept_keys_young() {
    let bench = Bench::with(jwks(&[("one", &ONE)]), kept(DAY - HOUR)).await;
    let keys = bench.authenticator.signing_keys();
    keys.refresh().await.unwrap();
    assert_eq!(bench.provider.reads(), (0, 0), "young enough");
    bench.pass(HOUR);
    keys.refresh().await.unwrap();
    assert_eq!(bench.provider.reads(), (1, 1));
    bench.provider.set_mood(Mood::Status(500));
    bench.pass(DAY);
    keys.refresh().await.unwrap_err();
    bench.send(&bench.token()).await.unwrap();
}

#[tokio::test]
async fn kept_keys_from_the_future_do_not_stay_fresh_for_ever() {
    let bench = Bench::with(jwks(&[("two", &TWO)]), kept(-DAY)).await;
    assert_eq!(bench.send(&bench.token()).await.unwrap_err().status(), 401);
    bench.send(&bench.token_of("two", &TWO)).await.unwrap();
}

#[tokio::test]
async fn kept_keys_that_cannot_be_read_count_as_none() {
    let cache = kept(HOUR);
    cache.0.lock().unwrap().as_mut().unwrap().keys[0].n = "***".into();
    let bench = Bench::with(jwks(&[("one", &ONE)]), cache).await;
    bench.send(&bench.token()).await.unwrap();
    assert_eq!(bench.provider.reads(), (1, 1));
}

#[tokio::test]
async fn an_answer_of_no_use_does_not_replace_good_keys() {
    let elsewhere = announce("http://login.evil.example", &json!(["RS256"]));
    let file = json!({ "jwks_uri": "file:///etc/keys" });
    for mood in [
        Mood::Status(204),
        Mood::Status(404),
        Mood::Metadata(json!("html")),
        Mood::Metadata(json!({ "issuer": "x" })),
        Mood::Metadata(elsewhere),
        Mood::Metadata(file),
        Mood::Keys(json!({ "keys": [] })),
        Mood::Keys(json!({ "keys": [{ "kty": "EC", "kid": "one" }, 5, null] })),
        Mood::Keys(json!([])),
        Mood::HugeKeys,
    ] {
        let bench = Bench::with(json!({}), kept(2 * DAY)).await;
        bench.provider.set_mood(mood);
        bench.send(&bench.token()).await.unwrap();
        let (asked, _) = bench.provider.reads();
        assert_eq!(asked, 1);
        let still_kept = bench.cache.0.lock().unwrap().clone().unwrap();
        assert_eq!(still_kept.fetched_at.as_second(), START - 2 * DAY);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let bench = Bench::start().await;
    let other = Bench::start().await;
    bench
        .provider
        .set_mood(Mood::RedirectTo(other.provider.metadata_url()));
    assert_eq!(bench.send(&bench.token()).await.unwrap_err().status(), 503);
    assert_eq!(other.provider.reads(), (0, 0));
}

#[tokio::test]
async fn only_rsa_keys_that_sign_are_used() {
    let with = |member: &str, value: Value| {
        let mut key = jwk("one", &ONE);
        key[member] = value;
        key
    };
    for (key, used) in [
        (with("use", json!(null)), true),
        (with("alg", json!("RS256")), true),
        (with("kid", json!("")), false),
        (with("use", json!("enc")), false),
        (with("alg", json!("HS256")), false),
        (with("kty", json!("oct")), false),
        (with("n", json!("***")), false),
        (with("e", json!(null)), false),
    ] {
        let keys = json!({ "keys": [key.clone(), jwk("two", &TWO)] });
        let bench = Bench::with(keys, <_>::default()).await;
        assert_eq!(bench.send(&bench.token()).await.is_ok(), used, "{key}");
        bench.send(&bench.token_of("two", &TWO)).await.unwrap();
    }
}

#[tokio::test]
async fn a_provider_that_announces_no_algorithm_means_rs256() {
    let bench = Bench::start().await;
    let silent = announce(&bench.provider.address, &json!(null));
    bench.provider.set_mood(Mood::Metadata(silent));
    bench.send(&bench.token()).await.unwrap();

    let bench = Bench::start().await;
    let hmac = announce(&bench.provider.address, &json!(["HS256", "none"]));
    bench.provider.set_mood(Mood::Metadata(hmac));
    assert_eq!(bench.send(&bench.token()).await.unwrap_err().status(), 503);
}

#[test]
fn what_is_kept_has_no_certificates_and_reads_back() {
    let kept = kept(0).0.lock().unwrap().clone().unwrap();
    let text = serde_json::to_string(&kept).unwrap();
    assert!(text.starts_with(r#"{"fetched_at":"2026-02-25T06:13:20Z","algorithms":["RS256"],"keys":[{"kid":"one","n":""#), "{text}");
    assert!(text.len() < 600);
    assert_eq!(serde_json::from_str::<CachedKeys>(&text).unwrap(), kept);
}
