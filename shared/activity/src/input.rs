use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::account::ChannelAccount;
use crate::activity_type::{ActivityType, AttachmentLayout, Importance, TextFormat};
use crate::attachment::Attachment;
use crate::entity::Entity;
use crate::ids::ActivityId;
use crate::outbound_channel_data::OutboundChannelData;
use crate::wire_time::WireTime;

/// An activity to send: content only.
///
/// It has no id, no service URL, no sender and no conversation, so nobody can
/// send any (A2031, A2302): the URL and the token decide those. What is absent
/// is left out, because the Connector may refuse explicit nulls. Debug output
/// has no text and no content.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityInput {
    /// What kind of activity it is.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// What to write. With an attachment in one activity, Teams makes two
    /// messages of it and names no id: put the text into the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How the text is to be read; sources disagree on the default, so say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_format: Option<TextFormat>,
    /// What a toast shows of a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What a screen reader says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speak: Option<String>,
    /// The language of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Whether the bot waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_hint: Option<String>,
    /// Cards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// How several attachments are laid out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_layout: Option<AttachmentLayout>,
    /// Mentions and labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// Buttons below the compose box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_actions: Option<Value>,
    /// What Teams wants beside the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_data: Option<OutboundChannelData>,
    /// The message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<ActivityId>,
    /// Who alone is to see a targeted message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<ChannelAccount>,
    /// When it is of no use any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<WireTime>,
    /// The name of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What an event carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl ActivityInput {
    /// A message with nothing in it yet.
    #[must_use]
    pub fn message() -> Self {
        Self::of_type(ActivityType::Message)
    }

    /// A message of plain text.
    #[must_use]
    pub fn message_text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            text_format: Some(TextFormat::Plain),
            ..Self::message()
        }
    }

    /// A message in Teams' subset of Markdown.
    #[must_use]
    pub fn message_markdown(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            text_format: Some(TextFormat::Markdown),
            ..Self::message()
        }
    }

    /// A message that is an Adaptive Card; `summary` is what a toast shows of it.
    #[must_use]
    pub fn message_card(card: Value, summary: impl Into<String>) -> Self {
        Self {
            summary: Some(summary.into()),
            attachments: vec![Attachment::adaptive_card(card)],
            ..Self::message()
        }
    }

    /// The sign that the bot is typing.
    #[must_use]
    pub fn typing() -> Self {
        Self::of_type(ActivityType::Typing)
    }

    /// An activity of any type, with nothing in it yet.
    #[must_use]
    pub fn of_type(activity_type: ActivityType) -> Self {
        Self {
            activity_type,
            text: None,
            text_format: None,
            summary: None,
            speak: None,
            locale: None,
            input_hint: None,
            attachments: Vec::new(),
            attachment_layout: None,
            entities: Vec::new(),
            importance: None,
            suggested_actions: None,
            channel_data: None,
            reply_to_id: None,
            recipient: None,
            expiration: None,
            name: None,
            value: None,
        }
    }

    /// The same as an answer to this message.
    #[must_use]
    pub fn in_reply_to(mut self, message: ActivityId) -> Self {
        self.reply_to_id = Some(message);
        self
    }

    /// The same with a toast in the reader's activity feed; posts in channels
    /// and chats otherwise only show as unread.
    #[must_use]
    pub fn with_alert(mut self) -> Self {
        let data = self.channel_data.get_or_insert_default();
        data.notification.get_or_insert_default().alert = Some(true);
        self
    }

    /// The same with this importance.
    #[must_use]
    pub fn with_importance(mut self, importance: Importance) -> Self {
        self.importance = Some(importance);
        self
    }

    /// The same with a mention. The text must contain `<at>{name}</at>`.
    #[must_use]
    pub fn with_mention(mut self, id: &str, name: &str) -> Self {
        let text = format!("<at>{name}</at>");
        self.entities.push(Entity::mention(id, name, &text));
        self
    }

    /// The Adaptive Card of the message, if it has one.
    #[must_use]
    pub fn card(&self) -> Option<&Value> {
        let mut attachments = self.attachments.iter();
        attachments.find_map(Attachment::as_adaptive_card)
    }
}

impl fmt::Debug for ActivityInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityInput")
            .field("activity_type", &self.activity_type)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn a_card_message_says_no_more_than_it_must() {
        let card = json!({ "type": "AdaptiveCard", "version": "1.5" });
        let input = ActivityInput::message_card(card.clone(), "Build failed").with_alert();
        assert_eq!(
            to_value(&input).unwrap(),
            json!({
                "type": "message",
                "summary": "Build failed",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": card,
                }],
                "channelData": { "notification": { "alert": true } },
            })
        );
        assert_eq!(input.card(), Some(&card));
    }

    #[test]
    fn a_mention_is_spelt_as_the_text_spells_it() {
        let input = ActivityInput::message_text("<at>Ada</at> look").with_mention("29:a", "Ada");
        assert_eq!(
            to_value(&input).unwrap()["entities"],
            json!([{
                "type": "mention",
                "mentioned": { "id": "29:a", "name": "Ada" },
                "text": "<at>Ada</at>",
            }])
        );
    }

    #[test]
    fn debug_output_tells_no_text() {
        let input = ActivityInput::message_card(json!({ "secret": 1 }), "secret");
        assert!(!format!("{input:?}").contains("secret"));
    }
}
