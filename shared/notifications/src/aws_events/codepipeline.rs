//! CodePipeline: pipelines, stages and actions.

use super::console::{Console, arn_name, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent, states};

/// `CodePipeline … Execution State Change`.
pub(super) fn change(event: &ServiceEvent<'_>, kind: &str) -> Described {
    let pipeline = event.text(&["pipeline"])?;
    let state = event.text(&["state"])?;
    let stage = event.text(&["stage"]);
    let action = event.text(&["action"]);
    let subject = match (kind, stage, action) {
        ("CodePipeline Action Execution State Change", Some(stage), Some(action)) => said(
            format!("Action {action} of stage {stage} of pipeline {pipeline}"),
            format!("La acción {action} de la fase {stage} de la canalización {pipeline}"),
        ),
        ("CodePipeline Stage Execution State Change", Some(stage), _) => said(
            format!("Stage {stage} of pipeline {pipeline}"),
            format!("La fase {stage} de la canalización {pipeline}"),
        ),
        ("CodePipeline Pipeline Execution State Change", _, _) => said(
            format!("Pipeline {pipeline}"),
            format!("La canalización {pipeline}"),
        ),
        _ => return None,
    };
    let verb = states::verb(state);
    let what = said(
        format!("{} {}", subject.en, verb.en),
        format!("{} {}", subject.es, verb.es),
    );
    let console = Console::of(event);
    let base = format!("codesuite/codepipeline/pipelines/{}", encode(pipeline));
    let page = match event.text(&["execution-id"]) {
        Some(run) => console.page(&format!("{base}/executions/{}/timeline", encode(run)), ""),
        None => console.page(&format!("{base}/view"), ""),
    };
    let trigger = event.text(&["execution-trigger", "trigger-detail"]);
    let draft = Draft::new(what, pipeline)
        .open(said("Open the run", "Abrir la ejecución"), page)
        .link(
            said("Open the result", "Abrir el resultado"),
            event.text(&["execution-result", "external-execution-url"]),
        )
        .fact("Stage", "Fase", stage)
        .fact("Action", "Acción", action)
        .fact(
            "Result",
            "Resultado",
            event.text(&["execution-result", "external-execution-summary"]),
        )
        .fact("Started by", "Iniciada por", trigger.map(arn_name))
        .fact("Run", "Ejecución", event.text(&["execution-id"]))
        .importance(states::importance(state));
    Some(draft)
}
