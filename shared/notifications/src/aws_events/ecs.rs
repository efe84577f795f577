//! ECS: tasks, services and deployments.

use super::console::{Console, arn_name, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent};
use crate::notification::Importance;
use serde_json::Value;

pub(super) fn change(event: &ServiceEvent<'_>, kind: &str) -> Described {
    match kind {
        "ECS Task State Change" => task(event),
        "ECS Service Action" | "ECS Deployment State Change" => service(event),
        _ => None,
    }
}

fn task(event: &ServiceEvent<'_>) -> Described {
    let task = event.text(&["taskArn"])?;
    let status = event.text(&["lastStatus"])?;
    let cluster = arn_name(event.text(&["clusterArn"])?);
    let group = event.text(&["group"]);
    let of = match group {
        Some(group) => group
            .trim_start_matches("service:")
            .trim_start_matches("family:"),
        None => arn_name(task),
    };
    let stopped = status == "STOPPED";
    let what = if stopped {
        said(
            format!("A task of {of} stopped"),
            format!("Se ha detenido una tarea de {of}"),
        )
    } else {
        let word = status.to_lowercase();
        said(
            format!("A task of {of} is now {word}"),
            format!("Una tarea de {of} está ahora en {word}"),
        )
    };
    let console = Console::of(event);
    let page = format!(
        "ecs/v2/clusters/{}/tasks/{}",
        encode(cluster),
        encode(arn_name(task))
    );
    let exits = exit_codes(event);
    let failed = stopped && exits.as_ref().is_some_and(|(_, failed)| *failed);
    let draft = Draft::new(what, format!("{of} ({cluster})"))
        .open(
            said("Open the task", "Abrir la tarea"),
            console.page(&page, ""),
        )
        .fact("Reason", "Motivo", event.text(&["stoppedReason"]))
        .fact("Stop code", "Código de parada", event.text(&["stopCode"]))
        .fact(
            "Exit codes",
            "Códigos de salida",
            exits.map(|(text, _)| text),
        )
        .fact("Cluster", "Clúster", Some(cluster))
        .fact("Task", "Tarea", Some(arn_name(task)));
    Some(if failed {
        draft.importance(Importance::High)
    } else {
        draft
    })
}

/// `web: 137, sidecar: 0`, and whether one of them is not zero.
fn exit_codes(event: &ServiceEvent<'_>) -> Option<(String, bool)> {
    let containers = event.at(&["containers"])?.as_array()?;
    let codes: Vec<(&str, i64)> = containers
        .iter()
        .filter_map(|container| {
            let name = container.get("name").and_then(Value::as_str)?;
            Some((name, container.get("exitCode").and_then(Value::as_i64)?))
        })
        .take(10)
        .collect();
    let failed = codes.iter().any(|(_, code)| *code != 0);
    let texts: Vec<String> = codes
        .iter()
        .map(|(name, code)| format!("{name}: {code}"))
        .collect();
    (!texts.is_empty()).then(|| (texts.join(", "), failed))
}

fn service(event: &ServiceEvent<'_>) -> Described {
    let arn = event.resource()?;
    let name = event.text(&["eventName"])?;
    let service = arn_name(arn);
    // arn:…:service/<cluster>/<service>; older ARNs leave the cluster out.
    let cluster = event
        .text(&["clusterArn"])
        .map(arn_name)
        .or_else(|| arn.rsplit('/').nth(1).filter(|part| !part.contains(':')));
    let what = match name {
        "SERVICE_DEPLOYMENT_IN_PROGRESS" => said(
            format!("A deployment of {service} started"),
            format!("Ha empezado un despliegue de {service}"),
        ),
        "SERVICE_DEPLOYMENT_COMPLETED" => said(
            format!("A deployment of {service} succeeded"),
            format!("Un despliegue de {service} ha terminado bien"),
        ),
        "SERVICE_DEPLOYMENT_FAILED" => said(
            format!("A deployment of {service} failed"),
            format!("Un despliegue de {service} ha fallado"),
        ),
        "SERVICE_STEADY_STATE" => said(
            format!("Service {service} is steady"),
            format!("El servicio {service} está estable"),
        ),
        "SERVICE_TASK_START_IMPAIRED" => said(
            format!("Service {service} cannot start its tasks reliably"),
            format!("El servicio {service} no logra iniciar sus tareas"),
        ),
        "SERVICE_TASK_PLACEMENT_FAILURE" => said(
            format!("Service {service} found no place for a task"),
            format!("El servicio {service} no encuentra sitio para una tarea"),
        ),
        other => {
            let word = other
                .trim_start_matches("SERVICE_")
                .replace('_', " ")
                .to_lowercase();
            said(
                format!("Service {service}: {word}"),
                format!("Servicio {service}: {word}"),
            )
        }
    };
    let console = Console::of(event);
    let page = match cluster {
        Some(cluster) => {
            let path = format!(
                "ecs/v2/clusters/{}/services/{}/health",
                encode(cluster),
                encode(service)
            );
            console.page(&path, "")
        }
        None => console.arn(arn),
    };
    let draft = Draft::new(what, service)
        .open(said("Open the service", "Abrir el servicio"), page)
        .fact("Reason", "Motivo", event.text(&["reason"]))
        .fact("Cluster", "Clúster", cluster)
        .fact("Deployment", "Despliegue", event.text(&["deploymentId"]));
    Some(match event.text(&["eventType"]) {
        Some("ERROR") => draft.importance(Importance::High),
        _ => draft,
    })
}
