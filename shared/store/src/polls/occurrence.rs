//! One time that a poll is asked.

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use jiff::Timestamp;
use polls::OccurrenceId;

use super::home::Home;
use super::poll::revision;
use super::{ClosedResult, DueChange, Polls, secret};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, n, s};
use crate::keys::{PARTITION, polls as at};
use crate::requests::{Read, Transacted};
use crate::retention::{self, EXPIRES, expires};

/// What an occurrence is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Which occurrence.
    pub id: &'a OccurrenceId,
    /// Whether who voted and what was voted are kept apart.
    pub anonymous: bool,
    /// When it closes by itself.
    pub closes: Option<Timestamp>,
}

/// How an opening went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is open now.
    New(Occurrence),
    /// It was opened before; as it is now.
    AlreadyThere(Occurrence),
    /// Its poll is deleted, or being deleted: nothing new begins.
    PollGone,
}

/// An occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Which.
    pub id: OccurrenceId,
    /// Whether who voted and what was voted are kept apart.
    pub anonymous: bool,
    /// When it was opened.
    pub opened: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// When it closes by itself.
    pub closes: Option<Timestamp>,
    /// When it began to close.
    pub closing_at: Option<Timestamp>,
    /// Who or what closed it: a word that whoever closed it knows.
    pub closed_by: Option<String>,
    /// The last commands that changed it, the latest first: a command that is delivered again changes nothing, also after
    /// another.
    pub commands: Vec<String>,
    /// How often it was opened again. What belongs to an earlier round changes nothing any more.
    pub round: u32,
    /// Everything that follows from the closing of this round is done.
    pub finished: bool,
    /// Grows with every change.
    pub revision: u64,
}

/// Where an occurrence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Votes are taken.
    Open,
    /// No vote is taken any more, as soon as each shard knows; they are counted.
    Closing,
    /// The result stands.
    Closed,
}

const ENTITY: &str = "occurrence";
const ANONYMOUS: &str = "anonymous";
const OPENED: &str = "opened";
const PHASE: &str = "phase";
const CLOSES: &str = "closes";
const CLOSING: &str = "closing_at";
const CLOSED_BY: &str = "closed_by";
pub(super) const ROUND: &str = "round";
const FINISHED: &str = "finished";
const COMMANDS: &str = "commands";
/// So many commands are known, so that whatever is tried again for some minutes is known again.
const KNOWN: usize = 8;
const REVISION: &str = "revision";

impl Phase {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Open, "open"),
        (Self::Closing, "closing"),
        (Self::Closed, "closed"),
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => Self::ALL[0].1,
            Self::Closing => Self::ALL[1].1,
            Self::Closed => Self::ALL[2].1,
        }
    }
}

impl Polls<'_> {
    /// Opens an occurrence of a poll that is there, once, with everything that votes need, and with what is due for it.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation; [`StoreError::NoBallotTable`] for an anonymous one where none is set.
    pub async fn open(
        &self,
        tenant: &TenantId,
        opening: &Opening<'_>,
        dues: &[DueChange],
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        let opened = Occurrence {
            id: opening.id.clone(),
            anonymous: opening.anonymous,
            opened: crate::people::millisecond(now),
            phase: Phase::Open,
            closes: opening.closes.map(crate::people::millisecond),
            closing_at: None,
            closed_by: None,
            commands: Vec::new(),
            round: 0,
            finished: false,
            revision: 1,
        };
        let home = Home::of(self.store, tenant, opening.id, opening.anonymous)?;
        let kept = opened.kept();
        let mut state = Item::from([
            (OPENED.to_owned(), ms(now)),
            (PHASE.to_owned(), s(opened.phase.as_str())),
            (ROUND.to_owned(), n(opened.round)),
            (REVISION.to_owned(), n(opened.revision)),
            (EXPIRES.to_owned(), kept.clone()),
        ]);
        if opened.anonymous {
            state.insert(ANONYMOUS.to_owned(), mark());
        }
        if let Some(closes) = opened.closes {
            state.insert(CLOSES.to_owned(), ms(closes));
        }
        let main = &*self.store.table;
        let mut changes = vec![
            (
                main,
                Change::put(at::occurrence(tenant, opening.id), state)
                    .only_if(format!("attribute_not_exists(#{PARTITION})")),
            ),
            (
                main,
                Change::put(
                    at::listed_occurrence(tenant, opening.id),
                    Item::from([(EXPIRES.to_owned(), kept.clone())]),
                ),
            ),
            // Whoever deletes it has looked for the last time at what there is to be erased.
            (main, super::poll::still_there(tenant, opening.id.poll())),
        ];
        let ballots = home.store().table().to_owned();
        for shard in 0..at::SHARDS {
            let tally = Item::from([
                (ROUND.to_owned(), n(opened.round)),
                (EXPIRES.to_owned(), kept.clone()),
            ]);
            changes.push((&ballots, Change::put(home.tally(shard), tally)));
        }
        if opened.anonymous {
            let key = secret::made(kept)?;
            changes.push((&ballots, Change::put(at::secret(tenant, opening.id), key)));
        }
        changes.extend(dues.iter().map(|due| (main, due.change())));
        match self.store.transact_across(&changes).await? {
            Transacted::Done => Ok(Opened::New(opened)),
            Transacted::Refused => {
                if let Some(there) = self.occurrence(tenant, opening.id).await? {
                    return Ok(Opened::AlreadyThere(there));
                }
                match self.get(tenant, opening.id.poll()).await? {
                    // It was erased at this very moment.
                    Some(poll) if !poll.deleting => Err(StoreError::Busy {
                        code: "OccurrenceErased".to_owned(),
                    }),
                    _ => Ok(Opened::PollGone),
                }
            }
        }
    }

    /// An occurrence.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn occurrence(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<Option<Occurrence>, StoreError> {
        let key = at::occurrence(tenant, id);
        let item = self.store.get(&key, Read::Consistent).await?;
        item.map(|item| read(id, &item)).transpose()
    }

    /// Changes an occurrence from how it was read to `next`, together with what is due; `None` when somebody else has
    /// changed it since.
    ///
    /// Its id, its opening and whether it is anonymous stay.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn change_occurrence(
        &self,
        tenant: &TenantId,
        read: &Occurrence,
        next: &Occurrence,
        dues: &[DueChange],
    ) -> Result<Option<Occurrence>, StoreError> {
        let (changed, change) = change(tenant, read, next);
        let mut changes = vec![change];
        changes.extend(dues.iter().map(DueChange::change));
        let done = self.store.transact(changes).await?;
        Ok(matches!(done, Transacted::Done).then_some(changed))
    }

    /// Closes an occurrence that was counted, with its result: `None`, and nothing is written, when somebody else has
    /// changed it since it was read. So whoever counts while another destroys the ballots writes nothing of what is left.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn close(
        &self,
        tenant: &TenantId,
        read: &Occurrence,
        result: &ClosedResult,
    ) -> Result<Option<Occurrence>, StoreError> {
        let next = Occurrence {
            phase: Phase::Closed,
            ..read.clone()
        };
        let (changed, change) = change(tenant, read, &next);
        let changes = vec![change, super::results::written(tenant, read, result)];
        let done = self.store.transact(changes).await?;
        Ok(matches!(done, Transacted::Done).then_some(changed))
    }
}

