//! Votes as they lie in the table.

use std::collections::BTreeSet;

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use jiff::Timestamp;
use notifications::RecipientKey;
use ring::digest::{SHA256, digest};

use super::home::Home;
use super::secret::{Secret, hex};
use super::{Occurrence, Polls};
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys::{self, Key, polls as at};
use crate::requests::{Range, Read};
use crate::retention::EXPIRES;

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastBallot {
    /// What was answered.
    pub answers: String,
    /// Orders the votes of one voter.
    pub(super) version: String,
}

/// A vote on a walk through all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Whose; `None` in an anonymous poll.
    pub voter: Option<RecipientKey>,
    /// When, to the millisecond: of a voter's votes the last; `None` in an anonymous poll.
    pub at: Option<Timestamp>,
    /// What was answered.
    pub answers: String,
    /// What it is called: the end of its sort key.
    name: String,
}

/// How far a walk has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BallotCursor {
    shard: u8,
    after: Option<String>,
}

/// Some votes, in no order that says anything.
#[derive(Clone, Debug)]
pub struct BallotPage {
    /// The votes.
    pub ballots: Vec<Ballot>,
    /// Where the next page begins, if there may be more.
    pub next: Option<BallotCursor>,
    secret: Option<Secret>,
}

const ENTITY: &str = "ballot";
const ANSWERS: &str = "answers";
const VERSION: &str = "version";

/// The version of a vote: later ones are greater texts.
pub(super) fn fresh(at: Timestamp, activity: &str) -> String {
    let hash = hex(&digest(&SHA256, activity.as_bytes()).as_ref()[..4]);
    format!("{:015}#{hash}", at.as_millisecond().max(0))
}

/// When a vote of this version was cast.
fn cast_at(version: &str) -> Option<Timestamp> {
    let (at, _) = version.split_once('#')?;
    Timestamp::from_millisecond(at.parse().ok()?).ok()
}

pub(super) fn write(key: Key, answers: &str, version: &str, kept: AttributeValue) -> Change {
    Change::update(key)
        .set(ANSWERS, s(answers))
        .set(VERSION, s(version))
        .set(EXPIRES, kept)
}

/// Only if the vote there still is this one.
pub(super) fn still(change: Change, there: &CastBallot) -> Change {
    change
        .only_if(format!("#{VERSION} = :there"))
        .value("there", s(&*there.version))
}

pub(super) fn read_ballot(item: &Item) -> Result<CastBallot, StoreError> {
    let read = Attributes::of(ENTITY, item);
    Ok(CastBallot {
        answers: read.need_text(ANSWERS)?.to_owned(),
        version: read.need_text(VERSION)?.to_owned(),
    })
}

impl Polls<'_> {
    /// Which of these have voted: whoever is to be reminded is not among them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn voted(
        &self,
        tenant: &TenantId,
        occurrence: &polls::OccurrenceId,
        voters: &[RecipientKey],
    ) -> Result<BTreeSet<RecipientKey>, StoreError> {
        let wanted = voters
            .iter()
            .map(|voter| at::voter(tenant, occurrence, voter))
            .collect();
        let found = self
            .store
            .get_parts(wanted, Read::Consistent, &[keys::SORT])
            .await?;
        let voter = |item: &Item| {
            let read = Attributes::of(ENTITY, item);
            let voter = at::voter_of(read.need_text(keys::SORT)?);
            voter.ok_or_else(|| read.unreadable(keys::SORT))
        };
        found.iter().map(voter).collect()
    }

    /// A page of the votes. Once an occurrence [is sealed](Self::seal), a walk shows each vote once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn ballots(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        cursor: &BallotCursor,
        limit: u16,
    ) -> Result<BallotPage, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let secret = match occurrence.anonymous {
            true => self.secret(tenant, &occurrence.id).await?,
            false => None,
        };
        let prefix = home.prefix();
        let (items, more) = home
            .store()
            .range(Range {
                partition: home.partition(cursor.shard),
                low: match &cursor.after {
                    // The least text behind that key.
                    Some(after) => format!("{prefix}{after}\u{1}"),
                    None => prefix.to_owned(),
                },
                high: format!("{prefix}~"),
                descending: false,
                limit: i32::from(limit.max(1)),
                read: Read::Consistent,
            })
            .await?;
        let mut ballots = Vec::with_capacity(items.len());
        for item in &items {
            let read = Attributes::of(ENTITY, item);
            let sort = read.need_text(keys::SORT)?;
            let name = sort.strip_prefix(prefix).unwrap_or(sort).to_owned();
            let voter = at::voter_of(sort);
            let cast = read_ballot(item)?;
            ballots.push(Ballot {
                at: voter.as_ref().and_then(|_| cast_at(&cast.version)),
                voter,
                answers: cast.answers,
                name,
            });
        }
        let next = match ballots.last() {
            Some(last) if more => Some(BallotCursor {
                shard: cursor.shard,
                after: Some(last.name.clone()),
            }),
            _ => (cursor.shard + 1 < at::SHARDS).then(|| BallotCursor {
                shard: cursor.shard + 1,
                after: None,
            }),
        };
        Ok(BallotPage {
            ballots,
            next,
            secret,
        })
    }
}

impl BallotPage {
    /// Where the answer to a question stands among all answers to it, when nobody is to tell by that whose it is: an
    /// order as good as random, the same for every try.
    ///
    /// The places of two answers of one ballot have nothing in common.
    #[must_use]
    pub fn place(&self, question: &str, ballot: &Ballot) -> String {
        match &self.secret {
            Some(secret) => secret.place(question, &ballot.name),
            None => {
                let text = format!("{question}#{}", ballot.name);
                hex(digest(&SHA256, text.as_bytes()).as_ref())
            }
        }
    }
}
