//! Texts per locale.

use crate::locale::Locale;
use crate::notification::{Fact, Notification};
use serde::Serialize;
use serde_json::{Map, Value};

/// What one locale says differently. Every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Translation {
    /// Instead of `what`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Instead of `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Instead of `item.name`; on the wire `{"name": …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Named>,
    /// Instead of `actor.name`; on the wire `{"name": …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Named>,
    /// Instead of the titles of `actions`, one for each in their order; on
    /// the wire `[{"title": …}]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Titled>,
    /// Instead of `facts`, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Instead of `image.alt`; on the wire `{"alt": …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Described>,
    /// Instead of `card`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Value>,
    /// Instead of `data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
}

/// A name in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// A title in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Titled {
    /// The title.
    pub title: String,
}

/// What a picture shows, in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The description.
    pub alt: String,
}

/// The texts of a notification for one reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Texts<'a> {
    /// What happened.
    pub what: &'a str,
    /// More text, in Markdown.
    pub body: Option<&'a str>,
    /// The item's name.
    pub item: &'a str,
    /// The actor's name.
    pub actor: &'a str,
    /// The titles of the actions, in their order.
    pub actions: Vec<&'a str>,
    /// The facts.
    pub facts: &'a [Fact],
    /// What the image shows.
    pub alt: Option<&'a str>,
    /// The sender's own card.
    pub card: Option<&'a Value>,
    /// The card's data.
    pub data: Option<&'a Map<String, Value>>,
}

impl<'a> Texts<'a> {
    pub(crate) fn of(notification: &'a Notification, locale: Option<&Locale>) -> Self {
        // From the most particular to the most general.
        let layers: Vec<&Translation> = locale
            .into_iter()
            .flat_map(Locale::fallbacks)
            .filter_map(|tag| {
                notification
                    .translations
                    .iter()
                    .find(|(known, _)| known.as_str() == tag)
                    .map(|(_, translation)| translation)
            })
            .collect();
        let first = |pick: fn(&'a Translation) -> Option<&'a str>| {
            layers.iter().find_map(|layer| pick(layer))
        };
        let titles = layers
            .iter()
            .map(|layer| &layer.actions)
            .find(|titles| !titles.is_empty());
        let actions = notification.actions.iter().enumerate();
        Self {
            what: first(|t| t.what.as_deref()).unwrap_or(&notification.what),
            body: first(|t| t.body.as_deref()).or(notification.body.as_deref()),
            item: first(|t| t.item.as_ref().map(|n| n.name.as_str()))
                .unwrap_or(&notification.item.name),
            actor: first(|t| t.actor.as_ref().map(|n| n.name.as_str()))
                .unwrap_or(&notification.actor.name),
            actions: actions
                .map(|(at, action)| {
                    titles
                        .and_then(|titles| titles.get(at))
                        .map_or(action.title.as_str(), |titled| titled.title.as_str())
                })
                .collect(),
            facts: layers
                .iter()
                .map(|layer| layer.facts.as_slice())
                .find(|facts| !facts.is_empty())
                .unwrap_or(&notification.facts),
            alt: first(|t| t.image.as_ref().map(|i| i.alt.as_str()))
                .or(notification.image.as_ref().map(|image| image.alt.as_str())),
            card: layers
                .iter()
                .find_map(|layer| layer.card.as_ref())
                .or(notification.card.as_ref()),
            data: layers
                .iter()
                .find_map(|layer| layer.data.as_ref())
                .or(notification.data.as_ref()),
        }
    }
}
