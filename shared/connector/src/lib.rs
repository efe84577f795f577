#![doc = include_str!("../README.md")]

mod account;
mod address;
mod attachments;
mod batch;
mod connector;
mod conversations;
mod error;
mod error_body;
mod exchange;
mod meetings;
mod members;
mod messages;
mod operation;
mod prepared;
mod rejection;
pub mod retry;
mod teams;
mod transport;

pub use account::{MemberKey, PersonId, TeamsChannelAccount};
pub use attachments::{AttachmentInfo, AttachmentView};
pub use batch::{Batch, BatchState, BatchStatus, FailedEntries, FailedEntry};
pub use connector::Connector;
pub use conversations::CreatedConversation;
pub use error::ConnectorError;
pub use meetings::{
    MeetingDetails, MeetingInfo, MeetingNotification, MeetingParticipantInfo, NotReached, Surface,
};
pub use members::{MemberPages, PagedMembers};
pub use messages::SentActivity;
pub use operation::{Operation, Window};
pub use prepared::{PreparedActivity, Sendable, TooLarge};
pub use rejection::{Rejection, Trace};
pub use transport::{Body, Transport, TransportError};
