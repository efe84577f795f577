//! CodeBuild builds.

use super::console::{Console, arn_name, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent, states};

/// `CodeBuild Build State Change`.
pub(super) fn build(event: &ServiceEvent<'_>) -> Described {
    let project = event.text(&["project-name"])?;
    let state = event.text(&["build-status"])?;
    let verb = states::verb(state);
    let what = said(
        format!("The build of {project} {}", verb.en),
        format!("La compilación de {project} {}", verb.es),
    );
    let console = Console::of(event);
    // The id after the ARN's last colon, under the project's name.
    let run = event.text(&["build-id"]).map(arn_name);
    let page = match (event.account, run) {
        (Some(account), Some(run)) => console.page(
            &format!(
                "codesuite/codebuild/{}/projects/{}/build/{}",
                encode(account),
                encode(project),
                encode(&format!("{project}:{run}"))
            ),
            "",
        ),
        _ => console.page(
            &format!("codesuite/codebuild/projects/{}", encode(project)),
            "",
        ),
    };
    let more = "additional-information";
    let initiator = event.text(&[more, "initiator"]);
    Some(
        Draft::new(what, project)
            .open(said("Open the build", "Abrir la compilación"), page)
            .link(
                said("Read the log", "Leer el registro"),
                event.text(&[more, "logs", "deep-link"]),
            )
            .by(
                initiator.map(|who| who.trim_start_matches("codepipeline/")),
                initiator,
            )
            .fact("Phase", "Fase", event.text(&["current-phase"]))
            .fact(
                "Source",
                "Origen",
                event.text(&[more, "source", "location"]),
            )
            .fact("Version", "Versión", event.text(&[more, "source-version"]))
            .importance(states::importance(state)),
    )
}
