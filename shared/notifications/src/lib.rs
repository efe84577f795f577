#![doc = include_str!("../README.md")]

pub mod address;
pub mod audience;
pub mod aws_events;
pub mod commands;
pub mod contract;
pub mod durations;
pub mod envelope;
pub mod locale;
pub mod notice;
pub mod notification;
pub mod outcome;
pub mod preferences;
pub mod recipient;
pub mod source;
pub mod suggest;
pub mod topic;
pub mod translations;
pub mod weblink;

pub use address::{Address, AddressError};
pub use audience::Audience;
pub use commands::Command;
pub use contract::{ContractErrors, Problem};
pub use envelope::{Carrier, Incoming, Unwrapped};
pub use locale::Locale;
pub use notice::{NotANoticeKind, Notice, NoticeKind};
pub use notification::{
    Action, Actor, Do, Fact, Image, Importance, Incident, IncidentState, Item, Notification,
    TaskToken,
};
pub use outcome::{FailureCode, Outcome, SkipReason};
pub use preferences::{Mute, Subscription, TopicPreference, wanted};
pub use recipient::{Bucket, Recipient, RecipientKey};
pub use source::{NotificationId, NotificationKey, Source};
pub use topic::{DefaultSubscription, Digest, Escalation, Policy, Quiet, Topic, TopicName};
pub use translations::{Texts, Translation};
pub use weblink::WebLink;
