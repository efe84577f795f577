//! API calls, which CloudTrail puts on the bus.

use super::console::{Console, arn_name};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent, services};
use crate::notification::Importance;

/// `AWS API Call via CloudTrail`, of any service.
pub(super) fn call(event: &ServiceEvent<'_>) -> Described {
    if event.detail_type != "AWS API Call via CloudTrail" {
        return None;
    }
    let call = event.text(&["eventName"])?;
    let service = services::name(event.source);
    let arn = event.text(&["userIdentity", "arn"]);
    let who = event
        .text(&["userIdentity", "userName"])
        .or(arn.map(arn_name))
        .or(event.text(&["userIdentity", "invokedBy"]));
    let error = event.text(&["errorCode"]);
    let what = match error {
        None => said(
            format!("{call} was called on {service}"),
            format!("Se ha llamado a {call} de {service}"),
        ),
        Some(_) => said(
            format!("A call of {call} on {service} was refused"),
            format!("Se ha rechazado una llamada a {call} de {service}"),
        ),
    };
    let console = Console::of(event);
    let item = event.resource();
    let draft = Draft::new(what, item.map_or(call, arn_name))
        .open(
            said("Open the event history", "Abrir el historial de eventos"),
            console.page("cloudtrailv2/home", "#/events"),
        )
        .by(who, arn)
        .fact("Error", "Error", error)
        .fact("From", "Desde", event.text(&["sourceIPAddress"]))
        .fact("With", "Con", event.text(&["userAgent"]));
    Some(if event.text(&["userIdentity", "type"]) == Some("Root") {
        draft.importance(Importance::High)
    } else {
        draft
    })
}
