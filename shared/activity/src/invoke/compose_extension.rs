use serde::Deserialize;
use serde_json::Value;

use super::dialog::ClientContext;

/// A search in a message extension.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExtensionQuery {
    /// Which command of the app package.
    pub command_id: Option<String>,
    /// What was typed.
    pub parameters: Vec<QueryParameter>,
    /// Which page.
    pub query_options: Option<QueryOptions>,
    /// The state of a sign-in or of the settings.
    pub state: Option<String>,
}

/// A parameter of a search.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct QueryParameter {
    /// Its name in the app package.
    pub name: Option<String>,
    /// What was typed.
    pub value: Option<Value>,
}

/// Which page of the results is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct QueryOptions {
    /// How many to pass over.
    pub skip: Option<u64>,
    /// How many to give, in a message extension.
    pub count: Option<u64>,
    /// How many to give, in a choice set.
    pub top: Option<u64>,
}

/// A link to unfurl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LinkQuery {
    /// The link.
    pub url: Option<String>,
    /// The state of a sign-in.
    pub state: Option<String>,
}

/// An action command was started or submitted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExtensionAction {
    /// Which command of the app package.
    pub command_id: Option<String>,
    /// Where it was started: `compose`, `message` or `commandbox`.
    pub command_context: Option<String>,
    /// What was entered.
    pub data: Option<Value>,
    /// The client.
    pub context: Option<ClientContext>,
    /// The message it was started on.
    pub message_payload: Option<Value>,
    /// `edit` or `send`, for a preview.
    pub bot_message_preview_action: Option<String>,
    /// The messages of a preview.
    pub bot_activity_preview: Option<Value>,
    /// The state of a sign-in.
    pub state: Option<String>,
}
