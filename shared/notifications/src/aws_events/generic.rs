//! Any event, of AWS or of anybody else.

use super::console::{Console, arn_name};
use super::draft::{Draft, said};
use super::{ServiceEvent, services, states};
use serde_json::Value;

/// The most facts that are taken from a detail that we know nothing about.
const MOST: usize = 8;

/// Says the event's own words: its kind, its state, its first facts.
pub(super) fn event(event: &ServiceEvent<'_>) -> Draft {
    let names = [
        "name",
        "title",
        "id",
        "resourceName",
        "functionName",
        "key",
        "arn",
    ];
    let own_name = names.iter().find_map(|name| event.text(&[name]));
    let item = event
        .resource()
        .map(arn_name)
        .or(own_name)
        .unwrap_or(event.source);
    let state = ["state", "status"]
        .iter()
        .find_map(|name| event.text(&[name]));
    let kind = event.detail_type;
    let what = match state {
        Some(state) => said(format!("{kind}: {state}"), format!("{kind}: {state}")),
        None => said(kind, kind),
    };
    let mut draft = Draft::new(what, item);
    if !event.source.starts_with("aws.") {
        draft = draft.by(Some(&services::name(event.source)), None);
        let url = ["url", "link", "href"]
            .iter()
            .find_map(|name| event.text(&[name]));
        if let Some(url) = url {
            draft = draft.open(said("Open", "Abrir"), url.to_owned());
        }
    } else if let Some(arn) = event.resource().filter(|arn| arn.starts_with("arn:")) {
        draft = draft.open(
            said("Open in the AWS console", "Abrir en la consola de AWS"),
            Console::of(event).arn(arn),
        );
    }
    if let Some(state) = state {
        draft = draft.importance(states::importance(state));
    }
    let fields = event.detail.as_object().into_iter().flatten();
    let scalars = fields.filter_map(|(title, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return None,
        };
        (!title.trim().is_empty() && !text.trim().is_empty()).then_some((title, text))
    });
    scalars.take(MOST).fold(draft, |draft, (title, text)| {
        draft.fact(title, title, Some(text))
    })
}
