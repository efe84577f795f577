//! One of each card.

use cards::notification::{Mentioned, NotificationCard, Standing};
use cards::why::{Reason, Why};
use cards::{
    Acted, Installed, Message, PersonalWelcome, Place, Reader, SharedWelcome, Status, TopicRow,
    Who, acted, confirm, help, notices, status, topics, welcome, why,
};
use jiff::Timestamp;
use notifications::commands::{Need, Verb};
use notifications::{
    Mute, Notification, NotificationId, NotificationKey, Source, Topic, TopicPreference,
};
use serde_json::{Value, json};

pub(crate) fn now() -> Timestamp {
    "2026-10-08T09:30:00Z".parse().unwrap()
}

pub(crate) fn tonight() -> Timestamp {
    "2026-10-08T22:00:00Z".parse().unwrap()
}

pub(crate) fn key() -> NotificationKey {
    NotificationKey::of(&Source::Queue, &NotificationId::new("orders-5xx"))
}

pub(crate) fn topic(json: Value) -> Topic {
    Topic::from_value(&json).unwrap()
}

pub(crate) fn deploys() -> Topic {
    topic(json!({
        "name": "deploys",
        "title": "Deployments",
        "description": "What goes live, and what is rolled back.",
    }))
}

/// An alarm with everything that a notification can have.
pub(crate) fn alarm() -> Notification {
    Notification::from_value(&json!({
        "topic": "alarms",
        "what": "Checkout answers 5% of requests with errors",
        "item": {"name": "orders-5xx", "url": "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/orders-5xx"},
        "actor": {"name": "Amazon CloudWatch"},
        "importance": "high",
        "facts": [
            {"title": "Threshold", "value": "1% over 5 minutes"},
            {"title": "Since", "value": "2026-10-08T09:24:00Z"},
            {"title": "Service", "value": "checkout_api"},
        ],
        "body": "The errors began with the deployment of **v214**. The [runbook](https://wiki.contoso.example/runbooks/checkout) says how to roll back.",
        "image": {"url": "https://img.contoso.example/orders-5xx.png", "alt": "A line of errors per minute that rises at 09:24"},
        "mentions": ["aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01"],
        "actions": [
            {"title": "Open the runbook", "url": "https://wiki.contoso.example/runbooks/checkout"},
            {"title": "I am on it", "verb": "acknowledge", "data": {"secret": "ledger only"}},
        ],
        "translations": {"es": {
            "what": "Checkout responde con errores al 5% de las peticiones",
            "body": "Los errores empezaron con el despliegue de **v214**. El [manual](https://wiki.contoso.example/runbooks/checkout) explica cómo volver atrás.",
            "facts": [
                {"title": "Umbral", "value": "1% en 5 minutos"},
                {"title": "Desde", "value": "2026-10-08T09:24:00Z"},
                {"title": "Servicio", "value": "checkout_api"},
            ],
            "actions": [{"title": "Abrir el manual"}, {"title": "Me ocupo yo"}],
            "image": {"alt": "Una línea de errores por minuto que sube a las 09:24"},
        }},
    }))
    .unwrap()
}

/// As little as the contract lets a notification have.
pub(crate) fn least() -> Notification {
    Notification::from_value(&json!({
        "topic": "deploys",
        "what": "Deployed v215 to production",
        "item": {"name": "checkout"},
        "actor": {"name": "Ben Okafor"},
    }))
    .unwrap()
}

pub(crate) fn render(
    notification: &Notification,
    topic: &Topic,
    standing: Standing,
    reader: &Reader,
) -> Message {
    let ana = Mentioned {
        id: "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
        name: "Ana García",
    };
    let mentions = if notification.mentions.is_empty() {
        &[][..]
    } else {
        &[ana][..]
    };
    let rendered = NotificationCard {
        key: &key(),
        notification,
        topic,
        mentions,
        standing,
    }
    .render(reader);
    assert_eq!(rendered.card_problem, None);
    rendered.message
}

fn personal_title(locale: &str) -> &'static str {
    if locale.starts_with("es") {
        "Me ocupo yo"
    } else {
        "I am on it"
    }
}

