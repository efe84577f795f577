//! `GET`: what there is, what was said, what happened.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Problem, Simulation, conversation};
use crate::shared::Shared;
use crate::{Chat, Conversation, Events, Message, Person, PersonCount, Team};

/// At most this many people or conversations are listed unless more are asked for.
const LISTED: usize = 100;

pub(crate) async fn overview(State(shared): Simulation) -> Json<Value> {
    let base = shared.base().to_owned();
    let endpoint = shared.endpoint().map(|endpoint| endpoint.to_string());
    let service_url = shared.service_url();
    let model = shared.model();
    Json(json!({
        "botEndpoint": endpoint,
        "serviceUrl": service_url,
        "authorityHost": base,
        "openIdMetadata": format!("{base}/v1/.well-known/openidconfiguration"),
        "tenant": model.tenant,
        "bot": {"appId": model.bot.app_id, "id": model.bot.id(), "name": model.bot.name},
        "people": model.people.len(),
        "teams": model.teams.iter().map(|team| &team.name).collect::<Vec<_>>(),
        "chats": model.chats.iter().map(|chat| &chat.name).collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
}

pub(super) async fn people(State(shared): Simulation, Query(page): Query<Page>) -> Json<Value> {
    let people: Vec<Value> = Person::all(&shared)
        .iter()
        .skip(page.offset)
        .take(page.limit.unwrap_or(LISTED))
        .map(|person| {
            let details = person.details();
            json!({
                "name": details.name,
                "objectId": details.object_id,
                "account": details.user_principal_name,
                "locale": details.locale,
                "timeZone": details.time_zone,
                "teamsId": person.teams_id(),
                "conversation": person.conversation_id(),
                "hasBot": person.has_bot(),
                "messages": person.chat().count(),
            })
        })
        .collect();
    Json(people.into())
}

pub(super) async fn conversations(
    State(shared): Simulation,
    Query(page): Query<Page>,
) -> Json<Value> {
    let channels = Team::all(&shared).into_iter().flat_map(|t| t.channels());
    let chats = Chat::all(&shared).into_iter().map(|c| c.conversation());
    let personal = Person::all(&shared)
        .into_iter()
        .map(|person| person.chat())
        .filter(|chat| Conversation::find(&shared, &chat.id()).is_some());
    let all: Vec<Value> = channels
        .chain(chats)
        .chain(personal)
        .skip(page.offset)
        .take(page.limit.unwrap_or(LISTED))
        .map(|conversation| {
            let name = conversation.name();
            json!({
                "id": name.id,
                "kind": name.kind,
                "name": name.name,
                "hasBot": conversation.has_bot(),
                "messages": conversation.count(),
            })
        })
        .collect();
    Json(all.into())
}

#[derive(Deserialize)]
pub(super) struct Where {
    /// A person.
    to: Option<String>,
    /// A conversation, by id or name.
    r#in: Option<String>,
    /// Only messages whose readable text contains this.
    contains: Option<String>,
    /// How long to wait.
    seconds: Option<u64>,
    /// `text` for the readable text alone.
    format: Option<String>,
}

impl Where {
    fn conversation(&self, shared: &Arc<Shared>) -> Result<Conversation, Problem> {
        match (&self.to, &self.r#in) {
            (Some(to), None) => Ok(super::person(shared, to)?.chat()),
            (None, Some(name)) => conversation(shared, name),
            _ => Err(Problem::bad("say either to=<person> or in=<conversation>")),
        }
    }

    fn fits(&self, message: &Message) -> bool {
        let wanted = self.contains.as_deref();
        wanted.is_none_or(|wanted| message.says(wanted))
    }

    fn show(&self, messages: &[Message]) -> Response {
        if self.format.as_deref() == Some("text") {
            let text: Vec<String> = messages.iter().map(Message::readable).collect();
            return text.join("\n---\n").into_response();
        }
        let shown: Vec<Value> = messages.iter().map(shown).collect();
        Json(Value::from(shown)).into_response()
    }
}

/// A message with what a reader sees of it.
pub(super) fn shown(message: &Message) -> Value {
    let mut value = serde_json::to_value(message).expect("a message is JSON");
    value["readable"] = message.readable().into();
    let titles = message.buttons().into_iter().map(|button| button.title);
    value["buttons"] = titles.collect::<Vec<_>>().into();
    value
}

/// What was said in a conversation, by everybody.
pub(super) async fn messages(
    State(shared): Simulation,
    Query(place): Query<Where>,
) -> Result<Response, Problem> {
    let mut messages = place.conversation(&shared)?.messages();
    messages.retain(|message| place.fits(message));
    Ok(place.show(&messages))
}

/// The oldest message of the bot that nobody has looked at; waits for one.
pub(super) async fn next_message(
    State(shared): Simulation,
    Query(place): Query<Where>,
) -> Result<Response, Problem> {
    let patience = Duration::from_secs(place.seconds.unwrap_or(10).min(600));
    let conversation = place.conversation(&shared)?.within(patience);
    match conversation.next_where(|message| place.fits(message)).await {
        Ok(message) if place.format.as_deref() == Some("text") => {
            Ok(message.readable().into_response())
        }
        Ok(message) => Ok(Json(shown(&message)).into_response()),
        Err(nothing) => Err(Problem(StatusCode::GATEWAY_TIMEOUT, nothing.to_string())),
    }
}

pub(super) async fn requests(State(shared): Simulation) -> Json<Value> {
    Json(serde_json::to_value(shared.requests().latest()).expect("requests are JSON"))
}

pub(super) async fn deliveries(State(shared): Simulation) -> Json<Value> {
    let deliveries = shared.deliveries();
    Json(serde_json::to_value(&*deliveries).expect("deliveries are JSON"))
}

pub(super) async fn unread(State(shared): Simulation) -> Json<Value> {
    Json(crate::record::unread(&shared.model()).into())
}

pub(super) async fn tally(State(shared): Simulation) -> Json<Value> {
    let tally = crate::record::tally(&shared.model());
    Json(serde_json::to_value(tally).expect("numbers are JSON"))
}

#[derive(Deserialize)]
pub(super) struct Counted {
    /// `doubled` or `missing` for those alone.
    only: Option<String>,
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
}

/// What reached each person.
pub(super) async fn counts(
    State(shared): Simulation,
    Query(asked): Query<Counted>,
) -> Result<Json<Value>, Problem> {
    let wanted: fn(&PersonCount) -> bool = match asked.only.as_deref() {
        None => |_| true,
        Some("doubled") => |person| person.doubles > 0,
        Some("missing") => |person| person.messages == 0,
        Some(_) => return Err(Problem::bad("only=doubled or only=missing")),
    };
    let model = shared.model();
    let people: Vec<PersonCount> = crate::record::counts(&model)
        .filter(wanted)
        .skip(asked.offset)
        .take(asked.limit.unwrap_or(LISTED))
        .collect();
    Ok(Json(serde_json::to_value(people).expect("counts are JSON")))
}

pub(super) async fn traffic(State(shared): Simulation) -> Json<Value> {
    Json(serde_json::to_value(shared.traffic().seen()).expect("numbers are JSON"))
}

/// Everything that happens from now on, one JSON object a line.
pub(super) async fn events(State(shared): Simulation) -> Response {
    let events = Events(shared.events.subscribe());
    drop(shared);
    let lines = futures_util::stream::unfold(events, |mut events| async {
        let event = events.next().await?;
        let mut line = serde_json::to_vec(&*event).expect("events are JSON");
        line.push(b'\n');
        Some((Ok::<_, std::convert::Infallible>(line), events))
    });
    (
        [(CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(lines),
    )
        .into_response()
}
