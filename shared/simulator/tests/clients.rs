//! The clients of this workspace and the simulator understand each other,
//! though neither has any code of the other.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::Arc;
use std::time::Duration;

use activity::{
    ActivityId, ActivityInput, Cloud, ConversationId, ConversationKind, HostPolicy, ObjectId,
    ServiceUrl, TeamId, TeamsChannelId, TenantId, UserId,
};
use connector::retry::{Effect, End, Outcome};
use connector::{Connector, ConnectorError};
use entra::{AppTokens, AppType, Certificate, Credential, Fixed, Registration, Secret};
use http_client::HttpClient;
use inbound_auth::{Authenticate as _, Authenticator, NoKeyCache, Settings};
use simulator::{
    BOT_CERTIFICATE_KEY_PEM, BOT_CERTIFICATE_PEM, BotEndpoint, Config, DEFAULT_APP_ID,
    DEFAULT_APP_PASSWORD, DEFAULT_TENANT, Delivery, Fault, INBOUND_ISSUER, Operation, Person,
    Reply, Simulator, TestKey, World,
};

type Now = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

fn now() -> Now {
    let clock = simulator::Clock::system();
    Arc::new(move || clock.now())
}

fn tokens(simulator: &Simulator, credential: Credential) -> AppTokens {
    let registration = Registration::new(
        Cloud::Public,
        DEFAULT_APP_ID.into(),
        DEFAULT_TENANT.into(),
        AppType::SingleTenant,
    );
    AppTokens::new(
        HttpClient::new(),
        registration.with_authority(simulator.url()).unwrap(),
        Arc::new(Fixed(credential)),
        now(),
    )
}

fn secret(simulator: &Simulator) -> AppTokens {
    let secret = Secret::new(DEFAULT_APP_PASSWORD);
    tokens(simulator, Credential::Secret(secret))
}

fn hosts(simulator: &Simulator) -> HostPolicy {
    HostPolicy::for_cloud(Cloud::Public)
        .with_hosts(&simulator.address().to_string())
        .unwrap()
}

fn connector(simulator: &Simulator) -> Connector {
    Connector::new(
        HttpClient::new(),
        Arc::new(secret(simulator)),
        hosts(simulator),
    )
}

fn service_url(simulator: &Simulator) -> ServiceUrl {
    ServiceUrl::parse_trusted(&simulator.service_url(), &hosts(simulator)).unwrap()
}

fn authenticator(simulator: &Simulator) -> Authenticator {
    let settings = Settings {
        app_id: DEFAULT_APP_ID.into(),
        issuer: INBOUND_ISSUER.to_owned(),
        metadata_url: simulator.openid_metadata_url().parse().unwrap(),
        hosts: hosts(simulator),
    };
    Authenticator::new(HttpClient::new(), settings, Arc::new(NoKeyCache), now())
}

async fn everywhere() -> Simulator {
    Simulator::start(Config {
        world: World::contoso().with_bot_everywhere(),
        ..Config::default()
    })
    .await
    .unwrap()
}

/// A bot that takes what it can verify, and answers with the refusal's status.
fn verifying(simulator: &Simulator) -> BotEndpoint {
    let authenticator = Arc::new(authenticator(simulator));
    BotEndpoint::in_process(move |request| {
        let authenticator = authenticator.clone();
        async move {
            let header = request.headers().get("authorization");
            let header = header.and_then(|header| header.to_str().ok());
            let outcome = authenticator.authenticate(header, request.body()).await;
            let status = match outcome {
                Ok(verified) => {
                    assert!(verified.reference().is_some());
                    200
                }
                Err(refusal) => refusal.status(),
            };
            http::Response::builder()
                .status(status)
                .body(bytes::Bytes::new())
                .unwrap()
        }
    })
}

