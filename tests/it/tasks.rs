//! `tasks`: work from its queue and the tick in; what people see, what the table knows and what other queues get out.

mod bad_input;
mod clicks;
mod rosters;
mod samples;
mod tick;
mod welcomes;

use activity::ids::TenantId;
use store::{BucketRange, Source};

use crate::bot::Bot;

/// The keys of a team's members, as the table has them.
pub(crate) async fn roster(bot: &Bot, team: &str) -> Vec<String> {
    let tenant = TenantId::from(bot.stage.teams.tenant());
    let source = Source::Team(team.into());
    let audiences = bot.stage.store.audiences();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = audiences.page(&tenant, &source, BucketRange::ALL, after.as_ref(), 500);
        let page = page.await.unwrap();
        all.extend(page.recipients.iter().map(ToString::to_string));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}
