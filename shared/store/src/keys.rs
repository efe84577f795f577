//! The keys of every item, in one place.
//!
//! Partition and sort keys are texts whose parts are joined by `#`. A part
//! that somebody else chose (an id, an address) is always the last one or has
//! no `#`, so that no two things can share a key.

pub(crate) mod polls;
pub(crate) mod watches;

use activity::ids::{ConversationId, TeamId, TenantId, UserId};
use notifications::{Bucket, NotificationKey, RecipientKey, TopicName};
use work_items::ChunkKey;

use crate::item::{Item, s};

/// The partition key's attribute.
pub const PARTITION: &str = "pk";
/// The sort key's attribute.
pub const SORT: &str = "sk";

/// The whole key of one item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) partition: String,
    pub(crate) sort: String,
}

impl Key {
    fn new(partition: String, sort: impl Into<String>) -> Self {
        Self {
            partition,
            sort: sort.into(),
        }
    }

    /// The key of an item that was read.
    pub(crate) fn at(partition: &str, sort: &str) -> Self {
        Self::new(partition.to_owned(), sort)
    }

    /// The key as the start of an item.
    pub(crate) fn item(&self) -> Item {
        Item::from([
            (PARTITION.to_owned(), s(&*self.partition)),
            (SORT.to_owned(), s(&*self.sort)),
        ])
    }
}

/// People lie as [everyone](everyone) does, in the order in which audiences are walked: so a chunk of everyone is a run of
/// them.
pub(crate) fn person(tenant: &TenantId, key: &RecipientKey) -> Key {
    let bucket = key.bucket();
    Key::new(
        format!("P#{tenant}#{:x}", bucket.0 >> 4),
        format!("{bucket}#{key}"),
    )
}

pub(crate) fn person_by_user(tenant: &TenantId, user: &UserId) -> Key {
    Key::new(format!("ID#{tenant}#user#{user}"), "PERSON")
}

/// The name is compared without regard to case, as Entra does.
pub(crate) fn person_by_upn(tenant: &TenantId, upn: &str) -> Key {
    Key::new(
        format!("ID#{tenant}#upn#{}", upn.to_ascii_lowercase()),
        "PERSON",
    )
}

/// The address is compared without regard to case.
pub(crate) fn person_by_mail(tenant: &TenantId, mail: &str) -> Key {
    Key::new(
        format!("ID#{tenant}#mail#{}", mail.to_ascii_lowercase()),
        "PERSON",
    )
}

pub(crate) fn conversation(id: &ConversationId) -> Key {
    Key::new(format!("C#{id}"), "CONVERSATION")
}

pub(crate) fn team(id: &TeamId) -> Key {
    Key::new(team_partition(id), "TEAM")
}

pub(crate) fn team_partition(id: &TeamId) -> String {
    format!("T#{id}")
}

pub(crate) fn member(team: &TeamId, key: &RecipientKey) -> Key {
    Key::new(
        team_partition(team),
        format!("{MEMBERS}{}#{key}", key.bucket()),
    )
}

pub(crate) const MEMBERS: &str = "M#";

pub(crate) fn team_channel(team: &TeamId, channel: &ConversationId) -> Key {
    Key::new(team_partition(team), format!("{CHANNELS}{channel}"))
}

pub(crate) const CHANNELS: &str = "C#";

/// Buckets are spread over 16 partitions, each of which holds 16 of them.
pub(crate) fn everyone_partition(tenant: &TenantId, bucket: Bucket) -> String {
    format!("EVERYONE#{tenant}#{:x}", bucket.0 >> 4)
}

pub(crate) fn everyone(tenant: &TenantId, key: &RecipientKey) -> Key {
    let bucket = key.bucket();
    Key::new(
        everyone_partition(tenant, bucket),
        format!("{bucket}#{key}"),
    )
}

pub(crate) fn topic_partition(tenant: &TenantId, topic: &TopicName) -> String {
    format!("TOPIC#{tenant}#{topic}")
}

pub(crate) const SUBSCRIBED: &str = "IN#";
pub(crate) const UNSUBSCRIBED: &str = "OUT#";

pub(crate) fn subscribed(tenant: &TenantId, topic: &TopicName, key: &RecipientKey) -> Key {
    Key::new(
        topic_partition(tenant, topic),
        format!("{SUBSCRIBED}{}#{key}", key.bucket()),
    )
}

pub(crate) fn unsubscribed(tenant: &TenantId, topic: &TopicName, key: &RecipientKey) -> Key {
    Key::new(
        topic_partition(tenant, topic),
        format!("{UNSUBSCRIBED}{}#{key}", key.bucket()),
    )
}

pub(crate) fn topic_definitions(tenant: &TenantId) -> String {
    format!("TOPICS#{tenant}")
}

