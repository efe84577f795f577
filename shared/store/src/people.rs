//! Operations on people.

use std::collections::HashMap;

use activity::ids::{ObjectId, TenantId, UserId};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use notifications::{Locale, Recipient, RecipientKey};

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, s};
use crate::keys::Key;
use crate::person::{
    AT, BLOCKED, CONVERSATION, ENTITY, LOCALE, MAIL, Person, REMOVED, SeenPerson, UPN, USER,
    WELCOMED,
};
use crate::preferences::PREFS;
use crate::reference::{BOT, SERVICE_URL, Service, VERIFIED};
use crate::requests::{Read, Transacted};
use crate::{Once, Store, keys};

/// Operations on people.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    pub(crate) store: &'a Store,
}

/// What a person may be found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PersonId {
    /// Their key: nothing is looked up.
    Key(RecipientKey),
    /// Their Entra object id: nothing is looked up.
    ObjectId(ObjectId),
    /// Their `29:` id.
    User(UserId),
    /// Their user principal name, in any case.
    Upn(String),
    /// Their e-mail address, in any case.
    Mail(String),
}

/// What became of remembering a person.
#[derive(Clone, Debug)]
pub struct RememberedPerson {
    /// The person as they are in the table now.
    pub person: Person,
    /// Whether this was the first time that a conversation with them was seen
    /// since they got the app.
    pub newly_reachable: bool,
    /// Whether what was seen is older than what the table knew, so that nothing
    /// of it counts: the bot has been removed since.
    pub outdated: bool,
}

/// How often a write that lost a race is made again.
const RACES: u32 = 16;
/// What a pointer item holds.
pub(crate) const POINTS_TO: &str = "key";

