//! A click on a sender's verb becomes one event on our bus, and the answer to a workflow that waits for it.

use aws::{BusEvent, TokenOutcome};
use notifications::Do;
use serde_json::{Value, json};
use store::{Action, ActionRecord, Fingerprint, FrozenNotification, Person};
use work_items::PublishAction;

use crate::failure::Failure;
use crate::handler::{Job, Progress, Tasks};

/// The `source` of our own events; `notify` drops them.
const SOURCE: &str = "tidings";
/// The `detail-type` of a click.
const DETAIL_TYPE: &str = "tidings.action";

impl Tasks {
    /// Publishes the event of a click, once, and answers the task token that waits for one. Only a crash between the bus
    /// and the ledger can double the event: receivers that mind know it by its `id`.
    pub(crate) async fn publish_action(
        &self,
        task: PublishAction,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let action = Action {
            notification: task.notification,
            verb: task.verb,
            by: task.by,
        };
        let print = Fingerprint::new(&format!("action {}", id(&action)), "", "");
        self.once(&print, job, || self.publish_once(action)).await
    }

    async fn publish_once(&self, action: Action) -> Result<Progress, Failure> {
        let ledger = self.store.ledger();
        let record = ledger.action(&action).await?;
        let record = record.ok_or(Failure::NotOnLedger)?;
        let frozen = ledger.notification(&action.notification).await?;
        let frozen = frozen.ok_or(Failure::NotOnLedger)?;
        let waits = frozen.notification.task_token.is_some();
        if record.published && !waits {
            return Ok(Progress::Done);
        }
        let person = self.store.people().get(&frozen.tenant, &action.by).await?;
        let detail = detail(&action, &record, &frozen, person.as_ref()).to_string();
        if !record.published {
            let event = BusEvent {
                source: SOURCE.to_owned(),
                detail_type: DETAIL_TYPE.to_owned(),
                detail: detail.clone(),
            };
            self.events.publish(event).await?;
            ledger.action_published(&action).await?;
            self.metrics.count("ActionsPublished", 1);
        }
        // After the event, and not once but until it is heard: of several answers Step Functions takes the first.
        self.answer_token(&frozen, detail).await?;
        Ok(Progress::Done)
    }

    /// Lets the workflow that waits for a click go on, if one does.
    async fn answer_token(
        &self,
        frozen: &FrozenNotification,
        output: String,
    ) -> Result<(), Failure> {
        let Some(token) = &frozen.notification.task_token else {
            return Ok(());
        };
        match self.task_tokens.succeed(token.reveal(), output).await? {
            TokenOutcome::Answered => self.metrics.count("TaskTokensAnswered", 1),
            TokenOutcome::NobodyWaits => tracing::info!(
                notification.key = frozen.key.as_str(),
                "no workflow waits for this click: it was answered before, or has ended"
            ),
        }
        Ok(())
    }
}

/// Names a click: the same in every copy of its event.
fn id(action: &Action) -> String {
    format!("{}/{}/{}", action.notification, action.by, action.verb)
}

/// What the event says. Nothing of it came back with the button.
fn detail(
    action: &Action,
    record: &ActionRecord,
    frozen: &FrozenNotification,
    person: Option<&Person>,
) -> Value {
    let actor = json!({
        "key": action.by,
        "aadObjectId": person.and_then(|person| person.object_id.as_ref()),
        "userId": person.and_then(|person| person.user.as_ref()),
        "userPrincipalName": person.and_then(|person| person.upn.as_ref()),
    });
    json!({
        "id": id(action),
        "notification": frozen.id,
        "notificationKey": frozen.key,
        "source": frozen.source.to_string(),
        "tenant": frozen.tenant,
        "topic": frozen.topic.name,
        "verb": action.verb,
        "data": data(frozen, &action.verb),
        "actor": actor,
        "time": record.at,
    })
}

/// What the sender gave the verb to carry, in its actions or in a card of its own.
fn data(frozen: &FrozenNotification, verb: &str) -> Value {
    let notification = &frozen.notification;
    for action in &notification.actions {
        if let Do::Tell { verb: own, data } = &action.does
            && own == verb
        {
            return data.clone().unwrap_or_default();
        }
    }
    let Some(card) = &notification.card else {
        return Value::Null;
    };
    let scope = Value::Object(notification.data.clone().unwrap_or_default());
    // A template that cannot be expanded was not what was sent.
    let card = cards::template::expand(card, &scope).unwrap_or_default();
    button(&card, verb).cloned().unwrap_or_default()
}

/// The data of the button with this verb, wherever in a card it stands.
fn button<'a>(element: &'a Value, verb: &str) -> Option<&'a Value> {
    match element {
        Value::Array(elements) => elements.iter().find_map(|element| button(element, verb)),
        Value::Object(fields) => {
            let text = |value: Option<&'a Value>| value.and_then(Value::as_str);
            let kind = text(fields.get("type"));
            let data = fields.get("data");
            let own = text(fields.get("verb"))
                .or_else(|| text(data.and_then(|data| data.get("verb"))))
                .or_else(|| text(fields.get("id")))
                .filter(|own| !own.is_empty() && !own.starts_with("tidings"))
                // What a button without a verb is sent with.
                .unwrap_or("submit");
            if matches!(kind, Some("Action.Execute" | "Action.Submit")) && own == verb {
                return data;
            }
            fields.values().find_map(|value| button(value, verb))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_a_button_is_found_wherever_it_stands() {
        let card = json!({
            "type": "AdaptiveCard",
            "body": [{ "type": "ActionSet", "actions": [
                { "type": "Action.OpenUrl", "verb": "approve", "data": 1 },
                { "type": "Action.Execute", "verb": "approve", "data": { "build": 7 } },
                { "type": "Action.Submit", "data": { "verb": "reject", "build": 8 } },
            ] }],
        });
        assert_eq!(button(&card, "approve"), Some(&json!({ "build": 7 })));
        assert_eq!(
            button(&card, "reject"),
            Some(&json!({ "verb": "reject", "build": 8 }))
        );
        assert_eq!(button(&card, "other"), None);
    }
}
