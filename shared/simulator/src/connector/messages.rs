//! Sending, editing, deleting, reacting.
//!
//! Bot Connector, Send, Reply, Update and Delete Activity; targeted messages
//! (protocol reference §4.2 to §4.5, §4.9).

use std::time::Duration;

use serde_json::{Value, json};

use crate::connector::Ask;
use crate::connector::payload::{self, Outgoing};
use crate::model::{Circumstances, Model, Place, Reactor, Stored, Writer};
use crate::{Event, Reply};

/// How long a targeted message exists.
const TARGETED_LIFE: Duration = Duration::from_secs(24 * 3600);

/// `POST v3/conversations/{id}/activities`, and with an activity id in the path a reply.
pub(crate) fn send(ask: &Ask<'_>, replies_to: Option<&str>) -> Result<Reply, Reply> {
    let activity = ask.json()?;
    let targeted = ask.flag("isTargetedActivity");
    let (place, circumstances) = {
        let model = ask.model();
        let (place, root) = model.reach(&ask.address.first)?;
        model.admit_writing(place)?;
        let reply_to = replies_to
            .or_else(|| activity.get("replyToId").and_then(Value::as_str))
            .and_then(|id| id.parse().ok());
        let targeted_to = match targeted {
            true => Some(target(&model, place, &activity)?),
            false => None,
        };
        // In a channel, a reply goes into the thread of what it answers.
        let root = root.or_else(|| {
            let replies_to: u64 = replies_to?.parse().ok()?;
            model.log(place).get(replies_to).map(|m| m.root)
        });
        let circumstances = Circumstances {
            root: root.filter(|root| *root != 0),
            reply_to,
            targeted_to,
        };
        (place, circumstances)
    };
    let kind = payload::check(&activity)?;
    if kind == Outgoing::Typing {
        let name = ask.model().place_name(place, circumstances.root);
        ask.shared.tell(|| Event::Typing { place: name });
        return Ok(Reply::empty(202));
    }
    let id = match kind {
        Outgoing::Message => Some(write(ask, place, circumstances, ask.text())),
        _ => post(ask, place, circumstances, &activity, kind),
    };
    let status = if targeted { 202 } else { 201 };
    Ok(match (kind, id) {
        // Two messages came of it, and the answer names neither.
        (Outgoing::TextAndAttachments, _) | (_, None) => Reply::json(status, json!({})),
        (_, Some(id)) => Reply::json(status, json!({"id": id.to_string()})),
    })
}

/// Writes the message (or the two that it becomes); returns the id of the first.
pub(crate) fn post(
    ask: &Ask<'_>,
    place: Place,
    circumstances: Circumstances,
    activity: &Value,
    kind: Outgoing,
) -> Option<u64> {
    let without = |member: &str| {
        let mut part = activity.clone();
        if let Some(members) = part.as_object_mut() {
            members.remove(member);
        }
        write(ask, place, circumstances, &part.to_string())
    };
    match kind {
        Outgoing::Typing => None,
        Outgoing::Message => Some(write(ask, place, circumstances, &activity.to_string())),
        Outgoing::TextAndAttachments => {
            let text = without("attachments");
            without("text");
            Some(text)
        }
    }
}

/// Writes one message, and tells about it.
fn write(ask: &Ask<'_>, place: Place, circumstances: Circumstances, activity: &str) -> u64 {
    let (id, _) = ask
        .model()
        .post(place, Writer::Bot, circumstances, activity, ask.now());
    ask.shared.posted(place, id);
    id
}

