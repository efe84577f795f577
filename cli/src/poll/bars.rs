//! The results of a poll as bars with names: what a screen, a file and a plot are made of.

use std::collections::BTreeMap;

use polls::{AddedChoice, Counted, Definition, Question, QuestionResult, ScoreCount, Shown};

use crate::text::words::{number, plural};

/// Everything that is known of an occurrence's results.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    /// The poll.
    pub(super) definition: &'a Definition,
    /// What voters added to its choices.
    pub(super) added: &'a [AddedChoice],
    /// What the counters say.
    pub(super) results: &'a polls::Results,
    /// Free texts, by question, in no order that tells anything.
    pub(super) texts: &'a BTreeMap<String, Vec<String>>,
}

/// One question's results.
#[derive(Debug, PartialEq)]
pub(super) struct Bars {
    /// Its id.
    pub(super) id: String,
    /// What was asked.
    pub(super) question: String,
    /// How many answered.
    pub(super) answered: u64,
    /// What the bars do not show by themselves, in a few words.
    pub(super) note: Option<String>,
    /// What the bars count, in one word.
    pub(super) unit: &'static str,
    /// In their order.
    pub(super) bars: Vec<Bar>,
    /// What was written freely.
    pub(super) texts: Vec<String>,
}

/// One bar.
#[derive(Debug, PartialEq)]
pub(super) struct Bar {
    /// The id of the choice, or the score.
    pub(super) id: String,
    /// What stands for it.
    pub(super) label: String,
    /// How long it is.
    pub(super) value: u64,
    /// Of those who answered, where it is a part of them.
    pub(super) percent: Option<f64>,
}

impl Outcome<'_> {
    /// Question by question; none when the results are withheld.
    pub(super) fn bars(&self) -> Vec<Bars> {
        match &self.results.shown {
            Shown::Questions(questions) => {
                let all = questions.iter();
                all.filter_map(|result| self.question(result)).collect()
            }
            Shown::Withheld { .. } => Vec::new(),
        }
    }

    fn question(&self, result: &QuestionResult) -> Option<Bars> {
        let question = self.definition.question(&result.id)?;
        let (note, unit, bars) = match &result.counted {
            Counted::Choices(choices) => {
                let bars = choices.iter().map(|choice| Bar {
                    id: choice.id.clone(),
                    label: self.choice(question, &choice.id),
                    value: choice.count,
                    percent: Some(choice.percent),
                });
                (None, "votes", bars.collect())
            }
            Counted::Rating { mean, distribution } => {
                let note = mean.map(|mean| format!("{mean:.1} of 5"));
                (note, "votes", scores(distribution, result.answered, true))
            }
            Counted::Nps {
                score,
                promoters,
                passives,
                detractors,
                distribution,
            } => {
                let note = score.map(|score| {
                    format!(
                        "NPS {score:+.0}: {} {}, {} {}, {} {}",
                        number(*promoters),
                        plural(*promoters, "promoter", "promoters"),
                        number(*passives),
                        plural(*passives, "passive", "passives"),
                        number(*detractors),
                        plural(*detractors, "detractor", "detractors"),
                    )
                });
                (note, "votes", scores(distribution, result.answered, false))
            }
            Counted::Ranking(ranked) => {
                let bars = ranked.iter().map(|choice| Bar {
                    id: choice.id.clone(),
                    label: self.choice(question, &choice.id),
                    value: choice.points,
                    percent: None,
                });
                let most = ranked.iter().map(|choice| choice.first).max();
                let note = most.filter(|most| *most > 0).map(|most| {
                    // Several may have it.
                    let first = ranked.iter().filter(|choice| choice.first == most);
                    let first = first.map(|choice| self.choice(question, &choice.id));
                    let first: Vec<String> = first.collect();
                    format!("most often first: {} ({})", first.join(", "), number(most))
                });
                (note, "points", bars.collect())
            }
            Counted::Text => (None, "texts", Vec::new()),
        };
        Some(Bars {
            id: result.id.clone(),
            question: question.text.clone(),
            answered: result.answered,
            note,
            unit,
            bars,
            texts: self.texts.get(&result.id).cloned().unwrap_or_default(),
        })
    }

    /// What a choice says, whether it was defined or added; its id, if nobody knows any more.
    fn choice(&self, question: &Question, id: &str) -> String {
        let choices = polls::choices(question, self.added);
        let known = choices.into_iter().find(|choice| choice.id == id);
        known.map_or_else(|| id.to_owned(), |choice| choice.text)
    }
}

/// Why nothing of the results is shown, if nothing is.
pub(super) fn withheld(results: &polls::Results) -> Option<String> {
    let Shown::Withheld { threshold } = results.shown else {
        return None;
    };
    Some(format!(
        "The results are withheld: fewer than {threshold} voted, so it could be guessed who voted what."
    ))
}

/// Bars of scores, the best first.
fn scores(distribution: &[ScoreCount], answered: u64, stars: bool) -> Vec<Bar> {
    let bars = distribution.iter().rev().map(|given| Bar {
        id: given.score.to_string(),
        label: match stars {
            true => "★".repeat(given.score.into()),
            false => given.score.to_string(),
        },
        value: given.count,
        percent: percent(given.count, answered),
    });
    bars.collect()
}

/// Per cent to one decimal, as the results of choices have it.
fn percent(count: u64, of: u64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "nobody counts more voters than a float can"
    )]
    (of > 0).then(|| (count as f64 * 1000.0 / of as f64).round() / 10.0)
}
