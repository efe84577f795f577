//! Background work, on its way to `tasks`.

use activity::ids::{ConversationId, ObjectId, TeamId, TenantId, UserId};
use jiff::Timestamp;
use notifications::{NotificationKey, RecipientKey};
use serde::{Deserialize, Serialize};

use crate::chunk::ChunkKey;
use crate::envelope::{self, WorkItemError};

const KIND: &str = "task";

/// Work that is too slow for the turn in which it was found.
///
/// Every task may arrive twice, and may be stopped anywhere: doing it again
/// changes nothing that is already done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// Read a page of a team's roster.
    SyncRoster(SyncRoster),
    /// Forget a team that the bot was removed from.
    ForgetTeam(ForgetTeam),
    /// Welcome a person, or the channel or chat that was picked.
    Welcome(Welcome),
    /// Publish the event of a click that is on the ledger.
    PublishAction(PublishAction),
    /// Go on with a broadcast about which somebody decided.
    GoOn(GoOn),
    /// Send what waited for somebody who has the app now.
    SendWaiting(SendWaiting),
    /// Fetch the Connector's signing keys and keep them.
    RefreshSigningKeys(RefreshSigningKeys),
    /// Send again what had failed of a notification.
    Resend(Resend),
    /// Delete what was sent of a notification.
    Recall(Recall),
    /// Replace what was sent of a notification.
    Update(Update),
    /// Look whether a notification has ended.
    Settle(Settle),
    /// Edit the cards of a poll that many see.
    EditPoll(EditPoll),
}

/// A roster is read in pages; each page queues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRoster {
    /// The team's tenant.
    pub tenant: TenantId,
    /// The team.
    pub team: TeamId,
    /// When this reading of the roster began; absent on the first page.
    /// Whoever no page of this reading showed has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Timestamp>,
    /// Where the Connector goes on; absent on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
    /// A reading that began since then, and has ended, is enough: both
    /// activities of an installation ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// The bot was removed from a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetTeam {
    /// The team's tenant.
    pub tenant: TenantId,
    /// The team.
    pub team: TeamId,
    /// When the bot was removed. Whatever the team learned later stays.
    pub at: Timestamp,
}

/// A welcome, sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The tenant.
    pub tenant: TenantId,
    /// Who is welcomed.
    pub to: WelcomeTo,
    /// Who installed the app, as the activity told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_by: Option<UserId>,
    /// The same person's Entra object id, as the activity told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_by_object_id: Option<ObjectId>,
    /// The locale of the activity: that of whoever installed the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// In whose name the one welcome is asked for: the same in every copy of
    /// this task, another in every other task.
    pub by: String,
}

/// Where a welcome goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WelcomeTo {
    /// A person, in personal scope.
    Person(RecipientKey),
    /// The channel picked when a team installed the app.
    Team {
        /// The team.
        team: TeamId,
        /// The channel picked.
        channel: ConversationId,
    },
    /// A group chat.
    Chat(ConversationId),
}

/// A click on a sender's verb, to be published on our event bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishAction {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// The verb that was clicked.
    pub verb: String,
    /// Who clicked.
    pub by: RecipientKey,
}

/// Somebody decided about a broadcast; what they decided is on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoOn {
    /// The notification on the ledger.
    pub notification: NotificationKey,
}

/// The app is where it was missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendWaiting {
    /// The recipients' tenant.
    pub tenant: TenantId,
    /// Who has the app now: a person by every key that a message may know them
    /// by, or a channel or chat.
    pub recipients: Vec<RecipientKey>,
}

/// The daily refresh of the signing keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshSigningKeys {}

/// Which recipients are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// Those who failed.
    Failed,
    /// Those of whom nobody knows: they may get it twice.
    Unknown,
}

/// Sends a notification that has ended again, to exactly those for whom it
/// ended so; their new outcome takes the place of the old one. The chunks are
/// gone through in pages; each page queues the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// Who gets it again.
    pub which: Which,
    /// Names the request: the same in every copy of it. Nobody is sent to again
    /// twice for one request.
    pub request: String,
    /// The last chunk that was looked at; absent on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ChunkKey>,
}

/// Cancels a notification, then deletes its message wherever it was sent. What
/// could not be deleted is tried again by another request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// Names the request: the same in every copy of it.
    pub request: String,
    /// The last chunk that was looked at; absent on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ChunkKey>,
}

/// Replaces a notification's message wherever it was sent, by what the ledger
/// has under this revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// The revision on the ledger.
    pub revision: String,
    /// The last chunk that was looked at; absent on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ChunkKey>,
}

/// Looks whether a notification has ended, because a worker may have died
/// before it could tell; looks again later if it has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The notification on the ledger.
    pub notification: NotificationKey,
    /// How many times it was looked at.
    #[serde(default)]
    pub looks: u32,
}

/// Edits the cards with which a poll asks where many read them, because there
/// is something new on it. That an edit is due is in the table; the task only
/// says when to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditPoll {
    /// The notification that asks, on the ledger.
    pub notification: NotificationKey,
}

/// What the revisions are called that show a poll as it goes.
const LIVE: &str = "live-";

impl EditPoll {
    /// The revision that belongs to an edit, by its number.
    #[must_use]
    pub fn revision(number: u64) -> String {
        format!("{LIVE}{number}")
    }

    /// Whether a revision belongs to such an edit. It is for channels and
    /// chats alone: whoever has a card of their own is shown what is new when
    /// they use it.
    #[must_use]
    pub fn is_revision(revision: &str) -> bool {
        revision.starts_with(LIVE)
    }
}

impl Task {
    /// The task's name in logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SyncRoster(_) => "sync-roster",
            Self::ForgetTeam(_) => "forget-team",
            Self::Welcome(_) => "welcome",
            Self::PublishAction(_) => "publish-action",
            Self::GoOn(_) => "go-on",
            Self::SendWaiting(_) => "send-waiting",
            Self::RefreshSigningKeys(_) => "refresh-signing-keys",
            Self::Resend(_) => "resend",
            Self::Recall(_) => "recall",
            Self::Update(_) => "update",
            Self::Settle(_) => "settle",
            Self::EditPoll(_) => "edit-poll",
        }
    }

    /// Reads a message body.
    ///
    /// # Errors
    ///
    /// [`WorkItemError`]: no later attempt can succeed.
    pub fn parse(body: &str) -> Result<Self, WorkItemError> {
        envelope::parse(KIND, body)
    }

    /// The message body.
    #[must_use]
    pub fn to_body(&self) -> String {
        envelope::write(KIND, self)
    }
}
