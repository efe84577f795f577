//! Invokes: activities that wait for an answer (protocol reference §3.5).

mod card_action;
mod compose_extension;
mod dialog;
mod message;
mod name;
mod other;
mod sign_in;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use card_action::{Action, AdaptiveCardAction, Trigger};
pub use compose_extension::{
    ExtensionAction, ExtensionQuery, LinkQuery, QueryOptions, QueryParameter,
};
pub use dialog::{ClientContext, DialogRequest, TabContext, TabRequest};
pub use message::{Feedback, FeedbackRequest};
pub use name::InvokeName;
pub use other::{ExecuteAction, FileConsent, Handoff, SearchQuery, UploadInfo};
pub use sign_in::{SignInFailure, SignInState, TokenExchange};

use crate::activity::Activity;
use crate::activity_type::ActivityType;

/// An invoke by its name, with its value typed.
///
/// All members of the values are optional, so that a client that leaves one out
/// still gets through. The untouched value stays in [`Activity::value`].
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "each variant is the wire name, which InvokeName explains"
)]
pub enum Invoke {
    AdaptiveCardAction(AdaptiveCardAction),
    TaskFetch(DialogRequest),
    TaskSubmit(DialogRequest),
    ExtensionQuery(ExtensionQuery),
    ExtensionQueryLink(LinkQuery),
    ExtensionAnonymousQueryLink(LinkQuery),
    ExtensionSelectItem(Value),
    ExtensionQuerySettingUrl(ExtensionQuery),
    ExtensionSetting(Value),
    ExtensionFetchTask(ExtensionAction),
    ExtensionSubmitAction(ExtensionAction),
    ExtensionCardButtonClicked(Value),
    ConfigFetch(Value),
    ConfigSubmit(Value),
    FileConsent(FileConsent),
    ActionableMessage(ExecuteAction),
    MessageSubmitAction(Feedback),
    MessageFetchTask(FeedbackRequest),
    HandoffAction(Handoff),
    SignInVerifyState(SignInState),
    SignInTokenExchange(TokenExchange),
    SignInFailure(SignInFailure),
    TabFetch(TabRequest),
    TabSubmit(TabRequest),
    Search(SearchQuery),
    SuggestedActionSubmit(Value),
    /// An invoke without a name: the `invoke` action of an old card.
    CardAction(Value),
    /// A name this crate does not know.
    Other {
        name: String,
        value: Value,
    },
    /// A known name whose value has another shape than documented.
    Malformed {
        name: InvokeName,
        value: Value,
    },
}

impl Activity {
    /// The value of an invoke of this one name; `None` when it is something else, or its value
    /// has another shape than documented.
    ///
    /// [`invoke`](Self::invoke) links the readers of every name, 100 KB of a function; this links one.
    #[must_use]
    pub fn invoke_value<T: DeserializeOwned>(&self, name: &InvokeName) -> Option<T> {
        let is_it = self.activity_type == ActivityType::Invoke
            && self.name.as_deref() == Some(name.as_str());
        is_it.then(|| read(self.value.as_ref().unwrap_or(&Value::Null)))?
    }

    /// The activity as an invoke.
    #[must_use]
    pub fn invoke(&self) -> Option<Invoke> {
        if self.activity_type != ActivityType::Invoke {
            return None;
        }
        let value = self.value.clone().unwrap_or_default();
        let Some(name) = self.name.as_deref() else {
            return Some(Invoke::CardAction(value));
        };
        Some(Invoke::read(name.into(), value))
    }
}

