//! `translations`: locale → texts.

use super::fields::{card, line, object, text};
use super::notification::{FACTS_MOST, LINE, TEXT, TITLE, fact};
use super::walk::{At, Walk};
use crate::locale::Locale;
use crate::translations::{Described, Named, Titled, Translation};
use std::collections::BTreeMap;

const MOST: usize = 50;

pub(super) fn translations(
    walk: &mut Walk,
    at: &At<'_>,
    actions: usize,
) -> BTreeMap<Locale, Translation> {
    let mut all = BTreeMap::new();
    let Some(fields) = at.fields(walk, "an object of locales") else {
        return all;
    };
    let locales: Vec<_> = fields.all().collect();
    if locales.len() > MOST {
        walk.problem(
            &at.path,
            format!("{} locales", locales.len()),
            format!("at most {MOST}"),
        );
        return all;
    }
    for (tag, at) in locales {
        let Ok(locale) = tag.parse::<Locale>() else {
            walk.problem(
                &at.path,
                "no locale tag",
                "a locale tag such as es or es-MX",
            );
            continue;
        };
        let Some(translation) = translation(walk, &at, actions) else {
            continue;
        };
        if all.insert(locale, translation).is_some() {
            walk.problem(&at.path, "the same locale again", "each locale once");
        }
    }
    all
}

fn translation(walk: &mut Walk, at: &At<'_>, actions: usize) -> Option<Translation> {
    let mut fields = at.fields(walk, "an object of texts")?;
    let mut translation = Translation::default();
    if let Some(at) = fields.get("what") {
        translation.what = line(walk, &at, LINE);
    }
    if let Some(at) = fields.get("body") {
        translation.body = text(walk, &at, TEXT);
    }
    if let Some(at) = fields.get("item") {
        translation.item = named(walk, &at);
    }
    if let Some(at) = fields.get("actor") {
        translation.actor = named(walk, &at);
    }
    if let Some(at) = fields.get("actions")
        && let Some(list) = at.list(walk, "a list of titles", usize::MAX)
    {
        if list.len() != actions {
            walk.problem(
                &at.path,
                format!("{} titles", list.len()),
                format!("one for each of the {actions} actions"),
            );
        }
        let titles = list.iter().filter_map(|at| titled(walk, at));
        translation.actions = titles.collect();
    }
    if let Some(at) = fields.get("facts")
        && let Some(list) = at.list(walk, "a list of facts", FACTS_MOST)
    {
        translation.facts = list.iter().filter_map(|at| fact(walk, at)).collect();
    }
    if let Some(at) = fields.get("image") {
        translation.image = described(walk, &at);
    }
    if let Some(at) = fields.get("card") {
        translation.card = card(walk, &at);
    }
    if let Some(at) = fields.get("data") {
        translation.data = object(walk, &at);
    }
    fields.end(walk);
    Some(translation)
}

fn named(walk: &mut Walk, at: &At<'_>) -> Option<Named> {
    let mut fields = at.fields(walk, "an object with a name")?;
    let name = fields
        .require(walk, "name", "a name")
        .and_then(|at| line(walk, &at, LINE));
    fields.end(walk);
    Some(Named { name: name? })
}

fn titled(walk: &mut Walk, at: &At<'_>) -> Option<Titled> {
    let mut fields = at.fields(walk, "an object with a title")?;
    let title = fields
        .require(walk, "title", "a title")
        .and_then(|at| line(walk, &at, TITLE));
    fields.end(walk);
    Some(Titled { title: title? })
}

fn described(walk: &mut Walk, at: &At<'_>) -> Option<Described> {
    let mut fields = at.fields(walk, "an object with alt")?;
    let alt = fields
        .require(walk, "alt", "what the image shows")
        .and_then(|at| line(walk, &at, LINE));
    fields.end(walk);
    Some(Described { alt: alt? })
}
