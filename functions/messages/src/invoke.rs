//! What waits for the body of its answer.

use activity::invoke::{AdaptiveCardAction, InvokeName, Trigger};
use activity::{ActivityType, InvokeResponse};
use cards::{Press, notices};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::{Concern, Received};
use crate::response::HttpResponse;

impl Messages {
    /// Answers an invoke: a button of our cards with a card; what nobody handles with 501 (reference §11).
    pub(crate) async fn answer_invoke(&self, received: &Received) -> Result<HttpResponse, Failure> {
        let activity = &received.activity;
        let press = match activity.name.as_deref() {
            Some(name) if name == InvokeName::AdaptiveCardAction.as_str() => activity
                .invoke_value::<AdaptiveCardAction>(&InvokeName::AdaptiveCardAction)
                // Nothing refreshes our cards; and what changes something needs a person who wants it.
                .filter(|used| used.trigger == Trigger::Manual)
                .and_then(|used| {
                    let data = used.action.data.unwrap_or_default();
                    Press::read(used.action.verb.as_deref(), &data)
                }),
            // A button of a card of old, which has no name.
            None => Press::read(
                None,
                activity.value.as_ref().unwrap_or(&serde_json::Value::Null),
            ),
            Some(_) => return Ok(response(InvokeResponse::not_implemented())),
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
