//! What the server, the handles and the control API share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{broadcast, watch};

use crate::entra::IssuedTokens;
use crate::fault_file::Plan;
use crate::faults::Script;
use crate::limits::Throttle;
use crate::model::{Model, Place, Stored, Writer};
use crate::openid::Signing;
use crate::requests::RequestLog;
use crate::traffic::TrafficLog;
use crate::{
    Author, BotEndpoint, Clock, Config, ConversationKind, Delivery, Event, FaultFile,
    FaultFileError, Faults, FaultsMet, InstallOrder, Message, PlaceName, Recording, StartError,
    World,
};

/// How many deliveries are kept.
const DELIVERIES_KEPT: usize = 10_000;

/// The settings that do not change while the simulator runs.
pub(crate) struct Settings {
    pub(crate) clock: Clock,
    pub(crate) app_token_lifetime: Duration,
    pub(crate) inbound_token_lifetime: Duration,
    pub(crate) answer_limit: Duration,
    pub(crate) install_order: InstallOrder,
    pub(crate) reads_all_messages: bool,
    pub(crate) bulk_takes: Duration,
}

/// One simulator's state.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// `http://127.0.0.1:port`, once it listens.
    pub(crate) base: OnceLock<String>,
    model: Mutex<Model>,
    start: (World, Recording),
    pub(crate) tokens: Mutex<IssuedTokens>,
    pub(crate) signing: Mutex<Signing>,
    requests: Mutex<RequestLog>,
    throttle: Mutex<Throttle>,
    traffic: Mutex<TrafficLog>,
    deliveries: Mutex<VecDeque<Delivery>>,
    pub(crate) script: Script,
    pub(crate) faults: RwLock<Option<Arc<dyn Faults>>>,
    pub(crate) plan: RwLock<Option<Arc<Plan>>>,
    endpoint: RwLock<Option<BotEndpoint>>,
    changes: watch::Sender<u64>,
    pub(crate) events: broadcast::Sender<Arc<Event>>,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Result<Self, StartError> {
        let model = Model::new(
            &config.world,
            config.bot,
            config.other_apps,
            config.recording,
        )?;
        Ok(Self {
            settings: Settings {
                clock: config.clock,
                app_token_lifetime: config.app_token_lifetime,
                inbound_token_lifetime: config.inbound_token_lifetime,
                answer_limit: config.answer_limit,
                install_order: config.install_order,
                reads_all_messages: config.reads_all_messages,
                bulk_takes: config.bulk_takes,
            },
            base: OnceLock::new(),
            model: Mutex::new(model),
            start: (config.world, config.recording),
            tokens: Mutex::default(),
            signing: Mutex::default(),
            requests: Mutex::default(),
            throttle: Mutex::new(Throttle::new(config.limits)),
            traffic: Mutex::default(),
            deliveries: Mutex::default(),
            script: Script::default(),
            faults: RwLock::new(config.faults),
            plan: RwLock::new(None),
            endpoint: RwLock::new(config.endpoint),
            changes: watch::Sender::new(0),
            events: broadcast::Sender::new(4096),
        })
    }

    /// Goes back to the world of the start.
    pub(crate) fn reset(&self) {
        let (world, recording) = &self.start;
        let fresh = {
            let model = self.model();
            let mut apps = model.registrations().cloned();
            let bot = apps.next().expect("the bot is registered");
            Model::new(world, bot, apps.collect(), *recording)
        };
        *self.model() = fresh.expect("this world was started once");
        self.requests().clear();
        self.throttle().forget();
        *self.traffic() = TrafficLog::default();
        self.deliveries().clear();
        self.script.clear();
        let plan = self.plan();
        self.use_faults(plan.as_ref().map(|plan| &plan.file))
            .expect("this file was used in this world");
        self.changed();
    }

    /// Puts a fault file to use, or none any more.
    pub(crate) fn use_faults(&self, file: Option<&FaultFile>) -> Result<(), FaultFileError> {
        let plan = match file {
            None => None,
            Some(file) => {
                let now = self.settings.clock.now();
                Some(Arc::new(Plan::new(file, &self.model(), now)?))
            }
        };
        if let Some(limits) = file.and_then(FaultFile::limits) {
            *self.throttle() = Throttle::new(limits.clone());
        }
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = plan;
        Ok(())
    }

    /// How often each rule of the fault file was met.
    pub(crate) fn faults_met(&self) -> Vec<FaultsMet> {
        self.plan().map_or_else(Vec::new, |plan| plan.met())
    }

    pub(crate) fn plan(&self) -> Option<Arc<Plan>> {
        let plan = self.plan.read();
        plan.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn base(&self) -> &str {
        self.base.get().map_or("http://127.0.0.1:0", String::as_str)
    }

    /// The service URL in the activities of this tenant: with a region and the
    /// tenant's id, as Teams writes them.
    pub(crate) fn service_url(&self) -> String {
        let tenant = self.model().tenant.clone();
        format!("{}/emea/{tenant}/", self.base())
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, RequestLog> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never asked for while the model is held.
    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn traffic(&self) -> MutexGuard<'_, TrafficLog> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn deliveries(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep_delivery(&self, delivery: &Delivery) {
        let mut deliveries = self.deliveries();
        if deliveries.len() == DELIVERIES_KEPT {
            deliveries.pop_front();
        }
        deliveries.push_back(delivery.clone());
    }

    pub(crate) fn endpoint(&self) -> Option<BotEndpoint> {
        self.endpoint
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_endpoint(&self, endpoint: Option<BotEndpoint>) {
        *self
            .endpoint
            .write()
            .unwrap_or_else(PoisonError::into_inner) = endpoint;
    }

    /// Tells observers, if there are any.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.events.receiver_count() > 0 {
            // No receiver left since the line above: then nobody minds.
            self.events.send(Arc::new(event())).ok();
        }
    }

    /// Wakes everybody who waits for something in the model.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    /// Waits until `look` finds something, at most this long. `look` runs at
    /// once and after each change.
    pub(crate) async fn until<T>(
        &self,
        limit: Duration,
        mut look: impl FnMut(&mut Model) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(&mut self.model()) {
                    return Some(found);
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        };
        tokio::time::timeout(limit, waiting).await.ok().flatten()
    }
}

