//! Teams, and what people do with them.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::ids::named_guid;
use crate::model::{Model, Place, TeamState};
use crate::shared::Shared;
use crate::{Conversation, Delivery, Person};

/// A team.
#[derive(Clone)]
pub struct Team {
    shared: Arc<Shared>,
    index: u32,
}

impl Team {
    pub(crate) fn find(shared: &Arc<Shared>, name: &str) -> Option<Self> {
        Self::all(shared)
            .into_iter()
            .find(|team| team.state(|state| state.name == name || state.id == name))
    }

    pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Self> {
        let model = shared.model();
        (0..)
            .zip(&model.teams)
            .filter(|(_, team)| !team.deleted)
            .map(|(index, _)| Self {
                shared: shared.clone(),
                index,
            })
            .collect()
    }

    fn state<T>(&self, look: impl FnOnce(&TeamState) -> T) -> T {
        look(&self.shared.model().teams[self.index as usize])
    }

    fn change(&self, change: impl FnOnce(&mut TeamState)) {
        change(&mut self.shared.model().teams[self.index as usize]);
        self.shared.changed();
    }

    /// Its id, which is the id of its General channel.
    #[must_use]
    pub fn id(&self) -> String {
        self.state(|team| team.id.clone())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        self.state(|team| team.name.clone())
    }

    /// The id of its Microsoft 365 group.
    #[must_use]
    pub fn group_id(&self) -> String {
        self.state(|team| team.group_id.clone())
    }

    /// Whether the bot is in it.
    #[must_use]
    pub fn has_bot(&self) -> bool {
        self.state(|team| team.bot_in)
    }

    /// Its members.
    #[must_use]
    pub fn members(&self) -> Vec<Person> {
        let members = self.state(|team| team.members.clone());
        members
            .into_iter()
            .map(|person| Person::new(&self.shared, person))
            .collect()
    }

    /// Its General channel.
    #[must_use]
    pub fn general(&self) -> Conversation {
        Conversation::new(&self.shared, Place::Channel(self.index, 0), None)
    }

    /// A channel, by name or id.
    ///
    /// # Panics
    ///
    /// When there is no such channel. [`Team::find_channel`] does not.
    #[must_use]
    #[track_caller]
    pub fn channel(&self, name: &str) -> Conversation {
        self.find_channel(name)
            .unwrap_or_else(|| panic!("the team has no channel {name}"))
    }

    /// A channel, by name or id.
    #[must_use]
    pub fn find_channel(&self, name: &str) -> Option<Conversation> {
        let number = self.state(|team| {
            team.channels
                .iter()
                .position(|c| !c.deleted && (c.name == name || c.id == name))
        })?;
        let number = u32::try_from(number).ok()?;
        Some(Conversation::new(
            &self.shared,
            Place::Channel(self.index, number),
            None,
        ))
    }

    /// Every channel, General first.
    #[must_use]
    pub fn channels(&self) -> Vec<Conversation> {
        let numbers: Vec<u32> = self.state(|team| {
            (0..)
                .zip(&team.channels)
                .filter(|(_, channel)| !channel.deleted)
                .map(|(number, _)| number)
                .collect()
        });
        numbers
            .into_iter()
            .map(|number| Conversation::new(&self.shared, Place::Channel(self.index, number), None))
            .collect()
    }

    /// Somebody adds the bot to the team and picks a channel for it.
    pub async fn install(&self, by: &Person, channel: &Conversation) -> Vec<Delivery> {
        self.change(|team| team.bot_in = true);
        let place = channel.place;
        let activities = self.shared.inbound(|inbound| {
            let bot = json!([{"id": inbound.model.bot.id()}]);
            let mut twin = inbound.members(true, bot, by.index, place);
            let picked = inbound.model.conversation_id(place, None);
            twin["channelData"]["settings"] = json!({"selectedChannel": {"id": picked}});
            [inbound.installation("add", by.index, place), twin]
        });
        let order = self.shared.settings.install_order;
        self.shared.deliver_both(activities, order).await
    }

    /// Somebody removes the bot from the team.
    pub async fn uninstall(&self, by: &Person) -> Vec<Delivery> {
        let place = Place::Channel(self.index, 0);
        let activities = self.shared.inbound(|inbound| {
            let bot = json!([{"id": inbound.model.bot.id()}]);
            [
                inbound.installation("remove", by.index, place),
                inbound.members(false, bot, by.index, place),
            ]
        });
        self.change(|team| team.bot_in = false);
        let order = self.shared.settings.install_order;
        self.shared.deliver_both(activities, order).await
    }

    /// Somebody adds a member.
    pub async fn add_member(&self, person: &Person, by: &Person) -> Delivery {
        self.change(|team| {
            if !team.members.contains(&person.index) {
                team.members.push(person.index);
            }
        });
        self.member_event(true, person, by).await
    }

    /// Somebody removes a member, or the member leaves.
    pub async fn remove_member(&self, person: &Person, by: &Person) -> Delivery {
        self.change(|team| team.members.retain(|member| *member != person.index));
        self.member_event(false, person, by).await
    }

