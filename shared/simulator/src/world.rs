//! The people, teams and chats that a simulator starts with.

use crate::ids::{guid, named_guid};
use crate::{DEFAULT_TENANT, Meeting};

/// The people, teams and chats that a simulator starts with.
#[derive(Clone, Debug)]
pub struct World {
    /// The tenant's id.
    pub tenant: String,
    /// People with a name of their own.
    pub people: Vec<PersonSpec>,
    /// How many people more there are, named by number. They cost some 100
    /// bytes each, so that there can be a million.
    pub crowd: u32,
    /// Whether the bot is installed for everybody, in personal scope, from the start.
    pub bot_installed_for_people: bool,
    /// The teams.
    pub teams: Vec<TeamSpec>,
    /// The group chats and meeting chats.
    pub chats: Vec<ChatSpec>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct PersonSpec {
    /// The object id in Entra.
    pub object_id: String,
    /// Given name and surname.
    pub name: String,
    /// The user principal name.
    pub user_principal_name: String,
    /// The e-mail address.
    pub mail: String,
    /// The language of their Teams, like `es-ES`.
    pub locale: String,
    /// Their IANA time zone, like `Europe/Madrid`.
    pub time_zone: String,
}

/// Who belongs to a team or chat.
#[derive(Clone, Debug)]
pub enum Members {
    /// Everybody, the crowd included.
    Everybody,
    /// The people of these user principal names.
    Named(Vec<String>),
}

/// A team.
#[derive(Clone, Debug)]
pub struct TeamSpec {
    /// The team's id, which is the id of its General channel.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its Microsoft 365 group.
    pub group_id: String,
    /// Its channels without General: id and name.
    pub channels: Vec<(String, String)>,
    /// Its members.
    pub members: Members,
    /// Whether the bot is in it from the start.
    pub bot_installed: bool,
}

/// A group chat or the chat of a meeting.
#[derive(Clone, Debug)]
pub struct ChatSpec {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its members.
    pub members: Members,
    /// Whether the bot is in it from the start.
    pub bot_installed: bool,
    /// The meeting it belongs to.
    pub meeting: Option<Meeting>,
}

impl World {
    /// A tenant without anybody.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            tenant: DEFAULT_TENANT.to_owned(),
            people: Vec::new(),
            crowd: 0,
            bot_installed_for_people: false,
            teams: Vec::new(),
            chats: Vec::new(),
        }
    }

    /// The default: Ana, Ben and Chloé, the team *Platform* with the channels
    /// General and *Incidents*, and the group chat *Release crew*. The bot is
    /// nowhere yet.
    #[must_use]
    pub fn contoso() -> Self {
        let person = |number: u8, name: &str, account: &str, locale: &str, zone: &str| PersonSpec {
            object_id: format!("3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e{number:02}"),
            locale: locale.to_owned(),
            time_zone: zone.to_owned(),
            ..PersonSpec::new(name, &format!("{account}@contoso.example"))
        };
        Self {
            people: vec![
                person(1, "Ana García", "ana", "es-ES", "Europe/Madrid"),
                person(2, "Ben Okafor", "ben", "en-US", "America/New_York"),
                person(3, "Chloé Martin", "chloe", "en-GB", "Europe/London"),
            ],
            teams: vec![TeamSpec {
                id: "19:7c1e5a0platformgeneral@thread.tacv2".to_owned(),
                channels: vec![(
                    "19:9d2f6b1incidents@thread.tacv2".to_owned(),
                    "Incidents".to_owned(),
                )],
                ..TeamSpec::new("Platform")
            }],
            chats: vec![ChatSpec {
                id: "19:5b0c4e8release@thread.v2".to_owned(),
                ..ChatSpec::new("Release crew")
            }],
            ..Self::empty()
        }
    }

    /// A tenant with this many people, each with the bot installed: for
    /// broadcasts.
    #[must_use]
    pub fn crowd(people: u32) -> Self {
        Self {
            crowd: people,
            bot_installed_for_people: true,
            ..Self::empty()
        }
    }

    /// Adds this many people named by number.
    #[must_use]
    pub fn with_crowd(mut self, people: u32) -> Self {
        self.crowd = people;
        self
    }

    /// Puts the bot everywhere from the start, without anybody telling it.
    #[must_use]
    pub fn with_bot_everywhere(mut self) -> Self {
        self.bot_installed_for_people = true;
        for team in &mut self.teams {
            team.bot_installed = true;
        }
        for chat in &mut self.chats {
            chat.bot_installed = true;
        }
        self
    }

    /// Adds a person.
    #[must_use]
    pub fn with_person(mut self, person: PersonSpec) -> Self {
        self.people.push(person);
        self
    }

    /// Adds a team.
    #[must_use]
    pub fn with_team(mut self, team: TeamSpec) -> Self {
        self.teams.push(team);
        self
    }

    /// Adds a chat.
    #[must_use]
    pub fn with_chat(mut self, chat: ChatSpec) -> Self {
        self.chats.push(chat);
        self
    }
}

impl PersonSpec {
    /// A person with this name and account, and an object id that follows from the account.
    #[must_use]
    pub fn new(name: &str, account: &str) -> Self {
        Self {
            object_id: guid(named_guid(account)),
            name: name.to_owned(),
            user_principal_name: account.to_owned(),
            mail: account.to_owned(),
            locale: "en-US".to_owned(),
            time_zone: "Etc/UTC".to_owned(),
        }
    }
}

impl TeamSpec {
    /// A team of everybody, with General alone and ids that follow from its name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: format!("19:{:032x}@thread.tacv2", named_guid(name)),
            name: name.to_owned(),
            group_id: guid(named_guid(&format!("group of {name}"))),
            channels: Vec::new(),
            members: Members::Everybody,
            bot_installed: false,
        }
    }

    /// Adds a channel whose id follows from the names.
    #[must_use]
    pub fn with_channel(mut self, name: &str) -> Self {
        let id = format!(
            "19:{:032x}@thread.tacv2",
            named_guid(&format!("{}/{name}", self.name))
        );
        self.channels.push((id, name.to_owned()));
        self
    }
}

impl ChatSpec {
    /// A group chat of everybody, with an id that follows from its name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: format!("19:{:032x}@thread.v2", named_guid(name)),
            name: name.to_owned(),
            members: Members::Everybody,
            bot_installed: false,
            meeting: None,
        }
    }

    /// The chat of a meeting of everybody.
    #[must_use]
    pub fn of_meeting(meeting: Meeting) -> Self {
        Self {
            id: format!("19:meeting_{:032x}@thread.v2", named_guid(&meeting.title)),
            meeting: Some(meeting.clone()),
            ..Self::new(&meeting.title)
        }
    }
}
