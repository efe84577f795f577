//! A message in two languages, before it is a notification.

use super::console::Console;
use super::{ServiceEvent, services, topic};
use crate::locale::Locale;
use crate::notification::{
    Action, Actor, Do, Fact, Importance, Incident, IncidentState, Item, Notification,
};
use crate::translations::{Titled, Translation};
use crate::weblink::WebLink;
use std::collections::BTreeMap;

/// The same in English and in Spanish.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) en: String,
    pub(super) es: String,
}

pub(super) fn said(en: impl Into<String>, es: impl Into<String>) -> Said {
    Said {
        en: en.into(),
        es: es.into(),
    }
}

/// What a describer knows; the rest is filled in by [`Draft::finish`].
pub(super) struct Draft {
    what: Said,
    item: String,
    url: Option<String>,
    actor: Option<(String, Option<String>)>,
    open: Said,
    links: Vec<(Said, String)>,
    facts: Vec<(Said, Said)>,
    body: Option<String>,
    importance: Importance,
    incident: Option<Incident>,
}

impl Draft {
    /// What happened, and to what.
    pub(super) fn new(what: Said, item: impl Into<String>) -> Self {
        Self {
            what,
            item: item.into(),
            url: None,
            actor: None,
            open: said("Open in the AWS console", "Abrir en la consola de AWS"),
            links: Vec::new(),
            facts: Vec::new(),
            body: None,
            importance: Importance::Normal,
            incident: None,
        }
    }

    /// Where the item is in the console, and what the button is called.
    pub(super) fn open(mut self, title: Said, url: String) -> Self {
        self.open = title;
        self.url = Some(url);
        self
    }

    /// One more button.
    pub(super) fn link(mut self, title: Said, url: Option<&str>) -> Self {
        if let Some(url) = url {
            self.links.push((title, url.to_owned()));
        }
        self
    }

    /// Who did it, when it was not the service by itself.
    pub(super) fn by(mut self, name: Option<&str>, id: Option<&str>) -> Self {
        if let Some(name) = name {
            self.actor = Some((name.to_owned(), id.map(str::to_owned)));
        }
        self
    }

    /// A fact, when the event has it.
    pub(super) fn fact(self, en: &str, es: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => {
                let value = value.into();
                self.fact_said(en, es, said(value.clone(), value))
            }
            None => self,
        }
    }

    /// A fact whose value is a word in both languages.
    pub(super) fn fact_said(mut self, en: &str, es: &str, value: Said) -> Self {
        self.facts.push((said(en, es), value));
        self
    }

    /// More text, in Markdown.
    pub(super) fn body(mut self, text: Option<&str>) -> Self {
        self.body = text.map(str::to_owned);
        self
    }

    pub(super) fn importance(mut self, importance: Importance) -> Self {
        self.importance = importance;
        self
    }

    pub(super) fn incident(mut self, key: &str, state: IncidentState) -> Self {
        self.incident = Some(Incident {
            key: line(key, 500),
            state,
        });
        self
    }

    /// The notification: with account, region and time, within the limits of
    /// the contract whatever the event held.
    pub(super) fn finish(self, event: &ServiceEvent<'_>) -> Notification {
        // Only AWS has its things in the AWS console.
        let of_aws = event.source.starts_with("aws.");
        let url = self
            .url
            .or_else(|| of_aws.then(|| Console::of(event).home()))
            .and_then(|url| link(&url));
        let mut facts = self.facts;
        let mut common = vec![(said("Time", "Hora"), event.time)];
        if of_aws {
            common.insert(0, (said("Region", "Región"), event.region));
            common.insert(0, (said("Account", "Cuenta"), event.account));
        }
        for (title, value) in common {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                facts.push((title, said(value, value)));
            }
        }
        facts.retain(|(_, value)| !value.en.trim().is_empty());
        facts.truncate(50);
        let mut buttons: Vec<(Said, WebLink)> = Vec::new();
        if let Some(url) = &url {
            buttons.push((self.open, url.clone()));
        }
        for (title, url) in self.links {
            buttons.extend(link(&url).map(|url| (title, url)));
        }
        let fact = |title: &str, value: &str| Fact {
            title: line(title, 100),
            value: line(value, 1000),
        };
        let spanish = Translation {
            what: Some(line(&self.what.es, 500)),
            actions: buttons
                .iter()
                .map(|(title, _)| Titled {
                    title: line(&title.es, 100),
                })
                .collect(),
            facts: facts
                .iter()
                .map(|(title, value)| fact(&title.es, &value.es))
                .collect(),
            ..Translation::default()
        };
        let (actor, actor_id) = self
            .actor
            .unwrap_or_else(|| (services::name(event.source), None));
        Notification {
            id: None,
            tenant: None,
            topic: topic(event.source),
            to: None,
            what: line(&self.what.en, 500),
            item: Item {
                name: line(&self.item, 500),
                url,
            },
            actor: Actor {
                name: line(&actor, 500),
                id: actor_id.map(|id| line(&id, 500)),
            },
            actions: buttons
                .into_iter()
                .map(|(title, url)| Action {
                    title: line(&title.en, 100),
                    does: Do::Open { url },
                })
                .collect(),
            body: self
                .body
                .filter(|body| !body.trim().is_empty())
                .map(|body| body.chars().take(4000).collect()),
            facts: facts
                .iter()
                .map(|(title, value)| fact(&title.en, &value.en))
                .collect(),
            mentions: Vec::new(),
            image: None,
            translations: spanish_locale()
                .map(|es| BTreeMap::from([(es, spanish)]))
                .unwrap_or_default(),
            importance: self.importance,
            incident: self.incident,
            card: None,
            data: None,
            task_token: None,
            not_before: None,
            expires: None,
            extensions: BTreeMap::new(),
        }
    }
}

fn spanish_locale() -> Option<Locale> {
    "es".parse().ok()
}

fn link(url: &str) -> Option<WebLink> {
    WebLink::parse(url).ok()
}

/// One line of at most so many characters, never empty: line breaks become
/// spaces, what is too long ends in `…`.
pub(super) fn line(text: &str, most: usize) -> String {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = text.split(odd).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.is_empty() {
        return "–".to_owned();
    }
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most - 1).collect();
    short.push('…');
    short
}
