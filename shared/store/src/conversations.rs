//! Operations on channels and group chats.

use activity::ConversationKind;
use activity::ids::{BotId, ConversationId, TeamId, TenantId};
use aws::dynamodb::{AttributeValue, ReturnValue};
use jiff::Timestamp;

use crate::answers::GONE;
use crate::change::{Change, Written};
use crate::conversation::{
    ARCHIVED, Conversation, ENTITY, KIND, NAME, SeenConversation, TEAM, TENANT,
};
use crate::error::StoreError;
use crate::installer::INSTALLER;
use crate::item::{Attributes, Item, mark, ms, s};
use crate::keys::Key;
use crate::people::millisecond;
use crate::person::{AT, REMOVED, WELCOMED};
use crate::preferences::PREFS;
use crate::reference::{BOT, SERVICE_URL, Service, VERIFIED};
use crate::requests::{Read, Transacted};
use crate::{Once, Store, keys, team};

/// Operations on channels and group chats.
#[derive(Clone, Copy, Debug)]
pub struct Conversations<'a> {
    pub(crate) store: &'a Store,
}

/// What became of remembering a channel or chat.
#[derive(Clone, Debug)]
pub struct RememberedConversation {
    /// The conversation as it is in the table now.
    pub conversation: Conversation,
    /// Whether the table did not know how to reach it before.
    pub newly_reachable: bool,
    /// Whether what was seen is older than what the table knew: the bot has
    /// been removed since.
    pub outdated: bool,
}

const RACES: u32 = 16;

