//! One person who was known by `29:` id alone, and now by object id too.
//!
//! Membership events often carry only the `29:` id; a roster or the person's
//! own message brings the object id later. What was kept under the first key
//! moves to the second, so that nobody is two people.

use activity::ids::{TeamId, TenantId};
use jiff::SignedDuration;
use notifications::{Recipient, RecipientKey, Subscription};

use crate::answers::GONE;
use crate::change::Change;
use crate::error::StoreError;
use crate::finding::{POINTS_TO, PersonId};
use crate::item::{Attributes, Item, s};
use crate::keys;
use crate::people::People;
use crate::person::{
    AT, BLOCKED, CONVERSATION, ENTITY, LOCALE, MAIL, REMOVED, SeenPerson, UPN, USER, WELCOMED,
};
use crate::preferences::{self, PREFS};
use crate::reference::{BOT, SERVICE_URL, VERIFIED};
use crate::requests::{Read, Transacted};
use crate::retention::{self, EXPIRES, expires};
use crate::roster;

/// The teams of a person known by `29:` id alone.
pub(crate) const TEAMS: &str = "teams";
/// The key that a person moved to; kept as long as a chunk may name the old.
pub(crate) const MOVED: &str = "moved";

/// How many topics one transaction moves; it may hold 100 changes.
const TOPICS_AT_ONCE: usize = 40;

/// What belongs together and follows the later of two times.
const REACH: [&str; 8] = [
    CONVERSATION,
    SERVICE_URL,
    VERIFIED,
    BOT,
    AT,
    REMOVED,
    BLOCKED,
    GONE,
];
/// What is taken over where it is missing.
const DETAILS: [&str; 4] = [UPN, MAIL, LOCALE, WELCOMED];

impl People<'_> {
    /// Moves what is known of a person under their `29:` id, if anything is.
    ///
    /// Returns whether something moved, so that the person must be read again.
    pub(crate) async fn take_over_teams_id(
        &self,
        seen: &SeenPerson,
        key: &RecipientKey,
        item: &Item,
    ) -> Result<bool, StoreError> {
        let (Some(user), Recipient::Person(_)) = (&seen.user, key.recipient()) else {
            return Ok(false);
        };
        if Attributes::of(ENTITY, item).text(USER) == Some(user.as_str()) {
            return Ok(false);
        }
        let id = PersonId::User(user.clone());
        match self.find(&seen.tenant, &id).await? {
            Some(old) if matches!(old.recipient(), Recipient::PersonByTeamsId(_)) => {
                self.move_person(seen, &old, key).await
            }
            _ => Ok(false),
        }
    }

    async fn move_person(
        &self,
        seen: &SeenPerson,
        from: &RecipientKey,
        to: &RecipientKey,
    ) -> Result<bool, StoreError> {
        let tenant = &seen.tenant;
        let key = keys::person(tenant, from);
        let Some(old) = self.store.get(&key, Read::Consistent).await? else {
            return Ok(false);
        };
        let read = Attributes::of(ENTITY, &old);
        if read.has(MOVED) {
            return Ok(false);
        }
        for team in read.texts(TEAMS) {
            self.move_membership(&TeamId::new(team.as_str()), from, to)
                .await?;
        }
        let target = self
            .store
            .get(&keys::person(tenant, to), Read::Consistent)
            .await?
            .unwrap_or_default();
        let changes = transfer(seen, from, to, &old, &target)?;
        match self.store.transact(changes).await? {
            // Refused: somebody wrote to either; the caller looks again.
            Transacted::Done | Transacted::Refused => Ok(true),
        }
    }

    async fn move_membership(
        &self,
        team: &TeamId,
        from: &RecipientKey,
        to: &RecipientKey,
    ) -> Result<(), StoreError> {
        let old = keys::member(team, from);
        let Some(member) = self.store.get(&old, Read::Consistent).await? else {
            return Ok(());
        };
        let read = Attributes::of(roster::ENTITY, &member);
        let since = read.need_time(roster::GENERATION)?;
        let moved = match read.has(roster::GONE) {
            true => roster::departure(team, to, since),
            false => roster::arrival(team, to, since),
        };
        moved.write(self.store).await?;
        Change::delete(old).write(self.store).await?;
        Ok(())
    }
}