impl Model {
    /// A message as others see it.
    pub(crate) fn message(&self, place: Place, stored: &Stored) -> Message {
        self.message_for(place, stored, None)
    }

    /// A message as this person sees it: with their own card, if they answered it.
    pub(crate) fn message_for(
        &self,
        place: Place,
        stored: &Stored,
        reader: Option<u32>,
    ) -> Message {
        let rare = stored.rare.as_deref();
        let body = stored.body.as_deref().unwrap_or("null");
        let mut activity: serde_json::Value =
            serde_json::from_str(body).expect("only JSON is kept");
        let own_card = rare.and_then(|rare| {
            rare.replaced_for
                .iter()
                .find(|(person, _)| Some(*person) == reader)
        });
        if let Some((_, card)) = own_card {
            let card = serde_json::from_str(card).expect("only JSON is kept");
            crate::card::replace(&mut activity, card);
        }
        let root = (stored.root != 0).then_some(stored.root);
        Message {
            id: stored.id.to_string(),
            conversation: self.conversation_id(place, root),
            author: match stored.writer {
                Writer::Bot => Author::Bot,
                Writer::Person(person) => Author::Person(self.object_id(person)),
            },
            activity,
            reply_to: rare.and_then(|rare| rare.reply_to).map(|id| id.to_string()),
            edits: stored.edits,
            deleted: stored.deleted,
            targeted_to: rare
                .and_then(|rare| rare.targeted_to)
                .map(|person| self.object_id(person)),
            reactions: rare.map_or_else(Vec::new, |rare| {
                rare.reactions
                    .iter()
                    .map(|(who, kind)| {
                        let who = match who {
                            crate::model::Reactor::Bot => self.bot.id(),
                            crate::model::Reactor::Person(person) => self.object_id(*person),
                        };
                        (who, kind.clone())
                    })
                    .collect()
            }),
            at: stored.at,
        }
    }

    /// A conversation, named for people.
    pub(crate) fn place_name(&self, place: Place, root: Option<u64>) -> PlaceName {
        let (kind, name) = match place {
            Place::Personal(person) => (
                ConversationKind::Personal,
                self.people[person as usize].name(),
            ),
            Place::Chat(chat) => (
                ConversationKind::GroupChat,
                self.chats[chat as usize].name.clone(),
            ),
            Place::Channel(team, channel) => {
                let team = &self.teams[team as usize];
                (
                    ConversationKind::Channel,
                    format!("{} / {}", team.name, team.channels[channel as usize].name),
                )
            }
        };
        PlaceName {
            id: self.conversation_id(place, root),
            kind,
            name,
        }
    }
}
