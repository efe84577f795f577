//! What the Connector demands of an activity.

use serde_json::Value;

use crate::Reply;
use crate::card::ADAPTIVE_CARD;

/// The size from which a message is too big, in bytes of UTF-16.
const SIZE_LIMIT: usize = 100 * 1024;

/// What an activity is, for the Connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    Message,
    /// A message with text and attachments, which Teams splits into two.
    TextAndAttachments,
    Typing,
}

/// Checks an activity that the bot sends.
pub(crate) fn check(activity: &Value) -> Result<Outgoing, Reply> {
    no_nulls(activity)?;
    let kind = activity
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| Reply::missing_property("The 'type' field of the activity is missing."))?;
    match kind {
        "message" => {}
        "typing" => return Ok(Outgoing::Typing),
        other => {
            return Err(Reply::bad_argument(&format!(
                "Unknown activity type '{other}'."
            )));
        }
    }
    let has_text = activity
        .get("text")
        .and_then(Value::as_str)
        .is_some_and(|text| !text.is_empty());
    let attachments = match activity.get("attachments") {
        None => &[][..],
        Some(Value::Array(attachments)) => attachments,
        Some(_) => return Err(Reply::bad_argument("'attachments' must be an array.")),
    };
    for attachment in attachments {
        check_attachment(attachment)?;
    }
    if utf16_size(activity) > SIZE_LIMIT {
        return Err(Reply::too_big());
    }
    match (has_text, attachments.is_empty()) {
        (false, true) => Err(Reply::bad_syntax(
            "Activity must have text or at least one attachment.",
        )),
        (true, false) => Ok(Outgoing::TextAndAttachments),
        _ => Ok(Outgoing::Message),
    }
}

fn check_attachment(attachment: &Value) -> Result<(), Reply> {
    let kind = attachment
        .get("contentType")
        .and_then(Value::as_str)
        .ok_or_else(|| Reply::missing_property("The attachment has no 'contentType'."))?;
    if kind != ADAPTIVE_CARD {
        return Ok(());
    }
    let card = attachment.get("content");
    let text = |member: &str| {
        card.and_then(|card| card.get(member))
            .and_then(Value::as_str)
    };
    if text("type") == Some("AdaptiveCard") && text("version").is_some() {
        Ok(())
    } else {
        Err(Reply::bad_argument("The Adaptive Card is not valid."))
    }
}

/// Refuses members that are explicitly null: leave them out instead.
///
/// Observed for `tokenExchangeResource`, wherever it stands. For the members
/// of the activity itself the simulator is stricter than what was observed, so
/// that what passes here passes there.
pub(crate) fn no_nulls(value: &Value) -> Result<(), Reply> {
    let explicit = value
        .as_object()
        .and_then(|members| members.iter().find(|(_, member)| member.is_null()))
        .map(|(name, _)| name.as_str());
    let name = explicit
        .or_else(|| has_null(value, "tokenExchangeResource").then_some("tokenExchangeResource"));
    match name {
        None => Ok(()),
        Some(name) => Err(Reply::bad_argument(&format!(
            "Value cannot be null. Parameter name: {name}"
        ))),
    }
}

fn has_null(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|one| has_null(one, wanted)),
        Value::Object(members) => members
            .iter()
            .any(|(name, member)| (name == wanted && member.is_null()) || has_null(member, wanted)),
        _ => false,
    }
}

/// The size of a message as Teams measures it: UTF-16, without pictures that
/// are inside it as base64.
fn utf16_size(activity: &Value) -> usize {
    let written = activity.to_string();
    if written.len() * 2 <= SIZE_LIMIT {
        return written.len() * 2;
    }
    let units: usize = written.encode_utf16().count();
    (units - pictures(activity)) * 2
}

fn pictures(value: &Value) -> usize {
    match value {
        Value::String(text) if text.starts_with("data:image/") => text.encode_utf16().count(),
        Value::Array(all) => all.iter().map(pictures).sum(),
        Value::Object(members) => members.values().map(pictures).sum(),
        _ => 0,
    }
}
