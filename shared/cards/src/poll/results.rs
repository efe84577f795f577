//! Results: charts where a client can draw them, and always words.

use super::PollCard;
use super::by_name::LISTED_MOST;
use crate::broadcast::number;
use crate::elements::{facts, note, paragraph, short};
use crate::markdown::{escape, undeceptive};
use crate::reader::{Language, Reader};
use polls::{
    ChoiceCount, Counted, Question, QuestionResult, RankedChoice, Results, ScoreCount, Shown,
    choices,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Free texts by the question's id, without who wrote them.
pub type FreeTexts = BTreeMap<String, Vec<String>>;

/// How much of results a card holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Whether charts are drawn.
    charts: bool,
    /// The longest text of a choice, in characters.
    text: usize,
    /// The most choices of a question, or texts.
    rows: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            charts: true,
            text: 100,
            rows: 20,
        }
    }
}

impl Room {
    /// The next smaller one; `None` when nothing more can go.
    pub(super) fn less(mut self) -> Option<Self> {
        if self.charts {
            self.charts = false;
        } else if self.text > 30 {
            self.text = if self.text > 50 { 50 } else { 30 };
        } else if self.rows > 3 {
            self.rows = if self.rows > 10 { 10 } else { 3 };
        } else {
            return None;
        }
        Some(self)
    }
}

impl Room {
    /// The longest text of a choice, in characters.
    pub(super) fn text(self) -> usize {
        self.text
    }

    /// The most votes that are listed by name.
    pub(super) fn votes(self) -> usize {
        match self.rows {
            20 => LISTED_MOST,
            rows => rows,
        }
    }
}

impl PollCard<'_> {
    /// Results as elements of a card.
    pub(super) fn results(
        &self,
        reader: &Reader,
        results: &Results,
        written: Option<&FreeTexts>,
        open: bool,
        room: Room,
    ) -> Vec<Value> {
        let title = if open {
            reader.say("Results so far", "Resultados hasta ahora")
        } else {
            reader.say("Results", "Resultados")
        };
        let mut heading = paragraph(title);
        heading["weight"] = "Bolder".into();
        heading["size"] = "Medium".into();
        heading["separator"] = true.into();
        heading["spacing"] = "Large".into();
        let mut turnout = note(&turnout(reader, results));
        turnout["spacing"] = "None".into();
        let mut elements = vec![heading, turnout];
        match &results.shown {
            Shown::Withheld { .. } if results.voters == 0 && !open => {}
            Shown::Withheld { threshold } => {
                elements.push(paragraph(&withheld(reader, *threshold, open)));
            }
            Shown::Questions(all) => {
                let asks_its_title = self.asks_its_title(reader);
                for result in all {
                    let Some(question) = self.definition.question(&result.id) else {
                        continue;
                    };
                    let one = One {
                        card: self,
                        reader,
                        question,
                        result,
                        written: written.and_then(|all| all.get(&question.id)),
                        room,
                    };
                    elements.extend(one.elements(!asks_its_title));
                }
            }
        }
        elements
    }
}

/// How many voted, of how many.
pub(super) fn turnout(reader: &Reader, results: &Results) -> String {
    let voters = number(reader, results.voters);
    let text = match (results.voters, results.asked) {
        (0, _) => reader.say("Nobody has voted.", "No ha votado nadie."),
        (_, Some(asked)) if asked > 1 => {
            reader.say("{n} of {asked} have voted.", "Han votado {n} de {asked}.")
        }
        (1, _) => reader.say("One person has voted.", "Ha votado una persona."),
        _ => reader.say("{n} have voted.", "Han votado {n}."),
    };
    let asked = number(reader, results.asked.unwrap_or_default());
    text.replace("{n}", &voters).replace("{asked}", &asked)
}

