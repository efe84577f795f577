//! Which tokens are taken.

use std::sync::LazyLock;

use inbound_auth::{Authenticate, Refusal, TokenFault};
use jwt::Header;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, ONE, TWO, base64url, header, jwks, message, sign};
use crate::provider::{Mood, announce};

#[track_caller]
fn fault<T: std::fmt::Debug>(result: Result<T, Refusal>) -> TokenFault {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.status(), 401);
    match refusal {
        Refusal::Token(fault) => fault,
        other => panic!("not a fault of the token: {other:?}"),
    }
}

#[tokio::test]
async fn a_token_of_teams_is_taken() {
    let bench = Bench::start().await;
    let authenticated = bench.send(&bench.token()).await.unwrap();
    assert_eq!(authenticated.activity().text.as_deref(), Some("help"));
    let reference = authenticated.reference().unwrap();
    assert_eq!(reference.conversation, "a:ada".into());
    assert_eq!(reference.provenance, activity::Provenance::Verified);
    assert_eq!(
        reference.service_url.as_str(),
        "https://smba.trafficmanager.net/amer"
    );
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_refused() {
    let bench = Bench::start().await;
    let body = message().to_string();
    let send = async |authorization: Option<&str>| {
        let authenticator = &bench.authenticator;
        fault(
            authenticator
                .authenticate(authorization, body.as_bytes())
                .await,
        )
    };
    assert_eq!(send(None).await, TokenFault::Missing);
    let token = bench.token();
    for odd in [
        "",
        "Bearer",
        "Bearer ",
        &token,
        &format!("Basic {token}"),
        &format!("Bearer  {token}"),
        &format!("Bearer {token} "),
        &format!("Bearer {token} {token}"),
        &format!("Bearer {token}."),
        "Bearer a.b.c",
        "Bearer ..",
    ] {
        assert_eq!(send(Some(odd)).await, TokenFault::Malformed, "{odd}");
    }
    let long = format!("Bearer {token}{}", "A".repeat(9000));
    assert_eq!(send(Some(&long)).await, TokenFault::TooLong);
    assert_eq!(bench.provider.reads(), (0, 0));
}

#[tokio::test]
async fn a_token_that_is_not_for_us_never_asks_the_provider() {
    let bench = Bench::start().await;
    let send = async |member: &str, value: Value| {
        let mut claims = bench.claims();
        claims[member] = value;
        fault(bench.send(&sign(&header("one"), &claims, &ONE)).await)
    };
    assert_eq!(
        send("iss", json!("https://sts.windows.net/x/")).await,
        TokenFault::Issuer
    );
    assert_eq!(
        send("aud", json!("another-bot")).await,
        TokenFault::Audience
    );
    assert_eq!(
        send("exp", json!(bench.now() - 300)).await,
        TokenFault::Expired
    );
    assert_eq!(
        send("nbf", json!(bench.now() + 301)).await,
        TokenFault::NotYetValid
    );
    assert_eq!(
        send("serviceurl", json!(null)).await,
        TokenFault::ServiceUrl
    );
    assert_eq!(bench.provider.reads(), (0, 0));
}

#[tokio::test]
async fn five_minutes_of_skew_are_granted() {
    let bench = Bench::start().await;
    for (member, offset) in [("exp", -299), ("nbf", 300)] {
        let mut claims = bench.claims();
        claims[member] = json!(bench.now() + offset);
        let token = sign(&header("one"), &claims, &ONE);
        assert!(bench.send(&token).await.is_ok(), "{member}");
    }
}

#[tokio::test]
async fn a_token_that_was_good_is_good_no_longer_than_it_says() {
    let bench = Bench::start().await;
    let token = bench.token();
    bench.send(&token).await.unwrap();
    bench.send(&token).await.unwrap();
    bench.pass(3_600 + 301);
    assert_eq!(fault(bench.send(&token).await), TokenFault::Expired);
}

#[tokio::test]
async fn a_token_that_was_good_is_judged_anew_by_new_keys() {
    let bench = Bench::start().await;
    let mut claims = bench.claims();
    claims["exp"] = json!(bench.now() + 2 * 24 * 3_600);
    let token = sign(&header("one"), &claims, &ONE);
    bench.send(&token).await.unwrap();
    bench.provider.set_keys(jwks(&[("one", &TWO)]));
    bench.pass(24 * 3_600);
    assert_eq!(fault(bench.send(&token).await), TokenFault::Signature);
}

#[tokio::test]
async fn a_token_that_was_good_lends_nothing_to_another() {
    let bench = Bench::start().await;
    let token = bench.token();
    bench.send(&token).await.unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut claims = bench.claims();
    claims["serviceurl"] = "https://elsewhere.example/".into();
    let other = sign(&header("one"), &claims, &TWO);
    let (other_signed, other_signature) = other.rsplit_once('.').unwrap();
    for mixed in [
        format!("{other_signed}.{signature}"),
        format!("{signed}.{other_signature}"),
    ] {
        assert_eq!(fault(bench.send(&mixed).await), TokenFault::Signature);
    }
    bench.send(&token).await.unwrap();
}

#[tokio::test]
async fn a_key_that_only_claims_to_be_the_providers_is_refused() {
    let bench = Bench::start().await;
    let forged = bench.token_of("one", &TWO);
    assert_eq!(fault(bench.send(&forged).await), TokenFault::Signature);
    let unknown = bench.token_of("two", &TWO);
    assert_eq!(fault(bench.send(&unknown).await), TokenFault::UnknownKey);
}

#[tokio::test]
async fn keys_that_the_token_brings_along_are_not_looked_at() {
    let bench = Bench::start().await;
    let elsewhere = format!("{}/keys", bench.provider.address);
    let jwk = json!({ "kty": "RSA", "n": base64url(TWO.modulus()), "e": "AQAB" });
    let forge = |kid: &str| Header {
        jku: Some(elsewhere.clone()),
        x5u: Some(elsewhere.clone()),
        jwk: Some(serde_json::from_value(jwk.clone()).unwrap()),
        x5c: Some(vec!["MIIC".into()]),
        ..header(kid)
    };
    let forged = sign(&forge("one"), &bench.claims(), &TWO);
    assert_eq!(fault(bench.send(&forged).await), TokenFault::Signature);
    let forged = sign(&forge("two"), &bench.claims(), &TWO);
    assert_eq!(fault(bench.send(&forged).await), TokenFault::UnknownKey);
}

/// Puts a header of one's own choice before the claims.
fn raw(header: &Value, claims: &Value, signature: &str) -> String {
    let header = base64url(header.to_string());
    let claims = base64url(claims.to_string());
    format!("{header}.{claims}.{signature}")
}

#[tokio::test]
async fn no_algorithm_but_rsa_is_taken_whatever_is_announced() {
    let bench = Bench::start().await;
    let all = json!(["none", "HS256", "ES256", "PS256", "RS256"]);
    bench
        .provider
        .set_mood(Mood::Metadata(announce(&bench.provider.address, &all)));
    for algorithm in [
        "none", "None", "", "HS256", "HS512", "ES256", "EdDSA", "PS256", "rs256",
    ] {
        let header = json!({ "alg": algorithm, "kid": "one", "typ": "JWT" });
        let token = raw(&header, &bench.claims(), "AAAA");
        assert_eq!(
            fault(bench.send(&token).await),
            TokenFault::Algorithm,
            "{algorithm}"
        );
    }
    let unsigned = raw(&json!({ "alg": "none", "kid": "one" }), &bench.claims(), "");
    assert_eq!(fault(bench.send(&unsigned).await), TokenFault::Malformed);
    assert_eq!(bench.provider.reads(), (0, 0));
}

/// The signature of an RS384 token cannot be made here, but it need not be: the
/// announced list is what refuses.
#[tokio::test]
async fn an_algorithm_that_is_not_announced_is_refused() {
    let bench = Bench::start().await;
    let token = raw(
        &json!({ "alg": "RS384", "kid": "one" }),
        &bench.claims(),
        "AAAA",
    );
    assert_eq!(fault(bench.send(&token).await), TokenFault::Algorithm);

    let bench = Bench::start().await;
    let more = json!(["RS256", "RS384"]);
    bench
        .provider
        .set_mood(Mood::Metadata(announce(&bench.provider.address, &more)));
    let token = raw(
        &json!({ "alg": "RS384", "kid": "one" }),
        &bench.claims(),
        "AAAA",
    );
    assert_eq!(fault(bench.send(&token).await), TokenFault::Signature);
}

#[tokio::test]
async fn what_is_not_understood_in_a_header_is_refused() {
    let bench = Bench::start().await;
    for header in [
        json!({ "alg": "RS256" }),
        json!({ "kid": "one" }),
        json!({ "alg": "RS256", "kid": 1 }),
        json!({ "alg": ["RS256"], "kid": "one" }),
        json!({ "alg": "RS256", "kid": "one", "crit": ["exp"] }),
        json!("RS256"),
    ] {
        let token = raw(&header, &bench.claims(), "AAAA");
        assert_eq!(
            fault(bench.send(&token).await),
            TokenFault::Malformed,
            "{header}"
        );
    }
    let twice = base64url(r#"{"alg":"RS256","kid":"one","alg":"RS256"}"#);
    let token = format!("{twice}.{}.AAAA", base64url(bench.claims().to_string()));
    assert_eq!(fault(bench.send(&token).await), TokenFault::Malformed);
    assert_eq!(bench.provider.reads(), (0, 0));
}

/// One runtime for the cases of a property; the provider is asked once for all.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
});
static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    RUNTIME.block_on(async {
        let bench = Bench::with(jwks(&[("one", &ONE), ("two", &TWO)]), <_>::default()).await;
        bench.send(&bench.token()).await.unwrap();
        bench
    })
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..<_>::default() })]

    #[test]
    fn no_change_to_a_good_token_goes_unnoticed(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let good = BENCH.token();
        let at = at.index(good.len());
        prop_assume!(good[at..=at] != to);
        let changed = format!("{}{to}{}", &good[..at], &good[at + 1..]);
        let refusal = RUNTIME.block_on(BENCH.send(&changed)).unwrap_err();
        prop_assert_eq!(refusal.status(), 401);
    }

    #[test]
    fn parts_of_two_good_tokens_make_no_third(parts in prop::array::uniform3(any::<bool>())) {
        prop_assume!(parts != [true; 3] && parts != [false; 3]);
        let mut other = BENCH.claims();
        other["nbf"] = json!(BENCH.now() - 61);
        let one = BENCH.token();
        let two = sign(&header("two"), &other, &TWO);
        let mixed: Vec<&str> = one
            .split('.')
            .zip(two.split('.'))
            .zip(parts)
            .map(|((one, two), first)| if first { one } else { two })
            .collect();
        let refusal = RUNTIME.block_on(BENCH.send(&mixed.join("."))).unwrap_err();
        prop_assert_eq!(refusal.status(), 401);
    }

    #[test]
    fn noise_is_refused(noise in "\\PC{0,200}") {
        let body = message().to_string();
        let judged = RUNTIME.block_on(BENCH.authenticator.authenticate(Some(&noise), body.as_bytes()));
        prop_assert_eq!(judged.unwrap_err().status(), 401);
    }
}
