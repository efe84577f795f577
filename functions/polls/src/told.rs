//! The event that tells that a poll has closed.

use activity::ids::TenantId;
use aws::BusEvent;
use polls::{Definition, Results};
use serde_json::json;
use store::Occurrence;

use crate::error::Failure;
use crate::handler::Polling;

/// The `source` of our own events; `notify` drops them.
const SOURCE: &str = "tidings";
/// The `detail-type`.
const CLOSED: &str = "tidings.poll.closed";
/// The version of the detail. Fields may be added to it.
const VERSION: u32 = 1;

impl Polling {
    /// Publishes the event, at least once; two copies have the same `id`. No vote is in it, only what came of them.
    pub(crate) async fn tell(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let polls = self.store.polls();
        let id = &occurrence.id;
        let Some(result) = polls.result(tenant, id, occurrence.round).await? else {
            return Ok(());
        };
        let results: Option<Results> = serde_json::from_str(&result.result).ok();
        let detail = json!({
            "version": VERSION,
            "id": format!("{id}/closed/{}", occurrence.round),
            "tenant": tenant,
            "poll": id.poll(),
            "occurrence": id,
            "title": definition.title,
            "anonymous": occurrence.anonymous,
            "opened": occurrence.opened,
            "closed": occurrence.closing_at,
            "closedBy": occurrence.closed_by,
            "results": results,
            "addedChoices": result.added,
        });
        let event = BusEvent {
            source: SOURCE.to_owned(),
            detail_type: CLOSED.to_owned(),
            detail: detail.to_string(),
        };
        Ok(self.events.publish(event).await?)
    }
}