/// Every card there is, for a reader of this locale, by name.
pub(crate) fn all(locale: &str) -> Vec<(String, Message)> {
    let personal = Reader::personal(Some(locale));
    let channel = Reader::new(Some(locale), Place::Channel);
    let chat = Reader::new(Some(locale), Place::Chat);
    let alarms = topic(json!({"name": "alarms", "title": "Alarms", "urgentAllowed": true}));
    let deploys = deploys();
    let plain = topic(json!({"name": "aws.health", "default": "opt-out"}));
    let decided = TopicPreference::default();
    let rows = [
        TopicRow {
            topic: &alarms,
            preference: decided.subscribed(),
        },
        TopicRow {
            topic: &deploys,
            preference: decided.muted(Mute::Until(tonight())),
        },
        TopicRow {
            topic: &plain,
            preference: decided,
        },
    ];
    let left = [TopicRow {
        topic: &deploys,
        preference: decided.unsubscribed(),
    }];
    let because = |reason| Why {
        what: "Checkout answers 5% of requests with errors",
        topic: &alarms,
        reason,
        source: "eventbridge:shop.checkout",
        sent: Some(now()),
    };
    let mut named = vec![
        (
            "welcome-personal",
            welcome::personal(
                &personal,
                &PersonalWelcome {
                    name: Some("Ana"),
                    installed: Installed::By("Ben Okafor"),
                },
            ),
        ),
        (
            "welcome-personal-by-themselves",
            welcome::personal(
                &personal,
                &PersonalWelcome {
                    name: None,
                    installed: Installed::Themselves,
                },
            ),
        ),
        (
            "welcome-personal-by-policy",
            welcome::personal(
                &personal,
                &PersonalWelcome {
                    name: Some("Ana"),
                    installed: Installed::Unknown,
                },
            ),
        ),
        (
            "welcome-team",
            welcome::shared(
                &channel,
                &SharedWelcome {
                    name: Some("Platform"),
                    installed_by: Some("Ana García"),
                },
            ),
        ),
        (
            "welcome-chat",
            welcome::shared(
                &chat,
                &SharedWelcome {
                    name: None,
                    installed_by: None,
                },
            ),
        ),
        (
            "notification",
            render(&alarm(), &alarms, Standing::Hears, &personal),
        ),
        (
            "notification-least",
            render(&least(), &deploys, Standing::Hears, &personal),
        ),
        (
            "notification-channel",
            render(&alarm(), &alarms, Standing::Hears, &channel),
        ),
        (
            "notification-muted",
            render(&least(), &deploys, Standing::Muted(Mute::Always), &personal),
        ),
        (
            "notification-muted-until",
            render(
                &least(),
                &deploys,
                Standing::Muted(Mute::Until(tonight())),
                &personal,
            ),
        ),
        (
            "notification-acted",
            acted(
                &personal,
                render(&alarm(), &alarms, Standing::Hears, &personal),
                &Acted {
                    title: personal_title(locale),
                    who: Who::Reader,
                },
            ),
        ),
        ("help-personal", help::card(&personal)),
        ("help-channel", help::card(&channel)),
        ("topics", topics::card(&personal, &rows, now())),
        ("topics-channel", topics::card(&channel, &rows, now())),
        ("topics-none", topics::card(&personal, &[], now())),
        (
            "status",
            status::card(
                &personal,
                &Status {
                    topics: &rows,
                    alias: None,
                },
                now(),
            ),
        ),
        (
            "status-left",
            status::card(
                &personal,
                &Status {
                    topics: &left,
                    alias: None,
                },
                now(),
            ),
        ),
        (
            "status-none",
            status::card(
                &personal,
                &Status {
                    topics: &[],
                    alias: None,
                },
                now(),
            ),
        ),
        (
            "status-channel",
            status::card(
                &channel,
                &Status {
                    topics: &rows,
                    alias: Some("platform-news"),
                },
                now(),
            ),
        ),
        ("subscribed", confirm::subscribed(&personal, &deploys)),
        (
            "subscribed-channel",
            confirm::subscribed(&channel, &deploys),
        ),
        ("unsubscribed", confirm::unsubscribed(&personal, &deploys)),
        ("muted", confirm::muted(&personal, &deploys, Mute::Always)),
        (
            "muted-until",
            confirm::muted(&personal, &alarms, Mute::Until(tonight())),
        ),
        ("unmuted", confirm::unmuted(&personal, &deploys)),
        ("unmuted-chat", confirm::unmuted(&chat, &deploys)),
        ("alias", confirm::alias(&chat, "release-crew")),
        ("why-named", why::card(&personal, &because(Reason::Named))),
        (
            "why-conversation",
            why::card(&channel, &because(Reason::Named)),
        ),
        (
            "why-member",
            why::card(
                &personal,
                &because(Reason::Member {
                    team: Some("Platform"),
                }),
            ),
        ),
        (
            "why-subscribed",
            why::card(&personal, &because(Reason::Subscribed)),
        ),
        (
            "why-by-default",
            why::card(&personal, &because(Reason::SubscribedByDefault)),
        ),
        (
            "why-everyone",
            why::card(&personal, &because(Reason::Everyone)),
        ),
        (
            "why-alias",
            why::card(&chat, &because(Reason::Alias("release-crew"))),
        ),
        ("why-nothing", why::nothing(&personal)),
        (
            "unknown-command",
            notices::unknown_command(&personal, "topcis", Some("topics")),
        ),
        (
            "unknown-command-alone",
            notices::unknown_command(&personal, "bananas", None),
        ),
        (
            "no-such-topic",
            notices::no_such_topic(&personal, "deplys", Some("deploys")),
        ),
        ("owners-only", notices::owners_only(&channel)),
        ("alias-taken", notices::alias_taken(&chat, "release-crew")),
        ("too-old", notices::too_old(&personal)),
        ("went-wrong", notices::went_wrong(&personal)),
        ("test-copy-button", notices::test_copy(&personal)),
    ];
    named.extend(crate::broadcasts::all(&personal));
    for (name, verb, need) in [
        ("which-topic", Verb::Mute, Need::Topic),
        ("how-long", Verb::Mute, Need::Duration),
        ("which-name", Verb::Alias, Need::AliasName),
    ] {
        named.push((name, notices::incomplete(&personal, verb, need)));
    }
    named
        .into_iter()
        .map(|(name, message)| (name.to_owned(), message))
        .collect()
}
