//! The welcome: once for a person, once for the channel or chat that was picked.

use activity::{ActivityInput, ConversationId, ConversationReference, ServiceUrl};
use cards::{Installed, Message, PersonalWelcome, Place, Reader, SharedWelcome, welcome};
use connector::retry::Effect;
use notifications::RecipientKey;
use store::{Fingerprint, Once};
use work_items::{Task, Welcome, WelcomeTo};

use crate::failure::Failure;
use crate::handler::{Job, Progress, Tasks};
use crate::patience::{Asked, Request};

impl Tasks {
    /// Welcomes, unless somebody was faster: both activities of an installation ask for it.
    ///
    /// A welcome that may have arrived is not sent again.
    pub(crate) async fn welcome(&self, task: Welcome, job: Job<'_>) -> Result<Progress, Failure> {
        let whom = match &task.to {
            WelcomeTo::Person(key) => format!("person {key}"),
            WelcomeTo::Team { team, .. } => format!("team {team}"),
            WelcomeTo::Chat(chat) => format!("chat {chat}"),
        };
        let content = format!("welcome {} {whom}", task.tenant);
        // Each task is an activity of its own here; that there is one welcome is decided below.
        let print = Fingerprint::new(&format!("{content} {}", task.by), &task.by, "");
        self.once(&print, job, || self.welcome_once(task, job))
            .await
    }

    async fn welcome_once(&self, task: Welcome, job: Job<'_>) -> Result<Progress, Failure> {
        match &task.to {
            WelcomeTo::Person(key) => self.welcome_person(&task, key, job).await,
            WelcomeTo::Team { team, channel } => self.welcome_team(&task, team, channel, job).await,
            WelcomeTo::Chat(chat) => self.welcome_chat(&task, chat, job).await,
        }
    }

    async fn welcome_person(
        &self,
        task: &Welcome,
        key: &RecipientKey,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let people = self.store.people();
        let Some(person) = people.get(&task.tenant, key).await? else {
            return Ok(Progress::Done);
        };
        let Some(reference) = person.reference() else {
            return Ok(Progress::Done);
        };
        if people.welcome(&task.tenant, key, &task.by).await? == Once::Taken {
            return Ok(Progress::Done);
        }
        let themselves = match (&task.installed_by_object_id, &task.installed_by) {
            (Some(by), _) => RecipientKey::person(by) == person.key,
            (None, Some(by)) => person.user.as_ref() == Some(by),
            (None, None) => false,
        };
        let installed = match themselves {
            true => Installed::Themselves,
            false => Installed::Unknown,
        };
        let locale = person.locale.as_ref().map(ToString::to_string);
        let reader = Reader::personal(locale.as_deref().or(task.locale.as_deref()));
        let card = welcome::personal(
            &reader,
            &PersonalWelcome {
                name: None,
                installed,
            },
        );
        let url = &reference.service_url;
        self.send(task, url, &reference.conversation, card, job)
            .await
    }

    async fn welcome_team(
        &self,
        task: &Welcome,
        id: &activity::TeamId,
        channel: &ConversationId,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let teams = self.store.teams();
        let Some(team) = teams.get(id).await? else {
            return Ok(Progress::Done);
        };
        let Some(service) = &team.service else {
            return Ok(Progress::Done);
        };
        if teams.welcome(id, &task.by).await? == Once::Taken {
            return Ok(Progress::Done);
        }
        let general = ConversationId::new(id.as_str());
        let who = self.installer(task, &service.url, &general, job).await;
        let card = welcome::shared(
            &Reader::new(task.locale.as_deref(), Place::Channel),
            &SharedWelcome {
                name: team.name.as_deref(),
                installed_by: who.as_deref(),
            },
        );
        self.send(task, &service.url, channel, card, job).await
    }

    async fn welcome_chat(
        &self,
        task: &Welcome,
        id: &ConversationId,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let conversations = self.store.conversations();
        let Some(chat) = conversations.get(id).await? else {
            return Ok(Progress::Done);
        };
        let Some(ConversationReference { service_url, .. }) = &chat.reference else {
            return Ok(Progress::Done);
        };
        if conversations.welcome(id, &task.by).await? == Once::Taken {
            return Ok(Progress::Done);
        }
        let who = self.installer(task, service_url, id, job).await;
        let card = welcome::shared(
            &Reader::new(task.locale.as_deref(), Place::Chat),
            &SharedWelcome {
                name: chat.name.as_deref(),
                installed_by: who.as_deref(),
            },
        );
        self.send(task, service_url, id, card, job).await
    }

    /// What whoever installed the app is called, as the roster says. The welcome does without if it does not.
    async fn installer(
        &self,
        task: &Welcome,
        url: &ServiceUrl,
        conversation: &ConversationId,
        job: Job<'_>,
    ) -> Option<String> {
        let request = Request {
            tenant: &task.tenant,
            conversation,
            effect: Effect::Idempotent,
        };
        if !self.has_turn(request, job.deadline).await {
            return None;
        }
        let member = match (&task.installed_by, &task.installed_by_object_id) {
            (Some(user), _) => self.connector.member(url, conversation, user).await,
            (None, Some(id)) => self.connector.member(url, conversation, id).await,
            (None, None) => return None,
        };
        match member {
            Ok(member) => member.name,
            Err(error) => {
                let error = startup::logging::chain(&error);
                tracing::warn!(error, "whoever installed the app was not found");
                None
            }
        }
    }

    async fn send(
        &self,
        task: &Welcome,
        url: &ServiceUrl,
        conversation: &ConversationId,
        message: Message,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let input = ActivityInput::message_card(message.card, message.summary);
        let request = Request {
            tenant: &task.tenant,
            conversation,
            effect: Effect::Post,
        };
        let sent = self.ask(request, job.deadline, || {
            self.connector.send(url, conversation, &input)
        });
        match sent.await? {
            Asked::Answer(_) => {
                self.metrics.count("Welcomes", 1);
                Ok(Progress::Done)
            }
            Asked::Later(after) => Ok(Progress::Left(Task::Welcome(task.clone()), after)),
            Asked::Ambiguous => {
                tracing::warn!("a welcome may not have arrived");
                Ok(Progress::Done)
            }
        }
    }
}
