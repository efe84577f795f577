//! Where a broadcast stands: what is asked, what was decided, what is queued.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use notifications::{NoticeKind, RecipientKey, SkipReason};
use work_items::ChunkKey;

use crate::error::StoreError;
use crate::item::{Attributes, Item, mark, ms, n, s};

/// Where a broadcast stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BroadcastStage {
    /// Everybody is planned, nobody is sent to: a person is asked for approval.
    WaitingApproval,
    /// The chunks of the canary are being queued.
    Canary,
    /// They are queued, and what becomes of them is waited for.
    Watching,
    /// The canary went badly: a person is asked whether the rest is sent.
    Held,
    /// The rest is being queued.
    Releasing,
    /// The rest is being ended without a message.
    Ending,
    /// Nothing is left to be queued.
    Released,
}

impl BroadcastStage {
    const ALL: [(Self, &'static str); 7] = [
        (Self::WaitingApproval, "waiting-approval"),
        (Self::Canary, "canary"),
        (Self::Watching, "watching"),
        (Self::Held, "held"),
        (Self::Releasing, "releasing"),
        (Self::Ending, "ending"),
        (Self::Released, "released"),
    ];

    /// The stable word on the ledger and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(stage, _)| *stage == self)
            .map_or("", |(_, word)| word)
    }

    /// Whether nothing goes on until somebody decides, or the time is over.
    #[must_use]
    pub fn waits_for_somebody(self) -> bool {
        self.question().is_some()
    }

    /// The question that is asked in this stage, if one is.
    #[must_use]
    pub fn question(self) -> Option<NoticeKind> {
        match self {
            Self::WaitingApproval => Some(NoticeKind::Approval),
            Self::Held => Some(NoticeKind::Rest),
            _ => None,
        }
    }
}

impl fmt::Display for BroadcastStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody can decide about a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BroadcastDecision {
    /// It is sent.
    Approve,
    /// It is not.
    Decline,
    /// The rest is sent although the canary went badly.
    SendRest,
    /// The rest is not.
    Stop,
}

impl BroadcastDecision {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Approve, "approve"),
        (Self::Decline, "decline"),
        (Self::SendRest, "send-rest"),
        (Self::Stop, "stop"),
    ];

    /// The stable word on the ledger, in buttons and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(decision, _)| *decision == self)
            .map_or("", |(_, word)| word)
    }

    /// Whether the messages go.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::Approve | Self::SendRest)
    }

    /// The stage in which it can be decided.
    #[must_use]
    pub fn stage(self) -> BroadcastStage {
        match self {
            Self::Approve | Self::Decline => BroadcastStage::WaitingApproval,
            Self::SendRest | Self::Stop => BroadcastStage::Held,
        }
    }
}

/// The text is none of the words for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decision about a broadcast")]
pub struct NotADecision;

impl FromStr for BroadcastDecision {
    type Err = NotADecision;

    fn from_str(text: &str) -> Result<Self, NotADecision> {
        Self::ALL
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(decision, _)| *decision)
            .ok_or(NotADecision)
    }
}

/// A decision that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastDecided {
    /// What.
    pub what: BroadcastDecision,
    /// By whom.
    pub by: RecipientKey,
    /// When.
    pub at: Timestamp,
}

/// How the canary of a broadcast went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanaryResult {
    /// Whom it was queued for.
    pub recipients: u64,
    /// Whoever did not get it: failed, blocked, or unknown.
    pub bad: u64,
    /// Whoever had no outcome when the time for it was over.
    pub open: u64,
}

/// A broadcast: a notification for so many that it is planned first and queued
/// afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// Where it stands.
    pub stage: BroadcastStage,
    /// The page of chunks that is queued (or ended) next, from 0.
    pub page: u32,
    /// The last chunk of the page before.
    pub after: Option<ChunkKey>,
    /// How many chunks are queued (or ended).
    pub chunks: u64,
    /// How many recipients are in them.
    pub recipients: u64,
    /// How many chunks the canary has; 0: there is none.
    pub canary: u64,
    /// The end of the stage: of waiting for a decision, or for outcomes.
    pub until: Option<Timestamp>,
    /// Who asked for it, as far as that is known. They never approve it.
    pub requester: Option<RecipientKey>,
    /// Whether somebody was asked in this stage.
    pub asked: bool,
    /// What an operator has to mend before it goes on.
    pub problem: Option<String>,
    /// What was decided about sending it.
    pub approval: Option<BroadcastDecided>,
    /// How the canary went, once that is known.
    pub result: Option<CanaryResult>,
    /// What was decided about the rest after a bad canary.
    pub rest: Option<BroadcastDecided>,
    /// Why the rest ended without a message, if it did.
    pub skipped: Option<SkipReason>,
    /// The question that is not asked any more, until those who have it are shown
    /// what became of it.
    pub closing: Option<NoticeKind>,
}

