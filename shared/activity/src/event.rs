use serde::Deserialize;
use serde_json::Value;

use crate::account::ChannelAccount;
use crate::activity::Activity;
use crate::activity_type::ActivityType;
use crate::ids::ActivityId;
use crate::wire_time::WireTime;

/// An `event` activity: something to know of, that wants no answer
/// (protocol reference §3.2).
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Somebody has read up to a message, in personal scope.
    ReadReceipt(ReadReceipt),
    /// A meeting began.
    MeetingStart(Meeting),
    /// A meeting ended.
    MeetingEnd(Meeting),
    /// People joined a meeting.
    ParticipantJoin(MeetingParticipants),
    /// People left a meeting.
    ParticipantLeave(MeetingParticipants),
    /// An event this crate does not know, or whose value it cannot read.
    Other {
        /// The event's name.
        name: Option<String>,
        /// What it carries.
        value: Option<Value>,
    },
}

/// How far a conversation was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadReceipt {
    /// The last message read. Ids of messages are ordered as numbers.
    pub last_read_message_id: ActivityId,
}

impl ReadReceipt {
    /// Whether a message has been read. False for ids that are not numbers.
    #[must_use]
    pub fn covers(&self, message: &ActivityId) -> bool {
        let number = |id: &ActivityId| id.as_str().parse::<u64>().ok();
        match (number(message), number(&self.last_read_message_id)) {
            (Some(message), Some(read)) => message <= read,
            _ => false,
        }
    }
}

/// A meeting that began or ended. Teams writes these members in PascalCase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Meeting {
    /// The meeting's id, base64.
    pub id: Option<String>,
    /// Such as `Scheduled`.
    pub meeting_type: Option<String>,
    /// How to join.
    pub join_url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When it began.
    pub start_time: Option<WireTime>,
    /// When it ended.
    pub end_time: Option<WireTime>,
}

/// People who joined or left a meeting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeetingParticipants {
    /// Who.
    pub members: Vec<MeetingParticipant>,
}

/// Somebody in a meeting.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct MeetingParticipant {
    /// Who.
    pub user: ChannelAccount,
    /// As what.
    pub meeting: MeetingRole,
}

/// The part somebody has in a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeetingRole {
    /// Whether they are in it now.
    pub in_meeting: Option<bool>,
    /// Such as `Organizer`, `Presenter`, `Attendee`.
    pub role: Option<String>,
}

impl Activity {
    /// The activity as an `event`.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        if self.activity_type != ActivityType::Event {
            return None;
        }
        let name = self.name.as_deref().unwrap_or_default();
        let known = match name.strip_prefix("application/vnd.microsoft.") {
            Some("readReceipt") => self.read_value().map(Event::ReadReceipt),
            Some("meetingStart") => self.read_value().map(Event::MeetingStart),
            Some("meetingEnd") => self.read_value().map(Event::MeetingEnd),
            Some("meetingParticipantJoin") => self.read_value().map(Event::ParticipantJoin),
            Some("meetingParticipantLeave") => self.read_value().map(Event::ParticipantLeave),
            _ => None,
        };
        Some(known.unwrap_or_else(|| Event::Other {
            name: self.name.clone(),
            value: self.value.clone(),
        }))
    }

    fn read_value<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.value.as_ref()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(name: &str, value: Value) -> Event {
        let name = format!("application/vnd.microsoft.{name}");
        let activity: Activity =
            serde_json::from_value(json!({ "type": "event", "name": name, "value": value }))
                .unwrap();
        activity.event().unwrap()
    }

    #[test]
    fn a_read_receipt_covers_what_is_not_newer() {
        let Event::ReadReceipt(receipt) = event(
            "readReceipt",
            json!({ "lastReadMessageId": "1692206589131" }),
        ) else {
            panic!("not a read receipt");
        };
        assert!(receipt.covers(&"1692206589131".into()));
        assert!(receipt.covers(&"992206589131".into()), "fewer digits");
        assert!(!receipt.covers(&"1692206589132".into()));
        assert!(!receipt.covers(&"f:guid".into()));
    }

    #[test]
    fn meeting_members_are_in_pascal_case_and_participants_in_camel_case() {
        let Event::MeetingStart(meeting) = event(
            "meetingStart",
            json!({ "Id": "MCMx", "Title": "Stand-up", "StartTime": "2026-01-05T09:00:00Z" }),
        ) else {
            panic!("not a meeting start");
        };
        assert_eq!(meeting.title.as_deref(), Some("Stand-up"));
        let Event::ParticipantLeave(left) = event(
            "meetingParticipantLeave",
            json!({ "members": [{ "user": { "id": "29:ada" }, "meeting": { "inMeeting": false } }] }),
        ) else {
            panic!("not a participant event");
        };
        assert_eq!(left.members[0].meeting.in_meeting, Some(false));
    }

    #[test]
    fn unknown_and_unreadable_events_survive() {
        assert!(matches!(event("brandNew", json!(1)), Event::Other { .. }));
        let odd = event("readReceipt", json!({ "lastReadMessageId": 5 }));
        assert!(matches!(odd, Event::Other { value: Some(_), .. }));
    }
}