/// From how it was read to `next`, if it still is so.
fn change(tenant: &TenantId, read: &Occurrence, next: &Occurrence) -> (Occurrence, Change) {
    let changed = Occurrence {
        id: read.id.clone(),
        anonymous: read.anonymous,
        opened: read.opened,
        revision: read.revision + 1,
        ..next.clone()
    };
    let change = Change::update(at::occurrence(tenant, &read.id))
        .set(PHASE, s(changed.phase.as_str()))
        .set_or_remove(CLOSES, changed.closes.map(ms))
        .set_or_remove(CLOSING, changed.closing_at.map(ms))
        .set_or_remove(CLOSED_BY, changed.closed_by.as_deref().map(s))
        .set_or_remove(COMMANDS, listed(&changed.commands))
        .set(ROUND, n(changed.round))
        .set_or_remove(FINISHED, changed.finished.then(mark))
        .set(REVISION, n(changed.revision))
        .only_if(format!("#{REVISION} = :read"))
        .value("read", n(read.revision));
    (changed, change)
}

/// Changes nothing, if it still is as it was read.
pub(super) fn unchanged(tenant: &TenantId, read: &Occurrence) -> Change {
    Change::update(at::occurrence(tenant, &read.id))
        .add_number(REVISION, 0)
        .only_if(format!("#{REVISION} = :read"))
        .value("read", n(read.revision))
}

fn listed(commands: &[String]) -> Option<AttributeValue> {
    let list = commands.iter().map(|command| s(&**command)).collect();
    (!commands.is_empty()).then_some(AttributeValue::L(list))
}

impl Occurrence {
    /// Whether this command has changed it.
    #[must_use]
    pub fn knows(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }

    /// This command changes it.
    pub fn note(&mut self, command: &str) {
        self.commands.insert(0, command.to_owned());
        self.commands.truncate(KNOWN);
    }

    /// Until when its votes are kept: nothing that is written later says by that when it was written.
    pub(super) fn kept(&self) -> AttributeValue {
        expires(self.opened, retention::POLL)
    }
}

pub(super) fn read(id: &OccurrenceId, item: &Item) -> Result<Occurrence, StoreError> {
    let read = Attributes::of(ENTITY, item);
    let phase = read.need_text(PHASE)?;
    let phase = Phase::ALL.iter().find(|(_, word)| *word == phase);
    let round = read.need_number(ROUND)?;
    let commands = item.get(COMMANDS).and_then(|list| list.as_l().ok());
    let commands = commands.into_iter().flatten();
    let commands = commands.filter_map(|command| command.as_s().ok().cloned());
    let commands = commands.collect();
    Ok(Occurrence {
        id: id.clone(),
        anonymous: read.has(ANONYMOUS),
        opened: read.need_time(OPENED)?,
        phase: phase.ok_or_else(|| read.unreadable(PHASE))?.0,
        closes: read.time(CLOSES),
        closing_at: read.time(CLOSING),
        closed_by: read.text(CLOSED_BY).map(str::to_owned),
        commands,
        round: u32::try_from(round).map_err(|_| read.unreadable(ROUND))?,
        finished: read.has(FINISHED),
        revision: revision(read, REVISION)?,
    })
}
