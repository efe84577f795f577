//! The incidents of a Statuspage, `/api/v2/incidents.json`, and what it plans, `/api/v2/scheduled-maintenances.json`.

use notifications::{Importance, IncidentState};
use serde::Deserialize;

use super::{Document, NotASource, link, not_json, parse_json, time};
use crate::entry::{Content, Entry};
use crate::text;

#[derive(Deserialize)]
struct Page {
    page: Option<Named>,
    incidents: Option<Vec<Incident>>,
    scheduled_maintenances: Option<Vec<Incident>>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Incident {
    id: String,
    name: String,
    #[serde(default)]
    impact: Option<String>,
    #[serde(default)]
    shortlink: Option<String>,
    #[serde(default)]
    incident_updates: Vec<Update>,
}

#[derive(Deserialize)]
struct Update {
    id: String,
    status: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    affected_components: Option<Vec<Named>>,
}

/// Each update of an incident is an entry; all of one incident update one card.
pub(super) fn read(document: &Document<'_>) -> Result<Content, NotASource> {
    const OTHER: NotASource = NotASource::OtherJson {
        expected: "the incidents of a Statuspage",
    };
    let page: Page = parse_json(document.body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => OTHER,
        _ => not_json(&error),
    })?;
    let incidents = match (page.incidents, page.scheduled_maintenances) {
        (None, None) => return Err(OTHER),
        (some, more) => some.into_iter().chain(more).flatten().collect::<Vec<_>>(),
    };
    let name = page.page.and_then(|page| page.name);
    let mut entries = Vec::new();
    // The newest is first, of the incidents and of the updates of each.
    for incident in incidents.iter().rev() {
        for update in incident.incident_updates.iter().rev() {
            entries.push(entry(incident, update, document));
        }
    }
    Ok(Content::Entries {
        title: name,
        entries,
    })
}

fn entry(incident: &Incident, update: &Update, document: &Document<'_>) -> Entry {
    let (state, en, es) = match update.status.as_str() {
        "investigating" => (IncidentState::Open, "investigating", "se investiga"),
        "identified" => (IncidentState::Acknowledged, "identified", "identificado"),
        "monitoring" => (IncidentState::Acknowledged, "monitoring", "en observación"),
        "resolved" => (IncidentState::Resolved, "resolved", "resuelto"),
        "postmortem" => (IncidentState::Resolved, "postmortem", "análisis posterior"),
        "scheduled" => (IncidentState::Open, "scheduled", "programado"),
        "in_progress" => (IncidentState::Acknowledged, "in progress", "en curso"),
        "verifying" => (IncidentState::Acknowledged, "verifying", "en verificación"),
        "completed" => (IncidentState::Resolved, "completed", "terminado"),
        other => (IncidentState::Open, other, other),
    };
    let is_over = state == IncidentState::Resolved;
    let loud = matches!(incident.impact.as_deref(), Some("major" | "critical")) && !is_over;
    let components = update.affected_components.iter().flatten();
    let components: Vec<&str> = components
        .filter_map(|named| named.name.as_deref())
        .take(20)
        .collect();
    let mut facts = Vec::new();
    if let Some(impact) = incident
        .impact
        .as_deref()
        .filter(|impact| *impact != "none")
    {
        facts.push(("Impact".to_owned(), impact.to_owned()));
    }
    if !components.is_empty() {
        facts.push(("Components".to_owned(), components.join(", ")));
    }
    Entry {
        id: format!("{}/{}", incident.id, update.id),
        at: update.created_at.as_deref().and_then(time),
        title: format!("{}: {en}", incident.name),
        title_es: Some(format!("{}: {es}", incident.name)),
        url: incident
            .shortlink
            .as_deref()
            .and_then(|text| link(document.url, text)),
        text: update.body.as_deref().map(text::of_html),
        facts,
        importance: if loud {
            Importance::High
        } else {
            Importance::Normal
        },
        incident: Some((incident.id.clone(), state)),
        ..Entry::default()
    }
}
