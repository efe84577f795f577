//! Closing: no more votes, then the count, then what everybody sees of it.
//!
//! Each step can be done again, by anybody. That it is not done yet stays due until the last one is.

use std::collections::BTreeMap;

use activity::ids::TenantId;
use jiff::Timestamp;
use polls::{Answer, Answers, Definition, Kind, OccurrenceId, Results, Shown, Tally};
use store::{BallotCursor, ClosedResult, DueChange, Occurrence, Phase, Sealed};

use crate::asking::ask_key;
use crate::due::What;
use crate::error::Failure;
use crate::handler::Polling;
use crate::opening::{TURNS, reminders_due};

/// Ballots that are read together.
const PAGE: u16 = 500;

/// Why it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why<'a> {
    /// Its time has come.
    Time,
    /// Enough have voted.
    Quorum,
    /// An owner wants it.
    Owner {
        /// The command's event.
        command: &'a str,
    },
}

impl Why<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Quorum => "quorum",
            Self::Owner { .. } => "owner",
        }
    }

    /// Whether it closes what is open now: its time may have been moved meanwhile, and a quorum closes a poll once, not
    /// again what its owner has opened again.
    fn still_holds(self, open: &Occurrence, now: Timestamp) -> bool {
        match self {
            Self::Time => open.closes.is_some_and(|closes| closes <= now),
            Self::Quorum => open.round == 0,
            Self::Owner { .. } => true,
        }
    }
}

