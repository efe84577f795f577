//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::{BotEndpoint, Clock, FaultFile, Faults, Limits, World};

/// What a simulator is started with.
///
/// `Config::default()` suits a local run; [`Config::test`] suits a test.
#[derive(Debug)]
pub struct Config {
    /// Where to listen. Loopback only; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The people, teams and chats at the start.
    pub world: World,
    /// The bot, as it is registered in Entra and with the Bot Service.
    pub bot: Bot,
    /// Other applications that Entra knows, none of them a bot here: their
    /// tokens are good, and the Connector refuses them.
    pub other_apps: Vec<Bot>,
    /// Where the bot listens. May be set later, with
    /// [`Simulator::set_bot_endpoint`](crate::Simulator::set_bot_endpoint).
    pub endpoint: Option<BotEndpoint>,
    /// The simulator's time.
    pub clock: Clock,
    /// How long an app token of the simulated Entra is valid.
    pub app_token_lifetime: Duration,
    /// How long a token is valid with which Teams calls the bot.
    pub inbound_token_lifetime: Duration,
    /// How long Teams waits for the bot's answer.
    pub answer_limit: Duration,
    /// In which order the two activities of an installation arrive.
    pub install_order: InstallOrder,
    /// Whether messages without an @mention reach the bot in channels and
    /// chats, as they do for an app with the resource-specific consents
    /// `ChannelMessage.Read.Group` and `ChatMessage.Read.Chat`.
    pub reads_all_messages: bool,
    /// How long a bulk operation takes to reach its last entry.
    pub bulk_takes: Duration,
    /// From how many requests on the Connector answers 429. None by default;
    /// [`Limits::documented`] has the real ones.
    pub limits: Limits,
    /// How much of what the bot posts is kept.
    pub recording: Recording,
    /// What happens when the simulator ends and nobody has read something that
    /// the bot posted.
    pub unread: Unread,
    /// What goes wrong, and when.
    pub faults: Option<Arc<dyn Faults>>,
    /// The same as a file of rules has it, where nothing else goes wrong. Its
    /// limits go before those above.
    pub fault_file: Option<FaultFile>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            world: World::contoso(),
            bot: Bot::default(),
            other_apps: Vec::new(),
            endpoint: None,
            clock: Clock::system(),
            app_token_lifetime: Duration::from_secs(3600),
            inbound_token_lifetime: Duration::from_secs(3600),
            answer_limit: Duration::from_secs(15),
            install_order: InstallOrder::InstallationFirst,
            reads_all_messages: false,
            bulk_takes: Duration::ZERO,
            limits: Limits::off(),
            recording: Recording::Bodies,
            unread: Unread::Allowed,
            faults: None,
            fault_file: None,
        }
    }
}

impl Config {
    /// The default, on a free port, where an unread message fails the test.
    #[must_use]
    pub fn test() -> Self {
        Self {
            unread: Unread::Fails,
            ..Self::default()
        }
    }
}

/// The bot, as it is registered.
#[derive(Clone, Debug)]
pub struct Bot {
    /// The application id. The bot's id in Teams is `28:` and this.
    pub app_id: String,
    /// The name that people see and mention.
    pub name: String,
    /// The tenant in which the application is registered.
    pub tenant: String,
    /// Which authority issues the bot's tokens.
    pub app_type: AppType,
    /// What the application may prove itself with.
    pub credentials: Vec<Credential>,
}

/// The application id of the default bot.
pub const DEFAULT_APP_ID: &str = "0f6a9c3e-51d2-4b7e-8f34-6c2b1a9d7e55";
/// The client secret of the default bot: known to everybody, for local use.
pub const DEFAULT_APP_PASSWORD: &str = "local-only-not-a-secret";
/// The tenant of the default world, and the home of the default bot.
pub const DEFAULT_TENANT: &str = "7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11";

impl Default for Bot {
    fn default() -> Self {
        Self {
            app_id: DEFAULT_APP_ID.to_owned(),
            name: "Tidings".to_owned(),
            tenant: DEFAULT_TENANT.to_owned(),
            app_type: AppType::SingleTenant,
            credentials: vec![
                Credential::secret(DEFAULT_APP_PASSWORD),
                Credential::Certificate {
                    pem: crate::BOT_CERTIFICATE_PEM.to_owned(),
                },
            ],
        }
    }
}

impl Bot {
    /// The bot's id in Teams.
    #[must_use]
    pub fn id(&self) -> String {
        format!("28:{}", self.app_id)
    }
}

/// Which authority issues the tokens of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppType {
    /// Its home tenant.
    SingleTenant,
    /// The tenant `botframework.com`. Registrations of old; none are made any more.
    MultiTenant,
}

/// What an application may prove itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// A client secret.
    Secret {
        /// The secret's value.
        value: String,
        /// Whether it is past its end: Entra then says so (AADSTS7000222).
        expired: bool,
    },
    /// A certificate, whose key signs client assertions.
    Certificate {
        /// The public certificate.
        pem: String,
    },
}

impl Credential {
    /// A client secret that has not expired.
    pub fn secret(value: impl Into<String>) -> Self {
        Self::Secret {
            value: value.into(),
            expired: false,
        }
    }
}

/// In which order the two activities of an installation arrive. Teams promises none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallOrder {
    /// `installationUpdate`, and when it is answered `conversationUpdate`.
    InstallationFirst,
    /// `conversationUpdate`, and when it is answered `installationUpdate`.
    ConversationFirst,
    /// Both at once.
    Together,
}

/// How much of what the bot posts is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Everything. Equal bodies are kept once.
    Bodies,
    /// Which message went where, but no bodies: for very large broadcasts.
    Counts,
}

/// What happens when the simulator ends and something posted is unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Nothing.
    Allowed,
    /// A panic that lists it, so that a test fails which forgot to look.
    Fails,
}
