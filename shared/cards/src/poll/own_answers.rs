//! What somebody answered, in words.

use super::PollCard;
use crate::elements::short;
use crate::markdown::escape;
use crate::reader::Reader;
use polls::{Answer, Answers, Question, choices};

impl PollCard<'_> {
    /// Questions and the reader's answers, as facts.
    pub(super) fn own_answers(&self, reader: &Reader, answers: &Answers) -> Vec<(String, String)> {
        let texts = self.texts(reader);
        let questions = self.definition.questions.iter();
        questions
            .filter_map(|question| {
                let answer = answers.0.get(&question.id)?;
                let title = if self.asks_its_title(reader) {
                    reader.say("Your answer", "Tu respuesta")
                } else {
                    texts.question(question)
                };
                let said = self.said(reader, question, answer);
                Some((escape(&short(title, 120)), escape(&said)))
            })
            .collect()
    }

    /// An answer in the reader's words, unescaped, in one line.
    pub(super) fn said(&self, reader: &Reader, question: &Question, answer: &Answer) -> String {
        let texts = self.texts(reader);
        let all = choices(question, self.added);
        let said = |id: &String| {
            let choice = all.iter().find(|choice| choice.id == *id);
            let text = choice.map_or(id.as_str(), |choice| texts.choice(question, choice));
            short(text, 60)
        };
        match answer {
            Answer::Choices(chosen) => {
                let chosen: Vec<String> = chosen.iter().map(said).collect();
                chosen.join(", ")
            }
            Answer::Ranking(order) => {
                let order = (1..).zip(order);
                let order: Vec<String> = order
                    .map(|(place, id): (usize, _)| format!("{place}. {}", said(id)))
                    .collect();
                order.join(", ")
            }
            Answer::Score(score) => {
                let most = question.kind.scale().map_or(*score, |scale| *scale.end());
                reader
                    .say("{n} of {most}", "{n} de {most}")
                    .replace("{n}", &score.to_string())
                    .replace("{most}", &most.to_string())
            }
            Answer::Text(text) => short(&text.replace('\n', " "), 200),
        }
    }
}
