//! Dialogs: what a bot answers to `task/fetch` and `task/submit`, and what people fill in there.

use serde_json::{Value, json};

use crate::card::{self, Button};
use crate::pressing::fill_in;
use crate::{Delivery, Person, PressError};

impl Delivery {
    /// The card of the dialog that the bot opened, or keeps open, with its answer.
    #[must_use]
    pub fn dialog(&self) -> Option<&Value> {
        let task = self.body()?.get("task")?;
        let goes_on = task.get("type").and_then(Value::as_str) == Some("continue");
        let card = task.pointer("/value/card/content");
        card.filter(|_| goes_on && self.is_success())
    }
}

impl Person {
    /// They fill in the inputs (by id) of a dialog that is open before them, and press its button.
    ///
    /// The bot gets an invoke `task/submit`; its answer may keep the dialog open.
    ///
    /// # Errors
    ///
    /// [`PressError`]: there is no dialog, no such button or input in it, or an input that must be filled in is empty.
    pub async fn submit_dialog(
        &self,
        opened: &Delivery,
        title: Option<&str>,
        inputs: &Value,
    ) -> Result<Delivery, PressError> {
        let card = opened.dialog().ok_or(PressError::NotSeen)?;
        let there: Vec<String> = card::inputs(card)
            .into_iter()
            .map(|input| input.id)
            .collect();
        let names = inputs
            .as_object()
            .into_iter()
            .flat_map(|inputs| inputs.keys());
        if let Some(unknown) = names.into_iter().find(|name| !there.contains(name)) {
            let input = unknown.clone();
            return Err(PressError::NoSuchInput { input, there });
        }
        let buttons = card::buttons(card);
        let is_it = |button: &&Button| {
            button.kind == "Action.Submit"
                && title.is_none_or(|title| button.title.starts_with(title))
        };
        let button = buttons.iter().find(is_it);
        let button = button.ok_or_else(|| PressError::NoSuchButton {
            title: title.unwrap_or("Submit").to_owned(),
            there: buttons.iter().map(|button| button.title.clone()).collect(),
        })?;
        let filled = fill_in([card], inputs)?;
        let mut activity = self.shared.renewed(&opened.activity);
        activity["name"] = "task/submit".into();
        activity["value"] = json!({
            "data": card::merged(&button.data, filled),
            "context": {"theme": "default"},
        });
        Ok(self.shared.deliver(activity).await)
    }

    /// The dialog that is open before them: the answer to the latest of their invokes about one, if it has a card.
    #[must_use]
    pub fn open_dialog(&self) -> Option<Delivery> {
        let id = self.object_id();
        let is_theirs = |delivery: &&Delivery| {
            let text = |path| delivery.activity.pointer(path).and_then(Value::as_str);
            let of_a_dialog = matches!(text("/name"), Some("task/fetch" | "task/submit"));
            of_a_dialog && text("/from/aadObjectId") == Some(&id)
        };
        let deliveries = self.shared.deliveries();
        let latest = deliveries.iter().rev().find(is_theirs).cloned();
        latest.filter(|latest| latest.dialog().is_some())
    }
}