pub(super) const ENTITY: &str = "broadcast";
pub(super) const STAGE: &str = "stage";
pub(super) const PAGE: &str = "page";
const AFTER: &str = "after";
const CHUNKS: &str = "chunks";
const RECIPIENTS: &str = "recipients";
const CANARY: &str = "canary";
const UNTIL: &str = "until";
const REQUESTER: &str = "requester";
const ASKED: &str = "asked";
const PROBLEM: &str = "problem";
const SKIPPED: &str = "skipped";
const CLOSING: &str = "closing";
const TRIED: &str = "canary_recipients";
const BAD: &str = "canary_bad";
const OPEN: &str = "canary_open";

/// The attributes of a decision: what, by whom, when.
type Names = [&'static str; 3];
const APPROVAL: Names = ["approval", "approval_by", "approval_at"];
const REST: Names = ["rest", "rest_by", "rest_at"];

impl Broadcast {
    /// A broadcast of which nothing is queued.
    #[must_use]
    pub fn beginning(stage: BroadcastStage) -> Self {
        Self {
            stage,
            page: 0,
            after: None,
            chunks: 0,
            recipients: 0,
            canary: 0,
            until: None,
            requester: None,
            asked: false,
            problem: None,
            approval: None,
            result: None,
            rest: None,
            skipped: None,
            closing: None,
        }
    }

    /// The decision that ended the stage in which `decision` can be taken, if
    /// it was ended by one.
    #[must_use]
    pub fn decided_instead_of(&self, decision: BroadcastDecision) -> Option<&BroadcastDecided> {
        match decision.stage() {
            BroadcastStage::WaitingApproval => self.approval.as_ref(),
            _ => self.rest.as_ref(),
        }
    }

    /// The broadcast after a decision.
    pub(super) fn after(&self, decided: BroadcastDecided) -> Self {
        let mut after = self.clone();
        (after.until, after.asked, after.problem) = (None, false, None);
        let decision = decided.what;
        after.closing = decision.stage().question();
        after.stage = match decision {
            BroadcastDecision::Approve if self.canary > 0 => BroadcastStage::Canary,
            BroadcastDecision::Approve | BroadcastDecision::SendRest => BroadcastStage::Releasing,
            BroadcastDecision::Decline | BroadcastDecision::Stop => BroadcastStage::Ending,
        };
        if !decision.sends() {
            after.skipped = Some(SkipReason::Declined);
        }
        match decision.stage() {
            BroadcastStage::WaitingApproval => after.approval = Some(decided),
            _ => after.rest = Some(decided),
        }
        after
    }

    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let stage = read.need_text(STAGE)?;
        let stage = BroadcastStage::ALL
            .iter()
            .find(|(_, word)| *word == stage)
            .ok_or_else(|| read.unreadable(STAGE))?;
        let count =
            |name| u64::try_from(read.number(name).unwrap_or(0)).map_err(|_| read.unreadable(name));
        let result = read.has(TRIED).then_some(CanaryResult {
            recipients: count(TRIED)?,
            bad: count(BAD)?,
            open: count(OPEN)?,
        });
        Ok(Self {
            stage: stage.0,
            page: u32::try_from(read.need_number(PAGE)?).map_err(|_| read.unreadable(PAGE))?,
            after: read.parsed(AFTER)?,
            chunks: count(CHUNKS)?,
            recipients: count(RECIPIENTS)?,
            canary: count(CANARY)?,
            until: read.time(UNTIL),
            requester: read.parsed(REQUESTER)?,
            asked: read.has(ASKED),
            problem: read.text(PROBLEM).map(str::to_owned),
            approval: decided(&read, APPROVAL)?,
            result,
            rest: decided(&read, REST)?,
            skipped: read.parsed(SKIPPED)?,
            closing: read.parsed(CLOSING)?,
        })
    }

    pub(super) fn write(&self) -> Item {
        let mut item = Item::from([
            (STAGE.to_owned(), s(self.stage.as_str())),
            (PAGE.to_owned(), n(self.page)),
            (CHUNKS.to_owned(), n(self.chunks)),
            (RECIPIENTS.to_owned(), n(self.recipients)),
            (CANARY.to_owned(), n(self.canary)),
        ]);
        let mut put = |name: &str, value| {
            item.extend(Option::map(value, |value| (name.to_owned(), value)));
        };
        put(AFTER, self.after.as_ref().map(|key| s(key.to_string())));
        put(UNTIL, self.until.map(ms));
        put(
            REQUESTER,
            self.requester.as_ref().map(|key| s(key.as_str())),
        );
        put(ASKED, self.asked.then(mark));
        put(PROBLEM, self.problem.as_ref().map(s));
        put(SKIPPED, self.skipped.map(|why| s(why.code())));
        put(CLOSING, self.closing.map(|kind| s(kind.as_str())));
        put(TRIED, self.result.map(|result| n(result.recipients)));
        put(BAD, self.result.map(|result| n(result.bad)));
        put(OPEN, self.result.map(|result| n(result.open)));
        for (decided, [what, by, at]) in [(&self.approval, APPROVAL), (&self.rest, REST)] {
            let decided = decided.as_ref();
            put(what, decided.map(|decided| s(decided.what.as_str())));
            put(by, decided.map(|decided| s(decided.by.as_str())));
            put(at, decided.map(|decided| ms(decided.at)));
        }
        item
    }
}

