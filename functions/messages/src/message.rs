//! Somebody wrote to the bot.

use std::time::Duration;

use cards::{Message, Press, Reader, Status, TopicRow, confirm, help, notices, topics};
use notifications::commands::Command;
use notifications::{Mute, RecipientKey, Topic, TopicName, TopicPreference};
use store::{PreferenceChange, Preferences, PutAlias};

use crate::failure::Failure;
use crate::handler::{Messages, after};
use crate::received::Received;

/// Whose topics a command is about: the writer's in their own chat, else the channel's or chat's.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The person, channel or chat.
    pub(crate) key: RecipientKey,
    /// What they want of topics.
    pub(crate) preferences: Preferences,
}

impl Messages {
    /// Does what somebody wrote, or what a button of an old client says, and answers in the conversation.
    pub(crate) async fn message(&self, received: &Received) -> Result<(), Failure> {
        let activity = &received.activity;
        // Bots that answer each other never end.
        if activity
            .from
            .as_ref()
            .is_some_and(|from| from.bot_id().is_some())
        {
            return Ok(());
        }
        if let Some(value) = &activity.value {
            if let Some(press) = Press::read(None, value) {
                return self.submitted(received, press).await;
            }
            if activity.text.is_none() {
                // A card of somebody else, forwarded; or one of ours that no version knows any more.
                return Ok(());
            }
        }
        if !received.is_personal() && !activity.mentions_bot() && !activity.is_targeted() {
            return Ok(());
        }
        let command = Command::parse(&activity.text_without_mention());
        if let Command::Help | Command::Empty = command {
            return match self.whose(received).await? {
                Some(_) => self.help(received).await,
                None => Ok(()),
            };
        }
        let Some(answer) = self.command(received, command).await? else {
            return Ok(());
        };
        self.answer(received, answer).await
    }

    /// Remembers who wrote, or where, and tells what they want of topics.
    ///
    /// `None` when the activity names nobody.
    async fn subject(&self, received: &Received) -> Result<Option<Subject>, Failure> {
        let subject = if received.is_personal() {
            let remembered = self
                .store
                .people()
                .remember(&received.seen_sender())
                .await?;
            if let Some(remembered) = &remembered
                && remembered.newly_reachable
            {
                let person = &remembered.person.key;
                self.send_waiting_for_person(received, person).await?;
            }
            remembered.map(|remembered| Subject {
                key: remembered.person.key,
                preferences: remembered.person.preferences,
            })
        } else {
            self.heard_from_sender(received).await?;
            let seen = received.seen_conversation();
            let remembered = self.store.conversations().remember(&seen).await?;
            Some(Subject {
                key: RecipientKey::conversation(&remembered.conversation.id),
                preferences: remembered.conversation.preferences,
            })
        };
        if let Some(subject) = &subject {
            self.recent.note(received, &subject.key, self.clock.now());
        }
        Ok(subject)
    }

    /// Whoever uses the bot somewhere does not block it any more.
    pub(crate) async fn heard_from_sender(&self, received: &Received) -> Result<(), Failure> {
        if let Some(sender) = received.sender_key() {
            let people = self.store.people();
            let tenant = &received.reference.tenant;
            people.heard_from(tenant, &sender, received.at).await?;
        }
        Ok(())
    }

    /// Whose topics a command is about; remembers them unless that was done a moment ago.
    pub(crate) async fn whose(&self, received: &Received) -> Result<Option<RecipientKey>, Failure> {
        if let Some(key) = self.recent.key(received, self.clock.now()) {
            if !received.is_personal() {
                // A send may have found them to block the bot since then: only what they do in their own chat keeps it from
                // being noted for a while.
                self.heard_from_sender(received).await?;
            }
            return Ok(Some(key));
        }
        Ok(self.subject(received).await?.map(|subject| subject.key))
    }

    /// Does a command; gives the answer. `None` when the activity names nobody who could be answered.
    async fn command(
        &self,
        received: &Received,
        command: Command,
    ) -> Result<Option<Message>, Failure> {
        let reader = &received.reader();
        if let Command::Topics | Command::Status = command {
            let Some(subject) = self.subject(received).await? else {
                return Ok(None);
            };
            let preferences = &subject.preferences;
            let shown = match command {
                Command::Topics => self.topics(received, reader, preferences).await?,
                _ => self.status(received, reader, preferences).await?,
            };
            return Ok(Some(shown));
        }
        let Some(key) = self.whose(received).await? else {
            return Ok(None);
        };
        let wish = match command {
            Command::Help | Command::Empty | Command::Topics | Command::Status => {
                return Ok(Some(help::card(reader)));
            }
            // Boxed, as what is rare.
            Command::Poll(line) => {
                return Box::pin(self.quick_poll(received, &line)).await.map(Some);
            }
            Command::Why => return self.why_last(received, reader, &key).await.map(Some),
            Command::Alias(name) => {
                return self.alias(received, reader, &key, &name).await.map(Some);
            }
            Command::Incomplete { verb, needs } => {
                return Ok(Some(notices::incomplete(reader, verb, needs)));
            }
            Command::Unknown { typed, meant } => {
                return Ok(Some(notices::unknown_command(reader, &typed, meant)));
            }
            Command::Subscribe(topic) => Wish::new(topic, PreferenceChange::Subscribe),
            Command::Unsubscribe(topic) => Wish::new(topic, PreferenceChange::Unsubscribe),
            Command::Unmute(topic) => Wish::new(topic, PreferenceChange::Unmute),
            Command::Mute { topic, lasting } => self.mute(topic, lasting),
        };
        if !self.may_decide(received).await? {
            return Ok(Some(notices::owners_only(reader)));
        }
        let topic = self.topic(received, &wish.topic).await?;
        self.wish(received, &key, &wish).await?;
        Ok(Some(wish.confirmed(reader, &topic)))
    }