    async fn member_event(&self, added: bool, person: &Person, by: &Person) -> Delivery {
        let place = Place::Channel(self.index, 0);
        let activity = self.shared.inbound(|inbound| {
            let member = json!([{
                "id": inbound.model.teams_id(person.index),
                "aadObjectId": inbound.model.object_id(person.index),
            }]);
            inbound.members(added, member, by.index, place)
        });
        self.tell(activity).await
    }

    /// Somebody renames the team.
    pub async fn rename(&self, name: &str, by: &Person) -> Delivery {
        self.change(|team| team.name = name.to_owned());
        self.event("teamRenamed", None, by).await
    }

    /// Somebody archives the team.
    pub async fn archive(&self, by: &Person) -> Delivery {
        self.change(|team| team.archived = true);
        self.event("teamArchived", None, by).await
    }

    /// Somebody brings the team back from the archive.
    pub async fn unarchive(&self, by: &Person) -> Delivery {
        self.change(|team| team.archived = false);
        self.event("teamUnarchived", None, by).await
    }

    /// Somebody deletes the team. The bot is told, and is in it no longer.
    pub async fn delete(&self, by: &Person) -> Delivery {
        let activity = self.event_activity("teamDeleted", None, by);
        let had_bot = self.has_bot();
        self.change(|team| {
            team.deleted = true;
            team.bot_in = false;
        });
        if had_bot {
            self.shared.deliver(activity).await
        } else {
            self.shared.not_sent(activity, "the bot is not in the team")
        }
    }

    /// Somebody brings a deleted team back, with the bot in it.
    pub async fn restore(&self, by: &Person) -> Delivery {
        self.change(|team| {
            team.deleted = false;
            team.bot_in = true;
        });
        self.event("teamRestored", None, by).await
    }

    /// Somebody creates a channel.
    pub async fn create_channel(&self, name: &str, by: &Person) -> (Conversation, Delivery) {
        let place = {
            let mut model = self.shared.model();
            let seed = format!("{}/{name}", model.teams[self.index as usize].name);
            let id = format!("19:{:032x}@thread.tacv2", named_guid(&seed));
            let number = model.add_channel(self.index, id, name.to_owned());
            Place::Channel(self.index, number)
        };
        let channel = Conversation::new(&self.shared, place, None);
        let delivery = self.channel_event("channelCreated", &channel, by).await;
        (channel, delivery)
    }

    /// Somebody renames a channel.
    pub async fn rename_channel(
        &self,
        channel: &Conversation,
        name: &str,
        by: &Person,
    ) -> Delivery {
        self.change_channel(channel, |channel| channel.name = name.to_owned());
        self.channel_event("channelRenamed", channel, by).await
    }

    /// Somebody deletes a channel.
    pub async fn delete_channel(&self, channel: &Conversation, by: &Person) -> Delivery {
        self.change_channel(channel, |channel| channel.deleted = true);
        self.channel_event("channelDeleted", channel, by).await
    }

    /// Somebody brings a deleted channel back.
    pub async fn restore_channel(&self, channel: &Conversation, by: &Person) -> Delivery {
        self.change_channel(channel, |channel| channel.deleted = false);
        self.channel_event("channelRestored", channel, by).await
    }

    fn change_channel(
        &self,
        channel: &Conversation,
        change: impl FnOnce(&mut crate::model::ChannelState),
    ) {
        if let Place::Channel(team, number) = channel.place {
            let mut model = self.shared.model();
            change(&mut model.teams[team as usize].channels[number as usize]);
        }
    }

    async fn channel_event(&self, event: &str, channel: &Conversation, by: &Person) -> Delivery {
        let about = {
            let model = self.shared.model();
            channel_name(&model, channel.place)
        };
        self.event(event, Some(about), by).await
    }

    /// An event about the team that no document describes.
    pub async fn unknown_event(&self, event: &str, by: &Person) -> Delivery {
        self.event(event, None, by).await
    }

    async fn event(&self, event: &str, channel: Option<Value>, by: &Person) -> Delivery {
        let activity = self.event_activity(event, channel, by);
        self.tell(activity).await
    }

    fn event_activity(&self, event: &str, channel: Option<Value>, by: &Person) -> Value {
        let place = Place::Channel(self.index, 0);
        self.shared
            .inbound(|inbound| inbound.team_event(event, channel, by.index, place))
    }

    /// Tells the bot, if it is in the team.
    async fn tell(&self, activity: Value) -> Delivery {
        if self.has_bot() {
            self.shared.deliver(activity).await
        } else {
            self.shared.not_sent(activity, "the bot is not in the team")
        }
    }
}

fn channel_name(model: &Model, place: Place) -> Value {
    match place {
        Place::Channel(team, number) => {
            let channel = &model.teams[team as usize].channels[number as usize];
            json!({"id": channel.id, "name": channel.name})
        }
        Place::Personal(_) | Place::Chat(_) => Value::Null,
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Team").field(&self.name()).finish()
    }
}
