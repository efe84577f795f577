//! EC2 instances.

use super::console::{Console, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent};
use crate::notification::Importance;

pub(super) fn change(event: &ServiceEvent<'_>, kind: &str) -> Described {
    let instance = event.text(&["instance-id"])?;
    let console = Console::of(event);
    let page = format!("#InstanceDetails:instanceId={}", encode(instance));
    let (what, importance) = match kind {
        "EC2 Instance State-change Notification" => {
            let state = event.text(&["state"])?;
            let what = match state {
                "pending" => said("is starting", "está arrancando"),
                "running" => said("is running", "está en marcha"),
                "stopping" => said("is stopping", "se está deteniendo"),
                "stopped" => said("was stopped", "se ha detenido"),
                "shutting-down" => said("is being terminated", "se está terminando"),
                "terminated" => said("was terminated", "se ha terminado"),
                other => said(format!("is now {other}"), format!("está ahora en {other}")),
            };
            (what, Importance::Normal)
        }
        "EC2 Spot Instance Interruption Warning" => (
            said(
                "will be interrupted in two minutes (spot)",
                "se interrumpirá en dos minutos (spot)",
            ),
            Importance::High,
        ),
        "EC2 Instance Rebalance Recommendation" => (
            said(
                "may soon be interrupted (spot)",
                "puede interrumpirse pronto (spot)",
            ),
            Importance::Normal,
        ),
        _ => return None,
    };
    let what = said(
        format!("Instance {instance} {}", what.en),
        format!("La instancia {instance} {}", what.es),
    );
    Some(
        Draft::new(what, instance)
            .open(
                said("Open the instance", "Abrir la instancia"),
                console.page("ec2/home", &page),
            )
            .fact("Action", "Acción", event.text(&["instance-action"]))
            .importance(importance),
    )
}
