//! What a request takes out of which window.

use std::time::Duration;

use serde_json::Value;

use crate::Reply;
use crate::connector::Ask;
use crate::limits::{Charge, Kind, TooMany};
use crate::model::{Model, Place};
use crate::operation::{Address, Operation};

impl Ask<'_> {
    /// Counts the request, or refuses it as one too many.
    pub(super) fn throttle(&self) -> Result<(), Reply> {
        let mut throttle = self.shared.throttle();
        if throttle.is_off() {
            return Ok(());
        }
        let app = Charge {
            kind: Kind::App,
            place: None,
            requests: 1,
        };
        let mut charges = vec![app];
        charges.extend(self.charges());
        throttle.charge(&charges, self.now()).map_err(|refused| {
            self.shared.traffic().too_many(refused.kind);
            let TooMany { wait, .. } = refused;
            Reply::throttled(Some(whole_seconds(wait)))
        })
    }

    /// What it takes beside the app's share. Nothing, if it names no conversation that there is.
    fn charges(&self) -> Vec<Charge> {
        let of = |kind, place, requests| Charge {
            kind,
            place: Some(place),
            requests,
        };
        let place = || self.model().place(&self.address.first);
        let one = |kind| place().map(|place| vec![of(kind, place, 1)]);
        let charges = match self.address.operation {
            Operation::Send | Operation::Reply => {
                place().map(|place| vec![of(Kind::Send, place, messages_in(self.text()))])
            }
            // No source says whether an edit counts; the stricter reading.
            Operation::Update => one(Kind::Send),
            Operation::CreateConversation => {
                created(&self.model(), self.body).map(|(place, messages)| {
                    let mut charges = vec![of(Kind::Create, place, 1)];
                    charges.extend((messages > 0).then(|| of(Kind::Send, place, messages)));
                    charges
                })
            }
            Operation::PagedMembers | Operation::Member | Operation::ActivityMembers => {
                one(Kind::Members)
            }
            Operation::Members => place().map(|place| {
                vec![
                    of(Kind::Members, place, 1),
                    of(Kind::UnpagedMembers, place, 1),
                ]
            }),
            Operation::TeamChannels => one(Kind::Channels),
            _ => None,
        };
        charges.unwrap_or_default()
    }
}

/// The conversation that a creation leads to, and how many messages go there with it.
fn created(model: &Model, body: &[u8]) -> Option<(Place, u32)> {
    let parameters: Value = serde_json::from_slice(body).ok()?;
    let messages = parameters.get("activity").map_or(0, messages_of);
    let channel = parameters.pointer("/channelData/channel/id");
    let place = match channel.and_then(Value::as_str) {
        Some(channel) => model.place(channel)?,
        None => {
            let member = parameters.pointer("/members/0/id")?.as_str()?;
            Place::Personal(model.member(member).ok()?.index())
        }
    };
    Some((place, messages))
}

/// The conversation that a request is about, if it is about one that there is.
pub(crate) fn subject(model: &Model, address: &Address, body: &[u8]) -> Option<Place> {
    match address.operation {
        Operation::CreateConversation => created(model, body).map(|(place, _)| place),
        _ => model.place(&address.first),
    }
}

/// How many messages an activity becomes.
fn messages_in(activity: &str) -> u32 {
    serde_json::from_str(activity).map_or(1, |activity| messages_of(&activity))
}

fn messages_of(activity: &Value) -> u32 {
    let text = activity.get("text").and_then(Value::as_str);
    let attachments = activity.get("attachments").and_then(Value::as_array);
    let has_both = text.is_some_and(|text| !text.is_empty())
        && attachments.is_some_and(|attachments| !attachments.is_empty());
    if has_both { 2 } else { 1 }
}

/// A wait as the header says it.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
