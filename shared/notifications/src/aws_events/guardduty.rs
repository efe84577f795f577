//! GuardDuty findings.

use super::console::{Console, encode};
use super::draft::{Draft, Said, said};
use super::{Described, ServiceEvent};
use crate::notification::Importance;
use serde_json::Value;

/// `GuardDuty Finding`.
pub(super) fn finding(event: &ServiceEvent<'_>) -> Described {
    let title = event.text(&["title"])?;
    let id = event.text(&["id"])?;
    let kind = event.text(&["type"]);
    let severity = event.at(&["severity"]).and_then(Value::as_f64);
    let what = said(
        format!("GuardDuty found: {title}"),
        format!("GuardDuty ha encontrado: {title}"),
    );
    let item = kind.or(event.text(&["resource", "resourceType"]));
    let console = Console::of(event);
    let page = format!("#/findings?macros=current&fId={}", encode(id));
    let count = event.at(&["service", "count"]).and_then(Value::as_u64);
    let mut draft = Draft::new(what, item.unwrap_or(id))
        .open(
            said("Open the finding", "Abrir el hallazgo"),
            console.page("guardduty/home", &page),
        )
        .body(event.text(&["description"]))
        .fact(
            "Resource",
            "Recurso",
            event.text(&["resource", "resourceType"]),
        )
        .fact("Seen", "Visto", count.map(|count| format!("{count} ×")));
    if let Some(severity) = severity {
        let Said { en, es } = level(severity);
        let value = said(format!("{severity} ({en})"), format!("{severity} ({es})"));
        draft = draft.fact_said("Severity", "Gravedad", value);
        if severity >= 7.0 {
            draft = draft.importance(Importance::High);
        }
    }
    Some(draft)
}

/// The bands of the GuardDuty user guide.
fn level(severity: f64) -> Said {
    match severity {
        s if s >= 9.0 => said("critical", "crítica"),
        s if s >= 7.0 => said("high", "alta"),
        s if s >= 4.0 => said("medium", "media"),
        _ => said("low", "baja"),
    }
}
