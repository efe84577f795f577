//! What a poll sends, as notifications of our own on the ledger: so they are
//! delivered, paced, muted and accounted for as all others are.
//!
//! Whoever delivers them renders the poll as it then is; what stands here is
//! for the ledger, for reports, and for when there is no poll any more.

use crate::elements::short;
use crate::reader::Reader;
use jiff::Timestamp;
use notifications::translations::{Named, Translation};
use notifications::{Actor, Audience, Importance, Item, Locale, Notification};
use polls::{Definition, Texts};
use std::collections::BTreeMap;

/// The notification that asks a poll of its audience.
#[must_use]
pub fn asking(
    poll: &Definition,
    owner: &str,
    to: Audience,
    closes: Option<Timestamp>,
) -> Notification {
    let who = named(owner);
    told(poll, owner, to, closes, |reader, title| {
        reader
            .say("{owner} asks: {title}", "{owner} pregunta: {title}")
            .replace("{owner}", &short(&who, 80))
            .replace("{title}", title)
    })
}

/// The notification that reminds those who have not answered.
#[must_use]
pub fn reminding(
    poll: &Definition,
    owner: &str,
    to: Audience,
    closes: Option<Timestamp>,
) -> Notification {
    told(poll, owner, to, closes, |reader, title| {
        reader
            .say("Your vote is missing: {title}", "Falta tu voto: {title}")
            .replace("{title}", title)
    })
}

/// The notification that tells the result.
#[must_use]
pub fn closing_result(poll: &Definition, owner: &str, to: Audience) -> Notification {
    told(poll, owner, to, None, |reader, title| {
        reader
            .say("Result: {title}", "Resultado: {title}")
            .replace("{title}", title)
    })
}

/// What stands where a poll was that somebody deleted: no vote counts any more, and nobody gets a result.
#[must_use]
pub fn withdrawn(poll: &Definition, owner: &str, to: Audience) -> Notification {
    told(poll, owner, to, None, |reader, title| {
        reader
            .say("Poll deleted: {title}", "Encuesta eliminada: {title}")
            .replace("{title}", title)
    })
}

/// What the owner is called; a notification needs an actor.
fn named(owner: &str) -> String {
    match owner.trim() {
        "" => "Tidings".to_owned(),
        owner => short(owner, 200),
    }
}

fn told(
    poll: &Definition,
    owner: &str,
    to: Audience,
    expires: Option<Timestamp>,
    what: impl Fn(&Reader, &str) -> String,
) -> Notification {
    let name = named(owner);
    // Every language that the poll has, and each that we have.
    let spanish: Result<Locale, _> = "es".parse();
    let locales = poll.translations.keys().cloned().chain(spanish.ok());
    let translations: BTreeMap<Locale, Translation> = locales
        .map(|locale| {
            let reader = Reader::personal(Some(locale.as_str()));
            let title = short(Texts::of(poll, Some(&locale)).title(), 300);
            let translation = Translation {
                what: Some(what(&reader, &title)),
                item: Some(Named { name: title }),
                ..Translation::default()
            };
            (locale, translation)
        })
        .take(50)
        .collect();
    let title = short(&poll.title, 300);
    Notification {
        id: None,
        tenant: poll.tenant.clone(),
        topic: poll.topic.clone(),
        to: Some(to),
        what: what(&Reader::personal(None), &title),
        item: Item {
            name: title,
            url: None,
        },
        actor: Actor { name, id: None },
        actions: Vec::new(),
        body: None,
        facts: Vec::new(),
        mentions: Vec::new(),
        image: None,
        translations,
        importance: Importance::Normal,
        incident: None,
        card: None,
        data: None,
        task_token: None,
        not_before: None,
        expires,
        extensions: BTreeMap::new(),
    }
}
