//! The app was installed or removed: by `installationUpdate`, and by its twin, the `conversationUpdate` that adds or
//! removes the bot. Either may come first, or alone.

use std::time::Duration;

use activity::{ConversationId, ConversationKind, InstallationAction, TeamId};
use notifications::RecipientKey;
use store::{SeenConversation, SeenPerson, SeenTeam, Service};
use work_items::{ForgetTeam, SendWaiting, SyncRoster, Task, Welcome, WelcomeTo};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::Received;

/// How long the twin's welcome waits: the other activity knows for certain which channel was picked, and in which
/// language whoever picked it reads (reference §6.1).
const FOR_THE_OTHER: Duration = Duration::from_secs(5);

/// How long the twin's reading of the roster waits: the other activity's has mostly ended by then, and is enough.
const FOR_THE_ROSTER: Duration = Duration::from_secs(60);

/// Which of the two activities tells of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// `installationUpdate`.
    ByInstallation,
    /// `conversationUpdate`.
    ByTwin,
}

impl Told {
    /// How long the welcome waits.
    fn wait(self) -> Duration {
        match self {
            Self::ByInstallation => Duration::ZERO,
            Self::ByTwin => FOR_THE_OTHER,
        }
    }
}

impl Messages {
    /// `installationUpdate`, with its four actions: "not added" is not "removed" (reference §6.1).
    pub(crate) async fn installation(&self, received: &Received) -> Result<(), Failure> {
        match received.activity.installation_update() {
            Some(InstallationAction::Add | InstallationAction::AddUpgrade) => {
                self.installed(received, Told::ByInstallation).await
            }
            Some(InstallationAction::Remove | InstallationAction::RemoveUpgrade) => {
                self.removed(received).await
            }
            Some(InstallationAction::Other(_)) | None => Ok(()),
        }
    }

    /// Remembers where the app is now, and has it welcomed.
    ///
    /// The welcome is a task, as whoever installed the app is looked up for it and Teams may throttle it. Both
    /// activities queue one, in names of their own; the first that is done is the only one.
    pub(crate) async fn installed(&self, received: &Received, told: Told) -> Result<(), Failure> {
        match received.reference.kind {
            ConversationKind::Personal => self.installed_for_person(received, told).await,
            ConversationKind::GroupChat => self.installed_in_chat(received, told).await,
            ConversationKind::Channel => match received.activity.team() {
                Some(team) => self.installed_in_team(received, &team, told).await,
                None => Ok(()),
            },
        }
    }

    async fn installed_for_person(&self, received: &Received, told: Told) -> Result<(), Failure> {
        let seen = SeenPerson::in_conversation(received.reference.clone(), received.at);
        let Some(remembered) = self.store.people().remember(&seen).await? else {
            return Ok(());
        };
        if remembered.outdated {
            return Ok(());
        }
        self.send_waiting_for_person(received, &remembered.person.key)
            .await?;
        if remembered.person.welcomed {
            return Ok(());
        }
        let to = WelcomeTo::Person(remembered.person.key);
        self.queue([(welcome(received, to), told.wait())]).await
    }

    async fn installed_in_chat(&self, received: &Received, told: Told) -> Result<(), Failure> {
        let conversations = self.store.conversations();
        let remembered = conversations
            .remember(&received.seen_conversation())
            .await?;
        if remembered.outdated {
            return Ok(());
        }
        let chat = received.reference.conversation.clone();
        self.send_waiting(received, [RecipientKey::conversation(&chat)])
            .await?;
        if let Some(by) = self.sender(received).await? {
            conversations.set_installer(&chat, &by).await?;
        }
        if remembered.conversation.welcomed {
            return Ok(());
        }
        let to = WelcomeTo::Chat(chat);
        self.queue([(welcome(received, to), told.wait())]).await
    }

    async fn installed_in_team(
        &self,
        received: &Received,
        team: &activity::TeamInfo,
        told: Told,
    ) -> Result<(), Failure> {
        let remembered = self.remember_team(received, team).await?;
        if remembered.outdated {
            return Ok(());
        }
        let selected = received.activity.selected_channel();
        let picked = match &selected {
            Some(channel) => ConversationId::new(channel.id.as_str()),
            None => received.reference.conversation.clone(),
        };
        self.remember_channels(received, &team.id, &picked).await?;
        let general = ConversationId::new(team.id.as_str());
        let channels = [picked.without_thread(), general];
        self.send_waiting(received, channels.map(|id| RecipientKey::conversation(&id)))
            .await?;
        if let Some(by) = self.sender(received).await? {
            self.store.teams().set_installer(&team.id, &by).await?;
        }
        let mut tasks = Vec::with_capacity(2);
        // Again with `installationUpdate`, in case the twin's task was lost on the way to the queue.
        match told {
            Told::ByInstallation => tasks.push((sync(received, &team.id), Duration::ZERO)),
            Told::ByTwin if remembered.newly_installed => {
                tasks.push((sync(received, &team.id), FOR_THE_ROSTER));
            }
            Told::ByTwin => {}
        }
        let to = WelcomeTo::Team {
            team: team.id.clone(),
            channel: picked,
        };
        tasks.push((welcome(received, to), told.wait()));
        self.queue(tasks).await
    }