impl Conversations<'_> {
    /// Remembers what was seen of a channel or chat.
    ///
    /// What is later stands, as with people; a channel is also listed under its
    /// team. When nothing is new this is one write (of the time).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remember(
        &self,
        seen: &SeenConversation,
    ) -> Result<RememberedConversation, StoreError> {
        let id = seen.reference.conversation.without_thread();
        let at = keys::conversation(&id);
        let mut item = match self.touch(&at, seen).await? {
            Written::Done(item) => {
                return Ok(RememberedConversation {
                    conversation: Conversation::read(&id, &item)?,
                    newly_reachable: false,
                    outdated: false,
                });
            }
            Written::Refused(item) => item,
        };
        for _ in 0..RACES {
            if let Some(done) = self.apply(&id, &at, seen, &item).await? {
                return Ok(done);
            }
            item = self
                .store
                .get(&at, Read::Consistent)
                .await?
                .unwrap_or_default();
        }
        Err(StoreError::Busy {
            code: "ConversationRace".to_owned(),
        })
    }

    async fn touch(&self, at: &Key, seen: &SeenConversation) -> Result<Written, StoreError> {
        let service = Service::of(&seen.reference);
        let verified = if service.is_verified() {
            "attribute_exists"
        } else {
            "attribute_not_exists"
        };
        let mut condition = format!(
            "#{AT} <= :{AT} AND attribute_not_exists(#{REMOVED}) \
             AND attribute_not_exists(#{GONE}) AND {verified}(#{VERIFIED})"
        );
        let mut change = Change::update(at.clone()).set(AT, ms(seen.at));
        let known = [
            (SERVICE_URL, Some(seen.reference.service_url.as_str())),
            (BOT, seen.reference.bot.as_ref().map(BotId::as_str)),
            (TEAM, seen.reference.team.as_ref().map(TeamId::as_str)),
            (NAME, seen.name.as_deref()),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                condition += &format!(" AND #{name} = :{name}");
                change = change.value(name, s(value));
            }
        }
        change
            .only_if(condition)
            .write_returning(self.store, ReturnValue::AllNew)
            .await
    }

    async fn apply(
        &self,
        id: &ConversationId,
        at: &Key,
        seen: &SeenConversation,
        item: &Item,
    ) -> Result<Option<RememberedConversation>, StoreError> {
        let old = Attributes::of(ENTITY, item);
        let removed = old.has(REMOVED);
        let service = Service::of(&seen.reference);
        let known_service = Service::read(&old)?;
        let time = millisecond(seen.at);
        let outdated = old
            .time(AT)
            .is_some_and(|known| known > time || (known == time && removed));
        if outdated {
            return Ok(Some(RememberedConversation {
                conversation: Conversation::read(id, item)?,
                newly_reachable: false,
                outdated: removed,
            }));
        }
        let mut change = Change::update(at.clone())
            .set_to(&format!("#{PREFS} = if_not_exists(#{PREFS}, :{PREFS})"))
            .value(PREFS, AttributeValue::M(Item::new()))
            .set(TENANT, s(seen.reference.tenant.as_str()))
            .set(KIND, s(seen.reference.kind.as_str()))
            .set(AT, ms(seen.at))
            .remove(REMOVED)
            .remove(GONE)
            .only_if(format!(
                "attribute_not_exists(#{AT}) OR #{AT} < :{AT} \
                 OR (#{AT} = :{AT} AND attribute_not_exists(#{REMOVED}))"
            ));
        let keeps_service = known_service
            .as_ref()
            .is_some_and(|known| known.is_verified() && !service.is_verified());
        if !keeps_service {
            change = change
                .set(SERVICE_URL, service.url_value())
                .set_or_remove(VERIFIED, service.verified_value());
        }
        let details = [
            (BOT, seen.reference.bot.as_ref().map(BotId::as_str)),
            (TEAM, seen.reference.team.as_ref().map(TeamId::as_str)),
            (NAME, seen.name.as_deref()),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                change = change.set(name, s(value));
            }
        }
        let team = match (&seen.reference.team, seen.reference.kind) {
            (Some(team), ConversationKind::Channel) => Some(team),
            _ => None,
        };
        let written = match team {
            None => {
                change
                    .write_returning(self.store, ReturnValue::AllNew)
                    .await?
            }
            Some(team) => {
                let listed = team::list_channel(team, id, seen.name.as_deref());
                match self.store.transact(vec![change, listed]).await? {
                    Transacted::Refused => return Ok(None),
                    Transacted::Done => {
                        let item = self.store.get(at, Read::Consistent).await?;
                        Written::Done(item.unwrap_or_default())
                    }
                }
            }
        };
        let Written::Done(item) = written else {
            return Ok(None);
        };
        Ok(Some(RememberedConversation {
            conversation: Conversation::read(id, &item)?,
            newly_reachable: known_service.is_none(),
            outdated: false,
        }))
    }

    /// Forgets how to reach a channel or chat: the bot was removed at `at`, or
    /// the channel deleted. Preferences stay, and it may be welcomed again.
    ///
    /// Returns whether it counts: `false` when something later is known, or
    /// nothing is.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        kind: ConversationKind,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let written = Change::update(keys::conversation(&id.without_thread()))
            .set(TENANT, s(tenant.as_str()))
            .set(KIND, s(kind.as_str()))
            .set(AT, ms(at))
            .set(REMOVED, mark())
            .set_to(&format!("#{PREFS} = if_not_exists(#{PREFS}, :{PREFS})"))
            .value(PREFS, AttributeValue::M(Item::new()))
            .remove(SERVICE_URL)
            .remove(VERIFIED)
            .remove(BOT)
            .remove(WELCOMED)
            .remove(INSTALLER)
            .remove(GONE)
            .only_if(format!("attribute_not_exists(#{AT}) OR #{AT} <= :{AT}"))
            .write(self.store)
            .await?;
        Ok(written.is_done())
    }

    /// Whether the channel's team is archived.
    pub(crate) async fn set_archived(
        &self,
        id: &ConversationId,
        archived: bool,
    ) -> Result<(), StoreError> {
        Change::update(keys::conversation(id))
            .set_or_remove(ARCHIVED, archived.then(mark))
            .only_if("attribute_exists(#pk)")
            .write(self.store)
            .await?;
        Ok(())
    }

    pub(crate) async fn set_name(&self, id: &ConversationId, name: &str) -> Result<(), StoreError> {
        Change::update(keys::conversation(id))
            .set(NAME, s(name))
            .only_if("attribute_exists(#pk)")
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Gives the one welcome of a channel or chat to whoever asks first, in the
    /// name of `by`; see [`People::welcome`](crate::People::welcome).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn welcome(&self, id: &ConversationId, by: &str) -> Result<Once, StoreError> {
        let key = keys::conversation(&id.without_thread());
        self.store.once(key, WELCOMED, by).await
    }

    /// The channel or chat with this id, or the channel of this thread.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        let id = id.without_thread();
        let item = self
            .store
            .get(&keys::conversation(&id), Read::Consistent)
            .await?;
        item.map(|item| Conversation::read(&id, &item)).transpose()
    }
}
