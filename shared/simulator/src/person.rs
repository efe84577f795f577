//! A person, and what they do in Teams.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::ids::{Kind, Sealer};
use crate::inbound::Inbound;
use crate::model::{Blocking, Circumstances, Place, Reactor, Writer};
use crate::shared::Shared;
use crate::{Conversation, Delivery, InstallOrder, Message, PersonSpec};

/// A person of the simulated tenant.
#[derive(Clone)]
pub struct Person {
    pub(crate) shared: Arc<Shared>,
    pub(crate) index: u32,
}

impl Person {
    pub(crate) fn new(shared: &Arc<Shared>, index: u32) -> Self {
        Self {
            shared: shared.clone(),
            index,
        }
    }

    pub(crate) fn find(shared: &Arc<Shared>, who: &str) -> Option<Self> {
        let index = shared.model().find_person(who)?;
        Some(Self::new(shared, index))
    }

    pub(crate) fn all(shared: &Arc<Shared>) -> Vec<Self> {
        let count = shared.model().people.len();
        (0..).take(count).map(|i| Self::new(shared, i)).collect()
    }

    /// Their details.
    #[must_use]
    pub fn details(&self) -> PersonSpec {
        self.shared.model().people[self.index as usize].spec()
    }

    /// Their name.
    #[must_use]
    pub fn name(&self) -> String {
        self.shared.model().people[self.index as usize].name()
    }

