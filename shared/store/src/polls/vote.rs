//! Taking a vote.

use std::collections::BTreeMap;

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::RecipientKey;

use super::ballots::{CastBallot, fresh, read_ballot};
use super::home::Home;
use super::secret::Secret;
use super::shards::{count, takes_votes};
use super::{Occurrence, Polls};
use crate::backoff::Backoff;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::Item;
use crate::keys::{Key, polls as at};
use crate::requests::{Read, Transacted};
use crate::retention::EXPIRES;

/// What to add to which counter.
pub type Delta = BTreeMap<String, i64>;

/// A vote.
#[derive(Clone, Copy, Debug)]
pub struct Vote<'a> {
    /// Whose.
    pub voter: &'a RecipientKey,
    /// The time of the activity that brought it. Of two votes of a voter the later one counts, in whatever order they
    /// arrive.
    pub at: Timestamp,
    /// The id of that activity: tells two votes of the same millisecond apart.
    pub activity: &'a str,
    /// What was answered.
    pub answers: &'a str,
}

/// What became of a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voted {
    /// It is counted.
    Recorded {
        /// What it replaces; `None` for a voter's first.
        replaced: Option<String>,
    },
    /// It was counted before, or a later one was: nothing has changed.
    Unchanged {
        /// What counts.
        answers: String,
    },
    /// The earlier vote stays, because whoever counts said so.
    Kept {
        /// What counts.
        answers: String,
    },
    /// No votes are taken (any more).
    Sealed,
}

/// One voter's items in an occurrence.
struct Place {
    ballot: Key,
    tally: Key,
    /// Of an anonymous poll: that somebody voted, in the main table.
    presence: Option<Key>,
}

impl Polls<'_> {
    /// Records a vote and counts it, both or neither.
    ///
    /// `delta` says what the vote changes in the counters, given the answers that it replaces; `None` leaves the earlier
    /// vote as it is. It may be asked more than once. The same vote twice is one vote.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: the vote may be recorded. Vote again.
    pub async fn vote<F>(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        vote: &Vote<'_>,
        delta: F,
    ) -> Result<Voted, StoreError>
    where
        F: Fn(Option<&str>) -> Option<Delta>,
    {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let Some(place) = self.place(&home, tenant, occurrence, vote.voter).await? else {
            return Ok(Voted::Sealed);
        };
        let mut backoff = Backoff::new(seed(vote.voter));
        loop {
            let there = home.store().get(&place.ballot, Read::Consistent).await?;
            let there = there.as_ref().map(read_ballot).transpose()?;
            let version = fresh(vote.at, vote.activity);
            if let Some(there) = &there
                && there.version >= version
            {
                let answers = there.answers.clone();
                return Ok(Voted::Unchanged { answers });
            }
            let answers = there.as_ref().map(|there| &*there.answers);
            let Some(delta) = delta(answers) else {
                return Ok(Voted::Kept {
                    answers: answers.unwrap_or_default().to_owned(),
                });
            };
            let changes = self.changes(&home, &place, there.as_ref(), vote, &delta, occurrence);
            let busy = match self.store.transact_across(&changes).await {
                Ok(Transacted::Done) => {
                    let replaced = there.map(|there| there.answers);
                    return Ok(Voted::Recorded { replaced });
                }
                Ok(Transacted::Refused) => {
                    let tally = home.store().get(&place.tally, Read::Consistent).await?;
                    if !takes_votes(tally.as_ref()) {
                        return Ok(Voted::Sealed);
                    }
                    // Another vote of the same voter was faster.
                    "VoteConflict".to_owned()
                }
                Err(StoreError::Busy { code }) => code,
                Err(error) => return Err(error),
            };
            backoff.wait(busy).await?;
        }
    }

    /// `None` when the key that finds the ballot is destroyed.
    async fn place(
        &self,
        home: &Home<'_>,
        tenant: &TenantId,
        occurrence: &Occurrence,
        voter: &RecipientKey,
    ) -> Result<Option<Place>, StoreError> {
        let present = at::voter(tenant, &occurrence.id, voter);
        if !occurrence.anonymous {
            return Ok(Some(Place {
                ballot: present,
                tally: home.tally(at::shard_of(voter)),
                presence: None,
            }));
        }
        let Some(secret) = self.secret(tenant, &occurrence.id).await? else {
            return Ok(None);
        };
        let (partition, ballot) = anonymous(home, &secret, voter);
        Ok(Some(Place {
            ballot: at::ballot(partition.clone(), &ballot),
            tally: at::tally(partition),
            presence: Some(present),
        }))
    }

    fn changes<'a>(
        &'a self,
        home: &'a Home<'_>,
        place: &Place,
        there: Option<&CastBallot>,
        vote: &Vote<'_>,
        delta: &Delta,
        occurrence: &Occurrence,
    ) -> Vec<(&'a str, Change)> {
        let version = fresh(vote.at, vote.activity);
        let mut ballot = super::ballots::write(
            place.ballot.clone(),
            vote.answers,
            &version,
            occurrence.kept(),
        );
        ballot = match there {
            None => ballot.only_if("attribute_not_exists(#pk)"),
            Some(there) => super::ballots::still(ballot, there),
        };
        let ballots = home.store().table();
        let mut changes = vec![
            (ballots, ballot),
            (ballots, count(place.tally.clone(), delta)),
        ];
        if let Some(presence) = &place.presence
            && there.is_none()
        {
            // The same whenever it is written.
            let item = Item::from([(EXPIRES.to_owned(), occurrence.kept())]);
            changes.push((self.store.table(), Change::put(presence.clone(), item)));
        }
        changes
    }

    /// What a voter's vote is now; `None` when there is none, or it cannot be found any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn ballot(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        voter: &RecipientKey,
    ) -> Result<Option<CastBallot>, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let Some(place) = self.place(&home, tenant, occurrence, voter).await? else {
            return Ok(None);
        };
        let there = home.store().get(&place.ballot, Read::Consistent).await?;
        there.as_ref().map(read_ballot).transpose()
    }
}

/// Where a ballot lies: its partition, and its name.
fn anonymous(home: &Home<'_>, secret: &Secret, voter: &RecipientKey) -> (String, String) {
    let ballot = secret.ballot(voter);
    let shard = u8::from_str_radix(&ballot[..1], 16).unwrap_or_default();
    (home.partition(shard), ballot)
}

fn seed(voter: &RecipientKey) -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(voter)
}
