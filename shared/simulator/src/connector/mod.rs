//! The Bot Connector's REST API.
//!
//! Every operation is a function from the request to a [`Reply`]; the errors
//! are `Reply`s too, and `?` answers with them.

mod access;
mod batch;
mod conversations;
mod meetings;
mod members;
mod messages;
mod payload;
mod teams;
mod throttling;

use std::collections::HashMap;

pub(crate) use throttling::subject;

use http::HeaderMap;
use serde_json::Value;

use crate::model::Model;
use crate::operation::{Address, Operation};
use crate::shared::Shared;
use crate::{Event, Reply, ReplyBody};

/// A request to the Connector.
pub(crate) struct Ask<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) address: &'a Address,
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: &'a [u8],
}

/// Answers a request to the Connector.
pub(crate) fn serve(
    shared: &Shared,
    address: &Address,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Reply {
    if let Err(refusal) = shared.authorize(headers) {
        return refusal;
    }
    shared.advance_batches();
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let ask = Ask {
        shared,
        address,
        query,
        body,
    };
    if let Err(refusal) = ask.throttle() {
        return refusal;
    }
    let answer = match address.operation {
        Operation::CreateConversation => conversations::create(&ask),
        Operation::Send => messages::send(&ask, None),
        Operation::Reply => messages::send(&ask, Some(&address.second)),
        Operation::Update => messages::update(&ask),
        Operation::Delete => messages::delete(&ask),
        Operation::AddReaction => messages::react(&ask, true),
        Operation::RemoveReaction => messages::react(&ask, false),
        Operation::PagedMembers => members::paged(&ask),
        Operation::Members => members::all(&ask),
        Operation::Member => members::one(&ask),
        Operation::ActivityMembers => members::of_activity(&ask),
        Operation::Team => teams::details(&ask),
        Operation::TeamChannels => teams::channels(&ask),
        Operation::Meeting => meetings::details(&ask),
        Operation::MeetingParticipant => meetings::participant(&ask),
        Operation::MeetingNotification => meetings::notify(&ask),
        Operation::BatchUsers
        | Operation::BatchTenant
        | Operation::BatchTeam
        | Operation::BatchChannels => batch::start(&ask),
        Operation::BatchState => batch::state(&ask),
        Operation::BatchFailedEntries => batch::failed_entries(&ask),
        Operation::BatchCancel => batch::cancel(&ask),
        Operation::Attachment => attachment(&ask),
        Operation::AttachmentView => attachment_view(&ask),
        Operation::NotSupported => Err(Reply::empty(405)),
        Operation::Token
        | Operation::OpenIdMetadata
        | Operation::SigningKeys
        | Operation::Unknown => Err(Reply::empty(404)),
    };
    match answer {
        Ok(reply) | Err(reply) => reply,
    }
}

impl Ask<'_> {
    /// The body as a JSON object.
    fn json(&self) -> Result<Value, Reply> {
        match serde_json::from_slice(self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            _ => Err(Reply::bad_syntax("Failed to parse the request as JSON.")),
        }
    }

    /// The body as it was written. Empty if it is no text.
    fn text(&self) -> &str {
        std::str::from_utf8(self.body).unwrap_or_default()
    }

    fn now(&self) -> jiff::Timestamp {
        self.shared.settings.clock.now()
    }

    fn model(&self) -> std::sync::MutexGuard<'_, Model> {
        self.shared.model()
    }

    fn flag(&self, name: &str) -> bool {
        self.query
            .get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl Shared {
    /// Works off what is due of the bulk operations, and tells about it.
    pub(crate) fn advance_batches(&self) {
        let mut model = self.model();
        if model.batches.is_empty() {
            return;
        }
        let posted = model.advance_batches(self.settings.clock.now());
        drop(model);
        for (place, id) in posted {
            self.posted(place, id);
        }
    }

    /// Tells that the bot posted.
    fn posted(&self, place: crate::model::Place, id: u64) {
        self.changed();
        self.tell_about(place, id, |place, message| Event::Posted { place, message });
    }

    /// Tells something about a message, if anybody listens.
    fn tell_about(
        &self,
        place: crate::model::Place,
        id: u64,
        event: impl FnOnce(crate::PlaceName, crate::Message) -> Event,
    ) {
        if self.events.receiver_count() == 0 {
            return;
        }
        let told = {
            let model = self.model();
            model.log(place).get(id).map(|stored| {
                let root = (stored.root != 0).then_some(stored.root);
                (model.place_name(place, root), model.message(place, stored))
            })
        };
        if let Some((name, message)) = told {
            self.tell(|| event(name, message));
        }
    }
}

/// `GET v3/attachments/{id}`
fn attachment(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let (name, kind, bytes) = model
        .attachments
        .get(&ask.address.first)
        .ok_or_else(|| Reply::error(404, "BadArgument", "Attachment not found."))?;
    Ok(Reply::json(
        200,
        serde_json::json!({
            "name": name,
            "type": kind,
            "views": [{"viewId": "original", "size": bytes.len()}],
        }),
    ))
}

/// `GET v3/attachments/{id}/views/{view}`
fn attachment_view(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    model
        .attachments
        .get(&ask.address.first)
        .filter(|_| ask.address.second == "original")
        .map(|(_, kind, bytes)| Reply {
            status: 200,
            body: ReplyBody::Bytes {
                content_type: kind.clone(),
                bytes: bytes.clone(),
            },
            retry_after: None,
        })
        .ok_or_else(|| Reply::error(404, "BadArgument", "Attachment view not found."))
}
