//! Who is a member of which team.
//!
//! Two things tell: events about one person, and the roster, read in pages.
//! Each membership holds the time as of which it is known. A reading of the
//! roster has the time at which it began: events since then overrule it, and
//! whoever it did not show and no event mentioned since has left.

use std::collections::HashMap;

use activity::ids::{ObjectId, TeamId, TenantId, UserId};
use aws::dynamodb::AttributeValue;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use notifications::{Recipient, RecipientKey};

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms};
use crate::keys::SORT;
use crate::merge::TEAMS;
use crate::person::{self, MAIL, REMOVED, SeenPerson, UPN, USER};
use crate::preferences::PREFS;
use crate::reference::{SERVICE_URL, Service};
use crate::requests::{Range, Read};
use crate::retention::{self, EXPIRES, expires};
use crate::team::{SYNC, SYNCED};
use crate::{Store, keys};

pub(crate) const ENTITY: &str = "member of a team";
pub(crate) const GENERATION: &str = "as_of";
pub(crate) const GONE: &str = "gone";

/// How many members are written at a time.
const AT_ONCE: usize = 16;

/// Operations on the membership of teams.
#[derive(Clone, Copy, Debug)]
pub struct Rosters<'a> {
    pub(crate) store: &'a Store,
}

/// A person on a page of a roster.
#[derive(Clone, Debug, Default)]
pub struct RosterMember {
    /// Their Entra object id.
    pub object_id: Option<ObjectId>,
    /// Their `29:` id.
    pub user: Option<UserId>,
    /// Their user principal name.
    pub upn: Option<String>,
    /// Their e-mail address.
    pub mail: Option<String>,
}

/// What became of a page of a roster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RosterPage {
    /// How many people were on it.
    pub members: usize,
    /// How many of those something was new about.
    pub changed: usize,
}

impl Rosters<'_> {
    /// Begins a reading of a team's roster; the time returned names it.
    ///
    /// `None` when the table does not know that the team has the app.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn begin(
        &self,
        team: &TeamId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = crate::people::millisecond(now);
        let written = Change::update(keys::team(team))
            .set(SYNC, ms(now))
            .only_if(format!(
                "attribute_exists(#{SERVICE_URL}) AND attribute_not_exists(#{REMOVED})"
            ))
            .write(self.store)
            .await?;
        Ok(written.is_done().then_some(now))
    }

    /// Takes in one page of a reading: its people, and that they are members.
    ///
    /// Doing a page again changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn page(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        reading: Timestamp,
        service: &Service,
        members: &[RosterMember],
    ) -> Result<RosterPage, StoreError> {
        let known = self.known(tenant, members).await?;
        let seen = |member: RosterMember| SeenPerson {
            object_id: member.object_id,
            user: member.user,
            upn: member.upn,
            mail: member.mail,
            service: Some(service.clone()),
            ..SeenPerson::new(tenant.clone(), reading)
        };
        // Owned, so that the future can move between threads: a closure over references could not.
        let results: Vec<(RecipientKey, bool)> = stream::iter(members.to_vec())
            .map(|member| {
                let unchanged = member.object_id.as_ref().and_then(|id| {
                    let key = RecipientKey::person(id);
                    let item = known.get(&keys::person(tenant, &key).sort)?;
                    is_just_so(item, &member).then_some(key)
                });
                let seen = seen(member);
                async move {
                    match unchanged {
                        Some(key) => Ok(Some((key, false))),
                        None => {
                            let remembered = self.store.people().remember(&seen).await?;
                            Ok(remembered.map(|remembered| (remembered.person.key, true)))
                        }
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|one| async move { Ok::<_, StoreError>(one) })
            .try_collect()
            .await?;
        let changed = results.iter().filter(|(_, changed)| *changed).count();
        let members = results.len();
        stream::iter(results)
            .map(|(key, _)| async move { self.arrived(tenant, team, &key, reading).await })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<bool>>()
            .await?;
        Ok(RosterPage { members, changed })
    }

    async fn known(
        &self,
        tenant: &TenantId,
        members: &[RosterMember],
    ) -> Result<HashMap<String, Item>, StoreError> {
        let mut wanted: Vec<_> = members
            .iter()
            .filter_map(|member| member.object_id.as_ref())
            .map(|id| keys::person(tenant, &RecipientKey::person(id)))
            .collect();
        wanted.sort_unstable_by(|a, b| a.sort.cmp(&b.sort));
        wanted.dedup();
        let items = self.store.get_many(wanted, Read::Consistent).await?;
        items
            .into_iter()
            .map(|item| {
                let key = Attributes::of(person::ENTITY, &item).need_text(SORT)?;
                Ok((key.to_owned(), item))
            })
            .collect()
    }

    /// Records that a person is a member, as of `at`. Returns whether it
    /// counts: `false` when they left since.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn arrived(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        key: &RecipientKey,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.keep_track(tenant, team, key).await?;
        let written = arrival(team, key, at).write(self.store).await?;
        Ok(match written {
            Written::Done(_) => true,
            Written::Refused(now) => !Attributes::of(ENTITY, &now).has(GONE),
        })
    }

    /// Notes, of somebody known by `29:` id alone, the teams in which something
    /// is known of them: where to look when their object id turns up.
    async fn keep_track(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        key: &RecipientKey,
    ) -> Result<(), StoreError> {
        if let Recipient::PersonByTeamsId(_) = key.recipient() {
            self.store.people().point_to(tenant, key).await?;
            Change::update(keys::person(tenant, key))
                .set_to(&format!("#{PREFS} = if_not_exists(#{PREFS}, :{PREFS})"))
                .value(PREFS, AttributeValue::M(Item::new()))
                .add_to_set(TEAMS, team.as_str())
                .write(self.store)
                .await?;
        }
        Ok(())
    }

    /// Records that a person is no longer a member, as of `at`. Returns whether
    /// it counts: `false` when they came back since.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn left(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        key: &RecipientKey,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.keep_track(tenant, team, key).await?;
        let written = departure(team, key, at).write(self.store).await?;
        Ok(written.is_done())
    }

    /// Removes up to `limit` members whom nothing has mentioned since
    /// `reading`, after the last page of that reading.
    ///
    /// Also forgets the members of a team that the bot was removed from: with a
    /// `reading` of just after the removal. Returns where to go on; `None` when
    /// all is done.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn sweep(
        &self,
        team: &TeamId,
        reading: Timestamp,
        after: Option<&RecipientKey>,
        limit: u16,
    ) -> Result<Option<RecipientKey>, StoreError> {
        let low = match after {
            Some(key) => keys::member(team, key).sort,
            None => keys::MEMBERS.to_owned(),
        };
        let (items, more) = self
            .store
            .range(Range {
                partition: keys::team_partition(team),
                low,
                high: "M$".to_owned(),
                descending: false,
                limit: i32::from(limit).max(2),
                read: Read::Consistent,
            })
            .await?;
        // So that whoever a page has shown meanwhile stays.
        let just_before = crate::people::millisecond(reading) - SignedDuration::from_millis(1);
        let mut last = None;
        let mut leaving = Vec::new();
        for item in &items {
            let read = Attributes::of(ENTITY, item);
            let key = member_key(&read)?;
            let stale = read.need_time(GENERATION)? <= just_before;
            if stale && !read.has(GONE) {
                leaving.push(departure(team, &key, just_before));
            }
            last = Some(key);
        }
        stream::iter(leaving)
            .map(|change| change.write(self.store))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<Written>>()
            .await?;
        Ok(if more { last } else { None })
    }

    /// Ends a reading whose every page was taken in and swept.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn finish(&self, team: &TeamId, reading: Timestamp) -> Result<(), StoreError> {
        Change::update(keys::team(team))
            .set(SYNCED, ms(reading))
            .only_if(format!(
                "attribute_exists(#pk) AND \
                 (attribute_not_exists(#{SYNCED}) OR #{SYNCED} < :{SYNCED})"
            ))
            .write(self.store)
            .await?;
        Ok(())
    }
}

