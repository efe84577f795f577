//! Group chats, and what people do with them.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use crate::model::Place;
use crate::shared::Shared;
use crate::{Conversation, Delivery, Person};

/// A group chat or the chat of a meeting.
#[derive(Clone)]
pub struct Chat {
    shared: Arc<Shared>,
    index: u32,
}

impl Chat {
    pub(crate) fn find(shared: &Arc<Shared>, name: &str) -> Option<Self> {
        Self::all(shared).into_iter().find(|chat| {
            let model = shared.model();
            let state = &model.chats[chat.index as usize];
            state.name == name || state.id == name
        })
    }

    pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Self> {
        let count = shared.model().chats.len();
        (0..)
            .take(count)
            .map(|index| Self {
                shared: shared.clone(),
                index,
            })
            .collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        self.shared.model().chats[self.index as usize].name.clone()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> String {
        self.shared.model().chats[self.index as usize].id.clone()
    }

    /// The conversation in it.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        Conversation::new(&self.shared, self.place(), None)
    }

    /// Its members.
    #[must_use]
    pub fn members(&self) -> Vec<Person> {
        let members = self.shared.model().chats[self.index as usize]
            .members
            .clone();
        members
            .into_iter()
            .map(|person| Person::new(&self.shared, person))
            .collect()
    }

    /// Whether the bot is in it.
    #[must_use]
    pub fn has_bot(&self) -> bool {
        self.shared.model().chats[self.index as usize].bot_in
    }

    /// Somebody adds the bot.
    pub async fn install(&self, by: &Person) -> Vec<Delivery> {
        self.shared.model().chats[self.index as usize].bot_in = true;
        self.bot_event(true, by).await
    }

    /// Somebody removes the bot.
    pub async fn uninstall(&self, by: &Person) -> Vec<Delivery> {
        self.shared.model().chats[self.index as usize].bot_in = false;
        self.bot_event(false, by).await
    }

    async fn bot_event(&self, added: bool, by: &Person) -> Vec<Delivery> {
        let action = if added { "add" } else { "remove" };
        let activities = self.shared.inbound(|inbound| {
            let bot = json!([{"id": inbound.model.bot.id()}]);
            [
                inbound.installation(action, by.index, self.place()),
                inbound.members(added, bot, by.index, self.place()),
            ]
        });
        self.shared.changed();
        let order = self.shared.settings.install_order;
        self.shared.deliver_both(activities, order).await
    }

    /// Somebody adds a member.
    pub async fn add_member(&self, person: &Person, by: &Person) -> Delivery {
        {
            let mut model = self.shared.model();
            let members = &mut model.chats[self.index as usize].members;
            if !members.contains(&person.index) {
                members.push(person.index);
            }
        }
        self.member_event(true, person, by).await
    }

    /// Somebody removes a member, or the member leaves.
    pub async fn remove_member(&self, person: &Person, by: &Person) -> Delivery {
        self.shared.model().chats[self.index as usize]
            .members
            .retain(|member| *member != person.index);
        self.member_event(false, person, by).await
    }

    async fn member_event(&self, added: bool, person: &Person, by: &Person) -> Delivery {
        let activity = self.shared.inbound(|inbound| {
            let member = json!([{
                "id": inbound.model.teams_id(person.index),
                "aadObjectId": inbound.model.object_id(person.index),
            }]);
            inbound.members(added, member, by.index, self.place())
        });
        if self.has_bot() {
            self.shared.deliver(activity).await
        } else {
            self.shared.not_sent(activity, "the bot is not in the chat")
        }
    }

    fn place(&self) -> Place {
        Place::Chat(self.index)
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chat").field(&self.name()).finish()
    }
}
