//! `translations`: locale → the poll's texts.

use super::parse::LINE;
use super::questions::CHOICE;
use crate::definition::{Question, QuestionTranslation, Translation};
use notifications::Locale;
use notifications::contract::fields::line;
use notifications::contract::walk::{At, Walk};
use std::collections::BTreeMap;

const MOST: usize = 50;

pub(super) fn translations(
    walk: &mut Walk,
    at: &At<'_>,
    questions: &[Question],
) -> BTreeMap<Locale, Translation> {
    let mut all = BTreeMap::new();
    let Some(fields) = at.fields(walk, "an object of locales") else {
        return all;
    };
    let locales: Vec<_> = fields.all().collect();
    if locales.len() > MOST {
        let found = format!("{} locales", locales.len());
        walk.problem(&at.path, found, format!("at most {MOST}"));
        return all;
    }
    for (tag, at) in locales {
        let Ok(locale) = tag.parse::<Locale>() else {
            let expected = "a locale tag such as es or es-MX";
            walk.problem(&at.path, "no locale tag", expected);
            continue;
        };
        let Some(translation) = translation(walk, &at, questions) else {
            continue;
        };
        if all.insert(locale, translation).is_some() {
            walk.problem(&at.path, "the same locale again", "each locale once");
        }
    }
    all
}

fn translation(walk: &mut Walk, at: &At<'_>, questions: &[Question]) -> Option<Translation> {
    let mut fields = at.fields(walk, "an object: {title?, questions?}")?;
    let title = fields.get("title").and_then(|at| line(walk, &at, LINE));
    let ids: Vec<&str> = questions.iter().map(|q| q.id.as_str()).collect();
    let mut translated = BTreeMap::new();
    if let Some(at) = fields.get("questions") {
        for (id, at) in by_id(walk, &at, &ids, "question") {
            let Some(question) = questions.iter().find(|question| question.id == id) else {
                continue;
            };
            if let Some(texts) = one_question(walk, &at, question) {
                translated.insert(id, texts);
            }
        }
    }
    fields.end(walk);
    Some(Translation {
        title,
        questions: translated,
    })
}

fn one_question(walk: &mut Walk, at: &At<'_>, question: &Question) -> Option<QuestionTranslation> {
    let mut fields = at.fields(walk, "an object: {text?, choices?}")?;
    let text = fields.get("text").and_then(|at| line(walk, &at, LINE));
    let ids: Vec<&str> = question.choices().iter().map(|c| c.id.as_str()).collect();
    let mut choices = BTreeMap::new();
    if let Some(at) = fields.get("choices") {
        for (id, at) in by_id(walk, &at, &ids, "choice") {
            if let Some(text) = line(walk, &at, CHOICE) {
                choices.insert(id, text);
            }
        }
    }
    fields.end(walk);
    Some(QuestionTranslation { text, choices })
}

/// An object by id, or a list with one for each in their order.
fn by_id<'a>(walk: &mut Walk, at: &At<'a>, ids: &[&str], what: &str) -> Vec<(String, At<'a>)> {
    if at.value.is_array() {
        let list = at.list(walk, "a list", usize::MAX).unwrap_or_default();
        if list.len() != ids.len() {
            let found = format!("a list of {}", list.len());
            let expected = format!("one for each {what}: {}", ids.len());
            walk.problem(&at.path, found, expected);
            return Vec::new();
        }
        return ids.iter().map(|id| (*id).to_owned()).zip(list).collect();
    }
    let expected = format!("an object by the id of each {what}, or a list in their order");
    let Some(fields) = at.fields(walk, &expected) else {
        return Vec::new();
    };
    let mut known = Vec::new();
    for (id, at) in fields.all() {
        if ids.contains(&id.as_str()) {
            known.push((id.clone(), at));
        } else {
            let expected = format!("one of {}", ids.join(", "));
            walk.problem(&at.path, format!("the id of no {what}"), expected);
        }
    }
    known
}
