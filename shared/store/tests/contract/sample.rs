//! People, places and times to test with.

use activity::{
    ConversationId, ConversationKind, ConversationReference, ObjectId, Provenance, TeamId,
    TenantId, UserId,
};
use jiff::Timestamp;
use notifications::{
    Notification, NotificationId, NotificationKey, RecipientKey, Source, Topic, TopicName,
};
use store::{FrozenNotification, SeenConversation, SeenPerson, SeenTeam, Service};

pub(crate) const SERVICE: &str = "https://smba.trafficmanager.net/amer/tenant-guid";
pub(crate) const OTHER_SERVICE: &str = "https://smba.trafficmanager.net/emea/tenant-guid";

pub(crate) fn tenant() -> TenantId {
    TenantId::new("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4eff")
}

/// A moment, in seconds after some beginning.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// The object id of the person with this number.
pub(crate) fn object_id(number: u32) -> ObjectId {
    ObjectId::new(format!("3b5e7d10-8c1f-4d4e-9c55-{number:012x}"))
}

pub(crate) fn person_key(number: u32) -> RecipientKey {
    RecipientKey::person(&object_id(number))
}

/// Where a person's item lies: partition and sort key.
pub(crate) fn person_item(key: &RecipientKey) -> (String, String) {
    let bucket = key.bucket();
    let partition = format!("P#{}#{:x}", tenant(), bucket.0 >> 4);
    (partition, format!("{bucket}#{key}"))
}

pub(crate) fn user(number: u32) -> UserId {
    UserId::new(format!(
        "29:1Lx7aWgQbZ0dN4pKcV8sRfTuYhJmE2oXiCqBvGkA3wDnSyPtFlUeHrMzI{number:06}"
    ))
}

pub(crate) fn personal(number: u32, provenance: Provenance, url: &str) -> ConversationReference {
    let mut reference = ConversationReference::from_stored(
        ConversationId::new(format!(
            "a:1pKcV8sRfTuYhJmE2oXiCqBvGkA3wDnSyPtFlUeHrMzI7aWgQbZ0dN4{number:06}"
        )),
        ConversationKind::Personal,
        tenant(),
        url.parse().unwrap(),
        provenance,
    );
    reference.object_id = Some(object_id(number));
    reference.user = Some(user(number));
    reference.bot = Some("28:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e00".into());
    reference.locale = Some("es-MX".to_owned());
    reference
}

/// A person in their personal conversation.
pub(crate) fn seen(number: u32, second: i64) -> SeenPerson {
    let reference = personal(number, Provenance::Verified, SERVICE);
    SeenPerson::in_conversation(reference, at(second))
}

/// The same person, as an event shows them that has no object id.
pub(crate) fn seen_by_user(number: u32, second: i64) -> SeenPerson {
    let mut seen = seen(number, second);
    seen.object_id = None;
    seen.reference.as_mut().unwrap().object_id = None;
    seen
}

/// The same person, mentioned without a conversation of their own.
pub(crate) fn mentioned(number: u32, second: i64) -> SeenPerson {
    SeenPerson {
        object_id: Some(object_id(number)),
        user: Some(user(number)),
        service: Some(service()),
        ..SeenPerson::new(tenant(), at(second))
    }
}

pub(crate) fn service() -> Service {
    Service {
        url: SERVICE.parse().unwrap(),
        provenance: Provenance::Verified,
    }
}

pub(crate) fn team() -> TeamId {
    TeamId::new("19:general@thread.tacv2")
}

pub(crate) fn seen_team(second: i64) -> SeenTeam {
    SeenTeam {
        team: team(),
        tenant: tenant(),
        service: service(),
        name: Some("Platform".to_owned()),
        group: Some("8f0a2a64-0000-4000-8000-000000000001".to_owned()),
        at: at(second),
    }
}

pub(crate) fn channel() -> ConversationId {
    ConversationId::new("19:incidents@thread.tacv2")
}

pub(crate) fn seen_channel(second: i64) -> SeenConversation {
    let mut reference = ConversationReference::from_stored(
        channel(),
        ConversationKind::Channel,
        tenant(),
        SERVICE.parse().unwrap(),
        Provenance::Verified,
    );
    reference.team = Some(team());
    SeenConversation {
        reference,
        name: Some("Incidents".to_owned()),
        at: at(second),
    }
}

pub(crate) fn topic() -> TopicName {
    "deploys".parse().unwrap()
}

/// A notification that says `what`.
pub(crate) fn frozen(id: &str, what: &str, second: i64) -> FrozenNotification {
    let json = format!(
        r#"{{"topic":"deploys","what":"{what}","item":{{"name":"api"}},
            "actor":{{"name":"Ana"}},"id":"{id}"}}"#
    );
    let id = NotificationId::new(id);
    FrozenNotification {
        key: NotificationKey::of(&Source::Queue, &id),
        tenant: tenant(),
        source: Source::Queue,
        id,
        notification: Notification::parse(json.as_bytes()).unwrap(),
        topic: Topic::undefined(topic()),
        accepted_at: at(second),
    }
}

/// People's keys in the order of bucket and key.
pub(crate) fn in_order(numbers: impl IntoIterator<Item = u32>) -> Vec<RecipientKey> {
    let mut keys: Vec<_> = numbers.into_iter().map(person_key).collect();
    keys.sort_unstable_by_key(|key| (key.bucket(), key.clone()));
    keys
}