/// The transaction that moves a person, or the first part of it.
fn transfer(
    seen: &SeenPerson,
    from: &RecipientKey,
    to: &RecipientKey,
    old: &Item,
    target: &Item,
) -> Result<Vec<Change>, StoreError> {
    let tenant: &TenantId = &seen.tenant;
    let read_old = Attributes::of(ENTITY, old);
    let read_target = Attributes::of(ENTITY, target);
    let old_preferences = preferences::read(old)?.0;
    let target_preferences = preferences::read(target)?.0;
    let whole = old_preferences.len() <= TOPICS_AT_ONCE;

    let mut merged = old
        .get(PREFS)
        .and_then(|value| value.as_m().ok())
        .cloned()
        .unwrap_or_default();
    let mut left = Item::new();
    let mut changes = Vec::new();
    for (position, (topic, preference)) in old_preferences.iter().enumerate() {
        if position >= TOPICS_AT_ONCE {
            if let Some(value) = merged.remove(topic.as_str()) {
                left.insert(topic.to_string(), value);
            }
            continue;
        }
        let overruled = target_preferences.contains_key(topic);
        let index = match preference.subscription {
            Some(Subscription::Subscribed) => keys::subscribed,
            Some(Subscription::Unsubscribed) => keys::unsubscribed,
            None => continue,
        };
        changes.push(Change::delete(index(tenant, topic, from)));
        if !overruled {
            changes.push(Change::put(index(tenant, topic, to), Item::new()));
        }
    }
    if let Some(own) = target.get(PREFS).and_then(|value| value.as_m().ok()) {
        merged.extend(own.clone());
    }

    let mut update = Change::update(keys::person(tenant, to))
        .set(PREFS, aws::dynamodb::AttributeValue::M(merged));
    update = unchanged(update, target);
    let mut leave = match whole {
        true => {
            let moved = Item::from([
                (MOVED.to_owned(), s(to.as_str())),
                (EXPIRES.to_owned(), expires(seen.at, keep_moved())),
            ]);
            Change::put(keys::person(tenant, from), moved)
        }
        false => Change::update(keys::person(tenant, from))
            .set(PREFS, aws::dynamodb::AttributeValue::M(left)),
    };
    leave = unchanged(leave, old);

    if whole {
        let later = read_old.time(AT) > read_target.time(AT);
        let taken = REACH
            .iter()
            .filter(|_| later)
            .chain(DETAILS.iter().filter(|name| !read_target.has(name)));
        for name in taken {
            update = update.set_or_remove(name, old.get(*name).cloned());
        }
        if later {
            changes.push(Change::delete(keys::everyone(tenant, from)));
            changes.push(if read_old.has(CONVERSATION) {
                Change::put(keys::everyone(tenant, to), Item::new())
            } else {
                Change::delete(keys::everyone(tenant, to))
            });
        } else {
            changes.push(Change::delete(keys::everyone(tenant, from)));
        }
        let points = || Item::from([(POINTS_TO.to_owned(), s(to.as_str()))]);
        if let Recipient::PersonByTeamsId(user) = from.recipient() {
            let pointer = keys::person_by_user(tenant, &user);
            changes.push(Change::put(pointer, points()));
            update = update.set(USER, s(user.as_str()));
        }
        if let Some(upn) = read_old.text(UPN).filter(|_| !read_target.has(UPN)) {
            changes.push(Change::put(keys::person_by_upn(tenant, upn), points()));
        }
        if let Some(mail) = read_old.text(MAIL).filter(|_| !read_target.has(MAIL)) {
            changes.push(Change::put(keys::person_by_mail(tenant, mail), points()));
        }
    }
    changes.push(update);
    changes.push(leave);
    Ok(changes)
}

/// Makes a change hold only while what it was decided by still stands.
fn unchanged(change: Change, item: &Item) -> Change {
    if item.is_empty() {
        return change.only_if("attribute_not_exists(#pk)");
    }
    let mut condition = "attribute_exists(#pk)".to_owned();
    let mut change = change;
    for (name, stands_for) in [(AT, "old_at"), (PREFS, "old_prefs"), (MOVED, "old_moved")] {
        condition += &match item.get(name) {
            Some(value) => {
                change = change.value(stands_for, value.clone());
                format!(" AND #{name} = :{stands_for}")
            }
            None => format!(" AND attribute_not_exists(#{name})"),
        };
    }
    change.only_if(condition)
}

fn keep_moved() -> SignedDuration {
    retention::LEDGER
}
