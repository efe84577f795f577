//! Operations on people.

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use notifications::{Locale, RecipientKey};

use crate::answers::GONE;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, s};
use crate::merge::MOVED;
use crate::person::{AT, BLOCKED, CONVERSATION, ENTITY, LOCALE, Person, REMOVED, WELCOMED};
use crate::preferences::PREFS;
use crate::requests::{Read, Transacted};
use crate::{Once, Store, keys};

/// For how long after a person was seen in their conversation nobody notes that they block the bot.
///
/// Who keeps in mind that they were seen, and asks nothing of the table meanwhile, forgets it sooner: there must be time for
/// clocks that differ, and for an activity that was long under way.
pub const UNBLOCKABLE: SignedDuration = SignedDuration::from_secs(90);

/// Operations on people.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    pub(crate) store: &'a Store,
}

impl People<'_> {
    /// Forgets how to reach a person, because the bot was removed at `at`.
    ///
    /// Their preferences, and their membership of teams that still have the
    /// app, stay. Returns whether it counts: `false` when something later is
    /// known.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let person = Change::update(keys::person(tenant, key))
            .set(AT, ms(at))
            .set(REMOVED, mark())
            .set_to(&format!("#{PREFS} = if_not_exists(#{PREFS}, :{PREFS})"))
            .value(PREFS, AttributeValue::M(Item::new()))
            .remove(CONVERSATION)
            .remove(GONE)
            .only_if(format!("attribute_not_exists(#{AT}) OR #{AT} <= :{AT}"));
        self.point_to(tenant, key).await?;
        let everyone = Change::delete(keys::everyone(tenant, key));
        let transacted = self.store.transact(vec![person, everyone]).await?;
        Ok(matches!(transacted, Transacted::Done))
    }

    /// Notes that a send was refused because the person blocks the bot, or an
    /// admin disabled it for them.
    ///
    /// Anything seen of them in their personal conversation lifts it, and so
    /// does [`heard_from`](Self::heard_from). For [a while](UNBLOCKABLE) after
    /// they were seen there nothing is noted: whoever writes several commands in
    /// a row need not be asked about each time. The next send meets the same end.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn blocked(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        Change::update(keys::person(tenant, key))
            .set(BLOCKED, ms(at))
            .only_if(format!(
                "attribute_exists(#pk) AND attribute_not_exists(#{MOVED}) \
                 AND (attribute_not_exists(#{AT}) OR #{AT} <= :seen)"
            ))
            .value("seen", ms(at - UNBLOCKABLE))
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Lifts a block, because the person used the bot somewhere at `at`.
    ///
    /// Half a read for whoever does not block the bot, and no write.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn heard_from(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let person = keys::person(tenant, key);
        let item = self.store.get(&person, Read::Eventual).await?;
        if item.is_some_and(|item| item.contains_key(BLOCKED)) {
            Change::update(person)
                .remove(BLOCKED)
                .only_if(format!("#{BLOCKED} <= :at"))
                .value("at", ms(at))
                .write(self.store)
                .await?;
        }
        Ok(())
    }

    /// Records the locale that a person reads.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn set_locale(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
        locale: &Locale,
    ) -> Result<(), StoreError> {
        Change::update(keys::person(tenant, key))
            .set(LOCALE, s(locale.as_str()))
            .only_if("attribute_exists(#pk)")
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Gives the one welcome that a person gets to whoever asks first.
    ///
    /// `by` names the asker (the activity being handled): when it asks again
    /// after a crash, it still is the one.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn welcome(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
        by: &str,
    ) -> Result<Once, StoreError> {
        self.store
            .once(keys::person(tenant, key), WELCOMED, by)
            .await
    }

    /// The person with this key.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
    ) -> Result<Option<Person>, StoreError> {
        let (key, item) = self.current(tenant, key).await?;
        item.map(|item| Person::read(tenant, &key, &item))
            .transpose()
    }

    /// The key and item of a person who may have moved to another key.
    pub(crate) async fn current(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
    ) -> Result<(RecipientKey, Option<Item>), StoreError> {
        let item = self
            .store
            .get(&keys::person(tenant, key), Read::Consistent)
            .await?;
        let moved: Option<RecipientKey> = match &item {
            Some(item) => Attributes::of(ENTITY, item).parsed(MOVED)?,
            None => None,
        };
        let Some(now) = moved else {
            return Ok((key.clone(), item));
        };
        let item = self
            .store
            .get(&keys::person(tenant, &now), Read::Consistent)
            .await?;
        Ok((now, item))
    }
}

/// What the table keeps of a time.
pub(crate) fn millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