/// `PUT v3/conversations/{id}/activities/{id}`
pub(crate) fn update(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let activity = ask.json()?;
    let (place, id) = {
        let mut model = ask.model();
        let (place, root) = model.reach(&ask.address.first)?;
        model.admit_writing(place)?;
        let id = own_message(ask, &model, place, root)?;
        if payload::check(&activity)? == Outgoing::Typing {
            return Err(Reply::bad_argument("A message cannot become 'typing'."));
        }
        let body = model.keep_body(ask.text());
        if let Some(stored) = model.log_mut(place).get_mut(id) {
            stored.body = body;
            stored.edits += 1;
            if let Some(rare) = &mut stored.rare {
                // Everybody sees the new message, also those who answered the old.
                rare.replaced_for.clear();
            }
        }
        (place, id)
    };
    ask.shared.changed();
    ask.shared
        .tell_about(place, id, |place, message| Event::Edited { place, message });
    Ok(Reply::json(200, json!({"id": id.to_string()})))
}

/// `DELETE v3/conversations/{id}/activities/{id}`
pub(crate) fn delete(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let (place, id) = {
        let mut model = ask.model();
        let (place, root) = model.reach(&ask.address.first)?;
        let id = own_message(ask, &model, place, root)?;
        if let Some(stored) = model.log_mut(place).get_mut(id) {
            stored.deleted = true;
        }
        (place, id)
    };
    ask.shared.changed();
    ask.shared
        .tell_about(place, id, |place, message| Event::Deleted {
            place,
            message,
        });
    Ok(Reply::empty(200))
}

/// `PUT` and `DELETE v3/conversations/{id}/activities/{id}/reactions/{type}`
pub(crate) fn react(ask: &Ask<'_>, add: bool) -> Result<Reply, Reply> {
    let mut model = ask.model();
    let (place, root) = model.reach(&ask.address.first)?;
    model.admit_writing(place)?;
    let id = message(&model, place, root, &ask.address.second)?.id;
    let reaction = (Reactor::Bot, ask.address.third.clone());
    if let Some(stored) = model.log_mut(place).get_mut(id) {
        let reactions = &mut stored.rare().reactions;
        reactions.retain(|known| *known != reaction);
        if add {
            reactions.push(reaction);
        }
    }
    drop(model);
    ask.shared.changed();
    Ok(Reply::empty(200))
}

/// The id of the bot's own message that the path names.
fn own_message(
    ask: &Ask<'_>,
    model: &Model,
    place: Place,
    root: Option<u64>,
) -> Result<u64, Reply> {
    let stored = message(model, place, root, &ask.address.second)?;
    if stored.writer != Writer::Bot {
        return Err(Reply::error(
            403,
            "NotEnoughPermissions",
            "The bot can change its own messages only.",
        ));
    }
    let is_targeted = stored
        .rare
        .as_deref()
        .is_some_and(|rare| rare.targeted_to.is_some());
    if is_targeted != ask.flag("isTargetedActivity") {
        return Err(Reply::bad_argument(
            "The visibility of a message cannot be changed.",
        ));
    }
    if is_targeted && ask.now() >= stored.at + TARGETED_LIFE {
        return Err(Reply::activity_not_found());
    }
    Ok(stored.id)
}

/// A message of this place (and thread) that is still there.
fn message<'a>(
    model: &'a Model,
    place: Place,
    root: Option<u64>,
    id: &str,
) -> Result<&'a Stored, Reply> {
    id.parse()
        .ok()
        .and_then(|id| model.log(place).get(id))
        .filter(|stored| !stored.deleted && root.is_none_or(|root| stored.root == root))
        .ok_or_else(Reply::activity_not_found)
}

/// To whom a targeted message goes.
fn target(model: &Model, place: Place, activity: &Value) -> Result<u32, Reply> {
    if matches!(place, Place::Personal(_)) {
        return Err(Reply::bad_argument(
            "Targeted messages exist in group chats, channels and meetings only.",
        ));
    }
    let recipient = activity
        .pointer("/recipient/id")
        .and_then(Value::as_str)
        .ok_or_else(|| Reply::missing_property("A targeted message needs 'recipient.id'."))?;
    let person = model.member(recipient)?.index();
    if model.is_member(place, person) {
        Ok(person)
    } else {
        Err(Reply::bad_argument(
            "The recipient is not a member of the conversation.",
        ))
    }
}
