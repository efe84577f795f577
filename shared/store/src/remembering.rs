//! Remembering people from what is seen of them.

use activity::ids::{BotId, TenantId, UserId};
use aws::dynamodb::{AttributeValue, ReturnValue};
use notifications::{Locale, RecipientKey};

use crate::answers::GONE;
use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::finding::{POINTS_TO, PersonId};
use crate::item::{Attributes, Item, ms, s};
use crate::keys::{self, Key};
use crate::people::{People, millisecond};
use crate::person::{
    AT, BLOCKED, CONVERSATION, ENTITY, LOCALE, MAIL, Person, REMOVED, SeenPerson, UPN, USER,
};
use crate::preferences::PREFS;
use crate::reference::{BOT, SERVICE_URL, Service, VERIFIED};
use crate::requests::{Read, Transacted};

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
             AND attribute_not_exists(#{REMOVED}) AND attribute_not_exists(#{GONE})"
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
            (BOT, seen.bot().map(BotId::as_str)),
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
            details.push((BOT, seen.bot().map(BotId::as_str)));
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
            change = change
                .set(AT, ms(seen.at))
                .remove(REMOVED)
                .remove(BLOCKED)
                .remove(GONE);
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
