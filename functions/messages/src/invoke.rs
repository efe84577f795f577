//! What waits for the body of its answer.

use activity::invoke::InvokeName;
use activity::{Activity, ActivityType, InvokeResponse};
use cards::{Press, notices};
use serde_json::Value;

use crate::failure::Failure;
use crate::handler::Messages;
use crate::poll::only_shows;
use crate::received::{Concern, Received};
use crate::response::HttpResponse;

impl Messages {
    /// Answers an invoke: a button of our cards with a card, a dialog of ours with its next page; what nobody handles with
    /// 501 (reference §11).
    pub(crate) async fn answer_invoke(&self, received: &Received) -> Result<HttpResponse, Failure> {
        let activity = &received.activity;
        let press = pressed(activity);
        if is(activity, &InvokeName::TaskFetch) || is(activity, &InvokeName::TaskSubmit) {
            let shown = match press {
                Some(Press::Poll(press)) => Box::pin(self.dialog(received, press)).await?,
                _ => None,
            };
            return Ok(response(
                shown.unwrap_or_else(InvokeResponse::not_implemented),
            ));
        }
        // A button of a card of old has no name.
        if activity.name.is_some() && !is(activity, &InvokeName::AdaptiveCardAction) {
            return Ok(response(InvokeResponse::not_implemented()));
        }
        // What changes something needs a person who wants it.
        let press = press.filter(|press| !is_automatic(activity) || only_shows(press));
        let Some(press) = press else {
            let unknown = InvokeResponse::error("UnknownAction", "not an action of this bot");
            return Ok(response(unknown));
        };
        let message = self.press(received, press).await?;
        Ok(response(InvokeResponse::card(message.card)))
    }
}

/// The button of ours that an activity tells of: an invoke, or the message of a client that knows `Action.Submit` alone.
pub(crate) fn pressed(activity: &Activity) -> Option<Press> {
    let (verb, data) = carried(activity);
    Press::read(verb, data)
}

/// The verb and the data of a press, with what the inputs of the card held. They came through the client: no grounds for
/// any permission.
pub(crate) fn carried(activity: &Activity) -> (Option<&str>, &Value) {
    let value = activity.value.as_ref().unwrap_or(&Value::Null);
    if is(activity, &InvokeName::AdaptiveCardAction) {
        let action = &value["action"];
        return (action["verb"].as_str(), &action["data"]);
    }
    if is(activity, &InvokeName::TaskFetch) || is(activity, &InvokeName::TaskSubmit) {
        return (None, &value["data"]);
    }
    (None, value)
}

/// Whether a card sent a press by itself, when it came into view.
fn is_automatic(activity: &Activity) -> bool {
    let value = activity.value.as_ref();
    value.is_some_and(|value| value["trigger"] == "automatic")
}

fn is(activity: &Activity, name: &InvokeName) -> bool {
    activity.activity_type == ActivityType::Invoke
        && activity.name.as_deref() == Some(name.as_str())
}

/// The answer to what was not handled.
///
/// A button's answer is 200 whatever happened, with the failure in its body: anything else shows the person no more
/// than "something went wrong". They press again, or Teams sends the rest again.
pub(crate) fn failed(concern: Concern, received: &Received) -> HttpResponse {
    let activity = &received.activity;
    if concern == Concern::Invoke && is(activity, &InvokeName::AdaptiveCardAction) {
        let text = notices::went_wrong(&received.reader()).summary;
        return response(InvokeResponse::internal_error("InternalError", &text));
    }
    HttpResponse::refusal(500)
}

fn response(answer: InvokeResponse) -> HttpResponse {
    match answer.body {
        Some(body) => HttpResponse::json(answer.status, body.to_string()),
        None => HttpResponse::empty(answer.status),
    }
}
