//! What people do with cards: press buttons, fill in inputs, look.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::card::{self, Button};
use crate::model::Place;
use crate::{Delivery, Message, Person};

/// Why a button could not be pressed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PressError {
    /// The message has no such button.
    #[error("no button is called {title}; there are {there:?}")]
    NoSuchButton {
        /// The title (or verb, or id) that was looked for.
        title: String,
        /// The titles that there are.
        there: Vec<String>,
    },
    /// The message is gone, or not in a conversation of this person.
    #[error("this person does not see the message")]
    NotSeen,
    /// The dialog has no such input.
    #[error("no input is called {input}; there are {}", there.join(", "))]
    NoSuchInput {
        /// The id that was looked for.
        input: String,
        /// The ids that there are.
        there: Vec<String>,
    },
    /// A required input is empty: Teams does not send then.
    #[error("the input {0} is required")]
    InputRequired(String),
    /// The button opens a web page: the bot hears nothing of it.
    #[error("the button opens {0}")]
    OpensPage(String),
    /// The button does something that the bot does not hear of.
    #[error("the bot does not hear of {0}")]
    NotHeard(String),
}

impl Person {
    /// They press a button: by its title, else its verb, else its id.
    ///
    /// `Action.Execute` is an invoke; if the bot answers it with a card, the
    /// message shows that card to this person from now on. `Action.Submit` is a
    /// message, or an invoke `task/fetch`, as its data says.
    ///
    /// # Errors
    ///
    /// [`PressError`]: there is nothing to press, or nothing is sent to the bot.
    pub async fn press(&self, title: &str, message: &Message) -> Result<Delivery, PressError> {
        self.press_with(title, message, &json!({})).await
    }

    /// They fill in the card's inputs (by id) and press a button.
    ///
    /// # Errors
    ///
    /// As [`Person::press`], and [`PressError::InputRequired`].
    pub async fn press_with(
        &self,
        title: &str,
        message: &Message,
        inputs: &Value,
    ) -> Result<Delivery, PressError> {
        let (place, root, id) = self.shared.place_of(message);
        let seen = self.sees(message).ok_or(PressError::NotSeen)?;
        let buttons = seen.buttons();
        let by = |member: fn(&Button) -> Option<&str>| {
            buttons
                .iter()
                .find(move |button| member(button) == Some(title))
        };
        let button = by(|b| Some(&b.title))
            .or_else(|| by(|b| b.verb.as_deref()))
            .or_else(|| by(|b| b.id.as_deref()))
            .ok_or_else(|| PressError::NoSuchButton {
                title: title.to_owned(),
                there: buttons.iter().map(|b| b.title.clone()).collect(),
            })?;
        let filled = if button.takes_inputs {
            fill_in(seen.cards(), inputs)?
        } else {
            Map::new()
        };
        let at = (place, root);
        match button.kind.as_str() {
            "Action.Execute" => {
                let mut action = json!({"type": "Action.Execute", "title": button.title});
                for (name, member) in [("verb", &button.verb), ("id", &button.id)] {
                    if let Some(member) = member {
                        action[name] = member.clone().into();
                    }
                }
                action["data"] = card::merged(&button.data, filled);
                Ok(self.execute(action, "manual", at, id).await)
            }
            "Action.Submit" => Ok(self.submit(button, filled, at, id).await),
            "Action.OpenUrl" => Err(PressError::OpensPage(
                button.url.clone().unwrap_or_default(),
            )),
            other => Err(PressError::NotHeard(other.to_owned())),
        }
    }

    /// They look at a message: if its card has a `refresh` that concerns them,
    /// the bot is asked for their view.
    ///
    /// A refresh concerns the people it lists; without a list, everybody in a
    /// conversation of at most 60. Returns `None` when the bot is not asked.
    pub async fn look_at(&self, message: &Message) -> Option<Delivery> {
        let (place, root, id) = self.shared.place_of(message);
        let seen = self.sees(message)?;
        let refresh = seen.card()?.get("refresh")?;
        let action = refresh.get("action")?.clone();
        let concerned = match refresh.get("userIds").and_then(Value::as_array) {
            Some(ids) => ids
                .iter()
                .take(60)
                .any(|id| *id == self.teams_id().as_str()),
            None => self.shared.model().roster(place).len() <= 60,
        };
        if !concerned {
            return None;
        }
        Some(self.execute(action, "automatic", (place, root), id).await)
    }

    /// A message as this person sees it now: with the card that the bot gave
    /// them for an answer. `None` when it is gone, or not theirs to see.
    #[must_use]
    pub fn sees(&self, message: &Message) -> Option<Message> {
        let (place, _, id) = self.shared.place_of(message);
        let mut model = self.shared.model();
        if !model.is_member(place, self.index) {
            return None;
        }
        let stored = model.log(place).get(id).filter(|stored| !stored.deleted)?;
        let target = stored.rare.as_deref().and_then(|rare| rare.targeted_to);
        if target.is_some_and(|target| target != self.index) {
            return None;
        }
        let seen = model.message_for(place, stored, Some(self.index));
        if let Some(stored) = model.log_mut(place).get_mut(id) {
            stored.read = true;
        }
        Some(seen)
    }

    async fn execute(
        &self,
        action: Value,
        trigger: &str,
        at: (Place, Option<u64>),
        message: u64,
    ) -> Delivery {
        let value = json!({"action": action, "trigger": trigger});
        let activity = self.activity(|inbound| {
            inbound.invoke(("adaptiveCard/action", value), self.index, at, message)
        });
        let delivery = self.shared.deliver(activity).await;
        if let Some(card) = delivery.card() {
            let mut model = self.shared.model();
            let card: Arc<str> = card.to_string().into();
            if let Some(stored) = model.log_mut(at.0).get_mut(message) {
                let replaced = &mut stored.rare().replaced_for;
                replaced.retain(|(person, _)| *person != self.index);
                replaced.push((self.index, card));
            }
            drop(model);
            self.shared.changed();
        }
        delivery
    }

    async fn submit(
        &self,
        button: &Button,
        filled: Map<String, Value>,
        at: (Place, Option<u64>),
        message: u64,
    ) -> Delivery {
        let special = button.data.get("msteams");
        let text = |member: &str| special.and_then(|s| s.get(member)).and_then(Value::as_str);
        let mut value = card::merged(&button.data, filled);
        if let Some(members) = value.as_object_mut() {
            members.remove("msteams");
        }
        let activity = self.activity(|inbound| match text("type") {
            Some("task/fetch") => {
                let value = json!({"data": value, "context": {"theme": "default"}});
                inbound.invoke(("task/fetch", value), self.index, at, message)
            }
            Some("imBack") => {
                let said = text("value");
                inbound.submit((Value::Null, said), self.index, at, message)
            }
            Some("messageBack") => inbound.submit((value, text("text")), self.index, at, message),
            _ => inbound.submit((value, None), self.index, at, message),
        });
        self.shared.deliver(activity).await
    }
}

/// The values of the inputs of these cards: as filled in, else as they stand in the card.
pub(crate) fn fill_in<'a>(
    cards: impl IntoIterator<Item = &'a Value>,
    inputs: &Value,
) -> Result<Map<String, Value>, PressError> {
    let mut filled = Map::new();
    for input in cards.into_iter().flat_map(card::inputs) {
        let value = inputs.get(&input.id).cloned().or(input.value);
        let empty = value.as_ref().is_none_or(|value| *value == "");
        if input.required && empty {
            return Err(PressError::InputRequired(input.id));
        }
        if let Some(value) = value {
            filled.insert(input.id, value);
        }
    }
    Ok(filled)
}
