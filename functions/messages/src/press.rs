//! Somebody pressed a button of one of our cards. Buttons act for whoever presses them, wherever the card stands.

use std::time::Duration;

use cards::{Acted, Message, NotificationCard, Press, Reader, Standing, Who, acted, help, notices};
use notifications::{Do, Notice, NotificationKey, RecipientKey};
use serde_json::Value;
use startup::logging::chain;
use store::{Action, FrozenNotification, Person, PreferenceChange};
use work_items::{PublishAction, Task};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::message::Wish;
use crate::received::Received;

impl Messages {
    /// Does what a button says; gives the card to show in place of the one it stood on.
    pub(crate) async fn press(
        &self,
        received: &Received,
        press: Press,
    ) -> Result<Message, Failure> {
        let alone = &received.reader_alone();
        let press = match press {
            Press::Help => return Ok(help::card(&received.reader())),
            // Of whoever votes nothing is noted. Boxed: what every press carries must not grow by what is rare.
            Press::Poll(press) => return Box::pin(self.poll(received, press)).await,
            press => press,
        };
        let remembered = self
            .store
            .people()
            .remember(&received.seen_sender())
            .await?;
        let Some(person) = remembered.map(|remembered| remembered.person) else {
            return Ok(notices::went_wrong(alone));
        };
        if person.blocked.is_some() {
            self.heard_from_sender(received).await?;
        }
        match press {
            // Answered above.
            Press::Help | Press::Poll(_) => Ok(help::card(&received.reader())),
            Press::Topics => self.topics(received, alone, &person.preferences).await,
            Press::Status => self.status(received, alone, &person.preferences).await,
            Press::Subscribe(topic) => {
                let wish = Wish::new(topic, PreferenceChange::Subscribe);
                self.granted(received, &person, &wish, None).await
            }
            Press::Unsubscribe(topic) => {
                let wish = Wish::new(topic, PreferenceChange::Unsubscribe);
                self.granted(received, &person, &wish, None).await
            }
            Press::Mute {
                topic,
                lasting,
                notification,
            } => {
                let wish = self.mute(topic, lasting);
                self.granted(received, &person, &wish, notification).await
            }
            Press::Unmute {
                topic,
                notification,
            } => {
                let wish = Wish::new(topic, PreferenceChange::Unmute);
                self.granted(received, &person, &wish, notification).await
            }
            Press::Why(key) => match self.got(received, &person, &key).await? {
                Some(got) => self.why(received, &person, &got).await,
                None => Ok(notices::too_old(&received.reader())),
            },
            Press::Sender { notification, verb } => {
                match self.got(received, &person, &notification).await? {
                    Some(got) => match Notice::read(&got.frozen.source, &got.frozen.id) {
                        // Boxed: what every press carries must not grow by what is rare.
                        Some(notice) => {
                            let deciding = self.decide(received, &person, &got, &notice, &verb);
                            Box::pin(deciding).await
                        }
                        None => {
                            self.tell_sender(received, &person, &got.frozen, &verb)
                                .await
                        }
                    },
                    None => Ok(notices::too_old(&received.reader())),
                }
            }
        }
    }

    /// A button of a client that cannot show an answer's card (`Action.Submit`): the card is replaced instead. What
    /// concerns the presser alone is not shown to others.
    pub(crate) async fn submitted(&self, received: &Received, press: Press) -> Result<(), Failure> {
        let for_all = matches!(press, Press::Sender { .. });
        let message = self.press(received, press).await?;
        // A sender's button has replaced the card for everybody by now.
        if for_all && !received.is_personal() {
            return Ok(());
        }
        if received.is_personal()
            && let Some(card) = &received.activity.reply_to_id
            && self.replace(received, card, message.clone()).await?
        {
            return Ok(());
        }
        self.answer_privately(received, message).await
    }

    /// Notes a wish, and shows what it means: on the notification if the button stood on one.
    async fn granted(
        &self,
        received: &Received,
        person: &Person,
        wish: &Wish,
        notification: Option<NotificationKey>,
    ) -> Result<Message, Failure> {
        self.wish(received, &person.key, wish).await?;
        if let Some(key) = notification
            && let Some(got) = self.got(received, person, &key).await?
        {
            let standing = match wish.change {
                PreferenceChange::Mute(mute) => Standing::Muted(mute),
                _ => Standing::Hears,
            };
            return Ok(shown_again(received, &got.frozen, standing));
        }
        let topic = self.topic(received, &wish.topic).await?;
        Ok(wish.confirmed(&received.reader_alone(), &topic))
    }

    /// The notification with this key, if it was for the person, or for the place where they see it.
    ///
    /// The key came through the client, so it is no proof of anything.
    pub(crate) async fn got(
        &self,
        received: &Received,
        person: &Person,
        key: &NotificationKey,
    ) -> Result<Option<Got>, Failure> {
        let ledger = self.store.ledger();
        let Some(frozen) = ledger.notification(key).await? else {
            return Ok(None);
        };
        if frozen.tenant != received.reference.tenant {
            return Ok(None);
        }
        for recipient in places(received, &person.key) {
            if ledger.recipient(key, &recipient).await?.is_some() {
                return Ok(Some(Got { frozen, recipient }));
            }
        }
        Ok(None)
    }

