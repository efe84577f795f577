//! What the counters say.

use crate::choices::{AddedChoice, choices};
use crate::definition::{Choice, Definition, Kind, Question};
use crate::tally::Tally;
use serde::{Deserialize, Serialize};

/// The results of one occurrence, as they may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    /// How many voted.
    pub voters: u64,
    /// How many were asked, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// The results, or why there are none.
    pub shown: Shown,
}

/// Results, or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shown {
    /// By question, in their order.
    Questions(Vec<QuestionResult>),
    /// Fewer voters than this: who is who could be guessed.
    Withheld {
        /// So many voters are needed.
        threshold: u64,
    },
}

/// What became of one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuestionResult {
    /// The question's id.
    pub id: String,
    /// How many answered it.
    pub answered: u64,
    /// What they answered.
    pub counted: Counted,
}

/// What was answered, by kind of question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counted {
    /// Single and multiple choice, in the order of the choices.
    Choices(Vec<ChoiceCount>),
    /// A rating from 1 to 5.
    Rating {
        /// The mean; absent when nobody answered.
        mean: Option<f64>,
        /// How many gave each score, from the least.
        distribution: Vec<ScoreCount>,
    },
    /// How likely to recommend, 0 to 10.
    Nps {
        /// Per cent of promoters (9 and 10) less per cent of detractors (0 to
        /// 6): from -100 to 100. Absent when nobody answered.
        score: Option<f64>,
        /// How many gave 9 or 10.
        promoters: u64,
        /// How many gave 7 or 8.
        passives: u64,
        /// How many gave 0 to 6.
        detractors: u64,
        /// How many gave each score, from the least.
        distribution: Vec<ScoreCount>,
    },
    /// A ranking, the best first.
    Ranking(Vec<RankedChoice>),
    /// Free texts are kept apart from counters.
    Text,
}

/// How often one choice was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceCount {
    /// The choice's id.
    pub id: String,
    /// By how many.
    pub count: u64,
    /// Per cent of those who answered the question, to one decimal. Those of
    /// a multiple choice may add up to more than 100.
    pub percent: f64,
}

/// How often one score was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreCount {
    /// The score.
    pub score: u8,
    /// By how many.
    pub count: u64,
}

/// Where one choice of a ranking ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RankedChoice {
    /// The choice's id.
    pub id: String,
    /// Borda points: of n choices, a first place gives n - 1, the last 0; a
    /// choice that was not placed gets none.
    pub points: u64,
    /// How many put it first.
    pub first: u64,
}

impl Results {
    /// What the counters say, or that they are too few to say anything.
    ///
    /// `asked` is how many were asked, where that is known. Fewer voters than
    /// the poll's threshold: [`Shown::Withheld`].
    #[must_use]
    pub fn of(
        definition: &Definition,
        added: &[AddedChoice],
        tally: &Tally,
        asked: Option<u64>,
    ) -> Self {
        let voters = tally.voters();
        let threshold = definition.threshold;
        let shown = if voters < threshold {
            Shown::Withheld { threshold }
        } else {
            let all = definition.questions.iter();
            Shown::Questions(all.map(|one| question(one, added, tally)).collect())
        };
        Self {
            voters,
            asked,
            shown,
        }
    }

    /// The result of one question; `None` when withheld.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&QuestionResult> {
        match &self.shown {
            Shown::Questions(all) => all.iter().find(|question| question.id == id),
            Shown::Withheld { .. } => None,
        }
    }
}

fn question(question: &Question, added: &[AddedChoice], tally: &Tally) -> QuestionResult {
    let id = &question.id;
    let answered = tally.answered(id);
    let distribution = || -> Vec<ScoreCount> {
        let scale = question.kind.scale().into_iter().flatten();
        scale
            .map(|score| ScoreCount {
                score,
                count: tally.scored(id, score),
            })
            .collect()
    };
    let counted = match &question.kind {
        Kind::Single { .. } | Kind::Multiple { .. } => {
            let all = choices(question, added).into_iter();
            let counts = all.map(|choice| {
                let count = tally.chosen(id, &choice.id);
                ChoiceCount {
                    id: choice.id,
                    count,
                    percent: percent(count, answered),
                }
            });
            Counted::Choices(counts.collect())
        }
        Kind::Rating => {
            let distribution = distribution();
            let points: u64 = distribution
                .iter()
                .map(|one| u64::from(one.score) * one.count)
                .sum();
            let mean = (answered > 0).then(|| hundredths(points as f64 / answered as f64));
            Counted::Rating { mean, distribution }
        }
        Kind::Nps => {
            let distribution = distribution();
            let from = |scores: std::ops::RangeInclusive<u8>| -> u64 {
                let within = distribution
                    .iter()
                    .filter(|one| scores.contains(&one.score));
                within.map(|one| one.count).sum()
            };
            let (detractors, passives, promoters) = (from(0..=6), from(7..=8), from(9..=10));
            let score = (answered > 0)
                .then(|| tenths((promoters as f64 - detractors as f64) * 100.0 / answered as f64));
            Counted::Nps {
                score,
                promoters,
                passives,
                detractors,
                distribution,
            }
        }
        Kind::Ranking { choices } => Counted::Ranking(ranking(id, choices, tally)),
        Kind::Text => Counted::Text,
    };
    QuestionResult {
        id: id.clone(),
        answered,
        counted,
    }
}

/// By Borda points, then by first places, then as the definition has them.
fn ranking(question: &str, choices: &[Choice], tally: &Tally) -> Vec<RankedChoice> {
    let most = choices.len();
    let mut ranked: Vec<RankedChoice> = choices
        .iter()
        .map(|choice| {
            let at = |place| tally.placed(question, &choice.id, place);
            let points = (1..=most).map(|place| at(place) * (most - place) as u64);
            RankedChoice {
                id: choice.id.clone(),
                points: points.sum(),
                first: at(1),
            }
        })
        .collect();
    ranked.sort_by_key(|choice| std::cmp::Reverse((choice.points, choice.first)));
    ranked
}

fn percent(count: u64, of: u64) -> f64 {
    if of == 0 {
        0.0
    } else {
        tenths(count as f64 * 100.0 / of as f64)
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