impl Invoke {
    fn read(name: InvokeName, value: Value) -> Self {
        use InvokeName as N;
        let typed = match &name {
            N::AdaptiveCardAction => read(&value).map(Self::AdaptiveCardAction),
            N::TaskFetch => read(&value).map(Self::TaskFetch),
            N::TaskSubmit => read(&value).map(Self::TaskSubmit),
            N::ExtensionQuery => read(&value).map(Self::ExtensionQuery),
            N::ExtensionQueryLink => read(&value).map(Self::ExtensionQueryLink),
            N::ExtensionAnonymousQueryLink => read(&value).map(Self::ExtensionAnonymousQueryLink),
            N::ExtensionQuerySettingUrl => read(&value).map(Self::ExtensionQuerySettingUrl),
            N::ExtensionFetchTask => read(&value).map(Self::ExtensionFetchTask),
            N::ExtensionSubmitAction => read(&value).map(Self::ExtensionSubmitAction),
            N::FileConsent => read(&value).map(Self::FileConsent),
            N::ActionableMessage => read(&value).map(Self::ActionableMessage),
            N::MessageSubmitAction => read(&value).map(Self::MessageSubmitAction),
            N::MessageFetchTask => read(&value).map(Self::MessageFetchTask),
            N::HandoffAction => read(&value).map(Self::HandoffAction),
            N::SignInVerifyState => read(&value).map(Self::SignInVerifyState),
            N::SignInTokenExchange => read(&value).map(Self::SignInTokenExchange),
            N::SignInFailure => read(&value).map(Self::SignInFailure),
            N::TabFetch => read(&value).map(Self::TabFetch),
            N::TabSubmit => read(&value).map(Self::TabSubmit),
            N::Search => read(&value).map(Self::Search),
            N::ExtensionSelectItem => return Self::ExtensionSelectItem(value),
            N::ExtensionSetting => return Self::ExtensionSetting(value),
            N::ExtensionCardButtonClicked => return Self::ExtensionCardButtonClicked(value),
            N::ConfigFetch => return Self::ConfigFetch(value),
            N::ConfigSubmit => return Self::ConfigSubmit(value),
            N::SuggestedActionSubmit => return Self::SuggestedActionSubmit(value),
            N::Other(name) => {
                let name = name.clone();
                return Self::Other { name, value };
            }
        };
        typed.unwrap_or(Self::Malformed { name, value })
    }
}

/// No value counts as an empty object.
fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    let empty = Value::Object(Map::new());
    T::deserialize(if value.is_null() { &empty } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn invoke(name: &str, value: Value) -> Invoke {
        let activity: Activity =
            serde_json::from_value(json!({ "type": "invoke", "name": name, "value": value }))
                .unwrap();
        activity.invoke().unwrap()
    }

    #[test]
    fn every_documented_name_has_a_typed_way_in() {
        for name in InvokeName::KNOWN {
            let typed = invoke(name, json!({}));
            assert!(
                !matches!(typed, Invoke::Other { .. } | Invoke::Malformed { .. }),
                "{name}"
            );
            let without_value = invoke(name, Value::Null);
            assert!(!matches!(without_value, Invoke::Malformed { .. }), "{name}");
        }
    }

    #[test]
    fn an_action_carries_verb_and_data() {
        let typed = invoke(
            "adaptiveCard/action",
            json!({
                "action": { "type": "Action.Execute", "verb": "mute", "data": { "topic": "deploys" } },
                "trigger": "automatic",
                "new": true,
            }),
        );
        let Invoke::AdaptiveCardAction(typed) = typed else {
            panic!("not an action: {typed:?}");
        };
        assert_eq!(typed.action.verb.as_deref(), Some("mute"));
        assert_eq!(typed.action.data, Some(json!({ "topic": "deploys" })));
        assert_eq!(typed.trigger, Trigger::Automatic);
    }

    #[test]
    fn a_value_is_read_by_its_one_name() {
        let press: Activity = serde_json::from_value(json!({
            "type": "invoke",
            "name": "adaptiveCard/action",
            "value": { "action": { "verb": "mute" } },
        }))
        .unwrap();
        let read: Option<AdaptiveCardAction> = press.invoke_value(&InvokeName::AdaptiveCardAction);
        assert_eq!(read.unwrap().action.verb.as_deref(), Some("mute"));
        let other: Option<SearchQuery> = press.invoke_value(&InvokeName::Search);
        assert_eq!(other, None);
    }

    #[test]
    fn no_trigger_is_a_click() {
        let typed = invoke("adaptiveCard/action", json!({ "action": {} }));
        assert!(matches!(
            typed,
            Invoke::AdaptiveCardAction(AdaptiveCardAction {
                trigger: Trigger::Manual,
                ..
            })
        ));
    }

    #[test]
    fn odd_values_and_unknown_names_survive() {
        assert_eq!(
            invoke("adaptiveCard/action", json!("odd")),
            Invoke::Malformed {
                name: InvokeName::AdaptiveCardAction,
                value: json!("odd")
            }
        );
        assert_eq!(
            invoke("brand/new", json!([1])),
            Invoke::Other {
                name: "brand/new".into(),
                value: json!([1])
            }
        );
        let nameless: Activity =
            serde_json::from_value(json!({ "type": "invoke", "value": { "a": 1 } })).unwrap();
        assert_eq!(
            nameless.invoke(),
            Some(Invoke::CardAction(json!({ "a": 1 })))
        );
    }

    #[test]
    fn a_users_token_is_not_in_debug_output() {
        let typed = invoke(
            "signin/tokenExchange",
            json!({ "id": "1", "connectionName": "graph", "token": "eyJhbGciOi" }),
        );
        assert!(!format!("{typed:?}").contains("eyJ"));
    }
}
