#![doc = include_str!("../README.md")]

mod assertion;
mod card;
mod chat;
mod clock;
mod config;
mod connector;
mod control;
mod conversation;
mod deliver;
mod delivery;
mod der;
mod dialog;
mod entra;
mod events;
mod fault_file;
mod faults;
mod happening;
mod ids;
mod inbound;
mod keys;
mod limits;
mod memory;
mod message;
mod model;
mod openid;
mod operation;
mod person;
mod pressing;
mod record;
mod reply;
mod requests;
mod server;
mod shared;
mod simulator;
mod staging;
mod team;
mod traffic;
mod world;

pub use card::Button;
pub use chat::Chat;
pub use clock::{Clock, ManualClock};
pub use config::{
    AppType, Bot, Config, Credential, DEFAULT_APP_ID, DEFAULT_APP_PASSWORD, DEFAULT_TENANT,
    InstallOrder, Recording, Unread,
};
pub use conversation::{Conversation, NothingArrived};
pub use delivery::{Answer, BotEndpoint, BotTransport, Delivery, NoAnswer, NotAnEndpoint};
pub use events::{ConversationKind, Event, Events, PlaceName};
pub use fault_file::{FaultFile, FaultFileError, FaultsMet};
pub use faults::{Call, Fault, Faults};
pub use keys::{
    Algorithm, BOT_CERTIFICATE_KEY_PEM, BOT_CERTIFICATE_PEM, OUTSIDER_CERTIFICATE_KEY_PEM,
    OUTSIDER_CERTIFICATE_PEM, TestKey,
};
pub use limits::{Limits, Window};
pub use memory::NotAMemory;
pub use message::{Author, Message};
pub use model::Meeting;
pub use openid::{INBOUND_ISSUER, InboundToken};
pub use operation::Operation;
pub use person::Person;
pub use pressing::PressError;
pub use record::PersonCount;
pub use reply::{Reply, ReplyBody};
pub use requests::Request;
pub use simulator::{Simulator, StartError};
pub use team::Team;
pub use traffic::Traffic;
pub use world::{ChatSpec, Members, PersonSpec, TeamSpec, World};
