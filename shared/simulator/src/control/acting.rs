//! `POST`: what people do.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::card;
use crate::control::looking::shown;
use crate::control::{Asked, Problem, Simulation, chat, conversation, person, team};
use crate::shared::Shared;
use crate::{Conversation, Delivery, Message, Person};

type Answered = Result<Json<Value>, Problem>;

fn answered(deliveries: &[Delivery]) -> Json<Value> {
    Json(serde_json::to_value(deliveries).expect("deliveries are JSON"))
}

fn one(delivery: &Delivery) -> Answered {
    Ok(Json(
        serde_json::to_value(delivery).expect("a delivery is JSON"),
    ))
}

/// Where the bot is installed or removed, and by whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Installation {
    person: Option<String>,
    team: Option<String>,
    channel: Option<String>,
    chat: Option<String>,
    by: Option<String>,
}

/// Who does it when nobody is named: the first person there is.
fn actor(shared: &Arc<Shared>, by: Option<&str>) -> Result<Person, Problem> {
    match by {
        Some(who) => person(shared, who),
        None => Person::all(shared)
            .into_iter()
            .next()
            .ok_or_else(|| Problem::not_found("there is nobody")),
    }
}

const WHERE: &str = "say one of person, team and chat";

pub(super) async fn install(
    State(shared): Simulation,
    Asked(asked): Asked<Installation>,
) -> Answered {
    let by = actor(&shared, asked.by.as_deref())?;
    let deliveries = match (&asked.person, &asked.team, &asked.chat) {
        (Some(who), None, None) => person(&shared, who)?.install().await,
        (None, Some(name), None) => {
            let team = team(&shared, name)?;
            let channel = match &asked.channel {
                None => team.general(),
                Some(channel) => team
                    .find_channel(channel)
                    .ok_or_else(|| Problem::not_found(format!("no channel {channel}")))?,
            };
            team.install(&by, &channel).await
        }
        (None, None, Some(name)) => chat(&shared, name)?.install(&by).await,
        _ => return Err(Problem::bad(WHERE)),
    };
    Ok(answered(&deliveries))
}

