//! What persons, teams and chats need to make something happen.

use std::sync::Arc;

use serde_json::Value;

use crate::fault_file::Happening;
use crate::inbound::Inbound;
use crate::model::{Place, Resolved};
use crate::shared::Shared;
use crate::{Delivery, InstallOrder, Message, Person};

impl Shared {
    /// Lets something happen at the moment of a request.
    pub(crate) fn happen(self: &Arc<Self>, happening: Happening, place: Option<Place>) {
        let person = match place {
            Some(Place::Personal(person)) => Some(Person::new(self, person)),
            _ => None,
        };
        match (happening, person) {
            (Happening::PersonBlocks, Some(person)) => person.block_bot(),
            (Happening::PersonBlocksConversation, Some(person)) => person.block_conversation(),
            (Happening::PersonUnblocks, Some(person)) => person.unblock_bot(),
            (Happening::PersonDeletesChat, Some(person)) => person.delete_chat(),
            (Happening::PersonLeaves, Some(person)) => {
                let activities = person.remove_bot();
                let (shared, order) = (self.clone(), self.settings.install_order);
                // The bot hears of it while, or after, its request is refused.
                tokio::spawn(async move { shared.deliver_both(activities, order).await });
            }
            (Happening::AdminDisables, _) => self.model().disabled_by_admin = true,
            (Happening::AdminEnables, _) => self.model().disabled_by_admin = false,
            (Happening::TokensExpire, _) => self.issued_tokens().revoke_all(),
            (Happening::KeysRotate, _) => self.signing().rotate(true),
            (Happening::KeysRotateAtOnce, _) => self.signing().rotate(false),
            // A rule about a person is for requests about a person alone.
            (_, None) => {}
        }
    }

    /// Builds activities of this moment.
    pub(crate) fn inbound<T>(&self, build: impl FnOnce(&Inbound<'_>) -> T) -> T {
        let service_url = self.service_url();
        let now = self.settings.clock.now();
        let model = self.model();
        build(&Inbound {
            model: &model,
            service_url: &service_url,
            now,
        })
    }

    /// Delivers `installationUpdate` and its twin; returns them in the order of arrival.
    pub(crate) async fn deliver_both(
        &self,
        [installation, conversation]: [Value; 2],
        order: InstallOrder,
    ) -> Vec<Delivery> {
        match order {
            InstallOrder::InstallationFirst => {
                let first = self.deliver(installation).await;
                vec![first, self.deliver(conversation).await]
            }
            InstallOrder::ConversationFirst => {
                let first = self.deliver(conversation).await;
                vec![first, self.deliver(installation).await]
            }
            InstallOrder::Together => {
                let (first, second) = futures_util::future::join(
                    self.deliver(installation),
                    self.deliver(conversation),
                )
                .await;
                vec![first, second]
            }
        }
    }

    /// Where a message is.
    pub(crate) fn place_of(&self, message: &Message) -> (Place, Option<u64>, u64) {
        self.locate_message(&message.conversation, &message.id)
    }

    /// Where that which a person said is.
    pub(crate) fn where_was(&self, said: &Delivery) -> (Place, Option<u64>, u64) {
        let conversation = said
            .activity
            .pointer("/conversation/id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.locate_message(conversation, said.activity_id())
    }

    /// # Panics
    ///
    /// For a message of a conversation that no longer exists: a test's mistake.
    fn locate_message(&self, conversation: &str, id: &str) -> (Place, Option<u64>, u64) {
        let id = id.parse().unwrap_or(0);
        match self.model().resolve(conversation) {
            Resolved::At(place, root) => (place, root, id),
            Resolved::NotFound | Resolved::NotForThisBot => {
                panic!("there is no conversation {conversation}")
            }
        }
    }
}
