//! Metadata, keys, and the tokens with which Teams calls the bot.

use std::time::Duration;

use http_client::HttpClient;
use serde_json::Value;
use simulator::{Clock, Config, DEFAULT_APP_ID, Operation, Simulator, TestKey};

use crate::support::{Bot, answer, start};

async fn get(url: &str) -> Value {
    let response = HttpClient::new().get(url).send().await.unwrap();
    answer(response).await.json()
}

async fn published(simulator: &Simulator) -> Vec<Value> {
    let metadata = get(&simulator.openid_metadata_url()).await;
    let keys = get(metadata["jwks_uri"].as_str().unwrap()).await;
    keys["keys"].as_array().unwrap().clone()
}

fn decoded(part: &str) -> Value {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Whether a published key verifies a token, checked without this crate's code.
fn verifies(token: &str, key: &Value) -> bool {
    use base64::Engine as _;
    let decode = |text: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .unwrap()
    };
    let (input, signature) = token.rsplit_once('.').unwrap();
    let public = ring::signature::RsaPublicKeyComponents {
        n: decode(key["n"].as_str().unwrap()),
        e: decode(key["e"].as_str().unwrap()),
    };
    public
        .verify(
            &ring::signature::RSA_PKCS1_2048_8192_SHA256,
            input.as_bytes(),
            &decode(signature),
        )
        .is_ok()
}

#[tokio::test]
async fn the_metadata_is_that_of_the_bot_service() {
    let simulator = start(Config::default()).await;
    let metadata = get(&simulator.openid_metadata_url()).await;
    assert_eq!(metadata["issuer"], "https://api.botframework.com");
    assert_eq!(
        metadata["id_token_signing_alg_values_supported"][0],
        "RS256"
    );
    assert_eq!(
        metadata["authorization_endpoint"],
        "https://invalid.botframework.com"
    );
    assert_eq!(simulator.count(Operation::OpenIdMetadata), 1);
}

#[tokio::test]
async fn the_keys_say_which_channels_they_are_good_for() {
    let simulator = start(Config::default()).await;
    let keys = published(&simulator).await;
    let for_teams: Vec<_> = keys
        .iter()
        .filter(|key| {
            key["endorsements"]
                .as_array()
                .unwrap()
                .contains(&"msteams".into())
        })
        .collect();
    assert_eq!(for_teams.len(), 1);
    assert!(keys.len() > 1, "others are for other channels");
    assert_eq!(for_teams[0]["kid"], for_teams[0]["x5t"]);
}

#[tokio::test]
async fn activities_come_with_a_token_of_exactly_the_claims_that_teams_sends() {
    let (clock, _hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    simulator.person("ana").install().await;

    let heard = bot.last();
    let header = heard.headers["authorization"].to_str().unwrap().to_owned();
    let token = header.strip_prefix("Bearer ").unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let header = decoded(parts[0]);
    let claims = decoded(parts[1]);
    let mut names: Vec<_> = claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iss", "nbf", "serviceurl"]);
    assert_eq!(claims["aud"], DEFAULT_APP_ID);
    assert_eq!(claims["iss"], "https://api.botframework.com");
    assert_eq!(claims["serviceurl"], heard.activity["serviceUrl"]);
    assert_eq!(
        claims["exp"].as_i64(),
        Some(claims["nbf"].as_i64().unwrap() + 3600)
    );
    assert_eq!(header["alg"], "RS256");

    let keys = published(&simulator).await;
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert!(verifies(token, key));
}

#[tokio::test]
async fn a_token_is_used_again_only_while_it_is_young() {
    let (clock, hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        ..Config::default()
    })
    .await;
    let bot = Bot::default();
    simulator.set_bot_endpoint(bot.in_process());
    let ana = simulator.person("ana");
    ana.install().await;
    let first = bot.last().headers["authorization"].clone();
    hand.advance(Duration::from_secs(59));
    ana.say("one").await;
    assert_eq!(bot.last().headers["authorization"], first);
    hand.advance(Duration::from_secs(2));
    ana.say("two").await;
    assert_ne!(bot.last().headers["authorization"], first);
}

#[tokio::test]
async fn keys_rotate_with_and_without_a_time_of_both() {
    let simulator = start(Config::default()).await;
    let signs_with = |keys: &[Value]| {
        let token = simulator.inbound_token().sign();
        keys.iter().filter(|key| verifies(&token, key)).count()
    };
    let before = published(&simulator).await;
    assert_eq!(signs_with(&before), 1);

    simulator.rotate_signing_keys(true);
    let both = published(&simulator).await;
    assert_eq!(both.len(), before.len() + 1);
    assert_eq!(
        signs_with(&before),
        0,
        "the old set does not know the new key"
    );
    assert_eq!(signs_with(&both), 1);

    simulator.rotate_signing_keys(false);
    assert_eq!(published(&simulator).await.len(), before.len());
}

#[tokio::test]
async fn a_bad_token_can_be_made_from_a_good_one() {
    let simulator = start(Config::default()).await;
    let keys = published(&simulator).await;
    let good = simulator.inbound_token();
    for key in [TestKey::Outsider, TestKey::OtherChannels] {
        let token = good.clone().signed_by(key);
        let published = keys.iter().find(|jwk| jwk["kid"] == token.header["kid"]);
        assert_eq!(published.is_some(), key == TestKey::OtherChannels);
    }
    let expired = good
        .clone()
        .with_claim("exp", 1)
        .without_claim("serviceurl");
    let claims = decoded(expired.sign().split('.').nth(1).unwrap());
    assert_eq!(claims["exp"], 1);
    assert!(claims.get("serviceurl").is_none());
}
