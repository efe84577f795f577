use serde_json::{Value, json};

use crate::attachment::{ADAPTIVE_CARD, Attachment};

/// The answer to an invoke: HTTP status and JSON body
/// (protocol reference §8.2, §8.6).
#[derive(Clone, Debug, PartialEq)]
pub struct InvokeResponse {
    /// HTTP status. 200 also for an action that failed: the body says so, and
    /// anything else shows the person "something went wrong".
    pub status: u16,
    /// JSON body, if any.
    pub body: Option<Value>,
}

impl InvokeResponse {
    /// 200 without a body: done, nothing to show. Also closes a dialog.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            status: 200,
            body: None,
        }
    }

    /// 501 without a body: an invoke that this bot does not handle.
    #[must_use]
    pub fn not_implemented() -> Self {
        Self {
            status: 501,
            body: None,
        }
    }

    /// 200 with this body.
    #[must_use]
    pub fn json(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    /// Replaces the card, for the person who acted and nobody else. It is the
    /// bare card, not an attachment.
    #[must_use]
    pub fn card(card: Value) -> Self {
        Self::action(200, ADAPTIVE_CARD, card)
    }

    /// Shows a line of text to the person who acted.
    #[must_use]
    pub fn message(text: &str) -> Self {
        Self::action(
            200,
            "application/vnd.microsoft.activity.message",
            text.into(),
        )
    }

    /// The action was refused: what was sent makes no sense.
    #[must_use]
    pub fn error(code: &str, message: &str) -> Self {
        Self::failure(400, code, message)
    }

    /// The action failed on our side.
    #[must_use]
    pub fn internal_error(code: &str, message: &str) -> Self {
        Self::failure(500, code, message)
    }

    /// Asks the person to sign in with this OAuth card.
    #[must_use]
    pub fn login_request(oauth_card: Value) -> Self {
        Self::action(
            401,
            "application/vnd.microsoft.activity.loginRequest",
            oauth_card,
        )
    }

    /// The sign-in code was wrong.
    #[must_use]
    pub fn incorrect_auth_code() -> Self {
        let kind = "application/vnd.microsoft.error.incorrectAuthCode";
        Self::action(401, kind, Value::Null)
    }

    /// Single sign-on failed.
    #[must_use]
    pub fn precondition_failed(code: &str, message: &str) -> Self {
        Self::action(
            412,
            "application/vnd.microsoft.error.preconditionFailed",
            json!({ "code": code, "message": message }),
        )
    }

    /// Opens a dialog with a card, or shows its next page.
    #[must_use]
    pub fn dialog(title: &str, card: Value) -> Self {
        let card = Attachment::adaptive_card(card);
        Self::json(json!({
            "task": { "type": "continue", "value": { "title": title, "card": card } },
        }))
    }

    /// Ends a dialog with a line of text.
    #[must_use]
    pub fn dialog_message(text: &str) -> Self {
        Self::json(json!({ "task": { "type": "message", "value": text } }))
    }

    /// Answers a message extension with results.
    #[must_use]
    pub fn extension_results(results: &[Attachment]) -> Self {
        Self::json(json!({
            "composeExtension": {
                "type": "result", "attachmentLayout": "list", "attachments": results,
            },
        }))
    }

    /// Answers a message extension with a line of text.
    #[must_use]
    pub fn extension_message(text: &str) -> Self {
        Self::json(json!({ "composeExtension": { "type": "message", "text": text } }))
    }

    fn failure(status: u16, code: &str, message: &str) -> Self {
        Self::action(
            status,
            "application/vnd.microsoft.error",
            json!({ "code": code, "message": message }),
        )
    }

    /// The HTTP status is 200 whenever the bot dealt with the action.
    fn action(status_code: u16, kind: &str, value: Value) -> Self {
        Self::json(json!({ "statusCode": status_code, "type": kind, "value": value }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_action_is_still_http_200() {
        let response = InvokeResponse::error("BadRequest", "unknown verb");
        assert_eq!(response.status, 200);
        assert_eq!(
            response.body.unwrap(),
            json!({
                "statusCode": 400,
                "type": "application/vnd.microsoft.error",
                "value": { "code": "BadRequest", "message": "unknown verb" },
            })
        );
    }

    #[test]
    fn an_action_gets_a_bare_card_and_a_dialog_an_attachment() {
        let card = json!({ "type": "AdaptiveCard" });
        let action = InvokeResponse::card(card.clone()).body.unwrap();
        assert_eq!(action["value"], card);
        let dialog = InvokeResponse::dialog("Mute", card.clone()).body.unwrap();
        assert_eq!(dialog["task"]["value"]["card"]["content"], card);
        assert_eq!(
            dialog["task"]["value"]["card"]["contentType"],
            "application/vnd.microsoft.card.adaptive"
        );
    }
}
