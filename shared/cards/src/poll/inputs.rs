//! Questions as inputs.

use crate::elements::paragraph;
use crate::markdown::{escape, undeceptive};
use crate::reader::Reader;
use polls::answers::{LONGEST_TEXT, input, place_input, places};
use polls::{AddedChoice, Answer, Answers, Definition, Kind, Question, Texts, choices};
use serde_json::{Value, json};

/// As many choices as stand side by side; more are folded into a list.
const EXPANDED: usize = 8;

/// The inputs of all questions, filled in with what was answered before.
pub(super) fn inputs(
    reader: &Reader,
    definition: &Definition,
    added: &[AddedChoice],
    answers: Option<&Answers>,
    title_asks: bool,
) -> Vec<Value> {
    let texts = Texts::of(definition, reader.locale.as_ref());
    let each = definition.questions.iter().flat_map(|question| {
        let text = if title_asks {
            reader.say("Your answer", "Tu respuesta")
        } else {
            texts.question(question)
        };
        let given = answers.and_then(|answers| answers.0.get(&question.id));
        Asked {
            reader,
            texts: &texts,
            question,
            text,
            added,
            given,
        }
        .inputs()
    });
    each.collect()
}

struct Asked<'a> {
    reader: &'a Reader,
    texts: &'a Texts<'a>,
    question: &'a Question,
    text: &'a str,
    added: &'a [AddedChoice],
    given: Option<&'a Answer>,
}

impl Asked<'_> {
    fn inputs(&self) -> Vec<Value> {
        let id = input(self.question);
        let input = match &self.question.kind {
            Kind::Single { .. } => {
                let mut input = self.choice_set(id, self.text.to_owned(), true);
                if let Some(Answer::Choices(chosen)) = self.given {
                    input["value"] = chosen.join(",").into();
                }
                input
            }
            Kind::Multiple { min, max, .. } => {
                let label = format!("{} ({})", self.text, self.how_many(*min, *max));
                let mut input = self.choice_set(id, label, false);
                input["style"] = "expanded".into();
                input["isMultiSelect"] = true.into();
                if let Some(Answer::Choices(chosen)) = self.given {
                    input["value"] = chosen.join(",").into();
                }
                input
            }
            Kind::Ranking { .. } => return self.ranking(),
            Kind::Rating => {
                let stars = (1..=5).map(|score: u8| (score.to_string(), "★".repeat(score.into())));
                let mut fallback = self.scores(&id, stars);
                let mut rating = self.labelled("Input.Rating", &id);
                rating["max"] = 5.into();
                if let Some(Answer::Score(score)) = self.given {
                    rating["value"] = (*score).into();
                    fallback["value"] = score.to_string().into();
                }
                rating["fallback"] = fallback;
                rating
            }
            Kind::Nps => {
                let hint = self.reader.say(
                    "0: not at all likely, 10: very likely",
                    "0: nada probable, 10: muy probable",
                );
                let all = (0..=10).map(|score: u8| (score.to_string(), score.to_string()));
                let mut input = self.scores(&id, all);
                input["label"] = undeceptive(&format!("{} ({hint})", self.text)).into();
                if let Some(Answer::Score(score)) = self.given {
                    input["value"] = score.to_string().into();
                }
                input
            }
            Kind::Text => {
                let mut input = self.labelled("Input.Text", &id);
                input["isMultiline"] = true.into();
                input["maxLength"] = LONGEST_TEXT.into();
                if let Some(Answer::Text(text)) = self.given {
                    input["value"] = text.as_str().into();
                }
                input
            }
        };
        vec![input]
    }

    /// An input with its label, and whether it must be filled in.
    fn labelled(&self, kind: &str, id: &str) -> Value {
        let mut input = json!({ "type": kind, "id": id, "label": undeceptive(self.text) });
        if self.question.required {
            self.require(&mut input);
        }
        input
    }

    fn require(&self, input: &mut Value) {
        input["isRequired"] = true.into();
        input["errorMessage"] = self
            .reader
            .say("Please answer this.", "Esto hay que responderlo.")
            .into();
    }

    fn choice_set(&self, id: String, label: String, may_fold: bool) -> Value {
        let all = choices(self.question, self.added);
        let folded = may_fold && all.len() > EXPANDED;
        let choices = all.iter().map(|choice| {
            let text = self.texts.choice(self.question, choice);
            // Beside a box or a button the text is Markdown, in a list it is not.
            let title = if folded {
                undeceptive(text)
            } else {
                escape(text)
            };
            json!({ "title": title, "value": choice.id })
        });
        let choices: Vec<Value> = choices.collect();
        let mut input = self.labelled("Input.ChoiceSet", &id);
        input["label"] = undeceptive(&label).into();
        if folded {
            fold(&mut input, self.reader);
        } else {
            input["style"] = "expanded".into();
        }
        input["wrap"] = true.into();
        input["choices"] = choices.into();
        input
    }

    /// A list of scores.
    fn scores(&self, id: &str, scores: impl Iterator<Item = (String, String)>) -> Value {
        let mut input = self.labelled("Input.ChoiceSet", id);
        fold(&mut input, self.reader);
        let choices = scores.map(|(value, title)| json!({ "title": title, "value": value }));
        input["choices"] = choices.collect();
        input
    }

    fn how_many(&self, min: usize, max: Option<usize>) -> String {
        let all = choices(self.question, self.added).len();
        let max = max.unwrap_or(all).min(all);
        let text = match (min, max) {
            (0 | 1, max) if max == all => self.reader.say("any number", "las que quieras"),
            (0 | 1, _) => self.reader.say("up to {max}", "hasta {max}"),
            (min, max) if min == max => self.reader.say("exactly {min}", "exactamente {min}"),
            (_, max) if max == all => self.reader.say("at least {min}", "al menos {min}"),
            _ => self.reader.say("{min} to {max}", "de {min} a {max}"),
        };
        text.replace("{min}", &min.to_string())
            .replace("{max}", &max.to_string())
    }

    /// One list of choices for each place; those left empty count for nothing.
    fn ranking(&self) -> Vec<Value> {
        let order = match self.given {
            Some(Answer::Ranking(order)) => order.as_slice(),
            _ => &[],
        };
        let mut all = vec![paragraph(&escape(self.text))];
        for place in 1..=places(self.question) {
            let label = match place {
                1 => self.reader.say("First", "Primera"),
                2 => self.reader.say("Second", "Segunda"),
                3 => self.reader.say("Third", "Tercera"),
                4 => self.reader.say("Fourth", "Cuarta"),
                _ => self.reader.say("Fifth", "Quinta"),
            };
            let options = choices(self.question, self.added);
            let options: Vec<Value> = options
                .iter()
                .map(|choice| {
                    let title = undeceptive(self.texts.choice(self.question, choice));
                    json!({ "title": title, "value": choice.id })
                })
                .collect();
            let mut input = json!({
                "type": "Input.ChoiceSet",
                "id": place_input(self.question, place),
                "label": label,
                "choices": options,
                "spacing": "Small",
            });
            fold(&mut input, self.reader);
            if place == 1 && self.question.required {
                self.require(&mut input);
            }
            if let Some(id) = order.get(place - 1) {
                input["value"] = id.as_str().into();
            }
            all.push(input);
        }
        all
    }
}

/// Makes a list of choices one that opens; it shows what to do, and not the
/// first choice as if it were chosen.
fn fold(input: &mut Value, reader: &Reader) {
    input["style"] = "compact".into();
    input["placeholder"] = reader.say("Choose…", "Elegir…").into();
}
