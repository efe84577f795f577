//! Who wrote a moment ago, and from where.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use notifications::RecipientKey;

use crate::received::Received;

/// For how long the same sender at the same place tells nothing new.
const MOMENT: SignedDuration = SignedDuration::from_secs(60);
/// Nobody must be found to block the bot while nobody here would see that they use it.
const _: () = assert!(MOMENT.as_secs() < store::UNBLOCKABLE.as_secs());
/// More than this many are not kept: one environment hears of few people in a minute.
const MOST: usize = 256;

/// What this process remembered in the table a moment ago.
///
/// People write several commands in a row. To remember each time that they are still there would be a third of what a
/// command costs.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<u64, (Timestamp, RecipientKey)>>);

impl Recent {
    /// The key of whom, or of what place, an activity tells nothing new.
    #[must_use]
    pub fn key(&self, received: &Received, now: Timestamp) -> Option<RecipientKey> {
        let kept = self.kept();
        let (at, key) = kept.get(&print(received))?;
        (*at <= now && now < *at + MOMENT).then(|| key.clone())
    }

    /// Notes that what an activity tells is in the table now.
    pub fn note(&self, received: &Received, key: &RecipientKey, now: Timestamp) {
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(print(received), (now, key.clone()));
    }

    /// Forgets everything: somebody was removed.
    pub fn forget(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<u64, (Timestamp, RecipientKey)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that an activity tells about where it came from.
fn print(received: &Received) -> u64 {
    let reference = &received.reference;
    let mut print = DefaultHasher::new();
    for part in [
        Some(reference.conversation.as_str()),
        Some(reference.tenant.as_str()),
        Some(reference.service_url.as_str()),
        reference.user.as_ref().map(activity::UserId::as_str),
        reference.object_id.as_ref().map(activity::ObjectId::as_str),
        reference.bot.as_ref().map(activity::BotId::as_str),
        reference.team.as_ref().map(activity::TeamId::as_str),
        reference.locale.as_deref(),
    ] {
        part.hash(&mut print);
    }
    print.finish()
}
