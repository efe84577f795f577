//! The activities that Teams sends to a bot.
//!
//! Members are those of recorded activities (protocol reference §3, §6.1, §8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::PersonSpec;
use crate::ids::{named_guid, new_guid};
use crate::model::{Model, Place};

/// Builds the activities of one moment.
pub(crate) struct Inbound<'a> {
    pub(crate) model: &'a Model,
    pub(crate) service_url: &'a str,
    pub(crate) now: Timestamp,
}

/// Whether an activity tells the person's name and client, as messages and
/// card actions do, or only their id, as events do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Id,
    Full,
}

impl Inbound<'_> {
    /// `installationUpdate`.
    pub(crate) fn installation(&self, action: &str, by: u32, place: Place) -> Value {
        let mut activity = self.start("installationUpdate", by, place, None, Detail::Id);
        activity["action"] = action.into();
        let spec = self.person(by);
        activity["locale"] = spec.locale.clone().into();
        activity["entities"] = json!([{"locale": spec.locale, "type": "clientInfo"}]);
        activity["channelData"]["source"] = json!({"name": "message"});
        if let Place::Channel(..) = place {
            self.add_team(&mut activity, place);
            let channel = self.model.conversation_id(place, None);
            activity["channelData"]["channel"] = json!({"id": channel});
            if action == "add" {
                activity["channelData"]["settings"] = json!({"selectedChannel": {"id": channel}});
            }
        }
        Value::Object(activity.0)
    }

    /// `conversationUpdate` about members: the bot or people, added or removed.
    pub(crate) fn members(&self, added: bool, members: Value, by: u32, place: Place) -> Value {
        let mut activity = self.start("conversationUpdate", by, place, None, Detail::Id);
        let (list, event) = if added {
            ("membersAdded", "teamMemberAdded")
        } else {
            ("membersRemoved", "teamMemberRemoved")
        };
        activity[list] = members;
        if let Place::Channel(..) = place {
            self.add_team(&mut activity, place);
            activity["channelData"]["eventType"] = event.into();
        }
        Value::Object(activity.0)
    }

    /// `conversationUpdate` about a team or a channel.
    pub(crate) fn team_event(
        &self,
        event: &str,
        channel: Option<Value>,
        by: u32,
        place: Place,
    ) -> Value {
        let mut activity = self.start("conversationUpdate", by, place, None, Detail::Id);
        self.add_team(&mut activity, place);
        activity["channelData"]["eventType"] = event.into();
        if let Some(channel) = channel {
            activity["channelData"]["channel"] = channel;
        }
        Value::Object(activity.0)
    }

    /// A `conversationUpdate` that no document describes.
    pub(crate) fn unknown_event(&self, event: &str, by: u32, place: Place) -> Value {
        let mut activity = self.start("conversationUpdate", by, place, None, Detail::Id);
        activity["channelData"]["eventType"] = event.into();
        Value::Object(activity.0)
    }

    /// `message`: text that a person wrote.
    pub(crate) fn message(
        &self,
        text: &str,
        mention: bool,
        by: u32,
        (place, root): (Place, Option<u64>),
        id: u64,
    ) -> Value {
        let mut activity = self.start("message", by, place, root, Detail::Full);
        activity["id"] = id.to_string().into();
        self.write_text(&mut activity, text, mention);
        Value::Object(activity.0)
    }

    /// `messageUpdate`: the person edited (or brought back) their message.
    pub(crate) fn edited(
        &self,
        event: &str,
        (text, mention): (&str, bool),
        by: u32,
        (place, root): (Place, Option<u64>),
        id: u64,
    ) -> Value {
        let mut activity = self.start("messageUpdate", by, place, root, Detail::Full);
        activity["id"] = id.to_string().into();
        activity["channelData"]["eventType"] = event.into();
        self.write_text(&mut activity, text, mention);
        Value::Object(activity.0)
    }

    /// `messageDelete`: the person deleted their message.
    pub(crate) fn deleted(&self, by: u32, (place, root): (Place, Option<u64>), id: u64) -> Value {
        let mut activity = self.start("messageDelete", by, place, root, Detail::Full);
        activity["id"] = id.to_string().into();
        activity["channelData"]["eventType"] = "softDeleteMessage".into();
        Value::Object(activity.0)
    }

    /// `messageReaction`. Its id is the message's.
    pub(crate) fn reaction(
        &self,
        (added, kind): (bool, &str),
        by: u32,
        (place, root): (Place, Option<u64>),
        message: u64,
    ) -> Value {
        let mut activity = self.start("messageReaction", by, place, root, Detail::Id);
        activity["id"] = message.to_string().into();
        activity["replyToId"] = message.to_string().into();
        let list = if added {
            "reactionsAdded"
        } else {
            "reactionsRemoved"
        };
        activity[list] = json!([{"type": kind}]);
        activity["channelData"]["legacy"] = legacy(message);
        Value::Object(activity.0)
    }

    /// `message` with a `value`: an `Action.Submit`.
    pub(crate) fn submit(
        &self,
        (value, text): (Value, Option<&str>),
        by: u32,
        (place, root): (Place, Option<u64>),
        message: u64,
    ) -> Value {
        let mut activity = self.start("message", by, place, root, Detail::Full);
        if let Some(text) = text {
            activity["text"] = text.into();
            activity["textFormat"] = "plain".into();
        }
        activity["value"] = value;
        self.card_source(&mut activity, message);
        Value::Object(activity.0)
    }

    /// `invoke`: a question that wants its answer in the response.
    pub(crate) fn invoke(
        &self,
        (name, value): (&str, Value),
        by: u32,
        (place, root): (Place, Option<u64>),
        message: u64,
    ) -> Value {
        let mut activity = self.start("invoke", by, place, root, Detail::Full);
        activity["name"] = name.into();
        activity["value"] = value;
        self.card_source(&mut activity, message);
        Value::Object(activity.0)
    }

    /// `event` about a message that the person has read.
    pub(crate) fn read_receipt(&self, by: u32, place: Place, message: u64) -> Value {
        let mut activity = self.start("event", by, place, None, Detail::Id);
        activity["name"] = "application/vnd.microsoft.readReceipt".into();
        activity["value"] = json!({"lastReadMessageId": message.to_string()});
        Value::Object(activity.0)
    }

    /// What every activity has.
    fn start(
        &self,
        kind: &str,
        by: u32,
        place: Place,
        root: Option<u64>,
        detail: Detail,
    ) -> Activity {
        let spec = self.person(by);
        let mut from = json!({
            "id": self.model.teams_id(by),
            "aadObjectId": self.model.object_id(by),
        });
        let mut conversation = json!({
            "conversationType": self.model.place_name(place, root).kind,
            "tenantId": self.model.tenant,
            "id": self.model.conversation_id(place, root),
        });
        if !matches!(place, Place::Personal(_)) {
            conversation["isGroup"] = true.into();
        }
        let mut activity = Activity(Map::new());
        if detail == Detail::Full {
            from["name"] = spec.name.clone().into();
            activity["entities"] = json!([client_info(&spec)]);
            activity["locale"] = spec.locale.clone().into();
            activity["localTimezone"] = spec.time_zone.clone().into();
            if let Ok(zone) = TimeZone::get(&spec.time_zone) {
                let local = self.now.to_zoned(zone);
                activity["localTimestamp"] = local
                    .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
                    .to_string()
                    .into();
            }
        }
        activity["type"] = kind.into();
        activity["id"] = format!("f:{}", new_guid()).into();
        activity["timestamp"] = format!("{:.7}", self.now).into();
        activity["channelId"] = "msteams".into();
        activity["serviceUrl"] = self.service_url.into();
        activity["from"] = from;
        activity["recipient"] = json!({
            "id": self.model.bot.id(),
            "name": self.model.bot.name,
        });
        activity["conversation"] = conversation;
        activity["channelData"] = json!({"tenant": {"id": self.model.tenant}});
        if let Place::Channel(team, channel) = place {
            let team = &self.model.teams[team as usize];
            let channel = &team.channels[channel as usize].id;
            let data = &mut activity["channelData"];
            data["channel"] = json!({"id": channel});
            data["team"] = json!({"id": team.id});
            if kind == "message" {
                data["teamsChannelId"] = channel.clone().into();
                data["teamsTeamId"] = team.id.clone().into();
            }
        }
        activity
    }

    /// The name and the group of the team: only membership and team events have them.
    fn add_team(&self, activity: &mut Activity, place: Place) {
        if let Place::Channel(team, _) = place {
            let team = &self.model.teams[team as usize];
            activity["channelData"]["team"] = json!({
                "aadGroupId": team.group_id,
                "name": team.name,
                "id": team.id,
            });
            if let Some(data) = activity["channelData"].as_object_mut() {
                data.remove("channel");
            }
        }
    }

    fn write_text(&self, activity: &mut Activity, text: &str, mention: bool) {
        let name = &self.model.bot.name;
        activity["textFormat"] = "plain".into();
        if mention {
            let tag = format!("<at>{name}</at>");
            activity["text"] = format!("{tag} {text}").into();
            let html = format!(
                "<p><span itemtype=\"http://schema.skype.com/Mention\" itemscope=\"\" \
                 itemid=\"0\">{name}</span>&nbsp;{}</p>",
                escaped(text)
            );
            activity["attachments"] = json!([{"contentType": "text/html", "content": html}]);
            let mention = json!({
                "mentioned": {"id": self.model.bot.id(), "name": name},
                "text": tag,
                "type": "mention",
            });
            if let Some(entities) = activity["entities"].as_array_mut() {
                entities.insert(0, mention);
            }
        } else {
            activity["text"] = text.into();
            let html = format!("<p>{}</p>", escaped(text));
            activity["attachments"] = json!([{"contentType": "text/html", "content": html}]);
        }
    }

    fn card_source(&self, activity: &mut Activity, message: u64) {
        activity["replyToId"] = message.to_string().into();
        activity["channelData"]["source"] = json!({"name": "message"});
        activity["channelData"]["legacy"] = legacy(message);
    }

    fn person(&self, index: u32) -> PersonSpec {
        self.model.people[index as usize].spec()
    }
}

/// An activity under construction.
struct Activity(Map<String, Value>);

impl std::ops::Index<&str> for Activity {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        self.0.get(member).unwrap_or(&Value::Null)
    }
}

impl std::ops::IndexMut<&str> for Activity {
    fn index_mut(&mut self, member: &str) -> &mut Value {
        self.0.entry(member).or_insert(Value::Null)
    }
}

fn client_info(spec: &PersonSpec) -> Value {
    let country = spec.locale.rsplit('-').next().unwrap_or("US");
    json!({
        "locale": spec.locale,
        "country": country,
        "platform": "Web",
        "timezone": spec.time_zone,
        "type": "clientInfo",
    })
}

/// The id of a message in an older system, which nobody can use.
fn legacy(message: u64) -> Value {
    let hash = named_guid(&message.to_string()).to_be_bytes();
    json!({"replyToId": format!("1:1{}", URL_SAFE_NO_PAD.encode([hash, hash].concat()))})
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
