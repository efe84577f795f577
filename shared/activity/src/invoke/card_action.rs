use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `Action.Execute` was used, or a card refreshes itself (protocol reference §8.2).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct AdaptiveCardAction {
    /// What was clicked.
    pub action: Action,
    /// Whether somebody clicked at all.
    #[serde(deserialize_with = "trigger")]
    pub trigger: Trigger,
    /// The answer to a sign-in request.
    pub authentication: Option<Value>,
    /// The state of a sign-in.
    pub state: Option<String>,
}

/// The action of a card. Its data came through the client: no grounds for any
/// permission.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Action {
    /// `Action.Execute`.
    #[serde(rename = "type")]
    pub action_type: Option<String>,
    /// The action's id in the card.
    pub id: Option<String>,
    /// What to do; missing when the card names none.
    pub verb: Option<String>,
    /// The button's text.
    pub title: Option<String>,
    /// The card's data with the inputs merged into it.
    pub data: Option<Value>,
}

/// Why an action was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A person clicked. Also when the client does not say.
    #[default]
    Manual,
    /// The client refreshes a card that is on screen: answer from a cache, and
    /// never edit the message, which would make it refresh again.
    Automatic,
}

fn trigger<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Trigger, D::Error> {
    let said: Option<String> = Option::deserialize(deserializer)?;
    Ok(match said.as_deref() {
        Some("automatic") => Trigger::Automatic,
        _ => Trigger::Manual,
    })
}