/// The key at the end of a member's sort key.
pub(crate) fn member_key(read: &Attributes<'_>) -> Result<RecipientKey, StoreError> {
    read.need_text(SORT)?
        .splitn(3, '#')
        .nth(2)
        .and_then(|key| key.parse().ok())
        .ok_or_else(|| read.unreadable(SORT))
}

/// A member as of `at`, unless later news is that they left.
pub(crate) fn arrival(team: &TeamId, key: &RecipientKey, at: Timestamp) -> Change {
    Change::update(keys::member(team, key))
        .set(GENERATION, ms(at))
        .remove(GONE)
        .remove(EXPIRES)
        .only_if(format!(
            "attribute_not_exists(#{GENERATION}) OR #{GENERATION} < :{GENERATION} \
             OR (#{GENERATION} = :{GENERATION} AND attribute_not_exists(#{GONE}))"
        ))
}

/// No longer a member as of `at`, unless later news is that they came back.
///
/// Who left stays as a note for a while, so that a page of the roster that was
/// read before does not bring them back.
pub(crate) fn departure(team: &TeamId, key: &RecipientKey, at: Timestamp) -> Change {
    Change::update(keys::member(team, key))
        .set(GENERATION, ms(at))
        .set(GONE, mark())
        .set(EXPIRES, expires(at, retention::DEPARTURE))
        .only_if(format!(
            "attribute_not_exists(#{GENERATION}) OR #{GENERATION} <= :{GENERATION}"
        ))
}

/// Whether a roster tells nothing new about a person.
fn is_just_so(item: &Item, member: &RosterMember) -> bool {
    let read = Attributes::of(person::ENTITY, item);
    let same = |name, seen: Option<&str>| seen.is_none() || read.text(name) == seen;
    same(USER, member.user.as_ref().map(UserId::as_str))
        && same(UPN, member.upn.as_deref())
        && same(MAIL, member.mail.as_deref())
        && read.has(SERVICE_URL)
}