    /// Silence about a topic, from now on.
    pub(crate) fn mute(&self, topic: TopicName, lasting: Option<Duration>) -> Wish {
        let mute = match lasting {
            None => Mute::Always,
            Some(lasting) => Mute::Until(after(self.clock.now(), lasting)),
        };
        Wish::new(topic, PreferenceChange::Mute(mute))
    }

    /// Notes what somebody wants.
    ///
    /// Whoever writes or presses is remembered before. If the table has lost them since, they are remembered again.
    pub(crate) async fn wish(
        &self,
        received: &Received,
        key: &RecipientKey,
        wish: &Wish,
    ) -> Result<(), Failure> {
        let tenant = &received.reference.tenant;
        let preferences = self.store.preferences();
        let noted = preferences
            .change(tenant, key, &wish.topic, wish.change)
            .await?;
        if noted.is_none() {
            self.subject(received).await?;
            preferences
                .change(tenant, key, &wish.topic, wish.change)
                .await?;
        }
        Ok(())
    }

    /// A topic's definition; one that nobody defined has the safe defaults.
    pub(crate) async fn topic(
        &self,
        received: &Received,
        name: &TopicName,
    ) -> Result<Topic, Failure> {
        let defined = self
            .store
            .topics()
            .get(&received.reference.tenant, name)
            .await?;
        Ok(defined.unwrap_or_else(|| Topic::undefined(name.clone())))
    }

    /// The topics that are defined, and those about which something was decided.
    pub(crate) async fn topics(
        &self,
        received: &Received,
        reader: &Reader,
        preferences: &Preferences,
    ) -> Result<Message, Failure> {
        let all = self.known_topics(received, preferences).await?;
        let rows: Vec<_> = all
            .iter()
            .map(|topic| TopicRow {
                topic,
                preference: preferences.about(&topic.name),
            })
            .collect();
        Ok(topics::card(reader, &rows, self.clock.now()))
    }

    /// What the person, channel or chat follows and has muted.
    pub(crate) async fn status(
        &self,
        received: &Received,
        reader: &Reader,
        preferences: &Preferences,
    ) -> Result<Message, Failure> {
        let decided = |preference: TopicPreference| !preference.is_default();
        let all = if preferences.0.values().copied().any(decided) {
            self.known_topics(received, preferences).await?
        } else {
            Vec::new()
        };
        let rows: Vec<_> = all
            .iter()
            .map(|topic| TopicRow {
                topic,
                preference: preferences.about(&topic.name),
            })
            .filter(|row| decided(row.preference))
            .collect();
        let status = Status {
            topics: &rows,
            alias: None,
        };
        Ok(cards::status::card(reader, &status, self.clock.now()))
    }

    async fn known_topics(
        &self,
        received: &Received,
        preferences: &Preferences,
    ) -> Result<Vec<Topic>, Failure> {
        let mut all = self.store.topics().list(&received.reference.tenant).await?;
        let undefined: Vec<_> = preferences
            .0
            .keys()
            .filter(|name| all.iter().all(|topic| topic.name != **name))
            .cloned()
            .collect();
        all.extend(undefined.into_iter().map(Topic::undefined));
        Ok(all)
    }

    /// Gives this place a name. A name is moved by its owner only, whoever is an admin.
    async fn alias(
        &self,
        received: &Received,
        reader: &Reader,
        place: &RecipientKey,
        name: &str,
    ) -> Result<Message, Failure> {
        if !self.may_decide(received).await? {
            return Ok(notices::owners_only(reader));
        }
        let Some(owner) = self.sender(received).await? else {
            return Ok(notices::owners_only(reader));
        };
        let tenant = &received.reference.tenant;
        let now = self.clock.now();
        let aliases = self.store.aliases();
        Ok(match aliases.put(tenant, name, place, &owner, now).await? {
            PutAlias::Put { .. } => confirm::alias(reader, name),
            PutAlias::Owned { .. } => notices::alias_taken(reader, name),
        })
    }

    /// Whether the sender may decide for this place: everybody for themselves; for a channel or chat an owner, whom
    /// Tidings knows as the person who installed it there, or a listed admin.
    async fn may_decide(&self, received: &Received) -> Result<bool, Failure> {
        if received.is_personal() {
            return Ok(true);
        }
        if received
            .sender_object_id()
            .is_some_and(|id| self.admins.include(&id))
        {
            return Ok(true);
        }
        let installer = match &received.reference.team {
            Some(team) => {
                let team = self.store.teams().get(team).await?;
                team.and_then(|team| team.installer)
            }
            None => {
                let chat = &received.reference.conversation;
                let chat = self.store.conversations().get(chat).await?;
                chat.and_then(|chat| chat.installer)
            }
        };
        Ok(installer.is_some() && installer == self.sender(received).await?)
    }
}

/// What somebody wants of a topic.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) topic: TopicName,
    pub(crate) change: PreferenceChange,
}

impl Wish {
    pub(crate) fn new(topic: TopicName, change: PreferenceChange) -> Self {
        Self { topic, change }
    }

    /// Says that it is so now.
    pub(crate) fn confirmed(&self, reader: &Reader, topic: &Topic) -> Message {
        match self.change {
            PreferenceChange::Subscribe => confirm::subscribed(reader, topic),
            PreferenceChange::Unsubscribe => confirm::unsubscribed(reader, topic),
            PreferenceChange::Mute(mute) => confirm::muted(reader, topic, mute),
            PreferenceChange::Unmute => confirm::unmuted(reader, topic),
        }
    }
}
