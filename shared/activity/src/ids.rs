//! The identifiers of the protocol, each a type of its own.
//!
//! They are opaque: compared as they are, never cut apart, never case-folded.
//! What little can be told from their shape (protocol reference §3.6) is said
//! by methods where it is needed, such as [`ConversationId::without_thread`].

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident; )+) => { $(
        $(#[$meta])*
        #[derive(
            Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it is.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }
    )+ };
}

ids! {
    /// A conversation: `a:…` (personal), `19:…@thread.v2` (chat),
    /// `19:…@thread.tacv2` (channel), the last also with `;messageid=…` (thread).
    ConversationId;
    /// A message or another activity. Not unique per event: a reaction, an edit
    /// and a deletion carry the id of the message they are about.
    ActivityId;
    /// An Entra tenant.
    TenantId;
    /// Whoever stands behind a [`ChannelAccount`](crate::ChannelAccount): a person or a bot.
    AccountId;
    /// A person as this bot sees them, `29:…`. Another bot knows the same person
    /// by another id.
    UserId;
    /// A person's Entra object id.
    ObjectId;
    /// A bot on Teams, `28:…`.
    BotId;
    /// The Entra application id of a bot.
    AppId;
    /// A team, by the id of its General channel. Not the Microsoft 365 group.
    TeamId;
    /// A channel inside a team.
    TeamsChannelId;
    /// A channel of the Bot Framework, such as `msteams`. Not a channel inside a team.
    ChannelId;
    /// A batch operation of the Connector.
    OperationId;
    /// A meeting.
    MeetingId;
}

impl ChannelId {
    /// The channel that is Microsoft Teams.
    pub const MSTEAMS: &'static str = "msteams";

    /// Whether this is Microsoft Teams.
    #[must_use]
    pub fn is_msteams(&self) -> bool {
        self.0 == Self::MSTEAMS
    }
}

impl AccountId {
    /// The account as a person, unless the id has the shape of a bot's.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        (!self.is_bot()).then(|| UserId(self.0.clone()))
    }

    /// The account as a bot, if the id has the shape of a bot's (`28:…`).
    #[must_use]
    pub fn bot(&self) -> Option<BotId> {
        self.is_bot().then(|| BotId(self.0.clone()))
    }

    fn is_bot(&self) -> bool {
        self.0.starts_with("28:")
    }
}

impl From<UserId> for AccountId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<BotId> for AccountId {
    fn from(id: BotId) -> Self {
        Self(id.0)
    }
}

impl From<&AppId> for BotId {
    /// The bot of an application, as Teams names it.
    fn from(app: &AppId) -> Self {
        Self(format!("28:{app}"))
    }
}

impl From<TeamId> for ConversationId {
    /// A team's General channel, which is also where its roster is read.
    fn from(team: TeamId) -> Self {
        Self(team.0)
    }
}

impl From<TeamsChannelId> for ConversationId {
    fn from(channel: TeamsChannelId) -> Self {
        Self(channel.0)
    }
}
