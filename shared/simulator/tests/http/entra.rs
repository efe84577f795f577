//! The token endpoint checks what it is given.

use std::time::Duration;

use http_client::HttpClient;
use serde_json::{Value, json};
use simulator::{
    Algorithm, AppType, Bot, Clock, Config, Credential, DEFAULT_APP_ID, DEFAULT_APP_PASSWORD,
    DEFAULT_TENANT, Operation, Simulator, TestKey,
};

use crate::support::{Answer, Api, answer, start};

const CONNECTOR: &str = "https://api.botframework.com/.default";

async fn ask(simulator: &Simulator, authority: &str, form: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = HttpClient::new()
        .post(format!("{}/{authority}/oauth2/v2.0/token", simulator.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    answer(request.send().await.unwrap()).await
}

fn with_secret<'a>(secret: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", DEFAULT_APP_ID),
        ("client_secret", secret),
        ("scope", scope),
    ]
}

/// The status, the error, and the AADSTS number.
fn refusal(answer: &Answer) -> (u16, String, u64) {
    let body = answer.json();
    let code = body["error_codes"][0].as_u64().unwrap();
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{code}: ")));
    for member in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[member].is_string(), "{member}");
    }
    (
        answer.status,
        body["error"].as_str().unwrap().to_owned(),
        code,
    )
}

#[tokio::test]
async fn a_secret_buys_a_token_that_the_connector_takes() {
    let simulator = start(Config::default()).await;
    let answer = ask(
        &simulator,
        DEFAULT_TENANT,
        &with_secret(DEFAULT_APP_PASSWORD, CONNECTOR),
    )
    .await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    let token = body["access_token"].as_str().unwrap();
    let api = Api::with_token(&simulator, Some(token));
    assert_eq!(
        api.say("19:nowhere@thread.v2", "hi").await.status,
        404,
        "let in, and not found"
    );
    assert_eq!(simulator.count(Operation::Token), 1);
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_number_that_entra_gives_them() {
    let bot = Bot {
        credentials: vec![
            Credential::secret("good"),
            Credential::Secret {
                value: "old".to_owned(),
                expired: true,
            },
        ],
        ..Bot::default()
    };
    let simulator = start(Config {
        bot,
        ..Config::default()
    })
    .await;
    let good = with_secret("good", CONNECTOR);
    let changed = |name: &str, value: Option<&'static str>| {
        let mut form: Vec<_> = good.iter().copied().filter(|(n, _)| *n != name).collect();
        let name: &'static str = match name {
            "grant_type" => "grant_type",
            "client_id" => "client_id",
            "client_secret" => "client_secret",
            _ => "scope",
        };
        form.extend(value.map(|value| (name, value)));
        form
    };
    let home = DEFAULT_TENANT;
    let elsewhere = "99999999-0000-4000-8000-000000000000";
    for (what, authority, form, expected) in [
        (
            "no grant type",
            home,
            changed("grant_type", None),
            (400, "invalid_request", 900_144),
        ),
        (
            "another grant",
            home,
            changed("grant_type", Some("password")),
            (400, "unsupported_grant_type", 70003),
        ),
        (
            "no client id",
            home,
            changed("client_id", None),
            (400, "invalid_request", 900_144),
        ),
        (
            "an unknown client",
            home,
            changed("client_id", Some("x")),
            (400, "unauthorized_client", 700_016),
        ),
        (
            "no scope",
            home,
            changed("scope", None),
            (400, "invalid_request", 900_144),
        ),
        (
            "a scope that is none",
            home,
            changed("scope", Some("openid")),
            (400, "invalid_scope", 1_002_012),
        ),
        (
            "an unknown resource",
            home,
            changed("scope", Some("api://x/.default")),
            (400, "invalid_resource", 500_011),
        ),
        (
            "no secret",
            home,
            changed("client_secret", None),
            (401, "invalid_client", 7_000_216),
        ),
        (
            "a wrong secret",
            home,
            changed("client_secret", Some("bad")),
            (401, "invalid_client", 7_000_215),
        ),
        (
            "an expired secret",
            home,
            changed("client_secret", Some("old")),
            (401, "invalid_client", 7_000_222),
        ),
        (
            "an unknown tenant",
            elsewhere,
            good.clone(),
            (400, "invalid_request", 90002),
        ),
        (
            "the authority of old bots",
            "botframework.com",
            good.clone(),
            (400, "unauthorized_client", 700_016),
        ),
    ] {
        let answer = ask(&simulator, authority, &form).await;
        let (status, error, code) = expected;
        assert_eq!(refusal(&answer), (status, error.to_owned(), code), "{what}");
    }
    let not_a_form = HttpClient::new()
        .post(format!("{}/{home}/oauth2/v2.0/token", simulator.url()))
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(
        refusal(&answer(not_a_form.send().await.unwrap()).await).2,
        900_144
    );
}

