//! An activity that Teams sent, and what handling it needs to know.

use activity::{
    Activity, ActivityType, ChannelEventType, ConversationReference, InstallationAction, ObjectId,
    UserId,
};
use cards::{Place, Reader};
use inbound_auth::Authenticated;
use jiff::{SignedDuration, Timestamp};
use notifications::RecipientKey;
use startup::Deadline;
use store::{SeenConversation, SeenPerson, Service};

/// How far ahead of this clock another one may be. What says that it happened later than that tells nothing: were it
/// believed, nothing that somebody wants or votes until then would count.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// An activity that concerns us.
#[derive(Debug, Clone)]
pub struct Received {
    /// The activity.
    pub activity: Activity,
    /// Where it happened, with a verified service URL.
    pub reference: ConversationReference,
    /// When it happened, as far as it tells; else when it came.
    pub at: Timestamp,
    /// By when it must be answered.
    pub deadline: Deadline,
    /// Names what this activity sets off: the same whenever it is delivered again.
    pub word: String,
}

/// What an activity is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Somebody wrote something, or used a button of an old client.
    Message,
    /// Somebody wrote something else than before.
    Edit,
    /// Something waits for the answer's body.
    Invoke,
    /// The app was installed or removed.
    Installation,
    /// Members, the team or its channels changed.
    Conversation,
}

impl Concern {
    /// What an activity is to us; `None` when nothing follows from it, so that it is answered 200 and no more.
    ///
    /// Reactions, deletions, read receipts and everything that is unknown are of this kind, whatever else they lack.
    #[must_use]
    pub fn of(activity: &Activity) -> Option<Self> {
        match activity.activity_type {
            ActivityType::Message => Some(Self::Message),
            ActivityType::MessageUpdate => {
                let edited = activity.event_type() == Some(ChannelEventType::EditMessage);
                edited.then_some(Self::Edit)
            }
            ActivityType::Invoke => Some(Self::Invoke),
            ActivityType::InstallationUpdate => match activity.action {
                None | Some(InstallationAction::Other(_)) => None,
                Some(_) => Some(Self::Installation),
            },
            ActivityType::ConversationUpdate => {
                use ChannelEventType as Event;
                match activity.event_type() {
                    Some(
                        Event::Other(_)
                        | Event::ChannelShared
                        | Event::ChannelUnshared
                        | Event::ChannelMemberAdded
                        | Event::ChannelMemberRemoved,
                    ) => None,
                    _ => Some(Self::Conversation),
                }
            }
            _ => None,
        }
    }
}

impl Received {
    /// Takes in an activity; `None` when it names no conversation or no tenant.
    #[must_use]
    pub fn new(
        authenticated: Authenticated<Activity>,
        word: String,
        now: Timestamp,
        deadline: Deadline,
    ) -> Option<Self> {
        let reference = authenticated.reference()?;
        let activity = authenticated.into_activity();
        let at = activity
            .timestamp
            .as_ref()
            .and_then(activity::WireTime::instant)
            .filter(|at| at.duration_since(now) <= AHEAD)
            .unwrap_or(now);
        Some(Self {
            activity,
            reference,
            at,
            deadline,
            word,
        })
    }

    /// Who sent it, for those who read what they get.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self.activity.sender_locale().as_deref(), self.place())
    }

    /// Who sent it, reading what concerns them alone wherever they are.
    #[must_use]
    pub fn reader_alone(&self) -> Reader {
        Reader::personal(self.activity.sender_locale().as_deref())
    }

    /// Where it happened, as cards say it.
    #[must_use]
    pub fn place(&self) -> Place {
        use activity::ConversationKind as Kind;
        match self.reference.kind {
            Kind::Personal => Place::Personal,
            Kind::GroupChat => Place::Chat,
            Kind::Channel => Place::Channel,
        }
    }

    /// Whether it happened between one person and the bot.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.place() == Place::Personal
    }

    /// Who sent it, by Entra object id.
    #[must_use]
    pub fn sender_object_id(&self) -> Option<ObjectId> {
        self.activity.from_object_id()
    }

    /// Who sent it, by the id that this bot knows them by.
    #[must_use]
    pub fn sender_user(&self) -> Option<UserId> {
        self.activity.from_user_id()
    }

    /// What Teams calls who sent it.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        self.activity.from.as_ref()?.name.as_deref()
    }

    /// The sender's key, as far as the activity alone tells it.
    #[must_use]
    pub fn sender_key(&self) -> Option<RecipientKey> {
        match (self.sender_object_id(), self.sender_user()) {
            (Some(id), _) => Some(RecipientKey::person(&id)),
            (None, Some(user)) => Some(RecipientKey::person_by_teams_id(&user)),
            (None, None) => None,
        }
    }

    /// What it tells about its sender: with their conversation if it happened there.
    #[must_use]
    pub fn seen_sender(&self) -> SeenPerson {
        if self.is_personal() {
            return SeenPerson::in_conversation(self.reference.clone(), self.at);
        }
        SeenPerson {
            object_id: self.sender_object_id(),
            user: self.sender_user(),
            locale: self
                .activity
                .sender_locale()
                .and_then(|tag| tag.parse().ok()),
            service: Some(Service::of(&self.reference)),
            ..SeenPerson::new(self.reference.tenant.clone(), self.at)
        }
    }

    /// What it tells about the channel or chat it happened in.
    #[must_use]
    pub fn seen_conversation(&self) -> SeenConversation {
        let told = self.activity.conversation.as_ref();
        SeenConversation {
            reference: self.reference.clone(),
            name: told.and_then(|conversation| conversation.name.clone()),
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn concern(activity: Value) -> Option<Concern> {
        Concern::of(&serde_json::from_value(activity).expect("an activity"))
    }

    #[test]
    fn nothing_follows_from_what_is_unknown_or_of_no_use() {
        for activity in [
            json!({ "type": "messageReaction", "reactionsAdded": [{ "type": "like" }] }),
            json!({ "type": "messageDelete" }),
            json!({ "type": "messageUpdate", "channelData": { "eventType": "undeleteMessage" } }),
            json!({ "type": "event", "name": "application/vnd.microsoft.readReceipt" }),
            json!({ "type": "typing" }),
            json!({ "type": "brand-new" }),
            json!({ "type": "conversationUpdate", "channelData": { "eventType": "otherEvent" } }),
            json!({ "type": "conversationUpdate", "channelData": { "eventType": "channelShared" } }),
            json!({ "type": "installationUpdate", "action": "moved" }),
            json!({ "type": "installationUpdate" }),
        ] {
            assert_eq!(concern(activity.clone()), None, "{activity}");
        }
    }

    #[test]
    fn an_edit_is_something_that_was_written() {
        let edit =
            json!({ "type": "messageUpdate", "channelData": { "eventType": "editMessage" } });
        assert_eq!(concern(edit), Some(Concern::Edit));
        let members = json!({ "type": "conversationUpdate", "membersAdded": [] });
        assert_eq!(concern(members), Some(Concern::Conversation));
    }
}
