//! Buttons: what they carry, and reading it back when one is pressed.
//!
//! What a button carries comes back from the client and may be anything. It
//! is therefore only ids: of a notification, a topic, a poll. Who pressed is
//! taken from the activity, what a sender's action means from the ledger.

use crate::elements::with;
use crate::poll::PollPress;
use notifications::{NotificationKey, TopicName, durations};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A button of ours that somebody pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Be silent about a topic.
    Mute {
        /// Which topic.
        topic: TopicName,
        /// How long; absent, until it is unmuted.
        lasting: Option<Duration>,
        /// The notification that the button stood on.
        notification: Option<NotificationKey>,
    },
    /// Be silent no more.
    Unmute {
        /// Which topic.
        topic: TopicName,
        /// The notification that the button stood on.
        notification: Option<NotificationKey>,
    },
    /// Follow a topic.
    Subscribe(TopicName),
    /// Leave a topic.
    Unsubscribe(TopicName),
    /// Show the topics.
    Topics,
    /// Show what the bot understands.
    Help,
    /// Show what the reader follows and has muted.
    Status,
    /// Say why a notification came.
    Why(NotificationKey),
    /// Something about a poll.
    Poll(PollPress),
    /// A sender's own action.
    Sender {
        /// On which notification.
        notification: NotificationKey,
        /// The sender's word, to be looked up on the ledger.
        verb: String,
    },
}

/// The key under which a button's ids stand, apart from the inputs of a
/// sender's card.
const OURS: &str = "tidings";

impl Press {
    /// Reads a press: the verb of `adaptiveCard/action` if there is one, and
    /// the data of it or the `value` of an `Action.Submit`.
    ///
    /// `None` when the press is none of ours.
    #[must_use]
    pub fn read(verb: Option<&str>, data: &Value) -> Option<Self> {
        let ids = data.get(OURS)?;
        let text = |name: &str| ids.get(name).and_then(Value::as_str);
        let verb = verb.filter(|verb| !verb.is_empty()).or(text("verb"))?;
        let topic = || text("topic").and_then(|topic| topic.parse().ok());
        let notification = text("notification").and_then(|key| key.parse().ok());
        let Some(own) = verb.strip_prefix("tidings.") else {
            return Some(Self::Sender {
                notification: notification?,
                verb: verb.to_owned(),
            });
        };
        if let Some(press) = PollPress::read(own, text("poll")) {
            return Some(Self::Poll(press));
        }
        Some(match own.split_once(':').unwrap_or((own, "")) {
            ("mute", "") => Self::Mute {
                topic: topic()?,
                lasting: None,
                notification,
            },
            ("mute", lasting) => Self::Mute {
                topic: topic()?,
                lasting: Some(durations::parse(lasting)?),
                notification,
            },
            ("unmute", "") => Self::Unmute {
                topic: topic()?,
                notification,
            },
            ("subscribe", "") => Self::Subscribe(topic()?),
            ("unsubscribe", "") => Self::Unsubscribe(topic()?),
            ("topics", "") => Self::Topics,
            ("help", "") => Self::Help,
            ("status", "") => Self::Status,
            ("why", "") => Self::Why(notification?),
            _ => return None,
        })
    }

    /// The word that the press is known by.
    #[must_use]
    pub fn verb(&self) -> String {
        match self {
            Self::Mute {
                lasting: Some(lasting),
                ..
            } => format!("tidings.mute:{}", durations::print(*lasting)),
            Self::Mute { .. } => "tidings.mute".to_owned(),
            Self::Unmute { .. } => "tidings.unmute".to_owned(),
            Self::Subscribe(_) => "tidings.subscribe".to_owned(),
            Self::Unsubscribe(_) => "tidings.unsubscribe".to_owned(),
            Self::Topics => "tidings.topics".to_owned(),
            Self::Help => "tidings.help".to_owned(),
            Self::Status => "tidings.status".to_owned(),
            Self::Why(_) => "tidings.why".to_owned(),
            Self::Poll(press) => press.verb(),
            Self::Sender { verb, .. } => verb.clone(),
        }
    }

