//! The notification that somebody means.

use anyhow::anyhow;
use jiff::Timestamp;
use notifications::NotificationKey;
use store::Recent;

use crate::deployment::Deployment;
use crate::text::words::{escaped, time};

/// So many digits of a key tell the notifications of a ledger apart.
const SHORT: usize = 8;
/// So many of those that fit are named.
const NAMED: usize = 5;

/// The beginning of a key, as it is given to commands.
pub(crate) fn short(key: &NotificationKey) -> &str {
    key.as_str().get(..SHORT).unwrap_or(key.as_str())
}

/// The one notification that `text` means: its key, the beginning of that, or the id that its sender gave it.
///
/// # Errors
///
/// When there is none, or more than one.
pub(crate) async fn find(
    deployment: &Deployment,
    text: &str,
    now: Timestamp,
) -> anyhow::Result<Recent> {
    let found = look_for(deployment, text, now).await?;
    match <[Recent; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(found) if found.is_empty() => Err(nothing(text)),
        Err(found) => Err(several(text, &found)),
    }
}

/// All that `text` may mean, the newest first.
pub(crate) async fn look_for(
    deployment: &Deployment,
    text: &str,
    now: Timestamp,
) -> anyhow::Result<Vec<Recent>> {
    let ledger = deployment.store.ledger();
    Ok(ledger
        .find(&deployment.tenant, text.trim(), now, NAMED + 1)
        .await?)
}

pub(crate) fn nothing(text: &str) -> anyhow::Error {
    anyhow!(
        "no notification has the id or key {text:?}, or a key that begins so (six digits or more).\n\
         If it was sent just now, it is not accepted yet: try again, and look into the dead letters (tidings redrive). \
         The latest are listed by: tidings report"
    )
}

fn several(text: &str, found: &[Recent]) -> anyhow::Error {
    let mut lines = String::new();
    for one in found.iter().take(NAMED) {
        let id = one.id.as_ref().map_or("", |id| id.as_str());
        lines.push_str(&format!(
            "\n  {}  {}  {}  {}",
            one.key,
            time(one.accepted_at),
            escaped(one.topic.as_str()),
            escaped(id)
        ));
    }
    if found.len() > NAMED {
        lines.push_str("\n  …");
    }
    anyhow!("{text:?} may mean several notifications; give more of the key:{lines}")
}
