//! Votes by person, for a terminal, a spreadsheet and a program.

use serde_json::{Map, Value, json};

use super::votes::Votes;
use crate::text::csv;
use crate::text::style::{HEAD, styled};
use crate::text::table::{self, Column};
use crate::text::words::{COLUMNS, counted, escaped, number, plural, time, within, wrapped};

/// So many are listed on a terminal; a file has them all.
pub(super) const ROWS: usize = 100;

pub(super) fn table(votes: &Votes<'_>) -> String {
    let title = escaped(&votes.definition.title);
    let mut text = styled(HEAD, &within(&title, COLUMNS)) + "\n";
    if votes.all == 0 {
        return text + "Nobody has voted.\n";
    }
    let voters = counted(votes.all, "person", "people");
    text.push_str(&format!("{voters} voted\n\n"));
    let questions = &votes.definition.questions;
    let head = plural(questions.len() as u64, "answer", "answers");
    let columns = [
        Column::cut("who", 16),
        Column::text("last voted"),
        Column::cut(head, 16),
    ];
    let rows = votes.listed.iter().map(|one| {
        let said = questions.iter().map(|question| {
            let said = votes.said(question, &one.about.answers);
            match said.is_empty() {
                true => "–".to_owned(),
                false => said.replace('\n', " "),
            }
        });
        vec![
            one.name.clone(),
            one.about.at.map(time).unwrap_or_default(),
            said.collect::<Vec<_>>().join(" · "),
        ]
    });
    text.push_str(&table::table(&columns, &rows.collect::<Vec<_>>()));
    let more = votes.all.saturating_sub(votes.listed.len() as u64);
    if more > 0 {
        let hint = format!("and {} more: --format csv has them all", number(more));
        text.push_str(&format!("{}\n", wrapped(&hint)));
    }
    text
}

/// One line for each voter, with a column for each question.
pub(super) fn csv(votes: &Votes<'_>) -> String {
    let questions = &votes.definition.questions;
    let asked = questions.iter().map(|question| question.text.as_str());
    let heads = ["voter", "name", "last voted"].into_iter().chain(asked);
    let mut text = csv::record(heads);
    for one in &votes.listed {
        let at = one.about.at.map(|at| at.to_string()).unwrap_or_default();
        let said: Vec<String> = questions
            .iter()
            .map(|question| votes.said(question, &one.about.answers))
            .collect();
        let who = [one.about.voter.as_str(), &one.name, &at];
        text.push_str(&csv::record(
            who.into_iter().chain(said.iter().map(String::as_str)),
        ));
    }
    text
}

/// What was answered, as it is stored and as it is said.
pub(super) fn json(votes: &Votes<'_>) -> String {
    let questions = &votes.definition.questions;
    let listed: Vec<Value> = votes
        .listed
        .iter()
        .map(|one| {
            let answers = &one.about.answers;
            let said: Map<String, Value> = questions
                .iter()
                .filter(|question| answers.0.contains_key(&question.id))
                .map(|question| (question.id.clone(), votes.said(question, answers).into()))
                .collect();
            json!({
                "voter": one.about.voter, "name": one.name, "lastVoted": one.about.at,
                "answers": answers, "said": said,
            })
        })
        .collect();
    let asked: Vec<Value> = questions
        .iter()
        .map(|question| json!({ "id": question.id, "text": question.text }))
        .collect();
    let all = json!({
        "title": votes.definition.title, "occurrence": votes.occurrence.id,
        "phase": votes.occurrence.phase.as_str(), "questions": asked, "votes": listed,
    });
    format!("{all:#}\n")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use notifications::RecipientKey;
    use polls::{AddedChoice, Answers, Definition};
    use store::{Occurrence, Phase};
    use textwrap::core::display_width;

    use super::super::votes::Cast;
    use super::*;
    use crate::names::Named;

    fn definition() -> Definition {
        Definition::from_value(&json!({
            "title": "The survey of the year",
            "owner": "upn:ada@example.com",
            "to": ["everyone"],
            "mayAdd": true,
            "questions": [
                {"id": "q1", "kind": "multiple", "text": "What for lunch?", "choices": [
                    {"id": "c1", "text": "Pizza"}, {"id": "c2", "text": "寿司"}
                ]},
                {"id": "q2", "kind": "rating", "text": "=How was it?"},
                {"id": "q3", "kind": "ranking", "text": "What matters?", "choices": [
                    {"id": "c1", "text": "Speed"}, {"id": "c2", "text": "Cost"}
                ]},
                {"id": "q4", "kind": "text", "text": "What else?"},
            ],
        }))
        .unwrap()
    }

    fn occurrence() -> Occurrence {
        let opened = "2027-07-05T09:00:00Z".parse().unwrap();
        Occurrence {
            id: "survey@20270705T090000Z".parse().unwrap(),
            anonymous: false,
            opened,
            phase: Phase::Open,
            closes: None,
            closing_at: None,
            closed_by: None,
            commands: Vec::new(),
            round: 0,
            finished: false,
            revision: 1,
        }
    }

    fn cast(voter: &str, name: &str, at: &str, answers: Value) -> Named<Cast> {
        let answers: Answers = serde_json::from_value(answers).unwrap();
        Named {
            about: Cast {
                voter: RecipientKey::person(&voter.into()),
                at: at.parse::<Timestamp>().ok(),
                answers,
            },
            name: name.to_owned(),
        }
    }

    fn shown(make: impl Fn(&Votes<'_>) -> String) -> String {
        let (definition, occurrence) = (definition(), occurrence());
        let added = [AddedChoice {
            question: "q1".to_owned(),
            id: "a1".to_owned(),
            text: "+Salad".to_owned(),
        }];
        let listed = vec![
            cast(
                "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
                "ana@contoso.example",
                "2027-07-05T09:01:02.345Z",
                json!({
                    "q1": {"choices": ["c1", "a1"]}, "q2": {"score": 4}, "q3": {"ranking": ["c2", "c1"]},
                    "q4": {"text": "=HYPERLINK(\"https://evil.example\")\nsecond \u{1b}[2J line"},
                }),
            ),
            cast(
                "3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e02",
                "@somebody",
                "2027-07-05T09:02:00Z",
                json!({"q1": {"choices": ["a1"]}}),
            ),
        ];
        let votes = Votes {
            definition: &definition,
            occurrence: &occurrence,
            added: &added,
            listed,
            all: 1_002,
        };
        make(&votes)
    }

    #[test]
    fn a_screen_has_a_line_for_each_voter_within_80_columns() {
        let plain = anstream::adapter::strip_str(&shown(table)).to_string();
        for line in plain.lines() {
            assert!(display_width(line) <= COLUMNS, "{line}");
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
        insta::assert_snapshot!(plain);
    }

    #[test]
    fn a_spreadsheet_gets_a_line_for_each_voter_and_no_formula() {
        insta::assert_snapshot!(shown(csv));
    }

    #[test]
    fn a_program_gets_what_was_answered_and_what_it_says() {
        insta::assert_snapshot!(shown(json));
    }
}