    /// What the button carries.
    pub(crate) fn data(&self) -> Value {
        let mut ids = Map::new();
        ids.insert("verb".to_owned(), self.verb().into());
        let (topic, notification) = match self {
            Self::Mute {
                topic,
                notification,
                ..
            }
            | Self::Unmute {
                topic,
                notification,
            } => (Some(topic), notification.as_ref()),
            Self::Subscribe(topic) | Self::Unsubscribe(topic) => (Some(topic), None),
            Self::Topics | Self::Help | Self::Status | Self::Poll(_) => (None, None),
            Self::Why(notification) | Self::Sender { notification, .. } => {
                (None, Some(notification))
            }
        };
        if let Self::Poll(press) = self
            && let Some(occurrence) = press.occurrence()
        {
            ids.insert("poll".to_owned(), occurrence.to_string().into());
        }
        if let Some(topic) = topic {
            ids.insert("topic".to_owned(), topic.as_str().into());
        }
        if let Some(notification) = notification {
            ids.insert("notification".to_owned(), notification.as_str().into());
        }
        with(json!({}), OURS, ids)
    }

    /// The button: `Action.Execute`, and for clients that do not know it
    /// `Action.Submit` with the same data.
    pub(crate) fn button(&self, title: &str) -> Value {
        let data = self.data();
        let fallback = json!({ "type": "Action.Submit", "title": title });
        let fallback = with(fallback, "data", data.clone());
        let button = json!({ "type": "Action.Execute", "title": title, "verb": self.verb() });
        with(with(button, "data", data), "fallback", fallback)
    }
}

#[cfg(test)]
mod tests {
    use super::Press;
    use crate::poll::PollPress;
    use notifications::{NotificationId, NotificationKey, Source};
    use serde_json::json;
    use std::time::Duration;

    fn occurrence() -> polls::OccurrenceId {
        "lunch@20261124T120000Z".parse().unwrap()
    }

    #[test]
    fn every_press_reads_back_from_both_kinds_of_button() {
        let key = NotificationKey::of(&Source::Queue, &NotificationId::new("1"));
        let topic: notifications::TopicName = "deploys".parse().unwrap();
        for press in [
            Press::Mute {
                topic: topic.clone(),
                lasting: None,
                notification: Some(key.clone()),
            },
            Press::Mute {
                topic: topic.clone(),
                lasting: Some(Duration::from_secs(86_400)),
                notification: None,
            },
            Press::Unmute {
                topic: topic.clone(),
                notification: None,
            },
            Press::Subscribe(topic.clone()),
            Press::Unsubscribe(topic),
            Press::Topics,
            Press::Help,
            Press::Status,
            Press::Why(key.clone()),
            Press::Poll(PollPress::Vote(occurrence())),
            Press::Poll(PollPress::Change(occurrence())),
            Press::Poll(PollPress::Refresh(occurrence())),
            Press::Poll(PollPress::Results(occurrence())),
            Press::Poll(PollPress::Adding(occurrence())),
            Press::Poll(PollPress::Add(occurrence())),
            Press::Poll(PollPress::Manage(occurrence())),
            Press::Poll(PollPress::Close(occurrence())),
            Press::Poll(PollPress::Extend(occurrence(), Duration::from_secs(3600))),
            Press::Poll(PollPress::Reopen(occurrence())),
            Press::Poll(PollPress::Deleting(occurrence())),
            Press::Poll(PollPress::Delete(occurrence())),
            Press::Poll(PollPress::Clone(occurrence())),
            Press::Poll(PollPress::Form),
            Press::Poll(PollPress::Create),
            Press::Sender {
                notification: key,
                verb: "approve".into(),
            },
        ] {
            let verb = press.verb();
            assert_eq!(
                Press::read(Some(&verb), &press.data()).as_ref(),
                Some(&press)
            );
            assert_eq!(Press::read(None, &press.data()).as_ref(), Some(&press));
        }
    }

    #[test]
    fn what_is_no_press_of_ours_is_none() {
        for (verb, data) in [
            (None, json!(null)),
            (None, json!("text")),
            (Some("tidings.mute"), json!({})),
            (Some("tidings.mute"), json!({"tidings": {}})),
            (Some("tidings.mute"), json!({"tidings": {"topic": 7}})),
            (
                Some("tidings.mute:soon"),
                json!({"tidings": {"topic": "a"}}),
            ),
            (Some("tidings.delete"), json!({"tidings": {"topic": "a"}})),
            (Some("tidings.poll.vote"), json!({"tidings": {}})),
            (
                Some("tidings.poll.vote"),
                json!({"tidings": {"poll": "lunch"}}),
            ),
            (
                Some("tidings.poll.extend:ever"),
                json!({"tidings": {"poll": "lunch@20261124T120000Z"}}),
            ),
            (
                Some("tidings.poll.win"),
                json!({"tidings": {"poll": "lunch@20261124T120000Z"}}),
            ),
            (
                Some("approve"),
                json!({"tidings": {"notification": "guess"}}),
            ),
        ] {
            assert_eq!(Press::read(verb, &data), None, "{verb:?} {data}");
        }
    }
}
