//! What is told of what is new, as notifications.

use activity::ids::TenantId;
use cards::markdown;
use jiff::Timestamp;
use notifications::notification::{Action, Do};
use notifications::{
    Actor, Fact, Incident, IncidentState, Item, Locale, Notification, NotificationId,
};
use notifications::{Importance, Translation, WebLink};
use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::hash;
use crate::text;
use crate::watch::Watch;

const LINE: usize = 300;
const NAME: usize = 200;
const TITLE: usize = 100;
const BODY: usize = 1_000;

/// Whom and what it is told for.
pub(crate) struct Told<'a> {
    pub(crate) watch: &'a Watch,
    pub(crate) tenant: &'a TenantId,
    /// What the source calls itself.
    pub(crate) title: Option<&'a str>,
}

impl Told<'_> {
    /// What people call the source.
    fn source(&self) -> String {
        let own = || self.title.map(|title| text::line(title, NAME));
        let named = self.watch.name.clone().or_else(own);
        named
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| text::line(self.watch.called(), NAME))
    }

    fn blank(&self, id: &str, what: String, item: Item) -> Notification {
        let hash = hash::hex(&hash::of(&[id]), 32);
        Notification {
            id: Some(NotificationId::new(format!(
                "watch/{}/{hash}",
                self.watch.id()
            ))),
            tenant: Some(self.tenant.clone()),
            topic: self.watch.topic.clone(),
            to: self.watch.to.clone(),
            what,
            item,
            actor: Actor {
                name: self.source(),
                id: None,
            },
            actions: Vec::new(),
            body: None,
            facts: Vec::new(),
            mentions: Vec::new(),
            image: None,
            translations: BTreeMap::new(),
            importance: Importance::Normal,
            incident: None,
            card: None,
            data: None,
            task_token: None,
            not_before: None,
            expires: None,
            extensions: BTreeMap::new(),
        }
    }
}

/// A text in a line; another one when there is nothing to see.
fn or(text: &str, most: usize, otherwise: &str) -> String {
    let line = text::line(text, most);
    if line.is_empty() {
        otherwise.to_owned()
    } else {
        line
    }
}

/// Something new.
pub(crate) fn of_entry(told: &Told<'_>, entry: &Entry) -> Notification {
    let source = told.source();
    let link = entry
        .url
        .as_deref()
        .and_then(|url| WebLink::parse(url).ok());
    let name = entry.about.as_deref().unwrap_or(&source);
    let item = Item {
        name: or(name, NAME, &source),
        url: link.clone(),
    };
    let untitled = format!("Something new in {source}");
    let mut notification = told.blank(&entry.id, or(&entry.title, LINE, &untitled), item);
    if let Some(author) = &entry.author {
        notification.actor.name = or(author, NAME, &source);
    }
    // Its words are another's: as text, and never as Markdown.
    let body = entry.text.as_deref().map(|text| text::lines(text, BODY));
    notification.body = body
        .filter(|body| !body.is_empty() && *body != notification.what)
        .map(|body| markdown::escape(&body));
    let facts = entry.facts.iter().map(|(title, value)| Fact {
        title: or(title, TITLE, "–"),
        value: or(value, NAME, "–"),
    });
    notification.facts = facts.collect();
    notification.importance = entry.importance;
    notification.incident = entry.incident.as_ref().map(|(key, state)| Incident {
        key: format!(
            "watch/{}/{}",
            told.watch.id(),
            hash::hex(&hash::of(&[key]), 32)
        ),
        state: *state,
    });
    let title_es = entry.title_es.as_deref();
    let title_es = title_es.map(|title| or(title, LINE, &untitled));
    in_spanish(
        &mut notification,
        title_es,
        link.is_some().then_some("Abrir"),
    );
    if let Some(url) = link {
        notification.actions = vec![Action {
            title: "Open".to_owned(),
            does: Do::Open { url },
        }];
    }
    notification
}

/// A value that changed, for the so manieth time.
pub(crate) fn of_change(told: &Told<'_>, before: &str, now: &str, change: u64) -> Notification {
    let source = told.source();
    let (before, now) = (text::line(before, 80), text::line(now, 80));
    let shown = |text: &str| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            text.to_owned()
        }
    };
    let (before, now) = (shown(&before), shown(&now));
    let what = text::line(&format!("{source} changed: {before} → {now}"), LINE);
    let es = text::line(&format!("{source} cambió: {before} → {now}"), LINE);
    let item = Item {
        name: source,
        url: WebLink::parse(told.watch.url.as_str()).ok(),
    };
    let mut notification = told.blank(&format!("change {change} {before} {now}"), what, item);
    in_spanish(&mut notification, Some(es), None);
    notification
}

/// A source has failed for so long that somebody should know. `since` names the failure.
#[must_use]
pub fn broken(watch: &Watch, tenant: &TenantId, reason: &str, since: Timestamp) -> Notification {
    let told = Told {
        watch,
        tenant,
        title: None,
    };
    let source = told.source();
    let what = text::line(
        &format!("{source} could not be read since {since:.0}"),
        LINE,
    );
    let es = text::line(&format!("{source} no se puede leer desde {since:.0}"), LINE);
    let mut notification = notice(&told, "broken", since, what, es);
    notification.facts = vec![Fact {
        title: "Reason".to_owned(),
        value: or(reason, LINE, "–"),
    }];
    notification.incident = Some(failure(&told, since, IncidentState::Open));
    notification
}

/// A source that had failed for long works again.
#[must_use]
pub fn whole_again(watch: &Watch, tenant: &TenantId, since: Timestamp) -> Notification {
    let told = Told {
        watch,
        tenant,
        title: None,
    };
    let source = told.source();
    let what = text::line(&format!("{source} can be read again"), LINE);
    let es = text::line(&format!("{source} se puede leer otra vez"), LINE);
    let mut notification = notice(&told, "whole", since, what, es);
    notification.incident = Some(failure(&told, since, IncidentState::Resolved));
    notification
}

fn failure(told: &Told<'_>, since: Timestamp, state: IncidentState) -> Incident {
    let key = format!("watch/{}/failing/{}", told.watch.id(), since.as_second());
    Incident { key, state }
}

fn notice(told: &Told<'_>, kind: &str, since: Timestamp, what: String, es: String) -> Notification {
    let item = Item {
        name: told.source(),
        url: WebLink::parse(told.watch.url.as_str()).ok(),
    };
    let mut notification = told.blank(&format!("{kind} {}", since.as_second()), what, item);
    notification.actor.name = "Tidings".to_owned();
    in_spanish(&mut notification, Some(es), None);
    notification
}

fn in_spanish(notification: &mut Notification, what: Option<String>, open: Option<&str>) {
    let Ok(locale) = "es".parse::<Locale>() else {
        return;
    };
    let actions = open.map(|title| notifications::translations::Titled {
        title: title.to_owned(),
    });
    let translation = Translation {
        what,
        actions: actions.into_iter().collect(),
        ..Translation::default()
    };
    if translation != Translation::default() {
        notification.translations.insert(locale, translation);
    }
}
