use crate::contract::least;
use notifications::envelope::unwrap;
use notifications::{Carrier, ContractErrors, Incoming, Source, Unwrapped};
use serde_json::{Value, json};

const QUEUE: Carrier<'_> = Carrier::queue("sqs-1", None);

fn open(json: &Value, carrier: &Carrier<'_>) -> Result<Unwrapped, ContractErrors> {
    unwrap(json.to_string().as_bytes(), carrier)
}

fn incoming(json: &Value, carrier: &Carrier<'_>) -> Incoming {
    match open(json, carrier).unwrap() {
        Unwrapped::Notification(incoming) => *incoming,
        Unwrapped::Ours => panic!("taken for our own"),
    }
}

fn bus(source: &str, kind: &str, detail: Value) -> Value {
    json!({"version": "0", "id": "bus-1", "source": source, "detail-type": kind, "detail": detail})
}

fn sns(message: &Value) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:news",
        "Message": message.to_string(),
    })
}

#[test]
fn ids_come_in_the_order_of_the_contract() {
    let own = |mut json: Value| {
        json["id"] = "own".into();
        json
    };
    let event = bus("shop", "tidings.notification", least());
    let arn = || Source::Sns("arn:aws:sns:eu-west-1:123456789012:news".into());
    let shop = || Source::EventBridge("shop".into());
    let redriven = Carrier::queue("sqs-2", Some("sqs-1"));
    for (json, carrier, id, source) in [
        (least(), QUEUE, "sqs-1", Source::Queue),
        (least(), redriven, "sqs-1", Source::Queue),
        (
            least(),
            Carrier::queue("sqs-2", Some("")),
            "sqs-2",
            Source::Queue,
        ),
        (
            least(),
            Carrier::invocation("request-1"),
            "request-1",
            Source::Invocation,
        ),
        (own(least()), redriven, "own", Source::Queue),
        (sns(&least()), redriven, "sns-1", arn()),
        (sns(&own(least())), QUEUE, "own", arn()),
        (event.clone(), redriven, "bus-1", shop()),
        (sns(&event), redriven, "bus-1", shop()),
        (
            bus("shop", "tidings.notification", own(least())),
            QUEUE,
            "own",
            shop(),
        ),
        (
            sns(&bus("aws.ec2", "Anything", json!({}))),
            QUEUE,
            "bus-1",
            Source::EventBridge("aws.ec2".into()),
        ),
    ] {
        let incoming = incoming(&json, &carrier);
        assert_eq!(
            (incoming.id.as_str(), &incoming.source),
            (id, &source),
            "{json}"
        );
    }
}

#[test]
fn an_envelope_without_an_id_takes_the_next_one() {
    let mut event = bus("shop", "tidings.notification", least());
    event.as_object_mut().unwrap().remove("id");
    assert_eq!(incoming(&sns(&event), &QUEUE).id.as_str(), "sns-1");
    assert_eq!(incoming(&event, &QUEUE).id.as_str(), "sqs-1");
}

#[test]
fn the_key_is_scoped_by_the_source() {
    let mut json = least();
    json["id"] = "same".into();
    let direct = incoming(&json, &QUEUE);
    let through_bus = incoming(&bus("shop", "tidings.notification", json.clone()), &QUEUE);
    let other = incoming(&bus("hr", "tidings.notification", json), &QUEUE);
    assert_ne!(direct.key, through_bus.key);
    assert_ne!(through_bus.key, other.key);
    assert_eq!(direct.notification, other.notification);
}

#[test]
fn our_own_events_never_loop_back() {
    for (source, kind) in [
        ("tidings", "tidings.delivery"),
        ("tidings", "tidings.action"),
        ("tidings", "tidings.notification"),
        ("tidings.deliver", "anything"),
        // Other functions of ours are asked for these, by anybody.
        ("shop", "tidings.poll"),
        ("shop", "tidings.watch.add"),
    ] {
        for json in [bus(source, kind, least()), sns(&bus(source, kind, least()))] {
            assert_eq!(open(&json, &QUEUE), Ok(Unwrapped::Ours), "{json}");
        }
    }
}

#[test]
fn an_event_of_any_other_source_is_described() {
    let event = bus(
        "com.contoso.billing",
        "Invoice overdue",
        json!({"id": "INV-1"}),
    );
    let incoming = incoming(&event, &QUEUE);
    assert_eq!(incoming.made_from.as_deref(), Some("Invoice overdue"));
    assert_eq!(incoming.notification.topic.as_str(), "com.contoso.billing");
    assert_eq!(incoming.notification.item.name, "INV-1");
}

#[test]
fn sns_may_also_invoke_directly_or_deliver_raw() {
    let record = json!({"Records": [{"EventSource": "aws:sns", "Sns": sns(&least())}]});
    assert_eq!(
        incoming(&record, &Carrier::invocation("r")).id.as_str(),
        "sns-1"
    );
    assert_eq!(incoming(&least(), &QUEUE).id.as_str(), "sqs-1");
}

#[test]
fn a_broken_envelope_is_named_inside_itself() {
    let paths = |json: &Value| open(json, &QUEUE).unwrap_err().paths();
    for (json, path) in [
        (json!({"detail-type": "x", "detail": {}}), "source"),
        (json!({"source": "shop", "detail": {}}), "detail-type"),
        (json!({"source": "shop", "detail-type": "x"}), "detail"),
        (
            json!({"source": " ", "detail-type": 5, "detail": "text"}),
            "source, detail-type, detail",
        ),
        (
            json!({"Type": "SubscriptionConfirmation", "TopicArn": "arn", "Message": "x"}),
            "Type",
        ),
        (
            json!({"Type": "Notification", "TopicArn": "arn"}),
            "Message",
        ),
        (
            json!({"Type": "Notification", "TopicArn": "arn", "Message": "plain words"}),
            "Message",
        ),
        (json!({"Records": []}), "Records"),
        (
            json!({"detail-type": "tidings.notification", "source": "shop", "detail": {"topic": "a"}}),
            "what, item, actor",
        ),
        (sns(&json!("text")), "$"),
    ] {
        assert_eq!(paths(&json), path, "{json}");
    }
    assert_eq!(unwrap(b"not json", &QUEUE).unwrap_err().paths(), "$");
    assert_eq!(
        unwrap(&vec![b' '; 2 * 1024 * 1024], &QUEUE)
            .unwrap_err()
            .paths(),
        "$"
    );
}

#[test]
fn an_sns_envelope_in_an_sns_envelope_is_none() {
    assert!(open(&sns(&sns(&least())), &QUEUE).is_err());
}
