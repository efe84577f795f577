//! The notification, field by field, in the order of the contract's table.

use super::fields::{
    audience, card, choice, line, link, object, opaque, people, text, time, topic_name,
};
use super::translation::translations;
use super::walk::{At, Fields, Walk, quote};
use super::{ContractErrors, LARGEST};
use crate::notification::{
    Action, Actor, Do, Fact, Image, Importance, Incident, IncidentState, Item, Notification,
    TaskToken,
};
use crate::source::NotificationId;
use activity::ids::TenantId;
use serde_json::Value;
use std::collections::BTreeMap;

/// Characters of one line: `what`, names, alternative texts.
pub(super) const LINE: usize = 500;
/// Characters of a button's or a fact's title.
pub(super) const TITLE: usize = 100;
/// Characters of a body; what a card cannot hold is shortened when shown.
pub(super) const TEXT: usize = 100_000;
/// The most facts.
pub(super) const FACTS_MOST: usize = 50;
/// What one action set of a card may hold in Teams.
const ACTIONS_MOST: usize = 6;
const ADDRESSES_MOST: usize = 1000;
const MENTIONS_MOST: usize = 20;
/// Verbs that begin so are our own buttons.
const OUR_VERBS: &str = crate::source::OURS;

pub(crate) fn from_slice(json: &[u8]) -> Result<Notification, ContractErrors> {
    if json.len() > LARGEST {
        return Err(too_large(json.len()));
    }
    match serde_json::from_slice::<Value>(json) {
        Ok(value) => walk(&value),
        Err(error) => Err(not_json(&error)),
    }
}

pub(crate) fn from_value(json: &Value) -> Result<Notification, ContractErrors> {
    let size = serde_json::to_vec(json).map_or(usize::MAX, |bytes| bytes.len());
    if size > LARGEST {
        return Err(too_large(size));
    }
    walk(json)
}

/// The problem of what is no JSON at all.
#[must_use]
pub fn not_json(error: &serde_json::Error) -> ContractErrors {
    let place = match (error.line(), error.column()) {
        (0, _) => "no JSON".to_owned(),
        (line, column) => format!("no JSON (line {line}, column {column})"),
    };
    ContractErrors::one("$", place, "JSON in UTF-8")
}

fn too_large(size: usize) -> ContractErrors {
    ContractErrors::one(
        "$",
        format!("{size} bytes"),
        format!("at most {LARGEST} bytes"),
    )
}

fn walk(json: &Value) -> Result<Notification, ContractErrors> {
    let mut walk = Walk::default();
    let notification = notification(&mut walk, &At::root(json));
    walk.end(notification)
}

