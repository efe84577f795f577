use serde::Serialize;

use crate::ids::UserId;

/// What Teams wants to know beside a message's content (`channelData`,
/// protocol reference §3.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundChannelData {
    /// How the reader is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<NotificationInfo>,
    /// The person to show as the sender, "via" the bot: one at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_behalf_of: Vec<OnBehalfOf>,
    /// How the reader can rate the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_loop: Option<FeedbackLoop>,
}

/// How a reader is told of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationInfo {
    /// Show a toast and an entry in the activity feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<bool>,
    /// Show a bubble in the meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_in_meeting: Option<bool>,
    /// What the bubble holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_resource_url: Option<String>,
}

/// The person on whose behalf a message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnBehalfOf {
    /// Who.
    pub user: UserId,
    /// Shown when Teams cannot resolve the id.
    pub display_name: String,
}

impl Serialize for OnBehalfOf {
    /// The constant members are what Teams documents, `itemid` in lower case.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            itemid: u8,
            mention_type: &'static str,
            mri: &'a UserId,
            display_name: &'a str,
        }
        Wire {
            itemid: 0,
            mention_type: "person",
            mri: &self.user,
            display_name: &self.display_name,
        }
        .serialize(serializer)
    }
}

/// How a reader can rate a message; the rating comes back as an invoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum FeedbackLoop {
    /// Teams' own form: `message/submitAction`.
    Default,
    /// The bot's dialog: `message/fetchTask`.
    Custom,
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn a_sender_in_whose_name_is_spelt_as_teams_wants_it() {
        let data = OutboundChannelData {
            on_behalf_of: vec![OnBehalfOf {
                user: "29:ada".into(),
                display_name: "Ada".into(),
            }],
            feedback_loop: Some(FeedbackLoop::Default),
            ..OutboundChannelData::default()
        };
        assert_eq!(
            to_value(&data).unwrap(),
            json!({
                "onBehalfOf": [{
                    "itemid": 0, "mentionType": "person", "mri": "29:ada", "displayName": "Ada",
                }],
                "feedbackLoop": { "type": "default" },
            })
        );
    }
}
