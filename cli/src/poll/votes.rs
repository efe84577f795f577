//! `tidings poll results --votes`: who voted what, in a named poll.

use anyhow::anyhow;
use jiff::Timestamp;
use notifications::RecipientKey;
use polls::{AddedChoice, Answer, Answers, Definition, Question};
use store::{BallotCursor, Occurrence};

use crate::deployment::Deployment;
use crate::names::{self, Named};
use crate::progress::Waiting;
use crate::terminal::Terminal;
use crate::text::words::counted;

/// Votes that are read together.
const PAGE: u16 = 500;

/// A vote, as it lies in the table.
#[derive(Debug)]
pub(super) struct Cast {
    /// Whose.
    pub(super) voter: RecipientKey,
    /// When they last voted.
    pub(super) at: Option<Timestamp>,
    /// What they answered.
    pub(super) answers: Answers,
}

/// The votes of a poll, by voter.
pub(super) struct Votes<'a> {
    /// The poll.
    pub(super) definition: &'a Definition,
    /// Which time that it was asked.
    pub(super) occurrence: &'a Occurrence,
    /// What voters added to its choices.
    pub(super) added: &'a [AddedChoice],
    /// The first ones, in the order in which they were cast.
    pub(super) listed: Vec<Named<Cast>>,
    /// How many there are of whom `listed` holds the first.
    pub(super) all: u64,
}

/// There is nothing that could be listed: who voted and what was voted are not to be joined.
pub(super) fn of_an_anonymous_poll(occurrence: &Occurrence) -> anyhow::Error {
    anyhow!(
        "the votes of an anonymous poll cannot be listed by person: who voted and what was voted are stored apart, and \
         what joins them is destroyed when it closes. Its results:\n\n  tidings poll results {}",
        occurrence.id
    )
}

/// Reads all votes, page by page, and the names of the first `most` voters.
pub(super) async fn read(
    deployment: &Deployment,
    occurrence: &Occurrence,
    most: usize,
    terminal: &Terminal,
) -> anyhow::Result<(Vec<Named<Cast>>, u64)> {
    let Deployment { tenant, store, .. } = deployment;
    let waiting = Waiting::begin(terminal, "reading votes");
    let mut votes = Vec::new();
    let mut cursor = Some(BallotCursor::default());
    while let Some(at) = cursor {
        let page = store.polls().ballots(tenant, occurrence, &at, PAGE).await?;
        for ballot in page.ballots {
            let Some(voter) = ballot.voter else {
                return Err(of_an_anonymous_poll(occurrence));
            };
            votes.push(Cast {
                voter,
                at: ballot.at,
                // A vote that cannot be read is listed, without what was voted.
                answers: serde_json::from_str(&ballot.answers).unwrap_or_default(),
            });
        }
        waiting.tell(&counted(votes.len() as u64, "vote", "votes"));
        cursor = page.next;
    }
    let all = votes.len() as u64;
    votes.sort_by(|a, b| (a.at, a.voter.as_str()).cmp(&(b.at, b.voter.as_str())));
    votes.truncate(most);
    waiting.tell("names");
    let listed = names::named(store, tenant, votes, |one| &one.voter).await?;
    waiting.end();
    Ok((listed, all))
}

impl Votes<'_> {
    /// An answer in words, as it would be said; nothing where the question was left out.
    pub(super) fn said(&self, question: &Question, answers: &Answers) -> String {
        let all = polls::choices(question, self.added);
        let text = |id: &String| {
            let choice = all.iter().find(|choice| choice.id == *id);
            choice.map_or_else(|| id.clone(), |choice| choice.text.clone())
        };
        match answers.0.get(&question.id) {
            None => String::new(),
            Some(Answer::Choices(chosen)) => chosen.iter().map(text).collect::<Vec<_>>().join(", "),
            Some(Answer::Ranking(order)) => {
                let places = (1..).zip(order);
                let places: Vec<String> = places
                    .map(|(place, id): (usize, _)| format!("{place}. {}", text(id)))
                    .collect();
                places.join(", ")
            }
            Some(Answer::Score(score)) => {
                let most = question.kind.scale().map_or(*score, |scale| *scale.end());
                format!("{score} of {most}")
            }
            Some(Answer::Text(text)) => text.clone(),
        }
    }
}
