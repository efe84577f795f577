//! Who voted what, for the owners of a named poll.

use super::PollCard;
use super::results::Room;
use crate::broadcast::number;
use crate::elements::{facts, note, paragraph, short};
use crate::markdown::escape;
use crate::reader::Reader;
use polls::{Answer, Answers, Results, Shown};
use serde_json::Value;

/// What each voter is called, and what they answered.
pub type VotesByName = Vec<(String, Answers)>;

/// A card lists the votes of so many voters at most.
pub const LISTED_MOST: usize = 30;

impl PollCard<'_> {
    /// The votes by name; when there are more than a card lists, who can list them.
    pub(super) fn by_name(
        &self,
        reader: &Reader,
        results: &Results,
        votes: Option<&VotesByName>,
        room: Room,
    ) -> Vec<Value> {
        let withheld = matches!(results.shown, Shown::Withheld { .. });
        if self.definition.anonymous || withheld {
            return Vec::new();
        }
        let Some(votes) = votes else {
            let most = LISTED_MOST as u64;
            return match results.voters > most {
                true => vec![note(&elsewhere(reader, most))],
                false => Vec::new(),
            };
        };
        if votes.is_empty() {
            return Vec::new();
        }
        let mut heading = paragraph(reader.say("Votes by name", "Votos por nombre"));
        heading["weight"] = "Bolder".into();
        let shown = &votes[..votes.len().min(room.votes())];
        let rows = shown.iter().map(|(who, answers)| {
            let said = self.in_one_line(reader, answers, 4 * room.text());
            (escape(&short(who, 60)), escape(&said))
        });
        let mut elements = vec![heading];
        elements.extend(facts(rows));
        let more = votes.len() - shown.len();
        if more > 0 {
            let text = reader.say(
                "… and {n} more; whoever runs Tidings here can list them.",
                "… y {n} más; quien administra Tidings aquí puede listarlos.",
            );
            elements.push(note(&text.replace("{n}", &more.to_string())));
        }
        elements
    }

    /// All answers of a vote, in the order of the questions.
    fn in_one_line(&self, reader: &Reader, answers: &Answers, most: usize) -> String {
        let questions = self.definition.questions.iter();
        let said = questions.filter_map(|question| {
            let answer = answers.0.get(&question.id)?;
            let said = self.said(reader, question, answer);
            Some(match answer {
                Answer::Text(_) => format!("“{said}”"),
                _ => said,
            })
        });
        short(&said.collect::<Vec<_>>().join(" · "), most)
    }
}

fn elsewhere(reader: &Reader, most: u64) -> String {
    reader
        .say(
            "Votes are listed by name here up to {n} voters; whoever runs Tidings here can list \
             them all.",
            "Aquí se listan los votos por nombre hasta {n} votantes; quien administra Tidings \
             aquí puede listarlos todos.",
        )
        .replace("{n}", &number(reader, most))
}
