//! A person, as the table has them.

use activity::ConversationKind;
use activity::ConversationReference;
use activity::ids::{BotId, ConversationId, ObjectId, TenantId, UserId};
use jiff::Timestamp;
use notifications::{Locale, Recipient, RecipientKey};

use crate::answers::GONE;
use crate::error::StoreError;
use crate::item::{Attributes, Item};
use crate::preferences::{self, Preferences};
use crate::reference::{BOT, Service, Stored};

pub(crate) const ENTITY: &str = "person";

pub(crate) const CONVERSATION: &str = "conversation";
pub(crate) const USER: &str = "user";
pub(crate) const UPN: &str = "upn";
pub(crate) const MAIL: &str = "mail";
pub(crate) const LOCALE: &str = "locale";
pub(crate) const AT: &str = "at";
pub(crate) const REMOVED: &str = "removed";
pub(crate) const BLOCKED: &str = "blocked";
pub(crate) const WELCOMED: &str = "welcomed";

/// What an activity, a roster or a created conversation tells about a person.
///
/// What is `None` is not known, and takes nothing away.
#[derive(Clone, Debug)]
pub struct SeenPerson {
    /// Their tenant.
    pub tenant: TenantId,
    /// Their Entra object id.
    pub object_id: Option<ObjectId>,
    /// Their `29:` id.
    pub user: Option<UserId>,
    /// Their user principal name.
    pub upn: Option<String>,
    /// Their e-mail address.
    pub mail: Option<String>,
    /// The locale that they read.
    pub locale: Option<Locale>,
    /// Their personal conversation with the bot. Only with it does a person
    /// count as having the app.
    pub reference: Option<ConversationReference>,
    /// Where their tenant's Connector is, from a roster; a reference says it
    /// itself.
    pub service: Option<Service>,
    /// When it was so: the activity's own time. What is later stands.
    pub at: Timestamp,
}

impl SeenPerson {
    /// A person about whom nothing else is known.
    #[must_use]
    pub fn new(tenant: TenantId, at: Timestamp) -> Self {
        Self {
            tenant,
            object_id: None,
            user: None,
            upn: None,
            mail: None,
            locale: None,
            reference: None,
            service: None,
            at,
        }
    }

    /// A person in their personal conversation with the bot.
    #[must_use]
    pub fn in_conversation(reference: ConversationReference, at: Timestamp) -> Self {
        Self {
            object_id: reference.object_id.clone(),
            user: reference.user.clone(),
            locale: reference.locale.as_deref().and_then(|tag| tag.parse().ok()),
            tenant: reference.tenant.clone(),
            reference: Some(reference),
            ..Self::new(TenantId::new(""), at)
        }
    }

    pub(crate) fn service(&self) -> Option<Service> {
        match &self.reference {
            Some(reference) => Some(Service::of(reference)),
            None => self.service.clone(),
        }
    }

    pub(crate) fn bot(&self) -> Option<&BotId> {
        self.reference.as_ref()?.bot.as_ref()
    }
}

/// How a person can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most people have the app; a box would be an allocation for each of them"
)]
pub enum Reach {
    /// In their personal conversation with the bot.
    Conversation(ConversationReference),
    /// Not yet: they are known (from a team's roster, or by id), and a personal
    /// conversation has to be created first.
    NotYet,
    /// They had the app and removed it.
    Removed,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their key, everywhere.
    pub key: RecipientKey,
    /// Their tenant.
    pub tenant: TenantId,
    /// Their Entra object id.
    pub object_id: Option<ObjectId>,
    /// Their `29:` id.
    pub user: Option<UserId>,
    /// Their user principal name.
    pub upn: Option<String>,
    /// Their e-mail address.
    pub mail: Option<String>,
    /// The locale that they read.
    pub locale: Option<Locale>,
    /// How they can be reached.
    pub reach: Reach,
    /// Where their tenant's Connector is, as far as known: what creating a
    /// conversation with them needs.
    pub service: Option<Service>,
    /// Since when they block the bot, as a send told.
    pub blocked: Option<Timestamp>,
    /// Since when their conversation is not found, as sends told.
    pub gone: Option<Timestamp>,
    /// Whether they were welcomed.
    pub welcomed: bool,
    /// What they want of topics.
    pub preferences: Preferences,
}

impl Person {
    /// The reference of their personal conversation, if they have the app.
    #[must_use]
    pub fn reference(&self) -> Option<&ConversationReference> {
        match &self.reach {
            Reach::Conversation(reference) => Some(reference),
            Reach::NotYet | Reach::Removed => None,
        }
    }

    /// What to call them where others read it: their user principal name or mail address.
    #[must_use]
    pub fn called(&self) -> Option<&str> {
        self.upn.as_deref().or(self.mail.as_deref())
    }

    /// Whether they have the app.
    #[must_use]
    pub fn has_the_app(&self) -> bool {
        self.reference().is_some()
    }

    pub(crate) fn read(
        tenant: &TenantId,
        key: &RecipientKey,
        item: &Item,
    ) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let text = |name| read.text(name).map(str::to_owned);
        let (object_id, by_teams_id) = match key.recipient() {
            Recipient::Person(id) => (Some(id), None),
            Recipient::PersonByTeamsId(id) => (None, Some(id)),
            _ => (None, None),
        };
        let user = read.text(USER).map(UserId::new).or(by_teams_id);
        let service = Service::read(&read)?;
        let reach = match (read.text(CONVERSATION), &service) {
            (Some(conversation), Some(service)) => {
                let stored = Stored {
                    conversation: ConversationId::new(conversation),
                    kind: ConversationKind::Personal,
                    tenant: tenant.clone(),
                    service: service.clone(),
                    user: user.clone(),
                    object_id: object_id.clone(),
                    bot: read.text(BOT).map(BotId::new),
                    team: None,
                    locale: text(LOCALE),
                };
                Reach::Conversation(stored.into())
            }
            _ if read.has(REMOVED) => Reach::Removed,
            _ => Reach::NotYet,
        };
        Ok(Self {
            key: key.clone(),
            tenant: tenant.clone(),
            object_id,
            user,
            upn: text(UPN),
            mail: text(MAIL),
            // A locale that this version cannot read is one nobody asked for.
            locale: read.text(LOCALE).and_then(|tag| tag.parse().ok()),
            reach,
            service,
            blocked: read.time(BLOCKED),
            gone: read.time(GONE),
            welcomed: read.has(WELCOMED),
            preferences: preferences::read(item)?,
        })
    }
}