    /// Has what waited for a person sent: by each key that a message may have known them by.
    pub(crate) async fn send_waiting_for_person(
        &self,
        received: &Received,
        person: &RecipientKey,
    ) -> Result<(), Failure> {
        let user = received.sender_user();
        let by_user = user.map(|user| RecipientKey::person_by_teams_id(&user));
        let keys = [Some(person.clone()), by_user.filter(|key| key != person)];
        self.send_waiting(received, keys.into_iter().flatten())
            .await
    }

    /// Has what waited for these recipients sent, in a task, if anything did: they have the app.
    ///
    /// Comes after that is remembered: whoever notes that something waits looks once more whether it has to.
    pub(crate) async fn send_waiting(
        &self,
        received: &Received,
        recipients: impl IntoIterator<Item = RecipientKey>,
    ) -> Result<(), Failure> {
        let tenant = &received.reference.tenant;
        let mut awaited = Vec::new();
        for recipient in recipients {
            if self.store.waits().any(tenant, &recipient).await? {
                awaited.push(recipient);
            }
        }
        if awaited.is_empty() {
            return Ok(());
        }
        let task = Task::SendWaiting(SendWaiting {
            tenant: tenant.clone(),
            recipients: awaited,
        });
        self.queue([(task, Duration::ZERO)]).await
    }

    /// Remembers a team that has the app.
    pub(crate) async fn remember_team(
        &self,
        received: &Received,
        team: &activity::TeamInfo,
    ) -> Result<store::RememberedTeam, Failure> {
        let seen = SeenTeam {
            team: team.id.clone(),
            tenant: received.reference.tenant.clone(),
            service: Service::of(&received.reference),
            name: team.name.clone(),
            group: team.aad_group_id.clone(),
            at: received.at,
        };
        Ok(self.store.teams().remember(&seen).await?)
    }

    /// Remembers the channel picked, and General, which has the team's own id.
    async fn remember_channels(
        &self,
        received: &Received,
        team: &TeamId,
        picked: &ConversationId,
    ) -> Result<(), Failure> {
        let general = ConversationId::new(team.as_str());
        let told = received.activity.conversation.as_ref();
        let name = told.and_then(|conversation| conversation.name.clone());
        self.remember_channel(received, team, picked, name).await?;
        if general != *picked {
            self.remember_channel(received, team, &general, None)
                .await?;
        }
        Ok(())
    }

    /// Remembers a channel at the service URL of an activity about its team.
    pub(crate) async fn remember_channel(
        &self,
        received: &Received,
        team: &TeamId,
        channel: &ConversationId,
        name: Option<String>,
    ) -> Result<(), Failure> {
        let mut reference = received.reference.clone();
        reference.conversation = channel.without_thread();
        reference.kind = ConversationKind::Channel;
        reference.team = Some(team.clone());
        let seen = SeenConversation {
            reference,
            name,
            at: received.at,
        };
        self.store.conversations().remember(&seen).await?;
        Ok(())
    }

    /// Forgets where the app was. A removal is not answered.
    pub(crate) async fn removed(&self, received: &Received) -> Result<(), Failure> {
        self.recent.forget();
        let tenant = &received.reference.tenant;
        let conversation = &received.reference.conversation;
        match received.reference.kind {
            ConversationKind::Personal => {
                if let Some(person) = self.sender(received).await? {
                    let people = self.store.people();
                    people.remove(tenant, &person, received.at).await?;
                }
                Ok(())
            }
            kind @ ConversationKind::GroupChat => {
                let conversations = self.store.conversations();
                conversations
                    .remove(tenant, conversation, kind, received.at)
                    .await?;
                Ok(())
            }
            ConversationKind::Channel => match received.activity.team() {
                Some(team) => self.removed_from_team(received, &team.id).await,
                None => Ok(()),
            },
        }
    }

    /// Forgets a team and its channels at once, and its members in a task: they may be thousands.
    pub(crate) async fn removed_from_team(
        &self,
        received: &Received,
        team: &TeamId,
    ) -> Result<(), Failure> {
        let tenant = &received.reference.tenant;
        if !self.store.teams().remove(tenant, team, received.at).await? {
            return Ok(());
        }
        let forget = Task::ForgetTeam(ForgetTeam {
            tenant: tenant.clone(),
            team: team.clone(),
            at: received.at,
        });
        self.queue([(forget, Duration::ZERO)]).await
    }

    /// The key of whoever sent an activity, as the table has it.
    pub(crate) async fn sender(
        &self,
        received: &Received,
    ) -> Result<Option<RecipientKey>, Failure> {
        if let (None, Some(user)) = (received.sender_object_id(), received.sender_user()) {
            let id = store::PersonId::User(user);
            let known = self
                .store
                .people()
                .find(&received.reference.tenant, &id)
                .await?;
            return Ok(known.or_else(|| received.sender_key()));
        }
        Ok(received.sender_key())
    }
}

/// The reading of a team's roster, from its first page.
pub(crate) fn sync(received: &Received, team: &TeamId) -> Task {
    Task::SyncRoster(SyncRoster {
        tenant: received.reference.tenant.clone(),
        team: team.clone(),
        generation: None,
        continuation: None,
        since: Some(received.at),
    })
}

fn welcome(received: &Received, to: WelcomeTo) -> Task {
    Task::Welcome(Welcome {
        tenant: received.reference.tenant.clone(),
        to,
        installed_by: received.sender_user(),
        installed_by_object_id: received.sender_object_id(),
        locale: received.activity.sender_locale(),
        by: received.word.clone(),
    })
}
