//! `POST`: where the bot is, what goes wrong, starting over.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Asked, Problem, Simulation, written};
use crate::{BotEndpoint, Fault, FaultFile, FaultFileError, Operation, Reply};

type Answered = Result<Json<Value>, Problem>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    url: String,
    host: Option<String>,
}

pub(super) async fn endpoint(State(shared): Simulation, Asked(asked): Asked<Endpoint>) -> Answered {
    let endpoint = match &asked.host {
        Some(host) => BotEndpoint::url_with_host(&asked.url, host),
        None => BotEndpoint::url(&asked.url),
    }
    .map_err(|error| Problem::bad(error.to_string()))?;
    let shown = endpoint.to_string();
    shared.set_endpoint(Some(endpoint));
    Ok(Json(json!({"botEndpoint": shown})))
}

/// A fault for the next requests of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Line {
    operation: Operation,
    /// Only requests about this conversation.
    conversation: Option<String>,
    /// The status of the answer.
    status: Option<u16>,
    /// The code in its body; without one, the body is a gateway's.
    code: Option<String>,
    retry_after: Option<u64>,
    /// Whether the request takes effect all the same.
    #[serde(default)]
    accept: bool,
    /// Wait so long before serving.
    delay_ms: Option<u64>,
    /// Break the connection in the middle of the answer.
    #[serde(default)]
    cut: bool,
    /// How many requests.
    times: Option<u32>,
}

impl Line {
    fn fault(&self) -> Result<Fault, Problem> {
        let fault = match (self.status, self.delay_ms, self.cut) {
            (Some(status @ 200..=599), None, false) => {
                let mut reply = Reply::standing_for(status, self.code.as_deref());
                reply.retry_after = self.retry_after;
                match self.accept {
                    true => Fault::AcceptThenAnswer(reply),
                    false => Fault::Answer(reply),
                }
            }
            (None, Some(delay), false) => Fault::Delay(Duration::from_millis(delay)),
            (None, None, true) if self.accept => Fault::AcceptThenCut,
            (None, None, true) => Fault::Cut,
            _ => {
                return Err(Problem::bad(
                    "say one of status (200 to 599), delayMs and cut",
                ));
            }
        };
        Ok(fault)
    }
}

pub(super) async fn faults(State(shared): Simulation, Asked(line): Asked<Line>) -> Answered {
    let fault = line.fault()?;
    for _ in 0..line.times.unwrap_or(1) {
        shared
            .script
            .push(line.operation, line.conversation.clone(), fault.clone());
    }
    Ok(Json(json!({"linedUp": shared.script.left()})))
}

pub(super) async fn clear_faults(State(shared): Simulation) -> Json<Value> {
    shared.script.clear();
    Json(json!({"linedUp": 0}))
}

/// What is lined up, and how often the rules of the fault file were met.
pub(super) async fn faults_met(State(shared): Simulation) -> Json<Value> {
    Json(json!({"linedUp": shared.script.left(), "met": shared.faults_met()}))
}

/// A fault file, in the place of the one before.
pub(super) async fn fault_file(State(shared): Simulation, request: Request) -> Answered {
    let advice = "send YAML or JSON: content-type: application/yaml";
    let kinds = ["application/yaml", "application/json"];
    let text = written(request, &kinds, advice).await?;
    let text = std::str::from_utf8(&text).map_err(|error| Problem::bad(error.to_string()))?;
    let refused = |error: FaultFileError| Problem::bad(error.to_string());
    let file = FaultFile::read(text).map_err(refused)?;
    shared.use_faults(Some(&file)).map_err(refused)?;
    Ok(Json(json!({"rules": file.rules()})))
}

pub(super) async fn no_fault_file(State(shared): Simulation) -> Answered {
    let refused = |error: FaultFileError| Problem::bad(error.to_string());
    shared.use_faults(None).map_err(refused)?;
    Ok(Json(json!({"rules": 0})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Rotation {
    #[serde(default)]
    keep_old: bool,
}

pub(super) async fn rotate_keys(
    State(shared): Simulation,
    Asked(asked): Asked<Rotation>,
) -> Json<Value> {
    let mut signing = shared.signing();
    signing.rotate(asked.keep_old);
    Json(json!({"keyId": signing.active.key_id()}))
}

pub(super) async fn revoke_tokens(State(shared): Simulation, _: Asked<Value>) -> Json<Value> {
    shared.issued_tokens().revoke_all();
    Json(json!({"revoked": true}))
}

pub(super) async fn reset(State(shared): Simulation, _: Asked<Value>) -> Json<Value> {
    shared.reset();
    Json(json!({"reset": true}))
}
