//! Teams, channels, chats, and what a conversation id means.

use serde::Serialize;

use crate::ids::{Kind, guid, parse_guid, split_thread};
use crate::model::{Log, Model};
use crate::{ChatSpec, TeamSpec};

/// A conversation of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// The chat of a person with the bot.
    Personal(u32),
    /// A channel: its team and its number there.
    Channel(u32, u32),
    /// A group chat.
    Chat(u32),
}

/// A conversation id, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A place, and in a channel the root of the thread.
    At(Place, Option<u64>),
    /// Well-formed, but no such conversation.
    NotFound,
    /// An id that was made for another bot, or made up.
    NotForThisBot,
}

/// A team.
pub(crate) struct TeamState {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) group_id: String,
    pub(crate) channels: Vec<ChannelState>,
    pub(crate) members: Vec<u32>,
    pub(crate) bot_in: bool,
    pub(crate) archived: bool,
    pub(crate) deleted: bool,
}

/// A channel. The first of a team is General.
pub(crate) struct ChannelState {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) deleted: bool,
    pub(crate) log: Log,
}

/// A group chat or meeting chat.
pub(crate) struct ChatState {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) members: Vec<u32>,
    pub(crate) bot_in: bool,
    pub(crate) meeting: Option<Meeting>,
    pub(crate) log: Log,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    /// The meeting's id: opaque.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The object id of who called it.
    pub organizer: String,
    /// When it starts, ISO 8601.
    pub start: String,
    /// When it ends, ISO 8601.
    pub end: String,
    /// Object ids of who is in it right now.
    pub present: Vec<String>,
}

impl Model {
    pub(crate) fn add_team(&mut self, spec: &TeamSpec, members: Vec<u32>) -> u32 {
        let index = u32::try_from(self.teams.len()).expect("few teams");
        self.teams.push(TeamState {
            id: spec.id.clone(),
            name: spec.name.clone(),
            group_id: spec.group_id.clone(),
            channels: Vec::new(),
            members,
            bot_in: spec.bot_installed,
            archived: false,
            deleted: false,
        });
        self.add_channel(index, spec.id.clone(), "General".to_owned());
        for (id, name) in &spec.channels {
            self.add_channel(index, id.clone(), name.clone());
        }
        index
    }

    pub(crate) fn add_channel(&mut self, team: u32, id: String, name: String) -> u32 {
        let channels = &mut self.teams[team as usize].channels;
        let index = u32::try_from(channels.len()).expect("few channels");
        self.places.insert(id.clone(), Place::Channel(team, index));
        channels.push(ChannelState {
            id,
            name,
            deleted: false,
            log: Log::default(),
        });
        index
    }

    pub(crate) fn add_chat(&mut self, spec: &ChatSpec, members: Vec<u32>) -> u32 {
        let index = u32::try_from(self.chats.len()).expect("few chats");
        self.places.insert(spec.id.clone(), Place::Chat(index));
        self.chats.push(ChatState {
            id: spec.id.clone(),
            name: spec.name.clone(),
            members,
            bot_in: spec.bot_installed,
            meeting: spec.meeting.clone(),
            log: Log::default(),
        });
        index
    }

    /// What a conversation id means.
    pub(crate) fn resolve(&self, conversation: &str) -> Resolved {
        if conversation.starts_with("a:") {
            return match self.sealer.open(Kind::PersonalChat, conversation) {
                Err(_) => Resolved::NotForThisBot,
                Ok(object_id) => match self.person_by_object_id(object_id) {
                    Some(person) if self.people[person as usize].has_chat => {
                        Resolved::At(Place::Personal(person), None)
                    }
                    _ => Resolved::NotFound,
                },
            };
        }
        if let Some(pair) = conversation
            .strip_prefix("19:")
            .and_then(|id| id.strip_suffix("@unq.gbl.spaces"))
        {
            return self.resolve_graph_chat(pair);
        }
        let (id, root) = split_thread(conversation);
        let suffixed = id.len() != conversation.len();
        let root = match (suffixed, root.map(str::parse::<u64>)) {
            (false, _) => None,
            (true, Some(Ok(root))) if root > 0 => Some(root),
            (true, _) => return Resolved::NotFound,
        };
        match self.places.get(id) {
            Some(&place @ Place::Channel(team, channel)) => {
                let team = &self.teams[team as usize];
                if team.deleted || team.channels[channel as usize].deleted {
                    return Resolved::NotFound;
                }
                Resolved::At(place, root)
            }
            Some(&place) if root.is_none() => Resolved::At(place, None),
            _ => Resolved::NotFound,
        }
    }

    /// The place of a conversation id; a thread is its channel.
    pub(crate) fn place(&self, conversation: &str) -> Option<Place> {
        match self.resolve(conversation) {
            Resolved::At(place, _) => Some(place),
            Resolved::NotFound | Resolved::NotForThisBot => None,
        }
    }