fn decided(
    read: &Attributes<'_>,
    [what, by, at]: Names,
) -> Result<Option<BroadcastDecided>, StoreError> {
    let Some(decision) = read.parsed(what)? else {
        return Ok(None);
    };
    Ok(Some(BroadcastDecided {
        what: decision,
        by: read.parsed(by)?.ok_or_else(|| read.unreadable(by))?,
        at: read.need_time(at)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(what: BroadcastDecision) -> BroadcastDecided {
        BroadcastDecided {
            what,
            by: "p:ana".parse().unwrap(),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
        }
    }

    fn full() -> Broadcast {
        Broadcast {
            page: 7,
            after: Some(ChunkKey::starting_with(&"p:a".parse().unwrap())),
            chunks: 600,
            recipients: 12_000,
            canary: 50,
            until: Some(Timestamp::from_second(1_790_086_400).unwrap()),
            requester: Some("p:ben".parse().unwrap()),
            asked: true,
            problem: Some("nobody can approve".to_owned()),
            approval: Some(decided(BroadcastDecision::Approve)),
            result: Some(CanaryResult {
                recipients: 1000,
                bad: 51,
                open: 3,
            }),
            rest: Some(decided(BroadcastDecision::Stop)),
            skipped: Some(SkipReason::Declined),
            closing: Some(NoticeKind::Rest),
            ..Broadcast::beginning(BroadcastStage::Ending)
        }
    }

    #[test]
    fn a_broadcast_reads_back_as_it_was_written() {
        for (stage, _) in BroadcastStage::ALL {
            let plain = Broadcast::beginning(stage);
            assert_eq!(Broadcast::read(&plain.write()).unwrap(), plain);
            let full = Broadcast { stage, ..full() };
            assert_eq!(Broadcast::read(&full.write()).unwrap(), full);
        }
    }

    #[test]
    fn what_no_version_writes_is_unreadable() {
        for name in [STAGE, PAGE, AFTER, "approval", "rest_by", SKIPPED, CLOSING] {
            let mut item = full().write();
            item.insert(name.to_owned(), s("rubbish"));
            let error = Broadcast::read(&item).unwrap_err();
            assert_eq!(error.error_type(), "TableItemUnreadable", "{name}");
        }
    }

    #[test]
    fn a_decision_leads_on() {
        let after = |stage, canary, what| {
            let before = Broadcast {
                canary,
                asked: true,
                ..Broadcast::beginning(stage)
            };
            let after = before.after(decided(what));
            assert!(!after.asked && after.until.is_none());
            assert_eq!(after.closing, stage.question());
            (after.stage, after.skipped)
        };
        use BroadcastDecision as Decide;
        use BroadcastStage as Stage;
        let no = Some(SkipReason::Declined);
        for (stage, canary, what, expected) in [
            (
                Stage::WaitingApproval,
                0,
                Decide::Approve,
                (Stage::Releasing, None),
            ),
            (
                Stage::WaitingApproval,
                9,
                Decide::Approve,
                (Stage::Canary, None),
            ),
            (
                Stage::WaitingApproval,
                9,
                Decide::Decline,
                (Stage::Ending, no),
            ),
            (Stage::Held, 9, Decide::SendRest, (Stage::Releasing, None)),
            (Stage::Held, 9, Decide::Stop, (Stage::Ending, no)),
        ] {
            assert_eq!(after(stage, canary, what), expected);
            assert_eq!(what.as_str().parse(), Ok(what));
        }
    }
}