#[tokio::test]
async fn a_registration_of_old_gets_its_token_from_the_directory_of_the_bot_framework() {
    let bot = Bot {
        app_type: AppType::MultiTenant,
        ..Bot::default()
    };
    let simulator = start(Config {
        bot,
        ..Config::default()
    })
    .await;
    let form = with_secret(DEFAULT_APP_PASSWORD, CONNECTOR);
    assert_eq!(ask(&simulator, "botframework.com", &form).await.status, 200);
}

#[tokio::test]
async fn a_token_for_graph_is_no_token_for_the_connector() {
    let simulator = start(Config::default()).await;
    let form = with_secret(DEFAULT_APP_PASSWORD, "https://graph.microsoft.com/.default");
    let answer = ask(&simulator, DEFAULT_TENANT, &form).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let refused = Api::with_token(&simulator, Some(&token))
        .say("19:x@thread.v2", "hi")
        .await;
    assert_eq!(refused.refusal(), (401, "AuthorizationError".to_owned()));
}

#[tokio::test]
async fn the_token_of_an_app_without_a_bot_is_refused() {
    let other = Bot {
        app_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        ..Bot::default()
    };
    let simulator = start(Config {
        other_apps: vec![other.clone()],
        ..Config::default()
    })
    .await;
    let mut form = with_secret(DEFAULT_APP_PASSWORD, CONNECTOR);
    form[1].1 = &other.app_id;
    let answer = ask(&simulator, DEFAULT_TENANT, &form).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let refused = Api::with_token(&simulator, Some(&token))
        .say("19:x@thread.v2", "hi")
        .await;
    assert_eq!(refused.refusal(), (401, "BotNotRegistered".to_owned()));
}

#[tokio::test]
async fn missing_made_up_expired_and_revoked_tokens_are_refused() {
    let (clock, hand) = Clock::manual("2026-11-24T09:00:00Z".parse().unwrap());
    let simulator = start(Config {
        clock,
        app_token_lifetime: Duration::from_secs(60),
        ..Config::default()
    })
    .await;
    let refused = Api::with_token(&simulator, None)
        .say("19:x@thread.v2", "hi")
        .await;
    assert_eq!(refused.status, 401);
    assert!(refused.json()["message"].is_string());

    let forged = TestKey::Outsider.sign(
        Algorithm::Rs256,
        &json!({"alg": "RS256"}),
        &json!({"aud": "https://api.botframework.com", "appid": DEFAULT_APP_ID}),
    );
    for token in [forged.as_str(), "", "x.y.z"] {
        let refused = Api::with_token(&simulator, Some(token))
            .say("19:x@thread.v2", "hi")
            .await;
        assert_eq!(refused.refusal(), (401, "AuthorizationError".to_owned()));
    }

    let api = Api::of(&simulator);
    assert_eq!(api.say("19:x@thread.v2", "hi").await.status, 404);
    hand.advance(Duration::from_secs(60));
    assert_eq!(api.say("19:x@thread.v2", "hi").await.status, 401, "expired");

    let api = Api::of(&simulator);
    simulator.revoke_app_tokens();
    assert_eq!(api.say("19:x@thread.v2", "hi").await.status, 401, "revoked");
}

/// An assertion as the documents describe it.
struct Assertion {
    key: TestKey,
    algorithm: Algorithm,
    header: Value,
    claims: Value,
}