fn withheld(reader: &Reader, threshold: u64, open: bool) -> String {
    let text = if open {
        reader.say(
            "Results are shown in steps of at least {n} votes, so that nobody can be recognised.",
            "Los resultados se muestran en pasos de al menos {n} votos, para que no se reconozca \
             a nadie.",
        )
    } else {
        reader.say(
            "Fewer than {n} people voted. The results stay hidden, so that nobody can be \
             recognised.",
            "Han votado menos de {n} personas. Los resultados no se muestran, para que no se \
             reconozca a nadie.",
        )
    };
    text.replace("{n}", &threshold.to_string())
}

/// Where not all have room, those with most votes have, in the order of the poll.
fn most_voted(counts: &[ChoiceCount], rows: usize) -> Vec<&ChoiceCount> {
    let mut places: Vec<usize> = (0..counts.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(counts[*place].count));
    places.truncate(rows);
    places.sort_unstable();
    places.into_iter().map(|place| &counts[place]).collect()
}

/// The result of one question.
struct One<'a> {
    card: &'a PollCard<'a>,
    reader: &'a Reader,
    question: &'a Question,
    result: &'a QuestionResult,
    written: Option<&'a Vec<String>>,
    room: Room,
}

impl One<'_> {
    fn elements(&self, titled: bool) -> Vec<Value> {
        let mut elements = Vec::new();
        if titled {
            let texts = self.card.texts(self.reader);
            let text = short(texts.question(self.question), 2 * self.room.text);
            elements.push(paragraph(&format!("**{}**", escape(&text))));
        }
        match &self.result.counted {
            Counted::Choices(counts) => self.choices(&mut elements, counts),
            Counted::Rating { mean, distribution } => {
                let mean = mean.map(|mean| {
                    let of = self.reader.say("{} of 5", "{} de 5");
                    (
                        self.reader.say("On average", "De media").to_owned(),
                        format!("**{}**", of.replace("{}", &decimal(self.reader, mean))),
                    )
                });
                self.column_chart(&mut elements, distribution);
                let stars = distribution.iter().rev().map(|one| {
                    let stars = "★".repeat(usize::from(one.score));
                    (stars, number(self.reader, one.count))
                });
                elements.extend(facts(mean.into_iter().chain(stars)));
            }
            Counted::Nps {
                score,
                promoters,
                passives,
                detractors,
                distribution,
            } => {
                self.column_chart(&mut elements, distribution);
                let score = score.map(|score| {
                    let score = decimal(self.reader, score);
                    ("Net Promoter Score".to_owned(), format!("**{score}**"))
                });
                let groups = [
                    ("Promoters (9–10)", "Promotores (9–10)", promoters),
                    ("Passives (7–8)", "Pasivos (7–8)", passives),
                    ("Detractors (0–6)", "Detractores (0–6)", detractors),
                ];
                let groups = groups.map(|(en, es, count)| {
                    let count = number(self.reader, *count);
                    (self.reader.say(en, es).to_owned(), count)
                });
                elements.extend(facts(score.into_iter().chain(groups)));
            }
            Counted::Ranking(ranked) => self.ranking(&mut elements, ranked),
            Counted::Text => self.texts(&mut elements),
        }
        elements
    }

    /// What a choice says, unescaped; its id should it be gone.
    fn choice(&self, id: &str) -> String {
        let texts = self.card.texts(self.reader);
        let all = choices(self.question, self.card.added);
        let choice = all.iter().find(|choice| choice.id == id);
        let text = choice.map_or(id, |choice| texts.choice(self.question, choice));
        short(text, self.room.text)
    }

    fn choices(&self, elements: &mut Vec<Value>, counts: &[ChoiceCount]) {
        let most = counts.iter().map(|one| one.count).max().unwrap_or_default();
        let shown = most_voted(counts, self.room.rows);
        let bars = shown.iter().map(|one| (self.choice(&one.id), one.count));
        self.bar_chart(elements, bars.collect());
        let rows = shown.iter().map(|one| {
            let count = number(self.reader, one.count);
            let percent = decimal(self.reader, one.percent);
            let text = format!("{count} · {percent}%");
            let leads = one.count == most && most > 0;
            let text = if leads { format!("**{text}**") } else { text };
            (escape(&self.choice(&one.id)), text)
        });
        elements.extend(facts(rows));
        self.and_more(elements, counts.len() - shown.len());
    }

    fn ranking(&self, elements: &mut Vec<Value>, ranked: &[RankedChoice]) {
        let shown = &ranked[..ranked.len().min(self.room.rows)];
        let bars = shown.iter().map(|one| (self.choice(&one.id), one.points));
        self.bar_chart(elements, bars.collect());
        let rows = (1..).zip(shown).map(|(place, one): (usize, _)| {
            let text = match one.points {
                1 => self
                    .reader
                    .say("{p} point · first for {f}", "{p} punto · primera para {f}"),
                _ => self.reader.say(
                    "{p} points · first for {f}",
                    "{p} puntos · primera para {f}",
                ),
            };
            let text = text
                .replace("{p}", &number(self.reader, one.points))
                .replace("{f}", &number(self.reader, one.first));
            let name = format!("{place}\\. {}", escape(&self.choice(&one.id)));
            (name, text)
        });
        elements.extend(facts(rows));
        self.and_more(elements, ranked.len() - shown.len());
    }

    fn texts(&self, elements: &mut Vec<Value>) {
        let count = match self.result.answered {
            1 => self.reader.say("One answer", "Una respuesta").to_owned(),
            answered => self
                .reader
                .say("{n} answers", "{n} respuestas")
                .replace("{n}", &number(self.reader, answered)),
        };
        elements.push(note(&count));
        let written = self.written.map(Vec::as_slice).unwrap_or_default();
        let shown = &written[..written.len().min(self.room.rows)];
        for text in shown {
            let text = short(text, 2 * self.room.text).replace('\n', " ");
            elements.push(paragraph(&format!("“{}”", escape(&text))));
        }
        self.and_more(elements, written.len() - shown.len());
    }

    fn and_more(&self, elements: &mut Vec<Value>, more: usize) {
        if more > 0 {
            let text = self.reader.say("… and {n} more", "… y {n} más");
            elements.push(note(&text.replace("{n}", &more.to_string())));
        }
    }

    fn bar_chart(&self, elements: &mut Vec<Value>, bars: Vec<(String, u64)>) {
        if !self.room.charts || bars.iter().all(|(_, count)| *count == 0) {
            return;
        }
        let bars = bars.into_iter();
        let data: Vec<Value> = bars
            .map(|(name, count)| json!({ "x": undeceptive(&name), "y": count }))
            .collect();
        // The words below say the same to clients that draw no charts.
        elements.push(json!({
            "type": "Chart.HorizontalBar",
            "displayMode": "AbsoluteWithAxis",
            "data": data,
            "fallback": "drop",
        }));
    }

    fn column_chart(&self, elements: &mut Vec<Value>, scores: &[ScoreCount]) {
        if !self.room.charts || self.result.answered == 0 {
            return;
        }
        let scores = scores.iter();
        let data: Vec<Value> = scores
            .map(|one| json!({ "x": one.score.to_string(), "y": one.count }))
            .collect();
        elements.push(json!({
            "type": "Chart.VerticalBar",
            "showBarValues": true,
            "data": data,
            "fallback": "drop",
        }));
    }
}

/// A number with as many decimals as it has, as the reader writes them.
fn decimal(reader: &Reader, value: f64) -> String {
    let text = value.to_string();
    match reader.language() {
        Language::English => text,
        Language::Spanish => text.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_voted_for_has_room_wherever_it_stands() {
        let counts: Vec<ChoiceCount> = [1, 0, 1, 1, 5]
            .into_iter()
            .zip(["a", "b", "c", "d", "e"])
            .map(|(count, id)| ChoiceCount {
                id: id.to_owned(),
                count,
                percent: 0.0,
            })
            .collect();
        let shown = |rows| -> Vec<&str> {
            let shown = most_voted(&counts, rows).into_iter();
            shown.map(|one| one.id.as_str()).collect()
        };
        assert_eq!(shown(3), ["a", "c", "e"]);
        assert_eq!(shown(9), ["a", "b", "c", "d", "e"]);
    }
}