pub(super) async fn uninstall(
    State(shared): Simulation,
    Asked(asked): Asked<Installation>,
) -> Answered {
    let by = actor(&shared, asked.by.as_deref())?;
    let deliveries = match (&asked.person, &asked.team, &asked.chat) {
        (Some(who), None, None) => person(&shared, who)?.uninstall().await,
        (None, Some(name), None) => team(&shared, name)?.uninstall(&by).await,
        (None, None, Some(name)) => chat(&shared, name)?.uninstall(&by).await,
        _ => return Err(Problem::bad(WHERE)),
    };
    Ok(answered(&deliveries))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saying {
    person: String,
    text: String,
    r#in: Option<String>,
    mention: Option<bool>,
}

pub(super) async fn say(State(shared): Simulation, Asked(asked): Asked<Saying>) -> Answered {
    let who = person(&shared, &asked.person)?;
    let place = place(&shared, &who, asked.r#in.as_deref())?;
    let personal = place.id() == who.conversation_id();
    // In a channel or chat somebody who talks to the bot mentions it.
    let delivery = if asked.mention.unwrap_or(!personal) {
        who.mention(&place, &asked.text).await
    } else {
        who.say_in(&place, &asked.text).await
    };
    one(&delivery)
}

/// The conversation that was named, else the person's own.
fn place(shared: &Arc<Shared>, who: &Person, name: Option<&str>) -> Result<Conversation, Problem> {
    match name {
        Some(name) => conversation(shared, name),
        None => Ok(who.chat()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pressing {
    person: String,
    title: String,
    r#in: Option<String>,
    message: Option<String>,
    #[serde(default)]
    inputs: Value,
}

/// How an answer is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// `text` for what the person sees, alone.
    format: Option<String>,
}

pub(super) async fn press(
    State(shared): Simulation,
    Query(form): Query<Form>,
    Asked(asked): Asked<Pressing>,
) -> Result<Response, Problem> {
    let who = person(&shared, &asked.person)?;
    let place = place(&shared, &who, asked.r#in.as_deref())?;
    let button = |message: &Message| titled(&who.sees(message)?, &asked.title);
    let message = message(&place, asked.message.as_deref(), |m| button(m).is_some())?;
    let title = button(&message).unwrap_or_else(|| asked.title.clone());
    let delivery = who
        .press_with(&title, &message, &asked.inputs)
        .await
        .map_err(|error| Problem(StatusCode::CONFLICT, error.to_string()))?;
    let now = who.sees(&message);
    let mut body = one(&delivery)?.0;
    body["sees"] = now.as_ref().map_or(Value::Null, shown);
    body["dialog"] = dialog(&delivery);
    if form.format.as_deref() == Some("text") {
        let dialog = body["dialog"]["readable"].as_str();
        let text = dialog.or(body["sees"]["readable"].as_str());
        return Ok(format!("{}\n", text.unwrap_or_default()).into_response());
    }
    Ok(Json(body).into_response())
}

/// What the dialog shows that the bot opened, and its inputs by id, with what stands in them.
fn dialog(delivery: &Delivery) -> Value {
    let Some(card) = delivery.dialog() else {
        return Value::Null;
    };
    let inputs = card::inputs(card).into_iter();
    let inputs = inputs.map(|input| (input.id, input.value.unwrap_or_default()));
    let buttons = card::buttons(card).into_iter().map(|button| button.title);
    let content = json!({"contentType": card::ADAPTIVE_CARD, "content": card});
    json!({
        "readable": card::readable(&json!({"attachments": [content]})),
        "inputs": inputs.collect::<serde_json::Map<_, _>>(),
        "buttons": buttons.collect::<Vec<_>>(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submitting {
    person: String,
    title: Option<String>,
    #[serde(default)]
    inputs: Value,
}

/// Fills in the dialog that is open before a person, and submits it.
pub(super) async fn submit(State(shared): Simulation, Asked(asked): Asked<Submitting>) -> Answered {
    let who = person(&shared, &asked.person)?;
    let conflict = |why: String| Problem(StatusCode::CONFLICT, why);
    let opened = who.open_dialog().ok_or_else(|| {
        let name = who.name();
        conflict(format!(
            "no dialog is open before {name}: press a button that opens one"
        ))
    })?;
    let submitted = who
        .submit_dialog(&opened, asked.title.as_deref(), &asked.inputs)
        .await;
    let delivery = submitted.map_err(|error| conflict(error.to_string()))?;
    let mut body = one(&delivery)?.0;
    body["dialog"] = dialog(&delivery);
    Ok(Json(body))
}

/// The whole title of the button that is called this, or else begins with it.
fn titled(message: &Message, title: &str) -> Option<String> {
    let mut titles: Vec<String> = message.buttons().into_iter().map(|b| b.title).collect();
    let exact = titles.iter().position(|there| there == title);
    let found = exact.or_else(|| titles.iter().position(|there| there.starts_with(title)))?;
    Some(titles.swap_remove(found))
}

/// The message of this id, else the latest that fits.
fn message(
    place: &Conversation,
    id: Option<&str>,
    fits: impl Fn(&Message) -> bool,
) -> Result<Message, Problem> {
    match id {
        Some(id) => place.message(id),
        None => place.messages().into_iter().rev().find(|m| fits(m)),
    }
    .ok_or_else(|| {
        Problem::not_found(
            "there is no such message, or none with such a button, in this conversation",
        )
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reacting {
    person: String,
    kind: String,
    r#in: Option<String>,
    message: Option<String>,
    #[serde(default)]
    remove: bool,
}

pub(super) async fn react(State(shared): Simulation, Asked(asked): Asked<Reacting>) -> Answered {
    let who = person(&shared, &asked.person)?;
    let place = place(&shared, &who, asked.r#in.as_deref())?;
    let message = message(&place, asked.message.as_deref(), |m| {
        m.author == crate::Author::Bot
    })?;
    let delivery = if asked.remove {
        who.unreact(&asked.kind, &message).await
    } else {
        who.react(&asked.kind, &message).await
    };
    one(&delivery)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changing {
    person: String,
    r#in: Option<String>,
    message: Option<String>,
    text: Option<String>,
}

impl Changing {
    /// What the person said: the message that was named, else their latest.
    fn said(&self, shared: &Arc<Shared>) -> Result<(Person, Message), Problem> {
        let who = person(shared, &self.person)?;
        let place = place(shared, &who, self.r#in.as_deref())?;
        let own = crate::Author::Person(who.object_id());
        let message = message(&place, self.message.as_deref(), |m| m.author == own)?;
        if message.author == own {
            Ok((who, message))
        } else {
            Err(Problem(
                StatusCode::CONFLICT,
                "somebody else wrote this message".to_owned(),
            ))
        }
    }
}

pub(super) async fn edit(State(shared): Simulation, Asked(asked): Asked<Changing>) -> Answered {
    let (who, message) = asked.said(&shared)?;
    let text = asked
        .text
        .as_deref()
        .ok_or_else(|| Problem::bad("say the new text"))?;
    one(&who.edit_message(&message, text).await)
}

pub(super) async fn delete(State(shared): Simulation, Asked(asked): Asked<Changing>) -> Answered {
    let (who, message) = asked.said(&shared)?;
    one(&who.delete_message(&message).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Membership {
    team: Option<String>,
    chat: Option<String>,
    add: Option<String>,
    remove: Option<String>,
    by: Option<String>,
}

pub(super) async fn members(
    State(shared): Simulation,
    Asked(asked): Asked<Membership>,
) -> Answered {
    let by = actor(&shared, asked.by.as_deref())?;
    let (who, added) = match (&asked.add, &asked.remove) {
        (Some(who), None) => (person(&shared, who)?, true),
        (None, Some(who)) => (person(&shared, who)?, false),
        _ => return Err(Problem::bad("say one of add and remove")),
    };
    let delivery = match (&asked.team, &asked.chat, added) {
        (Some(name), None, true) => team(&shared, name)?.add_member(&who, &by).await,
        (Some(name), None, false) => team(&shared, name)?.remove_member(&who, &by).await,
        (None, Some(name), true) => chat(&shared, name)?.add_member(&who, &by).await,
        (None, Some(name), false) => chat(&shared, name)?.remove_member(&who, &by).await,
        _ => return Err(Problem::bad("say one of team and chat")),
    };
    one(&delivery)
}

/// Something that happens to a team or one of its channels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamEvent {
    team: String,
    event: String,
    channel: Option<String>,
    name: Option<String>,
    by: Option<String>,
}

pub(super) async fn team_event(
    State(shared): Simulation,
    Asked(asked): Asked<TeamEvent>,
) -> Answered {
    let by = actor(&shared, asked.by.as_deref())?;
    let team = team(&shared, &asked.team)?;
    let name = || {
        asked
            .name
            .as_deref()
            .ok_or_else(|| Problem::bad("say the new name"))
    };
    let channel = || {
        let wanted = asked.channel.as_deref();
        wanted
            .and_then(|wanted| team.find_channel(wanted))
            .ok_or_else(|| Problem::not_found("say a channel of the team"))
    };
    let delivery = match asked.event.as_str() {
        "teamRenamed" => team.rename(name()?, &by).await,
        "teamArchived" => team.archive(&by).await,
        "teamUnarchived" => team.unarchive(&by).await,
        "teamDeleted" => team.delete(&by).await,
        "channelCreated" => team.create_channel(name()?, &by).await.1,
        "channelRenamed" => team.rename_channel(&channel()?, name()?, &by).await,
        "channelDeleted" => team.delete_channel(&channel()?, &by).await,
        other => team.unknown_event(other, &by).await,
    };
    one(&delivery)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocking {
    person: String,
    #[serde(default = "yes")]
    blocked: bool,
}

fn yes() -> bool {
    true
}

pub(super) async fn block(State(shared): Simulation, Asked(asked): Asked<Blocking>) -> Answered {
    let who = person(&shared, &asked.person)?;
    if asked.blocked {
        who.block_bot();
    } else {
        who.unblock_bot();
    }
    Ok(Json(
        json!({"person": who.name(), "blocked": asked.blocked}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Redelivery {
    activity: Option<String>,
    #[serde(default)]
    as_new: bool,
}

pub(super) async fn redeliver(
    State(shared): Simulation,
    Asked(asked): Asked<Redelivery>,
) -> Answered {
    let earlier = {
        let deliveries = shared.deliveries();
        let mut latest_first = deliveries.iter().rev();
        match &asked.activity {
            Some(id) => latest_first
                .find(|delivery| delivery.activity_id() == id)
                .cloned(),
            None => latest_first.next().cloned(),
        }
    }
    .ok_or_else(|| Problem::not_found("no such activity was delivered"))?;
    let activity = if asked.as_new {
        shared.renewed(&earlier.activity)
    } else {
        earlier.activity
    };
    one(&shared.deliver(activity).await)
}

/// Any activity, as it is.
pub(super) async fn deliver(State(shared): Simulation, Asked(activity): Asked<Value>) -> Answered {
    one(&shared.deliver(activity).await)
}