impl Assertion {
    fn good(simulator: &Simulator, now: i64) -> Self {
        let pem = simulator::BOT_CERTIFICATE_PEM;
        Self {
            key: TestKey::BotCertificate,
            algorithm: Algorithm::Ps256,
            header: json!({"typ": "JWT", "alg": "PS256", "x5t#S256": thumbprint(pem)}),
            claims: json!({
                "aud": format!("{}/{DEFAULT_TENANT}/oauth2/v2.0/token", simulator.url()),
                "iss": DEFAULT_APP_ID,
                "sub": DEFAULT_APP_ID,
                "jti": "5f6d0c1e-6b7a-4c3d-9e8f-0a1b2c3d4e5f",
                "nbf": now,
                "exp": now + 600,
            }),
        }
    }

    async fn send(&self, simulator: &Simulator) -> Answer {
        let assertion = self.key.sign(self.algorithm, &self.header, &self.claims);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", DEFAULT_APP_ID),
            ("scope", CONNECTOR),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        ask(simulator, DEFAULT_TENANT, &form).await
    }
}

fn thumbprint(pem: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).unwrap();
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &der))
}

#[tokio::test]
async fn an_assertion_of_the_registered_certificate_buys_a_token() {
    let now = 1_790_000_000;
    let (clock, _hand) = Clock::manual(jiff::Timestamp::from_second(now).unwrap());
    let simulator = start(Config {
        clock,
        ..Config::default()
    })
    .await;
    assert_eq!(
        Assertion::good(&simulator, now)
            .send(&simulator)
            .await
            .status,
        200
    );

    let mut older = Assertion::good(&simulator, now);
    older.algorithm = Algorithm::Rs256;
    older.header["alg"] = "RS256".into();
    assert_eq!(
        older.send(&simulator).await.status,
        200,
        "RS256 is accepted too"
    );
}

#[tokio::test]
async fn wrong_assertions_are_refused() {
    let now = 1_790_000_000;
    let (clock, _hand) = Clock::manual(jiff::Timestamp::from_second(now).unwrap());
    let simulator = start(Config {
        clock,
        ..Config::default()
    })
    .await;
    let change = |change: &dyn Fn(&mut Assertion)| {
        let mut assertion = Assertion::good(&simulator, now);
        change(&mut assertion);
        assertion
    };
    for (what, assertion, code) in [
        (
            "another key",
            change(&|a| a.key = TestKey::OutsiderCertificate),
            700_027,
        ),
        (
            "another certificate",
            change(&|a| {
                a.key = TestKey::OutsiderCertificate;
                a.header["x5t#S256"] = thumbprint(simulator::OUTSIDER_CERTIFICATE_PEM).into();
            }),
            700_027,
        ),
        (
            "no certificate named",
            change(&|a| a.header = json!({"alg": "PS256"})),
            700_027,
        ),
        (
            "an algorithm that lies",
            change(&|a| a.header["alg"] = "RS256".into()),
            700_027,
        ),
        (
            "the algorithm none",
            change(&|a| a.header["alg"] = "none".into()),
            700_027,
        ),
        (
            "too old",
            change(&|a| a.claims["exp"] = (now - 301).into()),
            700_024,
        ),
        (
            "too early",
            change(&|a| a.claims["nbf"] = (now + 301).into()),
            700_024,
        ),
        (
            "no end",
            change(&|a| a.claims["exp"] = Value::Null),
            700_024,
        ),
        (
            "another audience",
            change(&|a| a.claims["aud"] = "https://example.com".into()),
            700_023,
        ),
        (
            "another issuer",
            change(&|a| a.claims["iss"] = "x".into()),
            700_021,
        ),
        (
            "another subject",
            change(&|a| a.claims["sub"] = "x".into()),
            700_021,
        ),
        ("no id", change(&|a| a.claims["jti"] = Value::Null), 50027),
    ] {
        let answer = assertion.send(&simulator).await;
        assert_eq!(
            refusal(&answer),
            (401, "invalid_client".to_owned(), code),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_secret_can_be_rotated() {
    let simulator = start(Config::default()).await;
    simulator.set_credentials(vec![Credential::secret("new")]);
    let old = ask(
        &simulator,
        DEFAULT_TENANT,
        &with_secret(DEFAULT_APP_PASSWORD, CONNECTOR),
    )
    .await;
    assert_eq!(refusal(&old).2, 7_000_215);
    let new = ask(&simulator, DEFAULT_TENANT, &with_secret("new", CONNECTOR)).await;
    assert_eq!(new.status, 200);
}
