//! A JSON document, or a part of it: a list of things, or one value.

use serde_json::Value;
use url::Url;

use super::{Document, MOST, NotASource, link, not_json, parse_json, time};
use crate::entry::{Content, Entry};
use crate::hash;
use crate::pick::Pick;
use crate::text;

/// The members that things on the web have by habit, the most telling first.
const ID: [&str; 6] = ["id", "guid", "uuid", "key", "number", "slug"];
const TITLE: [&str; 7] = [
    "title",
    "name",
    "summary",
    "subject",
    "headline",
    "message",
    "description",
];
const LINK: [&str; 6] = ["html_url", "url", "link", "permalink", "href", "web_url"];
const TIME: [&str; 7] = [
    "published_at",
    "date_published",
    "published",
    "created_at",
    "created",
    "date",
    "updated_at",
];
const TEXT: [&str; 6] = [
    "content_text",
    "body",
    "text",
    "description",
    "summary",
    "content_html",
];

/// How much of a value is told.
const SHOWN: usize = 200;

/// How many values a document may be made of. Each takes up to 200 bytes, and as many again for an expression: a document
/// of `[1],[1],…` would take more memory than the function has, at each look again.
const VALUES: usize = 250_000;

pub(super) fn read(pick: Option<&Pick>, document: &Document<'_>) -> Result<Content, NotASource> {
    // What separates or opens values; those within texts are counted, too, and are few.
    let values = document.body.iter().filter(|b| b",[{".contains(b));
    if values.count() > VALUES {
        return Err(NotASource::TooManyValues);
    }
    let whole: Value = parse_json(document.body).map_err(|error| not_json(&error))?;
    let picked = match pick {
        Some(pick) => pick.of(&whole).ok_or(NotASource::NothingPicked)?,
        None => whole,
    };
    Ok(match picked {
        Value::Array(elements) if elements.len() > MOST => return Err(NotASource::TooMany),
        Value::Array(elements) => Content::Entries {
            title: None,
            entries: elements
                .into_iter()
                .map(|element| entry(element, document.url))
                .collect(),
        },
        value => Content::Value(shown(&value)),
    })
}

/// A value as a text that has one form.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => {
            let mut value = value.clone();
            value.sort_all_objects();
            value.to_string()
        }
    }
}

fn entry(element: Value, base: &Url) -> Entry {
    let scalar = |names: &[&str]| {
        names.iter().find_map(|name| match element.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let whole = || shown(&element);
    let id = scalar(&ID).unwrap_or_else(|| hash::hex(&hash::of(&[&whole()]), 32));
    let title = scalar(&TITLE).unwrap_or_else(|| text::line(&whole(), SHOWN));
    let body = scalar(&TEXT).map(|text| text::of_html(&text));
    Entry {
        id,
        at: scalar(&TIME).and_then(|text| time(&text)),
        title: text::of_html(&title),
        url: scalar(&LINK).and_then(|text| link(base, &text)),
        text: body.filter(|body| *body != title),
        ..Entry::default()
    }
}
