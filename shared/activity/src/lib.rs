#![doc = include_str!("../README.md")]

mod account;
mod activity;
mod activity_type;
mod attachment;
mod channel_data;
mod cloud;
mod conversation;
mod conversation_update;
mod entity;
mod event;
mod host_policy;
pub mod ids;
mod input;
pub mod invoke;
mod invoke_response;
mod list;
mod open_enum;
mod outbound_channel_data;
mod reference;
mod service_url;
mod text;
mod view;
mod wire_time;

pub use account::{ChannelAccount, ConversationAccount};
pub use activity::{Activity, MalformedActivity, Reaction};
pub use activity_type::{
    ActivityType, AttachmentLayout, ChannelEventType, Importance, InstallationAction, ReactionType,
    TextFormat,
};
pub use attachment::{ADAPTIVE_CARD, Attachment, FILE_DOWNLOAD_INFO};
pub use channel_data::{ChannelData, ChannelInfo, TeamInfo};
pub use cloud::{Cloud, Endpoints, UnknownCloud};
pub use conversation::ConversationKind;
pub use conversation_update::{ConversationEvent, ConversationUpdate};
pub use entity::{ClientInfo, Entity, Mention};
pub use event::{
    Event, Meeting, MeetingParticipant, MeetingParticipants, MeetingRole, ReadReceipt,
};
pub use host_policy::{BadHosts, HostPolicy};
pub use ids::*;
pub use input::ActivityInput;
pub use invoke::{AdaptiveCardAction, Invoke, InvokeName};
pub use invoke_response::InvokeResponse;
pub use list::List;
pub use outbound_channel_data::{FeedbackLoop, NotificationInfo, OnBehalfOf, OutboundChannelData};
pub use reference::{ConversationReference, Provenance};
pub use service_url::{Malformed, ServiceUrl, ServiceUrlError};
pub use wire_time::WireTime;