    /// The channel or chat of this id or name. A channel is called by its name,
    /// or by its team's too: `Platform / Incidents`.
    pub(crate) fn place_called(&self, name: &str) -> Option<Place> {
        let wanted = name.to_lowercase();
        let is_called = |place: &Place| {
            let whole = self.place_name(*place, None).name.to_lowercase();
            let last = whole.rsplit(" / ").next();
            whole == wanted || last == Some(&wanted)
        };
        let rooms = |place: &Place| !matches!(place, Place::Personal(_));
        self.place(name)
            .or_else(|| self.all_places().filter(rooms).find(is_called))
    }

    /// The id under which Graph knows a personal chat: `{object id}_{app id}`.
    fn resolve_graph_chat(&self, pair: &str) -> Resolved {
        let Some((object_id, app_id)) = pair.split_once('_') else {
            return Resolved::NotFound;
        };
        if !app_id.eq_ignore_ascii_case(&self.bot.app_id) {
            return Resolved::NotForThisBot;
        }
        match parse_guid(object_id).and_then(|object_id| self.person_by_object_id(object_id)) {
            Some(person) if self.people[person as usize].has_chat => {
                Resolved::At(Place::Personal(person), None)
            }
            _ => Resolved::NotFound,
        }
    }

    /// The id under which Graph knows a person's chat with the bot.
    pub(crate) fn graph_chat_id(&self, person: u32) -> String {
        format!(
            "19:{}_{}@unq.gbl.spaces",
            guid(self.people[person as usize].object_id),
            self.bot.app_id
        )
    }

    /// The conversation id of a place, as Teams writes it.
    pub(crate) fn conversation_id(&self, place: Place, root: Option<u64>) -> String {
        match place {
            Place::Personal(person) => self.personal_chat_id(person),
            Place::Chat(chat) => self.chats[chat as usize].id.clone(),
            Place::Channel(team, channel) => {
                let id = &self.teams[team as usize].channels[channel as usize].id;
                match root {
                    Some(root) => format!("{id};messageid={root}"),
                    None => id.clone(),
                }
            }
        }
    }

    pub(crate) fn log(&self, place: Place) -> &Log {
        match place {
            Place::Personal(person) => &self.people[person as usize].log,
            Place::Chat(chat) => &self.chats[chat as usize].log,
            Place::Channel(team, channel) => {
                &self.teams[team as usize].channels[channel as usize].log
            }
        }
    }

    pub(crate) fn log_mut(&mut self, place: Place) -> &mut Log {
        match place {
            Place::Personal(person) => &mut self.people[person as usize].log,
            Place::Chat(chat) => &mut self.chats[chat as usize].log,
            Place::Channel(team, channel) => {
                &mut self.teams[team as usize].channels[channel as usize].log
            }
        }
    }

    /// Whether the bot is in this conversation.
    pub(crate) fn bot_is_in(&self, place: Place) -> bool {
        match place {
            Place::Personal(person) => {
                let state = &self.people[person as usize];
                state.installed || (state.opened_by_bot && self.shares_a_team(person))
            }
            Place::Chat(chat) => self.chats[chat as usize].bot_in,
            Place::Channel(team, _) => self.teams[team as usize].bot_in,
        }
    }

    /// The people in a conversation. The bot is in no roster.
    pub(crate) fn members(&self, place: Place) -> &[u32] {
        match place {
            Place::Personal(_) => &[],
            Place::Chat(chat) => &self.chats[chat as usize].members,
            Place::Channel(team, _) => &self.teams[team as usize].members,
        }
    }

    /// Whether a person is in a conversation.
    pub(crate) fn is_member(&self, place: Place, person: u32) -> bool {
        match place {
            Place::Personal(owner) => owner == person,
            _ => self.members(place).contains(&person),
        }
    }

    /// Every conversation there is.
    pub(crate) fn all_places(&self) -> impl Iterator<Item = Place> + '_ {
        let people = (0..).zip(&self.people);
        let people = people
            .filter(|(_, person)| person.has_chat || !person.log.messages.is_empty())
            .map(|(index, _)| Place::Personal(index));
        let channels = (0..).zip(&self.teams).flat_map(|(team, state)| {
            (0..)
                .zip(&state.channels)
                .map(move |(channel, _)| Place::Channel(team, channel))
        });
        let chats = (0..).zip(&self.chats).map(|(chat, _)| Place::Chat(chat));
        people.chain(channels).chain(chats)
    }

    /// The team whose id this is.
    pub(crate) fn team_by_id(&self, id: &str) -> Option<u32> {
        (0..)
            .zip(&self.teams)
            .find(|(_, team)| team.id == id && !team.deleted)
            .map(|(index, _)| index)
    }

    /// The chat of the meeting with this id.
    pub(crate) fn meeting_chat(&self, meeting: &str) -> Option<u32> {
        (0..)
            .zip(&self.chats)
            .find(|(_, chat)| chat.meeting.as_ref().is_some_and(|m| m.id == meeting))
            .map(|(index, _)| index)
    }
}