#[tokio::test]
async fn everything_that_happens_is_verified_and_has_a_reference() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.set_bot_endpoint(verifying(&simulator));
    let (ana, ben) = (simulator.person("ana"), simulator.person("ben"));
    let team = simulator.team("Platform");
    let channel = team.channel("Incidents");
    let chat = simulator.chat("Release crew");
    ana.install().await;
    team.install(&ana, &channel).await;
    chat.install(&ana).await;
    let said = ana.say("status").await;
    ana.edit(&said, "topics").await;
    ana.delete(&said).await;
    ana.mention(&channel, "help").await;
    ben.mention(&chat.conversation(), "help").await;
    team.rename("Core", &ana).await;
    team.remove_member(&ben, &ana).await;
    simulator.rotate_signing_keys(true);
    ana.uninstall().await;
    let deliveries = simulator.deliveries();
    let statuses: Vec<_> = deliveries.iter().map(Delivery::status).collect();
    assert!(
        statuses.iter().all(|status| *status == Some(200)),
        "{statuses:?}"
    );
    assert_eq!(
        simulator.count(Operation::SigningKeys),
        2,
        "the new key was asked for"
    );
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.set_bot_endpoint(verifying(&simulator));
    let said = simulator.person("ana").install().await.remove(0).activity;
    let good = simulator.inbound_token();
    for (what, token, status) in [
        ("a good one", good.clone(), 200),
        ("of nobody", good.clone().signed_by(TestKey::Outsider), 401),
        (
            "of another channel",
            good.clone().signed_by(TestKey::OtherChannels),
            403,
        ),
        ("expired", good.clone().with_claim("exp", 1), 401),
        ("for another bot", good.clone().with_claim("aud", "x"), 401),
        (
            "of another issuer",
            good.clone().with_claim("iss", "x"),
            401,
        ),
        (
            "without service URL",
            good.clone().without_claim("serviceurl"),
            401,
        ),
        (
            "for another service URL",
            good.with_claim("serviceurl", "https://smba.trafficmanager.net/amer/"),
            401,
        ),
    ] {
        let header = format!("Bearer {}", token.sign());
        let delivery = simulator.deliver_raw(said.to_string(), Some(&header)).await;
        assert_eq!(delivery.status(), Some(status), "{what}");
    }
}

#[tokio::test]
async fn a_certificate_buys_a_token() {
    let simulator = everywhere().await;
    let pem = format!("{BOT_CERTIFICATE_PEM}\n{BOT_CERTIFICATE_KEY_PEM}");
    let certificate = Certificate::from_pem(&pem).unwrap();
    let tokens = tokens(&simulator, Credential::Certificate(certificate));
    tokens.connector_token().await.unwrap();
    tokens.graph_token(&DEFAULT_TENANT.into()).await.unwrap();
}

fn conversation(person: &Person) -> ConversationId {
    person.conversation_id().into()
}

#[tokio::test]
async fn the_connector_client_does_its_work() {
    let simulator = everywhere().await;
    let (client, url) = (connector(&simulator), service_url(&simulator));
    let tenant: TenantId = DEFAULT_TENANT.into();
    let ana = simulator.person("ana");
    let text = ActivityInput::message_text;

    let user: UserId = ana.teams_id().into();
    let object: ObjectId = ana.object_id().into();
    let by_user = client
        .create_personal_conversation(&url, &tenant, &user)
        .await
        .unwrap();
    let by_object = client
        .create_personal_conversation(&url, &tenant, &object)
        .await
        .unwrap();
    assert_eq!(
        (&by_user.id, &by_user.id),
        (&by_object.id, &conversation(&ana))
    );

    let sent = client.send(&url, &by_user.id, &text("one")).await.unwrap();
    let id: ActivityId = sent.id.unwrap();
    client
        .update(&url, &by_user.id, &id, &text("two"))
        .await
        .unwrap();
    assert_eq!(simulator.messages_to(&ana)[0].text(), Some("two"));
    client.delete(&url, &by_user.id, &id).await.unwrap();

    let channel: TeamsChannelId = simulator.team("Platform").channel("Incidents").id().into();
    let thread = client
        .create_channel_thread(&url, &tenant, &channel, &text("three"))
        .await
        .unwrap();
    client.send(&url, &thread.id, &text("four")).await.unwrap();
    assert_eq!(simulator.messages_in(thread.id.as_str()).len(), 2);

    let team: TeamId = simulator.team("Platform").id().into();
    assert_eq!(
        client.team(&url, &team).await.unwrap().name.as_deref(),
        Some("Platform")
    );
    assert_eq!(client.team_channels(&url, &team).await.unwrap().len(), 2);
    let roster: ConversationId = simulator.team("Platform").id().into();
    let page = client
        .paged_members(&url, &roster, None, None)
        .await
        .unwrap();
    assert_eq!(page.members.len(), 3);
    assert!(page.continuation_token.is_none());

    let operation = client
        .batch(&url)
        .send_to_users(&tenant, [&user], &text("five"))
        .await
        .unwrap();
    let status = client.batch(&url).status(&operation).await.unwrap();
    assert_eq!(status.state, connector::BatchState::Completed);
    assert_eq!(simulator.count(Operation::Token), 1, "one token for it all");
}

