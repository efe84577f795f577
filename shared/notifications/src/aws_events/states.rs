//! States of runs and jobs, as a sentence says them.

use super::draft::{Said, said};
use crate::notification::Importance;

/// How a state is said of a thing: `failed`, `ha fallado`.
pub(super) fn verb(state: &str) -> Said {
    match state.to_ascii_uppercase().as_str() {
        "CREATED" | "PENDING" | "QUEUED" => said("is waiting to start", "espera para empezar"),
        "STARTED" | "RUNNING" | "IN_PROGRESS" => said("started", "ha empezado"),
        "RESUMED" => said("went on", "ha continuado"),
        "SUCCEEDED" | "COMPLETED" => said("succeeded", "ha terminado bien"),
        "FAILED" | "FAULT" => said("failed", "ha fallado"),
        "TIMED_OUT" => said("timed out", "ha agotado su tiempo"),
        "ABORTED" | "CANCELED" | "CANCELLED" => said("was cancelled", "se ha cancelado"),
        "STOPPED" => said("was stopped", "se ha detenido"),
        "STOPPING" | "ABORTING" => said("is stopping", "se está deteniendo"),
        "SUPERSEDED" => said("was superseded", "ha sido reemplazada por otra"),
        "ABANDONED" => said("was abandoned", "se ha abandonado"),
        "EXPIRED" => said("expired", "ha caducado"),
        "PARTIAL" => said("completed in part", "ha terminado en parte"),
        "" => said("changed", "ha cambiado"),
        _ => {
            let word = state.replace('_', " ").to_lowercase();
            said(format!("is now {word}"), format!("está ahora en {word}"))
        }
    }
}

/// How loud a state is.
pub(super) fn importance(state: &str) -> Importance {
    match state.to_ascii_uppercase().as_str() {
        "FAILED" | "FAULT" | "TIMED_OUT" | "ABANDONED" => Importance::High,
        _ => Importance::Normal,
    }
}
