//! `v1/meetings/…` (protocol reference §4.7)

use serde_json::{Value, json};

use crate::Reply;
use crate::connector::Ask;
use crate::ids::parse_guid;
use crate::model::{ChatState, Meeting, Model, Place};

/// `GET v1/meetings/{id}`
pub(crate) fn details(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let (chat, meeting, _) = meeting(ask, &model)?;
    let organizer = parse_guid(&meeting.organizer)
        .and_then(|object_id| model.person_by_object_id(object_id))
        .map_or(Value::Null, |person| model.account(person));
    Ok(Reply::json(
        200,
        json!({
            "details": {
                "id": meeting.id,
                "msGraphResourceId": meeting.id,
                "scheduledStartTime": meeting.start,
                "scheduledEndTime": meeting.end,
                "joinUrl": format!("https://teams.microsoft.com/l/meetup-join/{}", chat.id),
                "title": meeting.title,
                "type": "scheduled",
            },
            "conversation": conversation(chat),
            "organizer": organizer,
        }),
    ))
}

/// `GET v1/meetings/{id}/participants/{object id}?tenantId=`
pub(crate) fn participant(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let (chat, meeting, place) = meeting(ask, &model)?;
    let tenant = ask
        .query
        .get("tenantId")
        .ok_or_else(|| Reply::bad_argument("'tenantId' is missing."))?;
    let person = parse_guid(&ask.address.second)
        .filter(|_| tenant.eq_ignore_ascii_case(&model.tenant))
        .and_then(|object_id| model.person_by_object_id(object_id))
        .filter(|person| model.is_member(place, *person))
        .ok_or_else(|| {
            Reply::error(
                404,
                "MemberNotFoundInConversation",
                "The participant was not found in the meeting.",
            )
        })?;
    let object_id = model.object_id(person);
    let role = if object_id.eq_ignore_ascii_case(&meeting.organizer) {
        "Organizer"
    } else {
        "Attendee"
    };
    let present = meeting
        .present
        .iter()
        .any(|id| id.eq_ignore_ascii_case(&object_id));
    Ok(Reply::json(
        200,
        json!({
            "user": model.account(person),
            "meeting": {"role": role, "inMeeting": present},
            "conversation": conversation(chat),
        }),
    ))
}

/// `POST v1/meetings/{id}/notification`
pub(crate) fn notify(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let body = ask.json()?;
    let model = ask.model();
    let (_, _, place) = meeting(ask, &model)?;
    if body.get("type").and_then(Value::as_str) != Some("targetedMeetingNotification") {
        return Err(Reply::bad_argument("Unknown type of notification."));
    }
    let list = |pointer: &str| body.pointer(pointer).and_then(Value::as_array);
    let (Some(recipients), Some(_surfaces)) = (list("/value/recipients"), list("/value/surfaces"))
    else {
        return Err(Reply::missing_property(
            "'value.recipients' and 'value.surfaces' are required.",
        ));
    };
    let mut failed = Vec::new();
    for recipient in recipients.iter().filter_map(Value::as_str) {
        match model.member(recipient) {
            Ok(member) if model.is_member(place, member.index()) => {}
            Ok(member) => failed.push(json!({
                "recipientMri": format!("8:orgid:{}", model.object_id(member.index())),
                "errorCode": "MemberNotFoundInConversation",
                "failureReason": "The recipient is not in the meeting.",
            })),
            Err(refusal) => failed.push(json!({
                "recipientMri": recipient,
                "errorCode": refusal.code(),
                "failureReason": "The recipient is not known.",
            })),
        }
    }
    if failed.is_empty() {
        Ok(Reply::json(202, json!({})))
    } else {
        Ok(Reply::json(207, json!({"recipientsFailureInfo": failed})))
    }
}

fn meeting<'a>(
    ask: &Ask<'_>,
    model: &'a Model,
) -> Result<(&'a ChatState, &'a Meeting, Place), Reply> {
    let index = model
        .meeting_chat(&ask.address.first)
        .ok_or_else(Reply::conversation_not_found)?;
    model.admit(Place::Chat(index))?;
    let chat = &model.chats[index as usize];
    let meeting = chat
        .meeting
        .as_ref()
        .ok_or_else(Reply::conversation_not_found)?;
    Ok((chat, meeting, Place::Chat(index)))
}

fn conversation(chat: &ChatState) -> Value {
    json!({"id": chat.id, "isGroup": true, "conversationType": "groupChat"})
}