impl People<'_> {
    /// Remembers what was seen of a person.
    ///
    /// Of two things seen, the one with the later time stands, whatever order
    /// they arrive in: a late install does not bring back a reference that was
    /// removed since. At the same time a removal stands. A verified service URL
    /// is never replaced by a well-known one.
    ///
    /// When nothing is new this is one write (of the time). `None` when neither
    /// id is known, so that there is nobody to remember.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remember(
        &self,
        seen: &SeenPerson,
    ) -> Result<Option<RememberedPerson>, StoreError> {
        let mut first_look = true;
        for _ in 0..RACES {
            let Some(key) = self.key_of_seen(seen).await? else {
                return Ok(None);
            };
            let at = keys::person(&seen.tenant, &key);
            let item = if first_look {
                match self.touch(&at, seen).await? {
                    Touched::Nothing(item) => {
                        return Ok(Some(RememberedPerson {
                            person: Person::read(&seen.tenant, &key, &item)?,
                            newly_reachable: false,
                            outdated: false,
                        }));
                    }
                    Touched::SomethingNew(item) => item,
                }
            } else {
                self.store
                    .get(&at, Read::Consistent)
                    .await?
                    .unwrap_or_default()
            };
            first_look = false;
            if self.take_over_teams_id(seen, &key, &item).await? {
                continue;
            }
            if let Some(done) = self.apply(seen, &key, &at, &item).await? {
                return Ok(Some(done));
            }
        }
        Err(StoreError::Busy {
            code: "PersonRace".to_owned(),
        })
    }

    async fn key_of_seen(&self, seen: &SeenPerson) -> Result<Option<RecipientKey>, StoreError> {
        match (&seen.object_id, &seen.user) {
            (Some(id), _) => Ok(Some(RecipientKey::person(id))),
            (None, Some(user)) => {
                let id = PersonId::User(user.clone());
                let known = self.find(&seen.tenant, &id).await?;
                Ok(Some(
                    known.unwrap_or_else(|| RecipientKey::person_by_teams_id(user)),
                ))
            }
            (None, None) => Ok(None),
        }
    }

    /// The one write of a person who is already known just so.
    async fn touch(&self, at: &Key, seen: &SeenPerson) -> Result<Touched, StoreError> {
        let Some(reference) = &seen.reference else {
            let item = self.store.get(at, Read::Consistent).await?;
            return Ok(Touched::SomethingNew(item.unwrap_or_default()));
        };
        let service = Service::of(reference);
        let mut condition = format!(
            "#{AT} <= :{AT} AND attribute_not_exists(#{BLOCKED}) \
             AND attribute_not_exists(#{REMOVED})"
        );
        let mut change = Change::update(at.clone()).set(AT, ms(seen.at));
        if !service.is_verified() {
            condition += &format!(" AND attribute_not_exists(#{VERIFIED})");
        } else {
            condition += &format!(" AND attribute_exists(#{VERIFIED})");
        }
        let known = [
            (CONVERSATION, Some(reference.conversation.as_str())),
            (SERVICE_URL, Some(reference.service_url.as_str())),
            (USER, seen.user.as_ref().map(UserId::as_str)),
            (LOCALE, seen.locale.as_ref().map(Locale::as_str)),
            (UPN, seen.upn.as_deref()),
            (MAIL, seen.mail.as_deref()),
            (BOT, seen.bot().map(activity::ids::BotId::as_str)),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                condition += &format!(" AND #{name} = :{name}");
                change = change.value(name, s(value));
            }
        }
        let written = change
            .only_if(condition)
            .write_returning(self.store, ReturnValue::AllNew)
            .await?;
        Ok(match written {
            Written::Done(item) => Touched::Nothing(item),
            Written::Refused(item) => Touched::SomethingNew(item),
        })
    }

    /// Writes what is new; `None` when somebody else wrote in between.
    async fn apply(
        &self,
        seen: &SeenPerson,
        key: &RecipientKey,
        at: &Key,
        item: &Item,
    ) -> Result<Option<RememberedPerson>, StoreError> {
        let old = Attributes::of(ENTITY, item);
        let known_at = old.time(AT);
        let removed = old.has(REMOVED);
        let outdated = seen.reference.is_some()
            && known_at.is_some_and(|known| {
                known > millisecond(seen.at) || (known == millisecond(seen.at) && removed)
            });
        let had_the_app = old.has(CONVERSATION);
        let takes_reference = seen.reference.is_some() && !outdated;

        let mut change = Change::update(at.clone())
            .set_to(&format!("#{PREFS} = if_not_exists(#{PREFS}, :{PREFS})"))
            .value(PREFS, AttributeValue::M(Item::new()));
        let mut news = false;
        let mut details = vec![
            (USER, seen.user.as_ref().map(UserId::as_str)),
            (UPN, seen.upn.as_deref()),
            (MAIL, seen.mail.as_deref()),
            (LOCALE, seen.locale.as_ref().map(Locale::as_str)),
        ];
        if takes_reference {
            let conversation = seen
                .reference
                .as_ref()
                .map(|seen| seen.conversation.as_str());
            details.push((CONVERSATION, conversation));
            details.push((BOT, seen.bot().map(activity::ids::BotId::as_str)));
        }
        for (name, value) in details {
            // What was seen late fills gaps and overwrites nothing.
            let wanted = value.filter(|value| match old.text(name) {
                None => true,
                Some(known) => known != *value && !outdated,
            });
            if let Some(value) = wanted {
                change = change.set(name, s(value));
                news = true;
            }
        }
        if let Some(service) = seen.service() {
            let known = Service::read(&old)?;
            let better = match &known {
                None => true,
                Some(known) if outdated || known == &service => false,
                Some(known) => service.is_verified() || !known.is_verified(),
            };
            // Without a reference of their own, a roster does not overrule what
            // the person's own activities said.
            let may = takes_reference || !had_the_app;
            if better && may {
                change = change
                    .set(SERVICE_URL, service.url_value())
                    .set_or_remove(VERIFIED, service.verified_value());
                news = true;
            }
        }

        let mut condition = Vec::new();
        let mut changes = Vec::new();
        if takes_reference {
            change = change.set(AT, ms(seen.at)).remove(REMOVED).remove(BLOCKED);
            condition.push(format!(
                "(attribute_not_exists(#{AT}) OR #{AT} < :{AT} \
                 OR (#{AT} = :{AT} AND attribute_not_exists(#{REMOVED})))"
            ));
            // The list of everyone must be right, so the write holds only if
            // what it was decided by still does.
            let still = if had_the_app {
                "attribute_exists"
            } else {
                "attribute_not_exists"
            };
            condition.push(format!("{still}(#{CONVERSATION})"));
            if !had_the_app {
                changes.push(Change::put(keys::everyone(&seen.tenant, key), Item::new()));
            }
            news = true;
        }
        if !news && !item.is_empty() {
            return Ok(Some(RememberedPerson {
                person: Person::read(&seen.tenant, key, item)?,
                newly_reachable: false,
                outdated,
            }));
        }
        for pointer in pointers(seen) {
            let leads_here = match old.text(pointer.attribute) {
                None => false,
                Some(known) => known == pointer.value || outdated,
            };
            if !leads_here {
                let target = Item::from([(POINTS_TO.to_owned(), s(key.as_str()))]);
                changes.push(Change::put(pointer.key, target));
            }
        }
        if !condition.is_empty() {
            change = change.only_if(condition.join(" AND "));
        }

        let written = if changes.is_empty() {
            change
                .write_returning(self.store, ReturnValue::AllNew)
                .await?
        } else {
            changes.insert(0, change);
            match self.store.transact(changes).await? {
                Transacted::Refused => return Ok(None),
                Transacted::Done => {
                    let item = self.store.get(at, Read::Consistent).await?;
                    Written::Done(item.unwrap_or_default())
                }
            }
        };
        let Written::Done(item) = written else {
            return Ok(None);
        };
        self.forget_old_pointers(seen, key, &old, outdated).await?;
        Ok(Some(RememberedPerson {
            person: Person::read(&seen.tenant, key, &item)?,
            newly_reachable: takes_reference && !had_the_app,
            outdated,
        }))
    }

    /// Removes pointers from names that the person no longer has.
    async fn forget_old_pointers(
        &self,
        seen: &SeenPerson,
        key: &RecipientKey,
        old: &Attributes<'_>,
        outdated: bool,
    ) -> Result<(), StoreError> {
        if outdated {
            return Ok(());
        }
        let replaced = [
            (
                &seen.upn,
                UPN,
                keys::person_by_upn as fn(&TenantId, &str) -> Key,
            ),
            (&seen.mail, MAIL, keys::person_by_mail),
        ];
        for (new, attribute, pointer) in replaced {
            let (Some(new), Some(known)) = (new, old.text(attribute)) else {
                continue;
            };
            if !new.eq_ignore_ascii_case(known) {
                // The name may be somebody else's by now.
                Change::delete(pointer(&seen.tenant, known))
                    .only_if(format!("#{POINTS_TO} = :{POINTS_TO}"))
                    .value(POINTS_TO, s(key.as_str()))
                    .write(self.store)
                    .await?;
            }
        }
        Ok(())
    }

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
            .only_if(format!("attribute_not_exists(#{AT}) OR #{AT} <= :{AT}"));
        self.point_to(tenant, key).await?;
        let everyone = Change::delete(keys::everyone(tenant, key));
        let transacted = self.store.transact(vec![person, everyone]).await?;
        Ok(matches!(transacted, Transacted::Done))
    }

    /// Makes sure that somebody known by `29:` id alone is found by it, also
    /// when all that was heard of them so far is that they left: what is known
    /// under that id is taken over when their object id turns up.
    pub(crate) async fn point_to(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
    ) -> Result<(), StoreError> {
        if let Recipient::PersonByTeamsId(user) = key.recipient() {
            let target = Item::from([(POINTS_TO.to_owned(), s(key.as_str()))]);
            Change::put(keys::person_by_user(tenant, &user), target)
                .only_if("attribute_not_exists(#pk)")
                .write(self.store)
                .await?;
        }
        Ok(())
    }

    /// Notes that a send was refused because the person blocks the bot.
    ///
    /// Anything seen of them in their personal conversation later lifts it.
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
                "attribute_exists(#{CONVERSATION}) AND #{AT} <= :{BLOCKED}"
            ))
            .write(self.store)
            .await?;
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
        let item = self
            .store
            .get(&keys::person(tenant, key), Read::Consistent)
            .await?;
        item.map(|item| Person::read(tenant, key, &item))
            .transpose()
    }

    /// The key of a person, if the table knows them by this id.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn find(
        &self,
        tenant: &TenantId,
        id: &PersonId,
    ) -> Result<Option<RecipientKey>, StoreError> {
        let mut found = self.find_all(tenant, std::slice::from_ref(id)).await?;
        Ok(found.pop().flatten())
    }

    /// The keys of many people, in the order of their ids; `None` for those
    /// whom the table does not know.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn find_all(
        &self,
        tenant: &TenantId,
        ids: &[PersonId],
    ) -> Result<Vec<Option<RecipientKey>>, StoreError> {
        let pointers: Vec<Option<Key>> = ids.iter().map(|id| pointer(tenant, id)).collect();
        let mut wanted: Vec<Key> = pointers.iter().flatten().cloned().collect();
        wanted.sort_unstable_by(|a, b| a.partition.cmp(&b.partition));
        wanted.dedup();
        let items = self.store.get_many(wanted, Read::Consistent).await?;
        let mut found = HashMap::with_capacity(items.len());
        for item in &items {
            let read = Attributes::of("id of a person", item);
            let key: Option<RecipientKey> = read.parsed(POINTS_TO)?;
            found.insert(read.need_text(keys::PARTITION)?, key);
        }
        Ok(ids
            .iter()
            .zip(pointers)
            .map(|(id, pointer)| match (id, pointer) {
                (PersonId::Key(key), _) => Some(key.clone()),
                (PersonId::ObjectId(id), _) => Some(RecipientKey::person(id)),
                (_, Some(pointer)) => found.get(pointer.partition.as_str()).cloned().flatten(),
                (_, None) => None,
            })
            .collect())
    }
}

