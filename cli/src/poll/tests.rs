//! The results of a poll with every kind of question, as people and programs get them.

use std::collections::BTreeMap;

use polls::{
    AddedChoice, ChoiceCount, Counted, Definition, QuestionResult, RankedChoice, Results,
    ScoreCount, Shown,
};
use serde_json::json;

use super::bars::Outcome;
use super::{files, plot, screen};

struct Case {
    definition: Definition,
    added: Vec<AddedChoice>,
    results: Results,
    texts: BTreeMap<String, Vec<String>>,
}

impl Case {
    fn outcome(&self) -> Outcome<'_> {
        Outcome {
            definition: &self.definition,
            added: &self.added,
            results: &self.results,
            texts: &self.texts,
        }
    }
}

fn chosen(id: &str, count: u64, percent: f64) -> ChoiceCount {
    let id = id.to_owned();
    ChoiceCount { id, count, percent }
}

fn result(id: &str, answered: u64, counted: Counted) -> QuestionResult {
    QuestionResult {
        id: id.to_owned(),
        answered,
        counted,
    }
}

fn scores(counts: impl IntoIterator<Item = (u8, u64)>) -> Vec<ScoreCount> {
    let counts = counts.into_iter();
    counts
        .map(|(score, count)| ScoreCount { score, count })
        .collect()
}

/// One of each kind, with what people really write: long labels, other scripts, orders to a terminal, formulas.
fn survey() -> Case {
    let definition = Definition::from_value(&json!({
        "title": "The survey of the year",
        "owner": "upn:ada@example.com",
        "to": ["everyone"],
        "mayAdd": true,
        "questions": [
            {"id": "q1", "kind": "single", "text": "What for lunch?", "choices": [
                {"id": "c1", "text": "Pizza"}, {"id": "c2", "text": "寿司 with friends"}
            ]},
            {"id": "q2", "kind": "rating", "text": "How was the offsite?"},
            {"id": "q3", "kind": "nps", "text": "Would you recommend us?"},
            {"id": "q4", "kind": "ranking", "text": "What matters?", "choices": [
                {"id": "c1", "text": "Speed"}, {"id": "c2", "text": "Cost"}
            ]},
            {"id": "q5", "kind": "text", "text": "What else?"},
        ],
    }))
    .unwrap();
    let added = vec![AddedChoice {
        question: "q1".to_owned(),
        id: "a1".to_owned(),
        text: "A salad of all that was \u{1b}[2J left since last week".to_owned(),
    }];
    let shown = Shown::Questions(vec![
        result(
            "q1",
            1_234,
            Counted::Choices(vec![
                chosen("c1", 1_000, 81.0),
                chosen("c2", 233, 18.9),
                chosen("a1", 1, 0.1),
            ]),
        ),
        result(
            "q2",
            7,
            Counted::Rating {
                mean: Some(4.0),
                distribution: scores([(1, 0), (2, 1), (3, 0), (4, 4), (5, 2)]),
            },
        ),
        result(
            "q3",
            4,
            Counted::Nps {
                score: Some(25.0),
                promoters: 2,
                passives: 1,
                detractors: 1,
                distribution: scores((0..=10).map(|score| (score, u64::from(score > 6)))),
            },
        ),
        result(
            "q4",
            3,
            Counted::Ranking(vec![
                RankedChoice {
                    id: "c2".to_owned(),
                    points: 2,
                    first: 2,
                },
                RankedChoice {
                    id: "c1".to_owned(),
                    points: 1,
                    first: 1,
                },
            ]),
        ),
        result("q5", 2, Counted::Text),
    ]);
    let texts = vec!["=1+1".to_owned(), "More **coffee**, please".to_owned()];
    Case {
        definition,
        added,
        results: Results {
            voters: 1_234,
            asked: Some(2_000),
            shown,
        },
        texts: BTreeMap::from([("q5".to_owned(), texts)]),
    }
}

#[test]
fn a_screen_shows_every_kind_of_question_within_80_columns() {
    let shown = screen::results(&survey().outcome());
    let plain = anstream::adapter::strip_str(&shown).to_string();
    insta::assert_snapshot!(plain);
    for line in plain.lines() {
        assert!(textwrap::core::display_width(line) <= 80, "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}

#[test]
fn two_choices_that_are_first_equally_often_are_both_named() {
    let mut case = survey();
    let Shown::Questions(results) = &mut case.results.shown else {
        panic!("results are shown");
    };
    for result in results {
        if let Counted::Ranking(ranked) = &mut result.counted {
            for choice in ranked {
                choice.first = 1;
            }
        }
    }
    let shown = screen::results(&case.outcome());
    let plain = anstream::adapter::strip_str(&shown).to_string();
    let line = plain.lines().find(|line| line.contains("most often first"));
    assert_eq!(
        line.map(|line| line.matches(", ").count()),
        Some(1),
        "{plain}"
    );
}

/// Three voted, and five would have to.
fn too_few() -> Case {
    let mut case = survey();
    case.results = Results {
        voters: 3,
        asked: None,
        shown: Shown::Withheld { threshold: 5 },
    };
    case
}

#[test]
fn files_and_pictures_of_results_that_are_withheld_say_why() {
    let case = too_few();
    let outcome = case.outcome();
    assert_eq!(
        files::csv(&outcome),
        "question,asked,answer,label,count,percent\r\n,,withheld,\"The results are withheld: fewer than 5 voted, so it \
         could be guessed who voted what.\",,\r\n"
    );
    let picture = plot::svg(&outcome).unwrap();
    for part in ["3 voted", "fewer than 5 voted", "who voted what."] {
        assert!(picture.contains(part), "{part} in {picture}");
    }
}

#[test]
fn results_that_are_withheld_say_why() {
    let case = too_few();
    let shown = screen::results(&case.outcome());
    let plain = anstream::adapter::strip_str(&shown).to_string();
    for line in plain.lines() {
        assert!(textwrap::core::display_width(line) <= 80, "{line}");
    }
    insta::assert_snapshot!(plain);
}

#[test]
fn a_spreadsheet_gets_a_line_for_each_bar_and_text_and_no_formula() {
    insta::assert_snapshot!(files::csv(&survey().outcome()));
}

#[test]
fn a_program_gets_the_numbers_and_what_they_are_called() {
    insta::assert_snapshot!(files::json(&survey().outcome()));
}

#[test]
fn a_picture_shows_every_bar_and_takes_text_for_text() {
    let mut case = survey();
    case.definition.title = "<script>alert(1)</script> & more".to_owned();
    let picture = plot::svg(&case.outcome()).unwrap();
    assert!(!picture.contains("<script"), "{picture}");
    assert!(picture.contains("&lt;script&gt;"), "{picture}");
    for label in ["Pizza", "★★★★★", "Speed", "1000  (81.0 %)", "NPS +25"] {
        assert!(picture.contains(label), "{label} in {picture}");
    }
}
