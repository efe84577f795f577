//! Operations on teams, and on the channels in them.

use activity::ConversationKind;
use activity::ids::{ConversationId, TeamId, TenantId};
use aws::dynamodb::ReturnValue;
use jiff::Timestamp;

use crate::change::{Change, Written};
use crate::conversation::{ARCHIVED, NAME, TENANT};
use crate::error::StoreError;
use crate::installer::INSTALLER;
use crate::item::{Attributes, mark, ms, s};
use crate::person::{AT, REMOVED, WELCOMED};
use crate::reference::{SERVICE_URL, VERIFIED};
use crate::requests::{Range, Read};
use crate::team::{
    ARCHIVED_AT, ENTITY, GROUP, NAMED_AT, SYNC, SeenTeam, Team, TeamChannel, list_channel,
};
use crate::{Once, Store, keys};

/// Operations on teams.
#[derive(Clone, Copy, Debug)]
pub struct Teams<'a> {
    pub(crate) store: &'a Store,
}

/// What became of remembering a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedTeam {
    /// Whether no reading of its roster has begun since it installed the app:
    /// roster and channels are to be read. Stays so until
    /// [`Rosters::begin`](crate::Rosters::begin), lest the reading be lost with
    /// whoever was told first.
    pub newly_installed: bool,
    /// Whether what was seen is older than what the table knew: the bot has
    /// been removed since.
    pub outdated: bool,
}

const PAGE: i32 = 300;

