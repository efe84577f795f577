//! Step Functions executions.

use super::console::{Console, arn_name, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent, states};

/// `Step Functions Execution Status Change`.
pub(super) fn execution(event: &ServiceEvent<'_>) -> Described {
    let arn = event.text(&["executionArn"])?;
    let status = event.text(&["status"])?;
    let machine = arn_name(event.text(&["stateMachineArn"])?);
    let verb = states::verb(status);
    let what = said(
        format!("A run of {machine} {}", verb.en),
        format!("Una ejecución de {machine} {}", verb.es),
    );
    let console = Console::of(event);
    let page = format!("#/v2/executions/details/{}", encode(arn));
    Some(
        Draft::new(what, machine)
            .open(
                said("Open the run", "Abrir la ejecución"),
                console.page("states/home", &page),
            )
            .fact("Run", "Ejecución", event.text(&["name"]))
            .fact("Error", "Error", event.text(&["error"]))
            .fact("Cause", "Causa", event.text(&["cause"]))
            .importance(states::importance(status)),
    )
}
