//! A channel or group chat, as the table has it.

use activity::ConversationKind;
use activity::ConversationReference;
use activity::ids::{BotId, ConversationId, TeamId, TenantId};
use jiff::Timestamp;
use notifications::RecipientKey;

use crate::answers::GONE;
use crate::error::StoreError;
use crate::installer::INSTALLER;
use crate::item::{Attributes, Item};
use crate::preferences::{self, Preferences};
use crate::reference::{BOT, Service, Stored};

pub(crate) const ENTITY: &str = "conversation";

pub(crate) const TENANT: &str = "tenant";
pub(crate) const KIND: &str = "kind";
pub(crate) const TEAM: &str = "team";
pub(crate) const NAME: &str = "name";
pub(crate) const ARCHIVED: &str = "archived";

/// What an activity, or a team's list of channels, tells about a channel or
/// chat.
#[derive(Clone, Debug)]
pub struct SeenConversation {
    /// Where it is. A thread's id stands for its channel.
    pub reference: ConversationReference,
    /// Its name, if it was told.
    pub name: Option<String>,
    /// When it was so: the activity's own time. What is later stands.
    pub at: Timestamp,
}

/// A channel or group chat.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its id, without a thread.
    pub id: ConversationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What sort it is.
    pub kind: ConversationKind,
    /// The team of a channel.
    pub team: Option<TeamId>,
    /// Its name, if one was told.
    pub name: Option<String>,
    /// Where to send; `None` when the bot was removed, or the channel deleted.
    pub reference: Option<ConversationReference>,
    /// Since when it is not found, as sends told.
    pub gone: Option<Timestamp>,
    /// Whether its team is archived: nothing is sent until it is not.
    pub archived: bool,
    /// Whether it was welcomed.
    pub welcomed: bool,
    /// Who installed the app, in a chat. For a channel its team knows.
    pub installer: Option<RecipientKey>,
    /// What it wants of topics.
    pub preferences: Preferences,
}

impl Conversation {
    pub(crate) fn read(id: &ConversationId, item: &Item) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let tenant = TenantId::new(read.need_text(TENANT)?);
        let kind = ConversationKind::from_wire(read.need_text(KIND)?)
            .ok_or_else(|| read.unreadable(KIND))?;
        let team = read.text(TEAM).map(TeamId::new);
        let reference = Service::read(&read)?.map(|service| {
            let stored = Stored {
                conversation: id.clone(),
                kind,
                tenant: tenant.clone(),
                service,
                user: None,
                object_id: None,
                bot: read.text(BOT).map(BotId::new),
                team: team.clone(),
                locale: None,
            };
            stored.into()
        });
        Ok(Self {
            id: id.clone(),
            tenant,
            kind,
            team,
            name: read.text(NAME).map(str::to_owned),
            reference,
            gone: read.time(GONE),
            archived: read.has(ARCHIVED),
            welcomed: read.has(crate::person::WELCOMED),
            installer: read.parsed(INSTALLER)?,
            preferences: preferences::read(item)?,
        })
    }
}
