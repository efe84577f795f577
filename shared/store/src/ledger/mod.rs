//! The ledger: every notification, and what became of it for every recipient.
//!
//! It is kept per chunk, so that it costs a few per cent of a message: the
//! frozen recipients are written once, compactly; the claim and then the
//! outcomes are one small item.

mod action;
mod broadcast;
mod broadcasting;
mod bulk;
mod bytes;
pub(crate) mod cancel;
mod chunks;
mod claim;
mod counts;
mod counts_item;
mod earlier;
mod encoding;
mod find;
pub(crate) mod freeze;
mod outcomes;
mod plan;
mod progress;
mod read;
mod recipients;
mod reopen;
mod repairs;
mod revision;
mod tally;
mod track;
mod unreachable;

pub use action::{Action, ActionRecord};
pub use broadcast::{
    Broadcast, BroadcastDecided, BroadcastDecision, BroadcastStage, CanaryResult, NotADecision,
};
pub use broadcasting::Deciding;
pub use bulk::BulkOperation;
pub use cancel::Cancelled;
pub use chunks::Chunk;
pub use claim::{Claim, ClaimedChunk, Claiming, Recording, Then};
pub use counts::{Counted, Counts, Settled};
pub use freeze::{Freeze, FrozenNotification};
pub use outcomes::{OutcomesPage, RecipientOutcome};
pub use plan::{CHUNKS_PER_PAGE, Plan, PlanCursor, PlanStep};
pub use progress::{ChunkProgress, RecipientProgress, RecipientState};
pub use read::{Recent, RecipientRecord};
pub use reopen::{Reopened, Resending};
pub use repairs::Repairs;
pub use tally::Tally;
pub use track::Track;
pub use unreachable::Unreachable;

use crate::Store;

/// Operations on the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Ledger<'a> {
    pub(crate) store: &'a Store,
}
