//! The state of the small Teams: who and what there is, and what was said.
//!
//! One lock guards all of it; nothing here waits, and nothing here speaks HTTP.

mod batch;
mod log;
mod people;
mod places;
mod posting;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub(crate) use batch::{Batch, BatchEntry};
pub(crate) use log::{Log, Reactor, Stored, Writer, hash};
pub(crate) use people::{Blocking, PersonState, Profile};
pub use places::Meeting;
pub(crate) use places::{ChannelState, ChatState, Place, Resolved, TeamState};
pub(crate) use posting::Circumstances;

use crate::ids::{Sealer, guid, parse_guid};
use crate::{Bot, Members, Recording, StartError, World};

/// Everything that there is.
pub(crate) struct Model {
    pub(crate) tenant: String,
    pub(crate) bot: Bot,
    other_apps: Vec<Bot>,
    pub(crate) sealer: Sealer,
    pub(crate) people: Vec<PersonState>,
    by_object_id: HashMap<u128, u32>,
    pub(crate) teams: Vec<TeamState>,
    pub(crate) chats: Vec<ChatState>,
    places: HashMap<String, Place>,
    pub(crate) batches: BTreeMap<String, Batch>,
    pub(crate) attachments: BTreeMap<String, (String, String, bytes::Bytes)>,
    pub(crate) disabled_by_admin: bool,
    recording: Recording,
    bodies: log::Bodies,
    pub(crate) last_id: u64,
}

impl Model {
    pub(crate) fn new(
        world: &World,
        bot: Bot,
        other_apps: Vec<Bot>,
        recording: Recording,
    ) -> Result<Self, StartError> {
        let mut model = Self {
            tenant: world.tenant.to_ascii_lowercase(),
            sealer: Sealer::for_bot(&bot.app_id),
            bot,
            other_apps,
            people: Vec::with_capacity(world.people.len() + world.crowd as usize),
            by_object_id: HashMap::with_capacity(world.people.len() + world.crowd as usize),
            teams: Vec::new(),
            chats: Vec::new(),
            places: HashMap::new(),
            batches: BTreeMap::new(),
            attachments: BTreeMap::new(),
            disabled_by_admin: false,
            recording,
            bodies: log::Bodies::default(),
            last_id: 0,
        };
        for spec in &world.people {
            let object_id = parse_guid(&spec.object_id)
                .ok_or_else(|| StartError::NotAnObjectId(spec.object_id.clone()))?;
            model.add_person(PersonState::named(object_id, spec.clone()));
        }
        for number in 0..world.crowd {
            model.add_person(PersonState::numbered(number + 1));
        }
        if world.bot_installed_for_people {
            for person in &mut model.people {
                person.install();
            }
        }
        for spec in &world.teams {
            let members = model.members_of(&spec.members)?;
            model.add_team(spec, members);
        }
        for spec in &world.chats {
            let members = model.members_of(&spec.members)?;
            model.add_chat(spec, members);
        }
        Ok(model)
    }

    /// Every application that Entra knows.
    pub(crate) fn registrations(&self) -> impl Iterator<Item = &Bot> {
        std::iter::once(&self.bot).chain(&self.other_apps)
    }

    fn add_person(&mut self, person: PersonState) {
        let index = u32::try_from(self.people.len()).expect("fewer than 4,294,967,296 people");
        self.by_object_id.insert(person.object_id, index);
        self.people.push(person);
    }

    fn members_of(&self, members: &Members) -> Result<Vec<u32>, StartError> {
        match members {
            Members::Everybody => Ok((0..).take(self.people.len()).collect()),
            Members::Named(names) => names
                .iter()
                .map(|name| {
                    self.find_person(name)
                        .ok_or_else(|| StartError::NobodyCalled(name.clone()))
                })
                .collect(),
        }
    }

    /// The person with this object id.
    pub(crate) fn person_by_object_id(&self, object_id: u128) -> Option<u32> {
        self.by_object_id.get(&object_id).copied()
    }

    /// The person with this user principal name.
    pub(crate) fn person_by_account(&self, account: &str) -> Option<u32> {
        if account.contains('@') {
            self.find_person(account)
        } else {
            None
        }
    }

    /// The person whom a word names: object id, account, mail, name or first name.
    pub(crate) fn find_person(&self, word: &str) -> Option<u32> {
        if let Some(object_id) = parse_guid(word) {
            return self.person_by_object_id(object_id);
        }
        if let Some(index) = people::number_in(word)
            .and_then(|number| self.person_by_object_id(people::crowd_object_id(number)))
        {
            return Some(index);
        }
        let wanted = people::folded(word);
        let named = (0..).zip(&self.people);
        named
            .filter_map(|(index, person)| match &person.profile {
                Profile::Named(profile) => Some((index, profile)),
                Profile::Numbered(_) => None,
            })
            .find(|(_, profile)| {
                let name = people::folded(&profile.name);
                name == wanted
                    || name.split(' ').next() == Some(&wanted)
                    || people::folded(&profile.user_principal_name) == wanted
                    || people::folded(&profile.mail) == wanted
            })
            .map(|(index, _)| index)
    }

    /// A person's `29:` id.
    pub(crate) fn teams_id(&self, person: u32) -> String {
        self.sealer.seal(
            crate::ids::Kind::Person,
            self.people[person as usize].object_id,
        )
    }

    /// The id of a person's chat with the bot.
    pub(crate) fn personal_chat_id(&self, person: u32) -> String {
        self.sealer.seal(
            crate::ids::Kind::PersonalChat,
            self.people[person as usize].object_id,
        )
    }

    pub(crate) fn object_id(&self, person: u32) -> String {
        guid(self.people[person as usize].object_id)
    }

    /// The next message id: the time in milliseconds, made unique.
    pub(crate) fn next_id(&mut self, now: Timestamp) -> u64 {
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        self.last_id = now.max(self.last_id + 1);
        self.last_id
    }
}
