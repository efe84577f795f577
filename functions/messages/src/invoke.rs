//! What waits for the body of its answer.

use activity::invoke::{InvokeName, Trigger};
use activity::{ActivityType, Invoke, InvokeResponse};
use cards::{Press, notices};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::{Concern, Received};
use crate::response::HttpResponse;

impl Messages {
    /// Answers an invoke: a button of our cards with a card; what nobody handles with 501 (reference §11).
    pub(crate) async fn answer_invoke(&self, received: &Received) -> Result<HttpResponse, Failure> {
        let press = match received.activity.invoke() {
            Some(Invoke::AdaptiveCardAction(used)) if used.trigger == Trigger::Manual => {
                let data = used.action.data.unwrap_or_default();
                Press::read(used.action.verb.as_deref(), &data)
            }
            // Nothing refreshes our cards; and what changes something needs a person who wants it.
            Some(Invoke::AdaptiveCardAction(_)) => None,
            Some(Invoke::Malformed {
                name: InvokeName::AdaptiveCardAction,
                ..
            }) => None,
            // A button of a card of old, which has no name.
            Some(Invoke::CardAction(value)) => Press::read(None, &value),
            _ => return Ok(response(InvokeResponse::not_implemented())),
        };
        let Some(press) = press else {
            let unknown = InvokeResponse::error("UnknownAction", "not an action of this bot");
            return Ok(response(unknown));
        };
        let message = self.press(received, press).await?;
        Ok(response(InvokeResponse::card(message.card)))
    }
}

/// The answer to what was not handled.
///
/// A button's answer is 200 whatever happened, with the failure in its body: anything else shows the person no more
/// than "something went wrong". They press again, or Teams sends the rest again.
pub(crate) fn failed(concern: Concern, received: &Received) -> HttpResponse {
    let activity = &received.activity;
    let is_button = activity.activity_type == ActivityType::Invoke
        && activity.name.as_deref() == Some(InvokeName::AdaptiveCardAction.as_str());
    if concern == Concern::Invoke && is_button {
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
