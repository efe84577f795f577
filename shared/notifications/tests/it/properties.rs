//! Whatever arrives, nothing panics, and what is read is read back the same.

use notifications::envelope::unwrap;
use notifications::{
    Address, Audience, Carrier, Command, Locale, Notification, Unwrapped, durations,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

fn address() -> impl Strategy<Value = String> {
    let id = "[A-Za-z0-9@._:-]{1,40}";
    prop_oneof![
        "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9A-F]{12}"
            .prop_map(|id| format!("aad:{id}")),
        "[A-Za-z0-9._#]{1,20}@[A-Za-z0-9.]{1,20}".prop_map(|id| format!("upn:{id}")),
        "[A-Za-z0-9._]{1,20}@[A-Za-z0-9.]{1,20}".prop_map(|id| format!("mail:{id}")),
        id.prop_map(|id| format!("29:{id}")),
        id.prop_map(|id| format!("roster:{id}")),
        id.prop_map(|id| format!("channel:{id}")),
        id.prop_map(|id| format!("chat:{id}")),
        ("[A-Za-z0-9@._:-]{1,40}", 1u64..)
            .prop_map(|(id, root)| format!("thread:{id};messageid={root}")),
        "[A-Za-z0-9][A-Za-z0-9._/:+-]{0,40}".prop_map(|id| format!("topic:{id}")),
        "[\\p{L}0-9._-]{1,10}".prop_map(|id| format!("alias:{id}")),
        Just("everyone".to_owned()),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("https://example.com")),
        Just(json!("tidings.notification")),
        Just(json!("aws.ecs")),
        Just(json!("ECS Service Action")),
    ];
    let names = prop_oneof![
        Just("topic"),
        Just("what"),
        Just("item"),
        Just("actor"),
        Just("name"),
        Just("to"),
        Just("actions"),
        Just("title"),
        Just("url"),
        Just("verb"),
        Just("facts"),
        Just("value"),
        Just("translations"),
        Just("es"),
        Just("detail"),
        Just("detail-type"),
        Just("source"),
        Just("resources"),
        Just("Type"),
        Just("TopicArn"),
        Just("Message"),
        Just("Records"),
        Just("clusterArn"),
        Just("taskArn"),
        Just("eventName"),
        Just("x-own"),
        Just("odd"),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|fields| {
                Value::Object(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn an_address_that_is_printed_reads_back_the_same(text in address()) {
        // Not every letter of every script may stand in an alias.
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address.clone()));
            let mut audience = Audience::default();
            audience.add(&format!("-{text}")).unwrap();
            prop_assert_eq!(&audience.exclude, &[address]);
        } else {
            prop_assert!(text.starts_with("alias:"), "{}", text);
        }
    }

    #[test]
    fn garbage_is_refused_without_a_panic(text in any::<String>()) {
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }
        if let Ok(locale) = text.parse::<Locale>() {
            prop_assert_eq!(locale.as_str().parse::<Locale>(), Ok(locale));
        }
        let _understood = Command::parse(&text);
        let _duration = durations::parse(&text);
        prop_assert!(Notification::parse(text.as_bytes()).is_err());
    }

    #[test]
    fn a_command_never_panics(
        words in "(mute|subscribe|for|por|to|deploys|2h|\\?|¿|por qué|alias| |\n|é|1){0,8}"
    ) {
        let _understood = Command::parse(&words);
    }

    #[test]
    fn any_bytes_are_a_notification_or_a_named_problem(bytes in any::<Vec<u8>>()) {
        if let Err(errors) = unwrap(&bytes, &Carrier::queue("m", None)) {
            prop_assert!(!errors.problems().is_empty());
        }
    }

    #[test]
    fn any_json_is_a_notification_or_a_named_problem(json in any_json()) {
        match unwrap(json.to_string().as_bytes(), &Carrier::queue("m", None)) {
            Ok(Unwrapped::Notification(incoming)) => {
                let written = serde_json::to_value(&incoming.notification).unwrap();
                prop_assert_eq!(Notification::from_value(&written), Ok(incoming.notification));
            }
            Ok(Unwrapped::Ours) => {}
            Err(errors) => prop_assert!(!errors.problems().is_empty()),
        }
    }

    #[test]
    fn any_event_becomes_a_notification_of_the_contract(
        source in "\\PC{1,100}",
        kind in "\\PC{1,600}",
        detail in any_json(),
        resource in "\\PC{0,3000}",
    ) {
        let event = json!({
            "source": format!("x{source}"), "detail-type": format!("x{kind}"),
            "detail": {"inner": detail, "name": resource, "status": kind},
            "resources": [resource], "region": source, "account": kind,
        });
        match unwrap(event.to_string().as_bytes(), &Carrier::queue("m", None)) {
            Ok(Unwrapped::Notification(incoming)) => {
                let written = serde_json::to_value(&incoming.notification).unwrap();
                prop_assert_eq!(Notification::from_value(&written), Ok(incoming.notification));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_printed_duration_reads_back(minutes in 1u64..527_040) {
        let duration = Duration::from_secs(minutes * 60);
        prop_assert_eq!(durations::parse(&durations::print(duration)), Some(duration));
    }
}
