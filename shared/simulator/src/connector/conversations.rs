//! `POST v3/conversations`
//!
//! Bot Connector, Create Conversation, and what it was observed to do
//! (protocol reference §4.1).

use serde_json::{Value, json};

use crate::Reply;
use crate::connector::payload::{self, Outgoing};
use crate::connector::{Ask, messages};
use crate::model::{Circumstances, Place, Resolved};

const PARAMETERS: &str = "Incorrect conversation creation parameters";

/// Opens a personal chat (or finds it), or begins a thread in a channel.
pub(crate) fn create(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let parameters = ask.json()?;
    payload::no_nulls(&parameters)?;
    let text = |pointer: &str| parameters.pointer(pointer).and_then(Value::as_str);
    let tenant = text("/tenantId").or_else(|| text("/channelData/tenant/id"));
    if let Some(tenant) = tenant
        && !tenant.eq_ignore_ascii_case(&ask.model().tenant)
    {
        return Err(Reply::error(
            403,
            "NotEnoughPermissions",
            "The bot is not allowed in this tenant.",
        ));
    }
    if let Some(channel) = text("/channelData/channel/id") {
        return create_thread(ask, channel, parameters.get("activity"));
    }
    let members = parameters.get("members").and_then(Value::as_array);
    let is_group = parameters.get("isGroup") == Some(&Value::Bool(true));
    let [member] = members.map_or(&[][..], Vec::as_slice) else {
        return Err(Reply::bad_syntax(PARAMETERS));
    };
    // New group chats cannot be made, however one asks.
    if is_group {
        return Err(Reply::bad_syntax(PARAMETERS));
    }
    let member = member
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| Reply::bad_syntax(PARAMETERS))?;
    if tenant.is_none() {
        return Err(Reply::authorization_error(
            "Authorization has been denied: the tenant id is missing.",
        ));
    }
    create_personal(ask, member, parameters.get("activity"))
}

fn create_personal(ask: &Ask<'_>, member: &str, activity: Option<&Value>) -> Result<Reply, Reply> {
    let kind = activity.map(payload::check).transpose()?;
    let mut model = ask.model();
    let member = model.member(member)?;
    let place = model.open_chat(member)?;
    if kind.is_some() {
        model.admit_writing(place)?;
    }
    let id = model.conversation_id(place, None);
    drop(model);
    if let (Some(activity), Some(kind)) = (activity, kind) {
        messages::post(ask, place, Circumstances::default(), activity, kind);
    }
    // No activity id, even if an activity was posted.
    Ok(Reply::json(201, json!({ "id": id })))
}

fn create_thread(ask: &Ask<'_>, channel: &str, activity: Option<&Value>) -> Result<Reply, Reply> {
    let place = {
        let model = ask.model();
        let place = match model.resolve(channel) {
            Resolved::At(place @ Place::Channel(..), None) => place,
            _ => return Err(Reply::conversation_not_found()),
        };
        model.admit_writing(place)?;
        place
    };
    let activity = activity.ok_or_else(|| Reply::bad_syntax(PARAMETERS))?;
    let kind = payload::check(activity)?;
    if kind == Outgoing::Typing {
        return Err(Reply::bad_syntax(PARAMETERS));
    }
    let id = messages::post(ask, place, Circumstances::default(), activity, kind);
    let conversation = ask.model().conversation_id(place, id);
    Ok(Reply::json(
        201,
        json!({"id": conversation, "activityId": id.map(|id| id.to_string())}),
    ))
}