enum Touched {
    /// Everything was known; the item now.
    Nothing(Item),
    /// Something differs, or is missing; the item as it is.
    SomethingNew(Item),
}

struct Pointer<'a> {
    attribute: &'static str,
    value: &'a str,
    key: Key,
}

/// The pointers that should lead to a person who was seen so.
fn pointers(seen: &SeenPerson) -> Vec<Pointer<'_>> {
    let tenant = &seen.tenant;
    let user = seen.user.as_ref().map(|user| Pointer {
        attribute: USER,
        value: user.as_str(),
        key: keys::person_by_user(tenant, user),
    });
    let upn = seen.upn.as_deref().map(|upn| Pointer {
        attribute: UPN,
        value: upn,
        key: keys::person_by_upn(tenant, upn),
    });
    let mail = seen.mail.as_deref().map(|mail| Pointer {
        attribute: MAIL,
        value: mail,
        key: keys::person_by_mail(tenant, mail),
    });
    [user, upn, mail].into_iter().flatten().collect()
}

/// Where the key of a person stands, if it must be looked up.
fn pointer(tenant: &TenantId, id: &PersonId) -> Option<Key> {
    match id {
        PersonId::Key(_) | PersonId::ObjectId(_) => None,
        PersonId::User(user) => Some(keys::person_by_user(tenant, user)),
        PersonId::Upn(upn) => Some(keys::person_by_upn(tenant, upn)),
        PersonId::Mail(mail) => Some(keys::person_by_mail(tenant, mail)),
    }
}

/// What the table keeps of a time.
pub(crate) fn millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
