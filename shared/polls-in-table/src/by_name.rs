//! Who voted what.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use notifications::RecipientKey;
use polls::{Answers, Results, Shown};
use store::{BallotCursor, Store, StoreError};

use crate::{PollView, PollViewError};

/// How many names are looked up at once.
const AT_ONCE: usize = 10;
/// The most votes of a page.
const PAGE: u16 = 100;

impl PollView {
    /// What each voter is called, and what they answered, in the order of their names. For owners only.
    ///
    /// `None` where nobody may see it (of an anonymous poll, and while `results` are withheld), and where more than `most`
    /// have voted.
    ///
    /// # Errors
    ///
    /// [`PollViewError`].
    pub async fn votes_by_name(
        &self,
        store: &Store,
        results: &Results,
        most: usize,
    ) -> Result<Option<Vec<(String, Answers)>>, PollViewError> {
        let withheld = matches!(results.shown, Shown::Withheld { .. });
        if self.occurrence.anonymous || withheld || results.voters > most as u64 {
            return Ok(None);
        }
        let mut votes = Vec::new();
        let mut cursor = Some(BallotCursor::default());
        while let Some(at) = cursor {
            let polls = store.polls();
            let page = polls.ballots(&self.tenant, &self.occurrence, &at, PAGE);
            let page = page.await?;
            for ballot in page.ballots {
                // A vote that cannot be read is one, and no reason to keep its owners from closing the poll.
                let answers = serde_json::from_str(&ballot.answers).unwrap_or_default();
                votes.extend(ballot.voter.map(|voter| (voter, answers)));
            }
            // Somebody else has voted since the results were read.
            if votes.len() > most {
                return Ok(None);
            }
            cursor = page.next;
        }
        let mut named: Vec<(String, Answers)> = stream::iter(votes)
            .map(async |(voter, answers)| {
                let name = self.called(store, &voter).await?;
                Ok::<_, StoreError>((name, answers))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        named.sort_by_cached_key(|(name, _)| name.to_lowercase());
        Ok(Some(named))
    }

    /// What a voter is called; their id, if nothing else is known of them.
    async fn called(&self, store: &Store, voter: &RecipientKey) -> Result<String, StoreError> {
        let person = store.people().get(&self.tenant, voter).await?;
        let called = person.as_ref().and_then(|person| person.called());
        Ok(called.unwrap_or(voter.as_str()).to_owned())
    }
}