fn notification(walk: &mut Walk, at: &At<'_>) -> Option<Notification> {
    let mut fields = at.fields(walk, "an object: a notification")?;
    if let Some(at) = fields.get("specversion") {
        specversion(walk, &at);
    }
    let id = fields.get("id").and_then(|at| line(walk, &at, LINE));
    let tenant = fields.get("tenant").and_then(|at| opaque(walk, &at, 100));
    let topic = fields
        .require(walk, "topic", "a topic name")
        .and_then(|at| topic_name(walk, &at));
    let to = fields
        .get("to")
        .and_then(|at| audience(walk, &at, ADDRESSES_MOST));
    let what = fields
        .require(walk, "what", "what happened, in one line")
        .and_then(|at| line(walk, &at, LINE));
    let item = fields
        .require(walk, "item", "what it happened to: {name, url?}")
        .and_then(|at| item(walk, &at));
    let actor = fields
        .require(walk, "actor", "who did it: {name, id?}")
        .and_then(|at| actor(walk, &at));
    let (actions, actions_count) = actions(walk, &mut fields);
    let body = fields.get("body").and_then(|at| text(walk, &at, TEXT));
    let facts = match fields.get("facts") {
        Some(at) => list(walk, &at, "a list of facts", FACTS_MOST, fact),
        None => Vec::new(),
    };
    let mentions = fields
        .get("mentions")
        .and_then(|at| people(walk, &at, MENTIONS_MOST))
        .unwrap_or_default();
    let image = fields.get("image").and_then(|at| image(walk, &at));
    let translations = match fields.get("translations") {
        Some(at) => translations(walk, &at, actions_count),
        None => BTreeMap::new(),
    };
    let importance = fields
        .get("importance")
        .and_then(|at| choice(walk, &at, &IMPORTANCES))
        .unwrap_or_default();
    let incident = fields.get("incident").and_then(|at| incident(walk, &at));
    let own_card = fields.get("card");
    let card = own_card.as_ref().and_then(|at| card(walk, at));
    let data = fields.get("data").and_then(|at| object(walk, &at));
    let task_token = fields.get("taskToken").and_then(|at| {
        let answered = own_card.is_some()
            || matches!(
                actions.first(),
                Some(Action {
                    does: Do::Tell { .. },
                    ..
                })
            );
        task_token(walk, &at, answered)
    });
    let not_before = fields.get("notBefore").and_then(|at| time(walk, &at));
    let expires = fields.get("expires").and_then(|at| time(walk, &at));
    if let (Some(not_before), Some(expires)) = (not_before, expires)
        && expires <= not_before
    {
        walk.problem(
            "expires",
            "a time not after notBefore",
            "a time after notBefore",
        );
    }
    let extensions = fields.end(walk);
    Some(Notification {
        id: id.map(NotificationId::new),
        // GUIDs are equal whatever their case; Teams writes them in lower case, and so does the table.
        tenant: tenant.map(|id| TenantId::new(id.to_ascii_lowercase())),
        topic: topic?,
        to,
        what: what?,
        item: item?,
        actor: actor?,
        actions,
        body,
        facts,
        mentions,
        image,
        translations,
        importance,
        incident,
        card,
        data,
        task_token,
        not_before,
        expires,
        extensions,
    })
}

const IMPORTANCES: [(&str, Importance); 3] = [
    ("normal", Importance::Normal),
    ("high", Importance::High),
    ("urgent", Importance::Urgent),
];

const STATES: [(&str, IncidentState); 3] = [
    ("open", IncidentState::Open),
    ("acknowledged", IncidentState::Acknowledged),
    ("resolved", IncidentState::Resolved),
];

fn specversion(walk: &mut Walk, at: &At<'_>) {
    if let Some(version) = at.str(walk, "\"1\"")
        && version != "1"
    {
        walk.problem(&at.path, quote(version), "\"1\"");
    }
}

