//! Rosters.
//!
//! Bot Connector, Get Conversation Paged Members and its kin (protocol
//! reference §4.6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::connector::Ask;
use crate::model::{Model, Place};
use crate::{Reply, ids};

/// The page size when none is asked for.
const PAGE: usize = 200;
/// More members than this are listed in pages only.
const MOST_UNPAGED: usize = 10_000;

/// `GET v3/conversations/{id}/pagedmembers`
pub(crate) fn paged(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let place = roster_place(ask, &model)?;
    let size = match ask.query.get("pageSize") {
        None => PAGE,
        Some(size) => size
            .parse::<usize>()
            .map_err(|_| Reply::bad_argument("'pageSize' is not a number."))?
            .clamp(50, 500),
    };
    let from = match ask.query.get("continuationToken").filter(|t| !t.is_empty()) {
        None => 0,
        Some(token) => read_token(token, &ask.address.first)
            .ok_or_else(|| Reply::bad_argument("Invalid continuation token."))?,
    };
    let roster = model.roster(place);
    let page = roster.get(from..).unwrap_or_default();
    let page = &page[..size.min(page.len())];
    let mut body = json!({
        "members": page.iter().map(|person| model.account(*person)).collect::<Vec<_>>(),
    });
    let next = from + page.len();
    if next < roster.len() {
        body["continuationToken"] = write_token(next, &ask.address.first).into();
    }
    Ok(Reply::json(200, body))
}

/// `GET v3/conversations/{id}/members`
pub(crate) fn all(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let place = roster_place(ask, &model)?;
    let roster = model.roster(place);
    if roster.len() > MOST_UNPAGED {
        return Err(Reply::bad_argument(
            "Too many members. Use pagedmembers instead.",
        ));
    }
    let members: Vec<Value> = roster.iter().map(|person| model.account(*person)).collect();
    Ok(Reply::json(200, members.into()))
}

/// `GET v3/conversations/{id}/members/{id}`: by `29:` id, object id or user principal name.
pub(crate) fn one(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let place = roster_place(ask, &model)?;
    let wanted = &ask.address.second;
    let person = if wanted.starts_with("29:") {
        Some(model.member(wanted)?.index())
    } else if let Some(object_id) = ids::parse_guid(wanted) {
        model.person_by_object_id(object_id)
    } else {
        model.person_by_account(wanted)
    };
    person
        .filter(|person| model.is_member(place, *person))
        .map(|person| Reply::json(200, model.account(person)))
        .ok_or_else(|| {
            Reply::error(
                404,
                "MemberNotFoundInConversation",
                "The member was not found in the conversation.",
            )
        })
}

/// `GET v3/conversations/{id}/activities/{id}/members`
pub(crate) fn of_activity(ask: &Ask<'_>) -> Result<Reply, Reply> {
    let model = ask.model();
    let (place, _) = model.reach(&ask.address.first)?;
    let stored = ask
        .address
        .second
        .parse()
        .ok()
        .and_then(|id| model.log(place).get(id))
        .filter(|stored| !stored.deleted)
        .ok_or_else(Reply::activity_not_found)?;
    let only = stored.rare.as_deref().and_then(|rare| rare.targeted_to);
    let members: Vec<Value> = match only {
        Some(person) => vec![model.account(person)],
        None => model
            .roster(place)
            .iter()
            .map(|person| model.account(*person))
            .collect(),
    };
    Ok(Reply::json(200, members.into()))
}

/// The conversation whose roster is asked for. A thread has none of its own.
fn roster_place(ask: &Ask<'_>, model: &Model) -> Result<Place, Reply> {
    if ids::split_thread(&ask.address.first).1.is_some() {
        return Err(Reply::conversation_not_found());
    }
    Ok(model.reach(&ask.address.first)?.0)
}

impl Model {
    /// The people in a conversation.
    pub(crate) fn roster(&self, place: Place) -> Vec<u32> {
        match place {
            Place::Personal(person) => vec![person],
            _ => self.members(place).to_vec(),
        }
    }

    /// A person as a roster lists them.
    pub(crate) fn account(&self, person: u32) -> Value {
        let spec = self.people[person as usize].spec();
        let (given, surname) = spec.name.split_once(' ').unwrap_or((&spec.name, ""));
        json!({
            "id": self.teams_id(person),
            "name": spec.name,
            "objectId": self.object_id(person),
            "givenName": given,
            "surname": surname,
            "email": spec.mail,
            "userPrincipalName": spec.user_principal_name,
            "tenantId": self.tenant,
            "userRole": "user",
        })
    }
}

fn write_token(next: usize, conversation: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{next}\0{conversation}"))
}

/// Where a page begins; `None` for a token of another roster, or for none at all.
fn read_token(token: &str, conversation: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (next, of) = text.split_once('\0')?;
    if of == conversation {
        next.parse().ok()
    } else {
        None
    }
}
