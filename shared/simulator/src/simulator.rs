//! The simulator: starting it, pointing a bot at it, looking at what happened.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::shared::Shared;
use crate::{
    BotEndpoint, Chat, Config, Conversation, FaultFileError, Person, Team, Unread, record, server,
};

/// How long [`Simulator::stop`] waits for requests that are being answered.
const FAREWELL: Duration = Duration::from_secs(1);

/// A small Teams that listens on loopback.
///
/// It ends when it is dropped. One made with [`Config::test`] then panics if
/// the bot posted something that nobody looked at; see [`Simulator::release_unread`].
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
    unread: Unread,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It has no protection, so it listens on loopback only.
    #[error("refusing to listen on {0}: the simulator listens on loopback only")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not allowed.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A person of the world has an object id that is none.
    #[error("not an object id: {0}")]
    NotAnObjectId(String),
    /// A team or chat of the world has a member who is not in the world.
    #[error("nobody is called {0}")]
    NobodyCalled(String),
    /// The fault file names somebody or something that is not in the world.
    #[error("failed to use the fault file")]
    FaultFile(#[from] FaultFileError),
}

impl Simulator {
    /// Starts a simulator.
    ///
    /// # Errors
    ///
    /// [`StartError`]: the address is not loopback, or taken, or the world has a mistake.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let wanted = config.listen;
        if !wanted.ip().is_loopback() {
            return Err(StartError::NotLoopback(wanted));
        }
        let unread = config.unread;
        let fault_file = config.fault_file.clone();
        let shared = Arc::new(Shared::new(config)?);
        shared.use_faults(fault_file.as_ref())?;
        let failed = |source| StartError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        shared
            .base
            .set(format!("http://{address}"))
            .expect("set here alone");
        let router = server::router(shared.clone());
        let (stop, stopped) = oneshot::channel();
        let listener = listener.tap_io(|connection| {
            // A small answer must not wait for a larger one.
            connection.set_nodelay(true).ok();
        });
        let server = tokio::spawn(async move {
            let until_stopped = async {
                stopped.await.ok();
            };
            axum::serve(listener, router)
                .with_graceful_shutdown(until_stopped)
                .await
                .ok();
        });
        Ok(Self {
            shared,
            address,
            server: Some(server),
            stop: Some(stop),
            unread,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`: the value for `AZURE_AUTHORITY_HOST`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.shared.base()
    }

    /// The address for `BOT_OPENID_METADATA`.
    #[must_use]
    pub fn openid_metadata_url(&self) -> String {
        format!("{}/v1/.well-known/openidconfiguration", self.url())
    }

    /// The service URL that its activities carry.
    #[must_use]
    pub fn service_url(&self) -> String {
        self.shared.service_url()
    }

    /// The service URL without a region, for use when none is known.
    #[must_use]
    pub fn well_known_service_url(&self) -> String {
        format!("{}/teams/", self.url())
    }

    /// The environment variables that make Tidings' functions take this
    /// simulator for Teams, the client secret included.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let bot = self.shared.model().bot.clone();
        let mut variables = vec![
            ("MICROSOFT_APP_ID", bot.app_id),
            ("MICROSOFT_APP_TENANT_ID", bot.tenant),
            (
                "MICROSOFT_APP_TYPE",
                match bot.app_type {
                    crate::AppType::SingleTenant => "SingleTenant".to_owned(),
                    crate::AppType::MultiTenant => "MultiTenant".to_owned(),
                },
            ),
            ("AZURE_AUTHORITY_HOST", self.url().to_owned()),
            ("BOT_OPENID_METADATA", self.openid_metadata_url()),
            ("MICROSOFT_GRAPH_ENDPOINT", format!("{}/graph", self.url())),
            ("TRUSTED_SERVICE_HOSTS", self.address.to_string()),
        ];
        let secret = bot
            .credentials
            .into_iter()
            .find_map(|credential| match credential {
                crate::Credential::Secret { value, .. } => Some(value),
                crate::Credential::Certificate { .. } => None,
            });
        variables.extend(secret.map(|secret| ("MICROSOFT_APP_PASSWORD", secret)));
        variables
    }

    /// Tells where the bot listens.
    pub fn set_bot_endpoint(&self, endpoint: BotEndpoint) {
        self.shared.set_endpoint(Some(endpoint));
    }

    /// The tenant's id.
    #[must_use]
    pub fn tenant(&self) -> String {
        self.shared.model().tenant.clone()
    }

    /// The bot's id in Teams: `28:` and its application id.
    #[must_use]
    pub fn bot_id(&self) -> String {
        self.shared.model().bot.id()
    }

    /// A person, by first name, name, account, mail or object id; one of the
    /// crowd as `Person 17`.
    ///
    /// # Panics
    ///
    /// When there is nobody of that name. [`Simulator::find_person`] does not.
    #[must_use]
    #[track_caller]
    pub fn person(&self, who: &str) -> Person {
        self.find_person(who)
            .unwrap_or_else(|| panic!("nobody here is called {who}"))
    }

    /// A person, by first name, name, account, mail or object id.
    #[must_use]
    pub fn find_person(&self, who: &str) -> Option<Person> {
        Person::find(&self.shared, who)
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        Person::all(&self.shared)
    }

    /// A team, by name or id.
    ///
    /// # Panics
    ///
    /// When there is no such team. [`Simulator::find_team`] does not.
    #[must_use]
    #[track_caller]
    pub fn team(&self, name: &str) -> Team {
        self.find_team(name)
            .unwrap_or_else(|| panic!("no team is called {name}"))
    }

    /// A team, by name or id.
    #[must_use]
    pub fn find_team(&self, name: &str) -> Option<Team> {
        Team::find(&self.shared, name)
    }

    /// Every team that is not deleted.
    #[must_use]
    pub fn teams(&self) -> Vec<Team> {
        Team::all(&self.shared)
    }

    /// A group chat, by name or id.
    ///
    /// # Panics
    ///
    /// When there is no such chat. [`Simulator::find_chat`] does not.
    #[must_use]
    #[track_caller]
    pub fn chat(&self, name: &str) -> Chat {
        self.find_chat(name)
            .unwrap_or_else(|| panic!("no chat is called {name}"))
    }

    /// A group chat, by name or id.
    #[must_use]
    pub fn find_chat(&self, name: &str) -> Option<Chat> {
        Chat::find(&self.shared, name)
    }

    /// Every group chat.
    #[must_use]
    pub fn chats(&self) -> Vec<Chat> {
        Chat::all(&self.shared)
    }

    /// A conversation, by its id; with a thread, that thread.
    #[must_use]
    pub fn conversation(&self, id: &str) -> Option<Conversation> {
        Conversation::find(&self.shared, id)
    }

    /// Keeps an attachment that `GET v3/attachments/{id}` serves; returns its id.
    pub fn add_attachment(
        &self,
        name: &str,
        content_type: &str,
        bytes: impl Into<bytes::Bytes>,
    ) -> String {
        let id = crate::ids::new_guid();
        self.shared.model().attachments.insert(
            id.clone(),
            (name.to_owned(), content_type.to_owned(), bytes.into()),
        );
        id
    }

    /// The `29:` id that another bot sees for this person. Useless for ours.
    #[must_use]
    pub fn id_for_another_bot(&self, person: &Person, app_id: &str) -> String {
        person.id_for(app_id)
    }

    /// The service as an [`axum::Router`], to be called without a network.
    pub fn router(&self) -> axum::Router {
        server::router(self.shared.clone())
    }

    /// Puts everything back to where it was at the start: people, teams and
    /// chats, what was said, what is counted, what was lined up. The bot's
    /// endpoint, its tokens and the signing keys stay.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Ends the simulator: nothing listens on its port any more when this returns.
    ///
    /// # Panics
    ///
    /// As dropping it does, when something is unread.
    pub async fn stop(mut self) {
        self.end();
        if let Some(server) = self.server.take() {
            // The port is free at once; whoever watches the events stays
            // connected, and is not waited for.
            tokio::time::timeout(FAREWELL, server).await.ok();
        }
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody hears it when the server has ended with its runtime.
            stop.send(()).ok();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
        if self.unread == Unread::Allowed || std::thread::panicking() {
            return;
        }
        let unread = record::unread(&self.shared.model());
        assert!(
            unread.is_empty(),
            "the bot posted what nobody read:\n  {}",
            unread.join("\n  ")
        );
    }
}
