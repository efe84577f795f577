use serde::Deserialize;
use serde_json::Value;

/// A dialog is to be opened, or was submitted (protocol reference §8.6).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DialogRequest {
    /// The button's data; on a submit with the inputs in it.
    pub data: Option<Value>,
    /// The client.
    pub context: Option<ClientContext>,
}

/// A tab of cards is to be filled, or was submitted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TabRequest {
    /// Which tab.
    pub tab_context: Option<TabContext>,
    /// The client.
    pub context: Option<ClientContext>,
    /// On a submit, the button's data with the inputs in it.
    pub data: Option<Value>,
    /// The state of a sign-in.
    pub state: Option<String>,
}

/// Which tab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TabContext {
    /// The tab's id in the app package.
    pub tab_entity_id: Option<String>,
}

/// The client that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClientContext {
    /// `default`, `dark` or `contrast`.
    pub theme: Option<String>,
}
