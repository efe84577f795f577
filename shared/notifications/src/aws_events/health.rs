//! AWS Health: problems of AWS itself, and changes that it announces.

use super::console::encode;
use super::draft::{Draft, said};
use super::{Described, ServiceEvent};
use crate::notification::Importance;
use serde_json::Value;

/// `AWS Health Event`, and its abuse kin.
pub(super) fn event(event: &ServiceEvent<'_>) -> Described {
    let service = event.text(&["service"])?;
    let category = event.text(&["eventTypeCategory"]).unwrap_or_default();
    let code = event.text(&["eventTypeCode"]);
    let closed = event.text(&["statusCode"]) == Some("closed");
    let region = event
        .text(&["eventRegion"])
        .or(event.region)
        .unwrap_or("AWS");
    let what = match (category, closed) {
        ("issue", false) => said(
            format!("AWS reports a problem with {service} in {region}"),
            format!("AWS informa de un problema con {service} en {region}"),
        ),
        ("issue", true) => said(
            format!("The problem with {service} in {region} is over, says AWS"),
            format!("Según AWS, ha terminado el problema con {service} en {region}"),
        ),
        ("scheduledChange", false) => said(
            format!("AWS plans a change of {service} in {region}"),
            format!("AWS planea un cambio de {service} en {region}"),
        ),
        ("scheduledChange", true) => said(
            format!("A planned change of {service} in {region} is done"),
            format!("Se ha completado un cambio de {service} en {region}"),
        ),
        ("investigation", _) => said(
            format!("AWS is investigating {service} in {region}"),
            format!("AWS está investigando {service} en {region}"),
        ),
        _ => said(
            format!("AWS has a notice about {service} in {region}"),
            format!("AWS tiene un aviso sobre {service} en {region}"),
        ),
    };
    let mut draft = Draft::new(what, code.unwrap_or(service))
        .body(description(event))
        .fact("Affected", "Afectados", affected(event))
        .fact("Starts", "Empieza", event.text(&["startTime"]))
        .fact("Ends", "Termina", event.text(&["endTime"]));
    if let Some(arn) = event.text(&["eventArn"]) {
        // AWS Health has one console for all regions.
        let page = format!(
            "https://health.console.aws.amazon.com/health/home#/account/event-log?eventID={}",
            encode(arn)
        );
        draft = draft.open(said("Open the notice", "Abrir el aviso"), page);
    }
    Some(if category == "issue" && !closed {
        draft.importance(Importance::High)
    } else {
        draft
    })
}

/// The English description; the events bring no Spanish one.
fn description<'a>(event: &ServiceEvent<'a>) -> Option<&'a str> {
    let all = event.at(&["eventDescription"])?.as_array()?;
    let english = all.iter().find(|one| {
        let language = one.get("language").and_then(Value::as_str);
        language.is_some_and(|language| language.starts_with("en"))
    });
    english
        .or(all.first())?
        .get("latestDescription")
        .and_then(Value::as_str)
}

fn affected(event: &ServiceEvent<'_>) -> Option<String> {
    let all = event.at(&["affectedEntities"])?.as_array()?;
    let names: Vec<&str> = all
        .iter()
        .filter_map(|one| one.get("entityValue").and_then(Value::as_str))
        .collect();
    if names.is_empty() {
        return None;
    }
    let mut text = names
        .iter()
        .take(10)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > 10 {
        text.push_str(&format!(" (+{})", names.len() - 10));
    }
    Some(text)
}
