//! Dead letters as a list.

use jiff::Timestamp;
use serde::Serialize;

use super::letter::Letter;
use crate::text::csv;
use crate::text::table::{self, Column};
use crate::text::words::{ago, escaped, number};

/// So much of an id tells the letters of a queue apart.
const SHORT: usize = 8;

/// So many letters of a queue are listed on a screen.
const ROWS: usize = 40;

/// What a list says of a dead letter.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    queue: &'static str,
    id: String,
    original_message_id: String,
    error_type: String,
    error_path: String,
    error_message: String,
    sent_at: Option<Timestamp>,
    preview: String,
    #[serde(skip)]
    age: String,
}

impl Listed {
    pub(super) fn of(queue: &'static str, letter: &Letter, now: Timestamp) -> Self {
        Self {
            queue,
            id: letter.id.clone(),
            original_message_id: letter.original_id().to_owned(),
            error_type: letter.error_type(),
            error_path: letter.error_path(),
            error_message: letter.error_message(),
            sent_at: letter.sent_at,
            preview: letter.preview(),
            age: letter
                .sent_at
                .map_or_else(|| "?".to_owned(), |at| ago(at, now)),
        }
    }

    pub(super) fn begins_with(&self, id: &str) -> bool {
        self.id.starts_with(id)
    }

    pub(super) fn short_id(&self) -> String {
        self.id.chars().take(SHORT).collect()
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.short_id(),
            self.age.clone(),
            self.error_type.clone(),
            self.error_path.clone(),
            self.preview.clone(),
        ]
    }

    /// The error type, as it is given to `--error-type`.
    pub(super) fn error_type_word(&self) -> String {
        escaped(&self.error_type)
    }
}

const COLUMNS: [Column; 5] = [
    Column::text("id"),
    Column::number("age"),
    Column::cut("error-type", 12),
    Column::cut("error-path", 10),
    Column::cut("what it is", 16),
];

pub(super) fn table(letters: &[Listed]) -> String {
    let mut text = String::new();
    for same in letters.chunk_by(|one, other| one.queue == other.queue) {
        let Some(first) = same.first() else { continue };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!(
            "{}: {}\n\n",
            first.queue,
            number(same.len() as u64)
        ));
        let rows: Vec<Vec<String>> = same.iter().take(ROWS).map(Listed::row).collect();
        text.push_str(&table::table(&COLUMNS, &rows));
        let hidden = same.len() - rows.len();
        if hidden > 0 {
            text.push_str(&format!(
                "and {} more; all with --format json\n",
                number(hidden as u64)
            ));
        }
    }
    text
}

pub(super) fn json(letters: &[Listed]) -> String {
    let lines = serde_json::to_string_pretty(letters);
    lines.unwrap_or_default() + "\n"
}

pub(super) fn csv(letters: &[Listed]) -> String {
    let mut text = csv::record([
        "queue",
        "id",
        "original-message-id",
        "sent-at",
        "error-type",
        "error-path",
        "error-message",
        "preview",
    ]);
    for letter in letters {
        let sent_at = letter.sent_at.map(|at| at.to_string()).unwrap_or_default();
        text.push_str(&csv::record([
            letter.queue,
            &letter.id,
            &letter.original_message_id,
            &sent_at,
            &letter.error_type,
            &letter.error_path,
            &letter.error_message,
            &letter.preview,
        ]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn listed(error_type: &str, path: &str, body: &str) -> Listed {
        let attributes = [
            ("error-type", error_type),
            ("error-path", path),
            ("error-message", "what is wrong"),
        ];
        let letter = Letter {
            id: "0b9f7a52-51d2-4b7e-8f34-6c2b1a9d7e55".to_owned(),
            sent_at: Some(Timestamp::UNIX_EPOCH),
            body: body.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        };
        let now = Timestamp::from_second(7_300).unwrap();
        Listed::of("notification", &letter, now)
    }

    #[test]
    fn a_list_fits_into_eighty_columns_whatever_is_wrong() {
        let letters = [
            listed(
                "Contract",
                "topic, what, to[1], actor.name",
                r#"{"topic":"deploys","what":"Payments are down"}"#,
            ),
            listed(
                "WorkItemVersion",
                "/v",
                r#"{"v":9,"kind":"delivery-chunk","notification":"3f2a9c1e0b7d4c55a1b2c3d4e5f60718","recipients":[]}"#,
            ),
            listed("東京のエラー", "$", "no JSON \u{1b}[2J"),
        ];
        let drawn = anstream::adapter::strip_str(&table(&letters)).to_string();
        insta::assert_snapshot!(drawn, @r"
        notification: 3

        id        age  error-type       error-path               what it is
        0b9f7a52  2 h  Contract         topic, what, to[1], ac…  topic deploys: “Paymen…
        0b9f7a52  2 h  WorkItemVersion  /v                       delivery-chunk v9 of 3…
        0b9f7a52  2 h  東京のエラー     $                        12 bytes, not JSON
        ");
        let widest = drawn.lines().map(textwrap::core::display_width).max();
        assert!(widest <= Some(80), "{widest:?}");
    }

    #[test]
    fn programs_get_everything_that_is_safe_to_show() {
        let letters = [listed("Contract", "item", r#"{"topic":"deploys"}"#)];
        insta::assert_snapshot!(json(&letters), @r#"
        [
          {
            "queue": "notification",
            "id": "0b9f7a52-51d2-4b7e-8f34-6c2b1a9d7e55",
            "originalMessageId": "0b9f7a52-51d2-4b7e-8f34-6c2b1a9d7e55",
            "errorType": "Contract",
            "errorPath": "item",
            "errorMessage": "what is wrong",
            "sentAt": "1970-01-01T00:00:00Z",
            "preview": "topic deploys"
          }
        ]
        "#);
        insta::assert_snapshot!(csv(&letters), @r"
        queue,id,original-message-id,sent-at,error-type,error-path,error-message,preview
        notification,0b9f7a52-51d2-4b7e-8f34-6c2b1a9d7e55,0b9f7a52-51d2-4b7e-8f34-6c2b1a9d7e55,1970-01-01T00:00:00Z,Contract,item,what is wrong,topic deploys
        ");
    }
}