    /// Records a click on a sender's verb, once, and has its event published; then the card says so.
    ///
    /// What the event carries is the ledger's, never what the button brought back.
    async fn tell_sender(
        &self,
        received: &Received,
        person: &Person,
        frozen: &FrozenNotification,
        verb: &str,
    ) -> Result<Message, Failure> {
        let Some(title) = title(received, frozen, verb) else {
            return Ok(notices::too_old(&received.reader()));
        };
        let action = Action {
            notification: frozen.key.clone(),
            verb: verb.to_owned(),
            by: person.key.clone(),
        };
        let now = self.clock.now();
        let record = self.store.ledger().record_action(&action, now).await?;
        // Whoever recorded the click first may have died before it was queued. The task publishes once.
        if !record.published {
            let task = Task::PublishAction(PublishAction {
                notification: action.notification,
                verb: action.verb,
                by: action.by,
            });
            self.queue([(task, Duration::ZERO)]).await?;
            self.metrics.count("Actions", 1);
        }
        let card = shown_again(received, frozen, Standing::Hears);
        let told = received.activity.from.as_ref();
        let who = match told.and_then(|from| from.name.as_deref()) {
            _ if received.is_personal() => Who::Reader,
            Some(name) => Who::Named(name),
            None => Who::Somebody,
        };
        let title = &title;
        let card = acted(&received.reader(), card, &Acted { title, who });
        if !received.is_personal()
            && let Some(message) = &received.activity.reply_to_id
        {
            // The click counts, whether or not the others come to see it.
            if let Err(error) = self.replace(received, message, card.clone()).await {
                tracing::warn!(
                    error = chain(&error),
                    error.kind = error.error_type(),
                    "a card was not replaced"
                );
            }
        }
        Ok(card)
    }
}

/// A notification, and as whom somebody got it.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) frozen: FrozenNotification,
    pub(crate) recipient: RecipientKey,
}

/// Who may have got what somebody sees in this conversation.
pub(crate) fn places(received: &Received, person: &RecipientKey) -> Vec<RecipientKey> {
    if received.is_personal() {
        return vec![person.clone()];
    }
    let told = received.activity.conversation_id();
    let thread = told.filter(|id| id.thread_root().is_some());
    let channel = RecipientKey::conversation(&received.reference.conversation);
    std::iter::once(channel)
        .chain(thread.map(RecipientKey::thread))
        .collect()
}

/// The notification's card for whoever sent the activity.
pub(crate) fn shown_again(
    received: &Received,
    frozen: &FrozenNotification,
    standing: Standing,
) -> Message {
    rendered(&received.reader(), frozen, standing)
}

fn rendered(reader: &Reader, frozen: &FrozenNotification, standing: Standing) -> Message {
    let card = NotificationCard {
        key: &frozen.key,
        notification: &frozen.notification,
        topic: &frozen.topic,
        mentions: &[],
        standing,
    };
    card.render(reader).message
}

/// What stands on the button with this verb; `None` when the notification has no such button.
fn title(received: &Received, frozen: &FrozenNotification, verb: &str) -> Option<String> {
    let notification = &frozen.notification;
    let reader = received.reader();
    let texts = notification.texts(reader.locale.as_ref());
    let mut actions = notification.actions.iter().zip(texts.actions);
    let named = actions.find_map(|(action, title)| match &action.does {
        Do::Tell { verb: own, .. } if own == verb => Some(title.to_owned()),
        _ => None,
    });
    // The buttons of a sender's own card are those that were shown: expanded from its template, and given a verb where
    // it had none. To a channel it was sent in nobody's language.
    let nobody = Reader::new(None, received.place());
    named.or_else(|| {
        notification.card.as_ref()?;
        [received.reader(), nobody].iter().find_map(|reader| {
            let card = rendered(reader, frozen, Standing::Hears).card;
            button(&card, verb).map(|title| title.unwrap_or(verb).to_owned())
        })
    })
}

/// The title of the sender's button with this verb, if there is such a button anywhere in a card.
fn button<'a>(card: &'a Value, verb: &str) -> Option<Option<&'a str>> {
    match card {
        Value::Array(elements) => elements.iter().find_map(|element| button(element, verb)),
        Value::Object(fields) => {
            let carried = fields.get("data").and_then(|data| Press::read(None, data));
            match carried {
                Some(Press::Sender { verb: own, .. }) if own == verb => {
                    Some(fields.get("title").and_then(Value::as_str))
                }
                _ => fields.values().find_map(|value| button(value, verb)),
            }
        }
        _ => None,
    }
}