impl Polling {
    /// Closes if its time has come; else sees to it that this is asked again then.
    pub(crate) async fn close_at_time(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<(), Failure> {
        let Some(occurrence) = self.store.polls().occurrence(tenant, id).await? else {
            return Ok(());
        };
        if occurrence.phase == Phase::Open {
            let Some(closes) = occurrence.closes else {
                return Ok(());
            };
            if closes > self.soon() {
                let does = crate::event::Does::Close;
                return self.wake(tenant, id.poll(), Some(id), does, closes).await;
            }
            // Whoever votes until then has a right to it.
            while closes > self.clock.now() {
                let wait = closes.duration_since(self.clock.now());
                let wait = std::time::Duration::try_from(wait).unwrap_or_default();
                self.clock.sleep(wait).await;
            }
        }
        self.close(tenant, id, Why::Time).await
    }

    /// Closes if so many have voted as the poll asks for.
    pub(crate) async fn close_at_quorum(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<(), Failure> {
        let Some((definition, occurrence)) = self.found(tenant, id).await? else {
            return Ok(());
        };
        if occurrence.phase == Phase::Open {
            let count = self.store.polls().tallies(tenant, &occurrence).await?;
            let voters = Tally::from(count.counters).voters();
            let asked = self.asked(tenant, id).await?;
            if !definition.closes.quorum_reached(voters, asked) {
                return Ok(());
            }
        }
        self.close(tenant, id, Why::Quorum).await
    }

    /// Closes, or goes on with closing.
    pub(crate) async fn close(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
        why: Why<'_>,
    ) -> Result<(), Failure> {
        let polls = self.store.polls();
        let (mut turns, mut round) = (0..TURNS, None);
        loop {
            turns.next().ok_or(Failure::Contended)?;
            let Some((definition, occurrence)) = self.found(tenant, id).await? else {
                return Ok(());
            };
            // It was closed and opened again meanwhile: that is for another closing.
            if *round.get_or_insert(occurrence.round) != occurrence.round {
                return Ok(());
            }
            match occurrence.phase {
                Phase::Open if !why.still_holds(&occurrence, self.clock.now()) => return Ok(()),
                Phase::Open => self.begin_to_close(tenant, &occurrence, why).await?,
                Phase::Closing => {
                    if polls.seal(tenant, &occurrence).await? == Sealed::Yes {
                        self.count(tenant, &definition, &occurrence).await?;
                    }
                }
                Phase::Closed => {
                    return self.conclude(tenant, &definition, &occurrence).await;
                }
            }
        }
    }

    /// From now on it is closing, and due until all is done.
    async fn begin_to_close(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        why: Why<'_>,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut next = Occurrence {
            phase: Phase::Closing,
            closing_at: Some(now),
            closed_by: Some(why.word().to_owned()),
            ..occurrence.clone()
        };
        if let Why::Owner { command } = why {
            next.note(command);
        }
        let what = What::Close(occurrence.id.clone());
        let due = |at| what.at(at, tenant, occurrence.id.poll());
        let mut dues = vec![DueChange::Note(due(now))];
        let before = occurrence.closes.map(due);
        if let Some(before) = before.filter(|before| *before != due(now)) {
            dues.push(DueChange::Remove(before));
        }
        let polls = self.store.polls();
        polls
            .change_occurrence(tenant, occurrence, &next, &dues)
            .await?;
        Ok(())
    }

    /// Counts what is sealed, and closes with the result.
    async fn count(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let polls = self.store.polls();
        let count = polls.tallies(tenant, occurrence).await?;
        let mut added = polls.added_choices(tenant, occurrence).await?;
        if occurrence.anonymous {
            // By ids, which hashes are: the order in which they came would stay, beside that in which people voted.
            added.sort_by(|one, other| one.id.cmp(&other.id));
        }
        let asked = self.asked(tenant, &occurrence.id).await?;
        let tally = Tally::from(count.counters);
        let results = Results::of(definition, &added, &tally, asked);
        // What few wrote says who they are.
        if !matches!(results.shown, Shown::Withheld { .. }) {
            self.keep_texts(tenant, definition, occurrence).await?;
        }
        let result = ClosedResult {
            result: serde_json::to_string(&results)
                .expect("results have nothing that JSON cannot say"),
            added,
        };
        if polls.close(tenant, occurrence, &result).await?.is_some() {
            self.metrics.count("PollsClosed", 1);
            tracing::info!(poll.occurrence = %occurrence.id, "a poll was closed");
        }
        Ok(())
    }

    /// Keeps what was written, in an order that does not say by whom.
    async fn keep_texts(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let asks = |question: &&polls::Question| matches!(question.kind, Kind::Text);
        let questions = definition.questions.iter().filter(asks);
        let mut texts: BTreeMap<&str, Vec<(String, String)>> = questions
            .map(|question| (question.id.as_str(), Vec::new()))
            .collect();
        if texts.is_empty() {
            return Ok(());
        }
        let polls = self.store.polls();
        let mut cursor = Some(BallotCursor::default());
        while let Some(at) = cursor {
            let page = polls.ballots(tenant, occurrence, &at, PAGE).await?;
            for ballot in &page.ballots {
                let answers: Answers = serde_json::from_str(&ballot.answers).unwrap_or_default();
                for (question, answer) in answers.0 {
                    if let (Some(texts), Answer::Text(text)) =
                        (texts.get_mut(question.as_str()), answer)
                    {
                        texts.push((page.place(&question, ballot), text));
                    }
                }
            }
            cursor = page.next;
        }
        for (question, mut texts) in texts {
            texts.sort_unstable();
            let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
            polls
                .write_texts(tenant, occurrence, question, &texts)
                .await?;
        }
        Ok(())
    }

    /// What follows from a closing, each thing once or without harm twice.
    async fn conclude(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let polls = self.store.polls();
        let id = &occurrence.id;
        if occurrence.anonymous {
            polls.destroy(tenant, occurrence).await?;
        }
        if !occurrence.finished {
            self.ask_no_more(tenant, definition, id).await?;
            let revision = match occurrence.round {
                0 => "closed".to_owned(),
                round => format!("closed-{round}"),
            };
            self.replace_cards(tenant, definition, occurrence, &revision)
                .await?;
            self.send_result(tenant, definition, occurrence).await?;
            self.tell(tenant, definition, occurrence).await?;
        }
        if !occurrence.finished {
            let next = Occurrence {
                finished: true,
                ..occurrence.clone()
            };
            polls
                .change_occurrence(tenant, occurrence, &next, &[])
                .await?;
        }
        self.let_sleep(tenant, definition, occurrence).await;
        let what = What::Close(id.clone());
        let due = [occurrence.closes, occurrence.closing_at];
        let due = due.into_iter().flatten();
        for due in due.map(|at| what.at(at, tenant, id.poll())) {
            polls.remove_due(&due).await?;
        }
        for due in reminders_due(tenant, definition, occurrence) {
            polls.remove_due(&due).await?;
        }
        Ok(())
    }

    /// How many were asked, once that is known.
    pub(crate) async fn asked(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<Option<u64>, Failure> {
        let plan = self.store.ledger().plan(&ask_key(tenant, id)).await?;
        Ok(plan.is_complete().then_some(plan.recipients))
    }
}
