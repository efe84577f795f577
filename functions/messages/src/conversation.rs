//! `conversationUpdate`: members, the team or its channels changed.

use std::time::Duration;

use activity::{ChannelAccount, ChannelEventType as Event, ConversationId, TeamId};
use activity::{ConversationEvent, ConversationKind, ConversationUpdate};
use futures_util::future::try_join_all;
use notifications::RecipientKey;
use store::{PersonId, SeenPerson, Service};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::installation::{Told, sync};
use crate::received::Received;

/// More people than this in one activity are read from the roster, in a task.
const FEW: usize = 10;

impl Messages {
    /// Brings what the table knows of a team, chat or person up to date. Nobody is told anything for it.
    pub(crate) async fn conversation(&self, received: &Received) -> Result<(), Failure> {
        let Some(update) = received.activity.conversation_update() else {
            return Ok(());
        };
        match &update.event {
            ConversationEvent::Members
            | ConversationEvent::Named(Event::TeamMemberAdded | Event::TeamMemberRemoved) => {
                self.members(received, &update).await
            }
            ConversationEvent::Named(event) => match &update.team {
                Some(team) => self.team_event(received, event, team, &update).await,
                None => Ok(()),
            },
        }
    }

    async fn members(
        &self,
        received: &Received,
        update: &ConversationUpdate<'_>,
    ) -> Result<(), Failure> {
        if update.bot_removed() {
            return self.removed(received).await;
        }
        if update.bot_added() {
            self.installed(received, Told::ByTwin).await?;
        }
        // Who is in a chat is of no use to us, so it is not kept.
        if received.reference.kind != ConversationKind::Channel {
            return Ok(());
        }
        let Some(team) = update.team.as_ref().map(|team| &team.id) else {
            return Ok(());
        };
        let joined: Vec<_> = update.people_added().collect();
        if joined.len() > FEW {
            self.queue([(sync(received, team), Duration::ZERO)]).await?;
        } else {
            try_join_all(
                joined
                    .into_iter()
                    .map(|who| self.joined(received, team, who)),
            )
            .await?;
        }
        let left = update.people_removed();
        try_join_all(left.map(|who| self.left(received, team, who))).await?;
        Ok(())
    }

    /// Members of a team are remembered, and never welcomed one by one (reference §9).
    async fn joined(
        &self,
        received: &Received,
        team: &TeamId,
        who: &ChannelAccount,
    ) -> Result<(), Failure> {
        let tenant = &received.reference.tenant;
        let seen = SeenPerson {
            object_id: who.object_id(),
            user: who.user_id(),
            service: Some(Service::of(&received.reference)),
            ..SeenPerson::new(tenant.clone(), received.at)
        };
        if let Some(remembered) = self.store.people().remember(&seen).await? {
            let rosters = self.store.rosters();
            let person = &remembered.person.key;
            rosters.arrived(tenant, team, person, received.at).await?;
        }
        Ok(())
    }

    async fn left(
        &self,
        received: &Received,
        team: &TeamId,
        who: &ChannelAccount,
    ) -> Result<(), Failure> {
        let person = match (who.object_id(), who.user_id()) {
            (Some(id), _) => Some(RecipientKey::person(&id)),
            (None, Some(user)) => {
                let id = PersonId::User(user);
                self.store
                    .people()
                    .find(&received.reference.tenant, &id)
                    .await?
            }
            (None, None) => None,
        };
        if let Some(person) = person {
            let tenant = &received.reference.tenant;
            let rosters = self.store.rosters();
            rosters.left(tenant, team, &person, received.at).await?;
        }
        Ok(())
    }

    async fn team_event(
        &self,
        received: &Received,
        event: &Event,
        team: &activity::TeamInfo,
        update: &ConversationUpdate<'_>,
    ) -> Result<(), Failure> {
        let tenant = &received.reference.tenant;
        let teams = self.store.teams();
        let channel = update.channel.as_ref();
        let id = channel.map(|channel| ConversationId::new(channel.id.as_str()));
        let name = channel.and_then(|channel| channel.name.clone());
        match (event, id, name) {
            (Event::ChannelCreated | Event::ChannelRestored, Some(channel), name) => {
                self.remember_channel(received, &team.id, &channel, name)
                    .await?;
            }
            (Event::ChannelRenamed, Some(channel), Some(name)) => {
                teams.rename_channel(&team.id, &channel, &name).await?;
            }
            (Event::ChannelDeleted, Some(channel), _) => {
                teams
                    .remove_channel(tenant, &team.id, &channel, received.at)
                    .await?;
            }
            (Event::TeamRenamed, ..) => {
                if let Some(name) = &team.name {
                    teams.rename(&team.id, name, received.at).await?;
                }
            }
            (Event::TeamArchived, ..) => {
                teams.set_archived(&team.id, true, received.at).await?;
            }
            (Event::TeamUnarchived, ..) => {
                teams.set_archived(&team.id, false, received.at).await?;
            }
            (Event::TeamDeleted | Event::TeamHardDeleted, ..) => {
                self.removed_from_team(received, &team.id).await?;
            }
            (Event::TeamRestored, ..) => self.restored(received, team).await?,
            _ => {}
        }
        Ok(())
    }

    /// A team that was deleted is back, with the app in it. It was welcomed when it installed the app.
    async fn restored(
        &self,
        received: &Received,
        team: &activity::TeamInfo,
    ) -> Result<(), Failure> {
        if self.remember_team(received, team).await?.outdated {
            return Ok(());
        }
        let general = ConversationId::new(team.id.as_str());
        self.remember_channel(received, &team.id, &general, None)
            .await?;
        self.queue([(sync(received, &team.id), Duration::ZERO)])
            .await
    }
}