#[tokio::test]
async fn each_refusal_is_understood() {
    let simulator = everywhere().await;
    let (client, url) = (connector(&simulator), service_url(&simulator));
    let (ana, ben, chloe) = (
        simulator.person("ana"),
        simulator.person("ben"),
        simulator.person("chloe"),
    );
    let text = ActivityInput::message_text("hi");
    let end = async |conversation: &ConversationId| {
        let error = client.send(&url, conversation, &text).await.unwrap_err();
        match error.outcome() {
            Outcome::Rejected(connector::retry::Meaning::Final(end)) => end,
            other => panic!("{other:?}"),
        }
    };
    ana.block_bot();
    assert_eq!(end(&conversation(&ana)).await, End::BlockedByUser);
    ana.block_conversation();
    assert_eq!(end(&conversation(&ana)).await, End::BlockedByUser);
    ben.uninstall().await;
    assert_eq!(end(&conversation(&ben)).await, End::BotRemoved);
    chloe.delete_chat();
    assert_eq!(end(&conversation(&chloe)).await, End::ConversationGone);
    assert_eq!(end(&"a:1made-up".into()).await, End::ForeignId);

    simulator.team("Platform").uninstall(&ana).await;
    let object: ObjectId = ben.object_id().into();
    let created = client
        .create_personal_conversation(&url, &DEFAULT_TENANT.into(), &object)
        .await;
    let ConnectorError::Rejected(rejection) = created.unwrap_err() else {
        panic!("it is refused")
    };
    assert_eq!(
        rejection.meaning(),
        connector::retry::Meaning::Final(End::NotInstalled)
    );

    simulator.disable_bot(true);
    assert_eq!(end(&conversation(&ben)).await, End::DisabledByAdmin);
}

#[tokio::test]
async fn what_passes_and_what_is_ambiguous_is_understood() {
    let simulator = everywhere().await;
    let (client, url) = (connector(&simulator), service_url(&simulator));
    let ana = simulator.person("ana");
    let text = ActivityInput::message_text("hi");
    for (fault, outcome) in [
        (
            Fault::Answer(Reply::throttled(Some(7))),
            Outcome::Rejected(connector::retry::Meaning::Throttled),
        ),
        (
            Fault::Answer(Reply::precondition_failed()),
            Outcome::Rejected(connector::retry::Meaning::Busy),
        ),
        (
            Fault::AcceptThenAnswer(Reply::gateway_error(502)),
            Outcome::Rejected(connector::retry::Meaning::Unavailable),
        ),
        (Fault::AcceptThenCut, Outcome::Unanswered),
    ] {
        simulator.fail_next(Operation::Send, fault);
        let error = client
            .send(&url, &conversation(&ana), &text)
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), outcome);
        if outcome == Outcome::Rejected(connector::retry::Meaning::Throttled) {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
    }
    assert_eq!(simulator.messages_to(&ana).len(), 2);
    assert_eq!(connector::Operation::Send.effect(), Effect::Post);
    simulator.revoke_app_tokens();
    client.send(&url, &conversation(&ana), &text).await.unwrap();
    assert_eq!(
        simulator.count(Operation::Token),
        2,
        "one refresh after a 401"
    );
}

#[tokio::test]
async fn the_kind_of_a_conversation_survives_the_way() {
    let simulator = everywhere().await;
    let kind = |delivery: Delivery| {
        let activity: activity::Activity = serde_json::from_value(delivery.activity).unwrap();
        activity.conversation_kind()
    };
    let ana = simulator.person("ana");
    let channel = simulator.team("Platform").general();
    let chat = simulator.chat("Release crew").conversation();
    assert_eq!(kind(ana.say("hi").await), Some(ConversationKind::Personal));
    assert_eq!(
        kind(ana.mention(&channel, "hi").await),
        Some(ConversationKind::Channel)
    );
    assert_eq!(
        kind(ana.mention(&chat, "hi").await),
        Some(ConversationKind::GroupChat)
    );
}
