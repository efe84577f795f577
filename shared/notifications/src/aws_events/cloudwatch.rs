//! CloudWatch alarms.

use super::console::{Console, encode};
use super::draft::{Draft, Said, said};
use super::{Described, ServiceEvent};
use crate::notification::{Importance, IncidentState};
use serde_json::Value;

/// `CloudWatch Alarm State Change`.
pub(super) fn alarm(event: &ServiceEvent<'_>) -> Described {
    let name = event.text(&["alarmName"])?;
    let state = event.text(&["state", "value"])?;
    let before = event.text(&["previousState", "value"]);
    let was = before.map_or(said("", ""), |before| {
        let Said { en, es } = word(before);
        said(format!(" (was {en})"), format!(" (antes: {es})"))
    });
    let what = match state {
        "ALARM" => said(
            format!("Alarm {name} went off{}", was.en),
            format!("Ha saltado la alarma {name}{}", was.es),
        ),
        "OK" => said(
            format!("Alarm {name} is OK again{}", was.en),
            format!("La alarma {name} vuelve a estar bien{}", was.es),
        ),
        other => {
            let Said { en, es } = word(other);
            said(
                format!("Alarm {name} now has {en}{}", was.en),
                format!("La alarma {name} está ahora: {es}{}", was.es),
            )
        }
    };
    let console = Console::of(event);
    let page = format!("#alarmsV2:alarm/{}", encode(name));
    let mut draft = Draft::new(what, name)
        .open(
            said("Open the alarm", "Abrir la alarma"),
            console.page("cloudwatch/home", &page),
        )
        .body(event.text(&["configuration", "description"]))
        .fact("Reason", "Motivo", event.text(&["state", "reason"]))
        .fact("Metric", "Métrica", metric(event))
        .fact("Rule", "Regla", event.text(&["configuration", "alarmRule"]));
    if state == "ALARM" {
        draft = draft.importance(Importance::High);
    }
    let key = event.resource().unwrap_or(name);
    Some(match state {
        "ALARM" => draft.incident(key, IncidentState::Open),
        "OK" => draft.incident(key, IncidentState::Resolved),
        _ => draft,
    })
}

fn word(state: &str) -> Said {
    match state {
        "ALARM" => said("in alarm", "en alarma"),
        "OK" => said("OK", "bien"),
        "INSUFFICIENT_DATA" => said("too little data", "sin datos suficientes"),
        other => said(other, other),
    }
}

/// `AWS/ApplicationELB HTTPCode_Target_5XX_Count`, of the first metric.
fn metric(event: &ServiceEvent<'_>) -> Option<String> {
    let first = event.at(&["configuration", "metrics"])?.get(0)?;
    let metric = first.get("metricStat")?.get("metric")?;
    let name = metric.get("name").and_then(Value::as_str)?;
    Some(match metric.get("namespace").and_then(Value::as_str) {
        Some(namespace) => format!("{namespace} {name}"),
        None => name.to_owned(),
    })
}
