//! AWS Backup jobs.

use super::console::{Console, arn_name, encode};
use super::draft::{Draft, said};
use super::{Described, ServiceEvent, states};

/// `Backup Job State Change`, and those of copy and restore jobs.
pub(super) fn job(event: &ServiceEvent<'_>, kind: &str) -> Described {
    let state = event.text(&["state"]).or(event.text(&["status"]))?;
    let (en, es, id, page) = match kind {
        "Backup Job State Change" => ("backup", "copia de seguridad", "backupJobId", "backup"),
        "Copy Job State Change" => ("backup copy", "réplica de la copia", "copyJobId", "copy"),
        "Restore Job State Change" => ("restore", "restauración", "restoreJobId", "restore"),
        _ => return None,
    };
    let resource = event.text(&["resourceArn"]).or(event.resource());
    let name = resource.map_or("AWS Backup", arn_name);
    let verb = states::verb(state);
    let what = said(
        format!("The {en} of {name} {}", verb.en),
        format!("La {es} de {name} {}", verb.es),
    );
    let mut draft = Draft::new(what, name)
        .fact("Message", "Mensaje", event.text(&["statusMessage"]))
        .fact("Kind", "Tipo", event.text(&["resourceType"]))
        .fact("Vault", "Almacén", event.text(&["backupVaultName"]))
        .fact("Resource", "Recurso", resource)
        .importance(states::importance(state));
    if let Some(id) = event.text(&[id]) {
        let page = format!("#/jobs/{page}/details/{}", encode(id));
        draft = draft.open(
            said("Open the job", "Abrir el trabajo"),
            Console::of(event).page("backup/home", &page),
        );
    }
    Some(draft)
}