impl Teams<'_> {
    /// Remembers a team that has the app.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remember(&self, seen: &SeenTeam) -> Result<RememberedTeam, StoreError> {
        let mut change = Change::update(keys::team(&seen.team))
            .set(TENANT, s(seen.tenant.as_str()))
            .set(AT, ms(seen.at))
            .remove(REMOVED)
            .only_if(format!(
                "attribute_not_exists(#{AT}) OR #{AT} < :{AT} \
                 OR (#{AT} = :{AT} AND attribute_not_exists(#{REMOVED}))"
            ));
        change = match seen.service.verified_value() {
            Some(verified) => change
                .set(SERVICE_URL, seen.service.url_value())
                .set(VERIFIED, verified),
            None => change
                .set_to(&format!(
                    "#{SERVICE_URL} = if_not_exists(#{SERVICE_URL}, :{SERVICE_URL})"
                ))
                .value(SERVICE_URL, seen.service.url_value()),
        };
        if let Some(group) = &seen.group {
            change = change.set(GROUP, s(group.as_str()));
        }
        let written = change
            .write_returning(self.store, ReturnValue::AllOld)
            .await?;
        let remembered = match written {
            Written::Done(old) => {
                let old = Attributes::of(ENTITY, &old);
                RememberedTeam {
                    newly_installed: !old.has(SYNC) || old.has(REMOVED),
                    outdated: false,
                }
            }
            Written::Refused(now) => RememberedTeam {
                newly_installed: false,
                outdated: Attributes::of(ENTITY, &now).has(REMOVED),
            },
        };
        if let Some(name) = &seen.name {
            self.rename(&seen.team, name, seen.at).await?;
        }
        Ok(remembered)
    }

    /// Records a team's name. The latest name stands.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn rename(&self, team: &TeamId, name: &str, at: Timestamp) -> Result<(), StoreError> {
        Change::update(keys::team(team))
            .set(NAME, s(name))
            .set(NAMED_AT, ms(at))
            .only_if(format!(
                "attribute_exists(#pk) AND (attribute_not_exists(#{NAMED_AT}) \
                 OR #{NAMED_AT} < :{NAMED_AT})"
            ))
            .write(self.store)
            .await?;
        Ok(())
    }

    /// Records that a team was archived, or is no longer; so are its channels.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn set_archived(
        &self,
        team: &TeamId,
        archived: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let written = Change::update(keys::team(team))
            .set(ARCHIVED_AT, ms(at))
            .set_or_remove(ARCHIVED, archived.then(mark))
            .only_if(format!(
                "attribute_exists(#pk) AND (attribute_not_exists(#{ARCHIVED_AT}) \
                 OR #{ARCHIVED_AT} <= :{ARCHIVED_AT})"
            ))
            .write(self.store)
            .await?;
        if !written.is_done() {
            return Ok(());
        }
        for channel in self.channels(team).await? {
            self.store
                .conversations()
                .set_archived(&channel.id, archived)
                .await?;
        }
        Ok(())
    }

    /// Forgets how to reach a team and its channels: the bot was removed at
    /// `at`, or the team deleted.
    ///
    /// Its members are forgotten page by page, see
    /// [`Rosters::sweep`](crate::Rosters::sweep). Returns whether it counts:
    /// `false` when something later is known.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let written = Change::update(keys::team(team))
            .set(TENANT, s(tenant.as_str()))
            .set(AT, ms(at))
            .set(REMOVED, mark())
            .remove(WELCOMED)
            .remove(INSTALLER)
            .only_if(format!("attribute_not_exists(#{AT}) OR #{AT} <= :{AT}"))
            .write(self.store)
            .await?;
        if !written.is_done() {
            return Ok(false);
        }
        for channel in self.channels(team).await? {
            self.store
                .conversations()
                .remove(tenant, &channel.id, ConversationKind::Channel, at)
                .await?;
        }
        Ok(true)
    }

    /// Gives the one welcome that a team gets to whoever asks first, in the name
    /// of `by`; see [`People::welcome`](crate::People::welcome). It goes to the
    /// channel that was picked, never to each member.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn welcome(&self, team: &TeamId, by: &str) -> Result<Once, StoreError> {
        self.store.once(keys::team(team), WELCOMED, by).await
    }

    /// The team with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn get(&self, team: &TeamId) -> Result<Option<Team>, StoreError> {
        let item = self.store.get(&keys::team(team), Read::Consistent).await?;
        item.map(|item| Team::read(team, &item)).transpose()
    }

    /// Every channel on a team's list, by id.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn channels(&self, team: &TeamId) -> Result<Vec<TeamChannel>, StoreError> {
        let mut channels: Vec<TeamChannel> = Vec::new();
        let mut low = keys::CHANNELS.to_owned();
        loop {
            let (items, more) = self
                .store
                .range(Range {
                    partition: keys::team_partition(team),
                    low,
                    high: "C$".to_owned(),
                    descending: false,
                    limit: PAGE,
                    read: Read::Consistent,
                })
                .await?;
            let last = channels.last().map(|channel| channel.id.clone());
            for item in &items {
                let read = Attributes::of("channel of a team", item);
                let id = read
                    .need_text(keys::SORT)?
                    .strip_prefix(keys::CHANNELS)
                    .map(ConversationId::new)
                    .ok_or_else(|| read.unreadable(keys::SORT))?;
                if Some(&id) != last.as_ref() {
                    let name = read.text(NAME).map(str::to_owned);
                    channels.push(TeamChannel { id, name });
                }
            }
            match channels.last() {
                Some(channel) if more => low = format!("{}{}", keys::CHANNELS, channel.id),
                _ => return Ok(channels),
            }
        }
    }

    /// Records a channel's name.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn rename_channel(
        &self,
        team: &TeamId,
        channel: &ConversationId,
        name: &str,
    ) -> Result<(), StoreError> {
        let channel = channel.without_thread();
        list_channel(team, &channel, Some(name))
            .only_if("attribute_exists(#pk)")
            .write(self.store)
            .await?;
        self.store.conversations().set_name(&channel, name).await
    }

    /// Takes a deleted channel off its team's list, and forgets how to reach it.
    ///
    /// Returns whether it counts: `false` when something later is known.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn remove_channel(
        &self,
        tenant: &TenantId,
        team: &TeamId,
        channel: &ConversationId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let channel = channel.without_thread();
        let counts = self
            .store
            .conversations()
            .remove(tenant, &channel, ConversationKind::Channel, at)
            .await?;
        if counts {
            Change::delete(keys::team_channel(team, &channel))
                .write(self.store)
                .await?;
        }
        Ok(counts)
    }
}
