#![doc = include_str!("../README.md")]

mod broadcast;
mod chunk;
mod envelope;
mod held;
mod plan;
mod task;

pub use broadcast::{BroadcastStep, Planning};
pub use chunk::{ChunkKey, DeliveryChunk, Lane, NotAChunkKey, Work};
pub use envelope::WorkItemError;
pub use held::{HeldFor, HeldItem, QueueName, UnknownWord};
pub use plan::PlanPage;
pub use task::{
    EditPoll, ForgetTeam, GoOn, PublishAction, Recall, RefreshSigningKeys, Resend, SendWaiting,
    Settle, SyncRoster, Task, Update, Welcome, WelcomeTo, Which,
};
