use serde::Deserialize;
use serde_json::Value;

use super::compose_extension::QueryOptions;

/// A person accepted or declined a file that the bot offered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FileConsent {
    /// `fileUpload`.
    #[serde(rename = "type")]
    pub consent_type: Option<String>,
    /// `accept` or `decline`.
    pub action: Option<String>,
    /// What the bot put into the offer.
    pub context: Option<Value>,
    /// Where to put the file, once accepted.
    pub upload_info: Option<UploadInfo>,
}

/// Where to put a file that was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UploadInfo {
    /// The file's later address.
    pub content_url: Option<String>,
    /// The file's name.
    pub name: Option<String>,
    /// Where to `PUT` it.
    pub upload_url: Option<String>,
    /// The file's id.
    pub unique_id: Option<String>,
    /// The file's type.
    pub file_type: Option<String>,
}

/// An action of an actionable message.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExecuteAction {
    /// The action's id.
    pub action_id: Option<String>,
    /// What was entered.
    pub body: Option<Value>,
}

/// A conversation was handed over from another assistant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Handoff {
    /// The token of what went before.
    pub continuation: Option<String>,
}

/// A choice set asks for choices while the person types.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SearchQuery {
    /// Such as `search`.
    pub kind: Option<String>,
    /// What was typed.
    pub query_text: Option<String>,
    /// Which page.
    pub query_options: Option<QueryOptions>,
    /// The data set that the card names.
    pub dataset: Option<String>,
    /// The input's context.
    pub context: Option<Value>,
}