fn list<T>(
    walk: &mut Walk,
    at: &At<'_>,
    expected: &str,
    most: usize,
    each: fn(&mut Walk, &At<'_>) -> Option<T>,
) -> Vec<T> {
    let elements = at.list(walk, expected, most).unwrap_or_default();
    elements.iter().filter_map(|at| each(walk, at)).collect()
}

/// The actions that are well made, and how many there are in all.
fn actions(walk: &mut Walk, fields: &mut Fields<'_>) -> (Vec<Action>, usize) {
    let Some(at) = fields.get("actions") else {
        return (Vec::new(), 0);
    };
    let count = at.value.as_array().map_or(0, Vec::len);
    let actions = list(walk, &at, "a list of actions", ACTIONS_MOST, action);
    (actions, count)
}

fn item(walk: &mut Walk, at: &At<'_>) -> Option<Item> {
    let mut fields = at.fields(walk, "an object: {name, url?}")?;
    let name = fields
        .require(walk, "name", "what it is called")
        .and_then(|at| line(walk, &at, LINE));
    let url = fields.get("url").and_then(|at| link(walk, &at));
    fields.end(walk);
    Some(Item { name: name?, url })
}

fn actor(walk: &mut Walk, at: &At<'_>) -> Option<Actor> {
    let mut fields = at.fields(walk, "an object: {name, id?}")?;
    let name = fields
        .require(walk, "name", "who did it")
        .and_then(|at| line(walk, &at, LINE));
    let id = fields.get("id").and_then(|at| line(walk, &at, LINE));
    fields.end(walk);
    Some(Actor { name: name?, id })
}

fn action(walk: &mut Walk, at: &At<'_>) -> Option<Action> {
    let mut fields = at.fields(walk, "an object: {title, url} or {title, verb, data?}")?;
    let title = fields
        .require(walk, "title", "the button's text")
        .and_then(|at| line(walk, &at, TITLE));
    let does = match (fields.has("url"), fields.has("verb")) {
        (true, false) => {
            // Asked for, so that it is not an unknown field as well.
            let url = fields.get("url").and_then(|at| link(walk, &at));
            if let Some(at) = fields.get("data") {
                walk.problem(
                    &at.path,
                    "data of an action with url",
                    "data only with verb",
                );
            }
            fields.get("verb");
            url.map(|url| Do::Open { url })
        }
        (false, true) => {
            fields.get("url");
            let verb = fields.get("verb").and_then(|at| verb(walk, &at));
            let data = fields.get("data").map(|at| at.value.clone());
            verb.map(|verb| Do::Tell { verb, data })
        }
        (both, _) => {
            let found = if both {
                "both url and verb"
            } else {
                "neither url nor verb"
            };
            walk.problem(fields.path(), found, "either url or verb");
            for name in ["url", "verb", "data"] {
                fields.get(name);
            }
            None
        }
    };
    fields.end(walk);
    Some(Action {
        title: title?,
        does: does?,
    })
}

fn verb(walk: &mut Walk, at: &At<'_>) -> Option<String> {
    let verb = opaque(walk, at, 100)?;
    if verb.starts_with(OUR_VERBS) {
        walk.problem(
            &at.path,
            quote(verb),
            "a verb that does not begin with tidings",
        );
        return None;
    }
    Some(verb.to_owned())
}

pub(super) fn fact(walk: &mut Walk, at: &At<'_>) -> Option<Fact> {
    let mut fields = at.fields(walk, "an object: {title, value}")?;
    let title = fields
        .require(walk, "title", "what the value is")
        .and_then(|at| line(walk, &at, TITLE));
    let value = fields
        .require(walk, "value", "the value, as text")
        .and_then(|at| text(walk, &at, 2000));
    fields.end(walk);
    Some(Fact {
        title: title?,
        value: value?,
    })
}

fn image(walk: &mut Walk, at: &At<'_>) -> Option<Image> {
    let mut fields = at.fields(walk, "an object: {url, alt}")?;
    let url = fields
        .require(walk, "url", "an absolute https URL")
        .and_then(|at| link(walk, &at));
    let alt = fields
        .require(walk, "alt", "what the image shows")
        .and_then(|at| line(walk, &at, LINE));
    fields.end(walk);
    Some(Image {
        url: url?,
        alt: alt?,
    })
}

fn incident(walk: &mut Walk, at: &At<'_>) -> Option<Incident> {
    let mut fields = at.fields(walk, "an object: {key, state}")?;
    let key = fields
        .require(walk, "key", "what the incident is called")
        .and_then(|at| line(walk, &at, LINE));
    let state = fields
        .require(walk, "state", "open, acknowledged or resolved")
        .and_then(|at| choice(walk, &at, &STATES));
    fields.end(walk);
    Some(Incident {
        key: key?,
        state: state?,
    })
}

fn task_token(walk: &mut Walk, at: &At<'_>, answered: bool) -> Option<TaskToken> {
    let token = opaque(walk, at, 2048)?;
    if !answered {
        walk.problem(
            &at.path,
            "a token that no action answers",
            "a first action with a verb, or a card",
        );
        return None;
    }
    Some(TaskToken::new(token))
}
