#![doc = include_str!("../README.md")]

mod alias;
mod answers;
mod audience;
mod backoff;
mod change;
mod conversation;
mod conversations;
mod delivery;
mod error;
mod finding;
mod flight;
mod held;
mod inbound;
mod installer;
mod item;
mod keys;
mod ledger;
mod merge;
mod once;
mod owners;
mod pacing;
mod people;
mod person;
mod polls;
mod preferences;
mod reference;
mod remembering;
mod requests;
mod reserved;
mod resolve;
pub mod retention;
mod roster;
mod runs;
mod signing_keys;
mod table;
mod team;
mod teams;
mod topics;
mod waits;
mod walk;
mod watches;

use std::sync::Arc;

pub use alias::{Alias, Aliases, PutAlias};
pub use answers::{Answers, GONE_FOR_GOOD};
pub use audience::{Audiences, BucketRange, Page, Source};
pub use conversation::{Conversation, SeenConversation};
pub use conversations::{Conversations, RememberedConversation};
pub use delivery::{DeliveryTarget, DeliveryTargets, ForDelivery, Wanted};
pub use error::StoreError;
pub use finding::PersonId;
pub use flight::FlightPlan;
pub use held::{Held, HeldKey, Sweep};
pub use inbound::{Answer, Begun, COPIES, Fingerprint, Inbound, Outgrown, SLOW, Turn};
pub use keys::{PARTITION, SORT};
pub use ledger::{
    Action, ActionRecord, BulkOperation, CHUNKS_PER_PAGE, Cancelled, Chunk, ChunkProgress, Claim,
    ClaimedChunk, Claiming, Counted, Counts, Freeze, FrozenNotification, Ledger, OutcomesPage,
    Plan, PlanCursor, PlanStep, Recent, RecipientOutcome, RecipientProgress, RecipientRecord,
    RecipientState, Recording, Reopened, Repairs, Resending, Settled, Tally, Then, Track,
    Unreachable,
};
pub use ledger::{
    Broadcast, BroadcastDecided, BroadcastDecision, BroadcastStage, CanaryResult, Deciding,
    NotADecision,
};
pub use pacing::{Pacing, Replaced, Versioned};
pub use people::{People, UNBLOCKABLE};
pub use person::{Person, Reach, SeenPerson};
pub use polls::{
    AddingChoice, Ballot, BallotCursor, BallotPage, CastBallot, ClosedResult, Created, Delta, Due,
    DueChange, Edits, NewPoll, NextEdit, Occurrence, OccurrencePage, Opened, Opening, Phase, Poll,
    PollPage, Polls, Released, Sealed, Tallies, TextsPage, Vote, Voted,
};
pub use preferences::{PreferenceChange, Preferences, Preferring};
pub use reference::Service;
pub use remembering::RememberedPerson;
pub use resolve::Resolved;
pub use roster::{RosterMember, RosterPage, Rosters};
pub use signing_keys::{SigningKeys, StoredKeys};
pub use table::{BALLOT_TABLE, TABLE, TableDefinition};
pub use team::{SeenTeam, Team, TeamChannel};
pub use teams::{RememberedTeam, Teams};
pub use topics::Topics;
pub use waits::{Wait, Waits};
pub use walk::{AudienceWalk, Found};
pub use watches::{StoredWatch, WatchState, Watches};

/// Whether something that happens once happens now, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// It falls to the asker. Asking again in the same name gets this again.
    Yours,
    /// It fell to somebody else, or there is nothing there to do it to.
    Taken,
}

/// The table, typed.
///
/// Cheap to clone: clones share one client. Each subject has its operations
/// on a borrowed view: [`people`](Self::people), [`ledger`](Self::ledger), …
#[derive(Clone, Debug)]
pub struct Store {
    client: aws::dynamodb::Client,
    table: Arc<str>,
    ballots: Option<Arc<str>>,
}

impl Store {
    /// The table of this name, through this client. Nothing is sent yet.
    #[must_use]
    pub fn new(client: aws::dynamodb::Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into().into(),
            ballots: None,
        }
    }

    /// The same, with the table of this name for the ballots of anonymous polls.
    ///
    /// A table of its own, of which no backup is made and no past state can be had: a backup of the votes beside one of
    /// the voters would join them.
    #[must_use]
    pub fn with_ballots(self, table: impl Into<String>) -> Self {
        Self {
            ballots: Some(table.into().into()),
            ..self
        }
    }

    /// The ballot table, as a table.
    pub(crate) fn ballots(&self) -> Result<Self, StoreError> {
        let table = self.ballots.clone().ok_or(StoreError::NoBallotTable)?;
        Ok(Self {
            client: self.client.clone(),
            table,
            ballots: None,
        })
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The people that Tidings knows.
    #[must_use]
    pub fn people(&self) -> People<'_> {
        People { store: self }
    }

    /// What recipients want of topics.
    #[must_use]
    pub fn preferences(&self) -> Preferring<'_> {
        Preferring { store: self }
    }

    /// Channels and group chats.
    #[must_use]
    pub fn conversations(&self) -> Conversations<'_> {
        Conversations { store: self }
    }

    /// Teams, and the channels in them.
    #[must_use]
    pub fn teams(&self) -> Teams<'_> {
        Teams { store: self }
    }

    /// Who is a member of which team.
    #[must_use]
    pub fn rosters(&self) -> Rosters<'_> {
        Rosters { store: self }
    }

    /// Recipients by the thousand, in order.
    #[must_use]
    pub fn audiences(&self) -> Audiences<'_> {
        Audiences { store: self }
    }

    /// The definitions of topics.
    #[must_use]
    pub fn topics(&self) -> Topics<'_> {
        Topics { store: self }
    }

    /// Names that stand for conversations.
    #[must_use]
    pub fn aliases(&self) -> Aliases<'_> {
        Aliases { store: self }
    }

    /// Activities that Teams delivered, and what they were answered.
    #[must_use]
    pub fn inbound(&self) -> Inbound<'_> {
        Inbound { store: self }
    }

    /// Notifications, and what became of each for every recipient.
    #[must_use]
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger { store: self }
    }

    /// What Teams' answers to sending say about where recipients are.
    #[must_use]
    pub fn answers(&self) -> Answers<'_> {
        Answers { store: self }
    }

    /// Whoever has to get the app first.
    #[must_use]
    pub fn waits(&self) -> Waits<'_> {
        Waits { store: self }
    }

    /// What waits for its time.
    #[must_use]
    pub fn held(&self) -> Held<'_> {
        Held { store: self }
    }

    /// What all workers share to stay within Teams' limits.
    #[must_use]
    pub fn pacing(&self) -> Pacing<'_> {
        Pacing { store: self }
    }

    /// Polls, each time that they are asked, and the votes.
    #[must_use]
    pub fn polls(&self) -> Polls<'_> {
        Polls { store: self }
    }

    /// The last good keys of those who sign tokens for us.
    #[must_use]
    pub fn signing_keys(&self) -> SigningKeys<'_> {
        SigningKeys { store: self }
    }
}
