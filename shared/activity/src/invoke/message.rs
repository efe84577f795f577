use serde::Deserialize;
use serde_json::Value;

/// A rating of one of the bot's messages.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Feedback {
    /// `feedback`.
    pub action_name: Option<String>,
    /// `{reaction: "like" | "dislike", feedback}`.
    pub action_value: Option<Value>,
}

/// A person wants to rate a message in the bot's own dialog.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FeedbackRequest {
    /// What they clicked.
    pub data: Feedback,
}