pub(crate) fn topic_definition(tenant: &TenantId, topic: &TopicName) -> Key {
    Key::new(topic_definitions(tenant), topic.as_str())
}

pub(crate) fn alias(tenant: &TenantId, name: &str) -> Key {
    Key::new(format!("ALIAS#{tenant}#{name}"), "ALIAS")
}

pub(crate) fn inbound(content: &str) -> Key {
    Key::new(format!("IN#{content}"), "INBOUND")
}

pub(crate) fn notification_partition(key: &NotificationKey) -> String {
    format!("N#{key}")
}

pub(crate) fn notification(key: &NotificationKey) -> Key {
    Key::new(notification_partition(key), "META")
}

pub(crate) fn plan(key: &NotificationKey) -> Key {
    Key::new(notification_partition(key), "PLAN")
}

pub(crate) fn unreachable(key: &NotificationKey) -> Key {
    Key::new(notification_partition(key), "UNREACHABLE")
}

pub(crate) fn broadcast(key: &NotificationKey) -> Key {
    Key::new(notification_partition(key), "BROADCAST")
}

pub(crate) const CHUNKS: &str = "CHUNK#";

pub(crate) fn chunk(notification: &NotificationKey, chunk: &ChunkKey) -> Key {
    Key::new(
        notification_partition(notification),
        format!("{CHUNKS}{chunk}"),
    )
}

pub(crate) const STATES: &str = "STATE#";

pub(crate) fn chunk_state(notification: &NotificationKey, chunk: &ChunkKey) -> Key {
    Key::new(
        notification_partition(notification),
        format!("{STATES}{chunk}"),
    )
}

pub(crate) fn counts(notification: &NotificationKey) -> Key {
    Key::new(notification_partition(notification), "COUNTS")
}

pub(crate) const RECALLS: &str = "RECALL#";

pub(crate) fn chunk_recall(notification: &NotificationKey, chunk: &ChunkKey) -> Key {
    Key::new(
        notification_partition(notification),
        format!("{RECALLS}{chunk}"),
    )
}

pub(crate) fn revision(notification: &NotificationKey, id: &str) -> Key {
    Key::new(
        notification_partition(notification),
        format!("REVISION#{id}"),
    )
}

/// The length keeps an id that somebody chose apart from what follows it.
pub(crate) fn revision_states(id: &str) -> String {
    format!("REVISED#{}#{id}#", id.len())
}

pub(crate) fn chunk_revision(notification: &NotificationKey, id: &str, chunk: &ChunkKey) -> Key {
    Key::new(
        notification_partition(notification),
        format!("{}{chunk}", revision_states(id)),
    )
}

pub(crate) fn action(notification: &NotificationKey, verb: &str, by: &RecipientKey) -> Key {
    // The verb is the sender's own text: its length keeps it apart from the
    // person's key.
    Key::new(
        notification_partition(notification),
        format!("ACTION#{}#{verb}#{by}", verb.len()),
    )
}

pub(crate) fn recent_partition(tenant: &TenantId, day: &str) -> String {
    format!("RECENT#{tenant}#{day}")
}

pub(crate) fn waits_partition(tenant: &TenantId, who: &RecipientKey) -> String {
    format!("WAIT#{tenant}#{who}")
}

pub(crate) fn wait(
    tenant: &TenantId,
    who: &RecipientKey,
    notification: &NotificationKey,
    chunk: &ChunkKey,
) -> Key {
    Key::new(
        waits_partition(tenant, who),
        format!("{notification}#{chunk}"),
    )
}

pub(crate) fn held_partition(minute: i64, shard: u8) -> String {
    format!("HELD#{minute}#{shard}")
}

pub(crate) fn held(minute: i64, shard: u8, id: &str) -> Key {
    Key::new(held_partition(minute, shard), id)
}

pub(crate) fn held_cursor() -> Key {
    Key::new("TICK".to_owned(), "HELD")
}

/// What is sold of the tenant's rate.
pub(crate) fn book(tenant: &TenantId) -> Key {
    Key::new(format!("PACE#{tenant}"), "RATE")
}

/// What a conversation had lately.
pub(crate) fn window(tenant: &TenantId, conversation: &ConversationId) -> Key {
    Key::new(format!("PACE#{tenant}"), format!("CONV#{conversation}"))
}

pub(crate) fn signing_keys(issuer: &str) -> Key {
    Key::new(format!("KEYS#{issuer}"), "KEYS")
}

/// The first text after every text that starts with `bucket` and `#`.
///
/// `$` is the character after `#`, and no bucket is followed by anything else.
pub(crate) fn after_bucket(bucket: Bucket) -> String {
    format!("{bucket}$")
}