    /// Their object id in Entra.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.shared.model().object_id(self.index)
    }

    /// Their `29:` id, which only this bot can use.
    #[must_use]
    pub fn teams_id(&self) -> String {
        self.shared.model().teams_id(self.index)
    }

    /// The id of their chat with the bot, whether or not it exists yet.
    #[must_use]
    pub fn conversation_id(&self) -> String {
        self.shared.model().personal_chat_id(self.index)
    }

    /// The id under which Graph knows their chat with the bot.
    #[must_use]
    pub fn graph_chat_id(&self) -> String {
        self.shared.model().graph_chat_id(self.index)
    }

    /// Whether they have the bot installed.
    #[must_use]
    pub fn has_bot(&self) -> bool {
        self.shared.model().people[self.index as usize].installed
    }

    /// Their chat with the bot.
    #[must_use]
    pub fn chat(&self) -> Conversation {
        Conversation::new(&self.shared, Place::Personal(self.index), None)
    }

    pub(crate) fn id_for(&self, app_id: &str) -> String {
        let object_id = self.shared.model().people[self.index as usize].object_id;
        Sealer::for_bot(app_id).seal(Kind::Person, object_id)
    }

    /// They install the bot: it gets `installationUpdate` and
    /// `conversationUpdate`, in the order of
    /// [`Config::install_order`](crate::Config::install_order). Returns both, in that order.
    pub async fn install(&self) -> Vec<Delivery> {
        self.install_in_order(self.shared.settings.install_order)
            .await
    }

    /// They install the bot, and the two activities arrive in this order.
    pub async fn install_in_order(&self, order: InstallOrder) -> Vec<Delivery> {
        let place = Place::Personal(self.index);
        let activities = {
            let mut model = self.shared.model();
            let person = &mut model.people[self.index as usize];
            person.install();
            person.blocking = None;
            drop(model);
            self.activities(|inbound| {
                let bot = json!([{"id": inbound.model.bot.id()}]);
                [
                    inbound.installation("add", self.index, place),
                    inbound.members(true, bot, self.index, place),
                ]
            })
        };
        self.shared.changed();
        self.shared.deliver_both(activities, order).await
    }

    /// They remove the bot. It gets `installationUpdate` and `conversationUpdate`.
    pub async fn uninstall(&self) -> Vec<Delivery> {
        let activities = self.remove_bot();
        let order = self.shared.settings.install_order;
        self.shared.deliver_both(activities, order).await
    }

    /// Removes the bot; returns what it is to be told.
    pub(crate) fn remove_bot(&self) -> [Value; 2] {
        let place = Place::Personal(self.index);
        let activities = self.activities(|inbound| {
            let bot = json!([{"id": inbound.model.bot.id()}]);
            [
                inbound.installation("remove", self.index, place),
                inbound.members(false, bot, self.index, place),
            ]
        });
        {
            let mut model = self.shared.model();
            let person = &mut model.people[self.index as usize];
            person.installed = false;
            person.opened_by_bot = false;
        }
        self.shared.changed();
        activities
    }

    /// The app is upgraded so that its bot appears (`add-upgrade`) or
    /// disappears (`remove-upgrade`).
    pub async fn upgrade(&self, action: &str) -> Delivery {
        let activity = self.activity(|inbound| {
            inbound.installation(action, self.index, Place::Personal(self.index))
        });
        self.shared.model().people[self.index as usize].installed = !action.starts_with("remove");
        self.shared.deliver(activity).await
    }

    /// They write to the bot in their personal chat.
    pub async fn say(&self, text: &str) -> Delivery {
        self.write(&self.chat(), text, false).await
    }

    /// They write in a conversation without a mention. In a channel or chat
    /// the bot hears of it only if it
    /// [reads all messages](crate::Config::reads_all_messages).
    pub async fn say_in(&self, conversation: &Conversation, text: &str) -> Delivery {
        self.write(conversation, text, false).await
    }

    /// They mention the bot: in a channel that begins a thread, in a
    /// [thread](Conversation::thread) it goes on with it.
    pub async fn mention(&self, conversation: &Conversation, text: &str) -> Delivery {
        self.write(conversation, text, true).await
    }

    async fn write(&self, conversation: &Conversation, text: &str, mention: bool) -> Delivery {
        let (place, root) = (conversation.place, conversation.root);
        let (activity, heard) = {
            let mut model = self.shared.model();
            let now = self.shared.settings.clock.now();
            let circumstances = Circumstances {
                root,
                ..Circumstances::default()
            };
            let said = json!({"type": "message", "text": text}).to_string();
            let (id, root) =
                model.post(place, Writer::Person(self.index), circumstances, &said, now);
            drop(model);
            let activity = self
                .activity(|inbound| inbound.message(text, mention, self.index, (place, root), id));
            let personal = matches!(place, Place::Personal(_));
            let heard = personal || mention || self.shared.settings.reads_all_messages;
            (activity, heard)
        };
        self.shared.changed();
        if !self.shared.model().bot_is_in(place) {
            return self
                .shared
                .not_sent(activity, "the bot is not in the conversation");
        }
        if !heard {
            return self.shared.not_sent(activity, "the bot was not mentioned");
        }
        // Whoever writes to the bot does not block it any more.
        if matches!(place, Place::Personal(_)) {
            self.shared.model().people[self.index as usize].blocking = None;
        }
        self.shared.deliver(activity).await
    }

    /// They edit what they wrote.
    pub async fn edit(&self, said: &Delivery, text: &str) -> Delivery {
        let mention = has_mention(&said.activity);
        self.change_text(self.shared.where_was(said), text, mention)
            .await
    }

    /// They edit a message of theirs.
    pub async fn edit_message(&self, message: &Message, text: &str) -> Delivery {
        self.change_text(self.shared.place_of(message), text, false)
            .await
    }

    async fn change_text(
        &self,
        (place, root, id): (Place, Option<u64>, u64),
        text: &str,
        mention: bool,
    ) -> Delivery {
        {
            let mut model = self.shared.model();
            let body = model.keep_body(&json!({"type": "message", "text": text}).to_string());
            if let Some(stored) = model.log_mut(place).get_mut(id) {
                stored.body = body;
                stored.edits += 1;
            }
        }
        let activity = self.activity(|inbound| {
            inbound.edited(
                "editMessage",
                (text, mention),
                self.index,
                (place, root),
                id,
            )
        });
        self.shared.deliver(activity).await
    }

    /// They delete what they wrote.
    pub async fn delete(&self, said: &Delivery) -> Delivery {
        self.take_away(self.shared.where_was(said)).await
    }

    /// They delete a message of theirs.
    pub async fn delete_message(&self, message: &Message) -> Delivery {
        self.take_away(self.shared.place_of(message)).await
    }

    async fn take_away(&self, (place, root, id): (Place, Option<u64>, u64)) -> Delivery {
        if let Some(stored) = self.shared.model().log_mut(place).get_mut(id) {
            stored.deleted = true;
        }
        let activity = self.activity(|inbound| inbound.deleted(self.index, (place, root), id));
        self.shared.deliver(activity).await
    }

    /// They bring back what they deleted.
    pub async fn undelete(&self, said: &Delivery) -> Delivery {
        let text = said
            .activity
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let (place, root, id) = self.shared.where_was(said);
        if let Some(stored) = self.shared.model().log_mut(place).get_mut(id) {
            stored.deleted = false;
        }
        let activity = self.activity(|inbound| {
            inbound.edited(
                "undeleteMessage",
                (text, false),
                self.index,
                (place, root),
                id,
            )
        });
        self.shared.deliver(activity).await
    }

    /// They react to a message: `like`, `heart`, `laugh`, `surprised`, `sad`, `angry` …
    pub async fn react(&self, kind: &str, message: &Message) -> Delivery {
        self.reaction(true, kind, message).await
    }

    /// They take a reaction back.
    pub async fn unreact(&self, kind: &str, message: &Message) -> Delivery {
        self.reaction(false, kind, message).await
    }

    async fn reaction(&self, added: bool, kind: &str, message: &Message) -> Delivery {
        let (place, root, id) = self.shared.place_of(message);
        let reaction = (Reactor::Person(self.index), kind.to_owned());
        if let Some(stored) = self.shared.model().log_mut(place).get_mut(id) {
            let reactions = &mut stored.rare().reactions;
            reactions.retain(|known| *known != reaction);
            if added {
                reactions.push(reaction);
            }
        }
        self.shared.changed();
        let activity =
            self.activity(|inbound| inbound.reaction((added, kind), self.index, (place, root), id));
        self.shared.deliver(activity).await
    }

    /// They read up to this message, in their personal chat.
    pub async fn read_up_to(&self, message: &Message) -> Delivery {
        let (place, _, id) = self.shared.place_of(message);
        let activity = self.activity(|inbound| inbound.read_receipt(self.index, place, id));
        self.shared.deliver(activity).await
    }

    /// They block the bot: the Connector answers `MessageWritesBlocked`, in
    /// the shape of the message service.
    pub fn block_bot(&self) {
        self.set_blocking(Some(Blocking::MessageWritesBlocked));
    }

    /// They block the bot: the Connector answers `ConversationBlockedByUser`,
    /// in the usual shape.
    pub fn block_conversation(&self) {
        self.set_blocking(Some(Blocking::ConversationBlockedByUser));
    }

    /// They unblock the bot. It is not told.
    pub fn unblock_bot(&self) {
        self.set_blocking(None);
    }

    fn set_blocking(&self, blocking: Option<Blocking>) {
        self.shared.model().people[self.index as usize].blocking = blocking;
    }

    /// They delete the chat with the bot: the Connector does not find it any
    /// more, until the bot creates it again. The bot is not told.
    pub fn delete_chat(&self) {
        let mut model = self.shared.model();
        model.people[self.index as usize].has_chat = false;
    }

    /// Something happens that no document describes.
    pub async fn unknown_event(&self, event: &str) -> Delivery {
        let place = Place::Personal(self.index);
        let activity = self.activity(|inbound| inbound.unknown_event(event, self.index, place));
        self.shared.deliver(activity).await
    }

    /// An invoke of any name, about a message.
    pub async fn invoke(&self, name: &str, value: Value, message: &Message) -> Delivery {
        let (place, root, id) = self.shared.place_of(message);
        let activity =
            self.activity(|inbound| inbound.invoke((name, value), self.index, (place, root), id));
        self.shared.deliver(activity).await
    }

    pub(crate) fn activity(&self, build: impl FnOnce(&Inbound<'_>) -> Value) -> Value {
        self.shared.inbound(build)
    }

    fn activities(&self, build: impl FnOnce(&Inbound<'_>) -> [Value; 2]) -> [Value; 2] {
        self.shared.inbound(build)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.name()).finish()
    }
}

fn has_mention(activity: &Value) -> bool {
    activity
        .get("entities")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|entity| entity["type"] == "mention"))
}
