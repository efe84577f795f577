//! What persons, teams and chats need to make something happen.

use serde_json::Value;

use crate::inbound::Inbound;
use crate::model::{Place, Resolved};
use crate::shared::Shared;
use crate::{Delivery, InstallOrder, Message};

impl Shared {
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
