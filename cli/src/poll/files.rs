//! Results for programs and spreadsheets.

use serde_json::json;

use super::bars::{Outcome, withheld};
use crate::text::csv;

/// One line for each bar, and one for each free text; one that says why, when nothing is shown.
pub(super) fn csv(outcome: &Outcome<'_>) -> String {
    let mut text = csv::record(["question", "asked", "answer", "label", "count", "percent"]);
    if let Some(why) = withheld(outcome.results) {
        text.push_str(&csv::record(["", "", "withheld", &why, "", ""]));
    }
    for bars in outcome.bars() {
        for bar in &bars.bars {
            let percent = bar.percent.map(|percent| format!("{percent:.1}"));
            text.push_str(&csv::record([
                bars.id.as_str(),
                &bars.question,
                &bar.id,
                &bar.label,
                &bar.value.to_string(),
                percent.as_deref().unwrap_or_default(),
            ]));
        }
        for written in &bars.texts {
            text.push_str(&csv::record([
                &bars.id,
                &bars.question,
                "",
                written,
                "1",
                "",
            ]));
        }
    }
    text
}

/// The counted results as `polls` writes them, with the texts of questions and choices beside them.
pub(super) fn json(outcome: &Outcome<'_>) -> String {
    let questions: Vec<_> = outcome
        .bars()
        .into_iter()
        .map(|bars| {
            let labels: serde_json::Map<_, _> = bars
                .bars
                .into_iter()
                .map(|bar| (bar.id, bar.label.into()))
                .collect();
            json!({"id": bars.id, "text": bars.question, "labels": labels, "texts": bars.texts})
        })
        .collect();
    let all = json!({
        "title": outcome.definition.title,
        "results": outcome.results,
        "questions": questions,
    });
    format!("{all:#}\n")
}
