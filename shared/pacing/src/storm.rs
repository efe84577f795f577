//! Whose 429 it is: a conversation's, or the tenant's.

use std::time::Duration;

use activity::ConversationId;
use jiff::{SignedDuration, Timestamp};

/// Whom a 429 slows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// This conversation alone.
    Conversation,
    /// Everything of the tenant.
    Tenant,
}

/// 429s on so many conversations at once are the tenant's.
const MANY: usize = 3;
/// At once: within this time, as one worker sees it.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(10);

/// The 429s that one worker had lately.
#[derive(Clone, Debug, Default)]
pub struct Storms {
    recent: Vec<(ConversationId, Timestamp)>,
}

impl Storms {
    /// Judges a 429.
    ///
    /// Without a `Retry-After`, or without a conversation yet, it is the tenant's. So it is when several conversations
    /// have one at once: each of them alone would be within its own limits.
    pub fn blame(
        &mut self,
        conversation: Option<&ConversationId>,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> Blame {
        let (Some(conversation), Some(_)) = (conversation, retry_after) else {
            return Blame::Tenant;
        };
        self.recent
            .retain(|(of, at)| of != conversation && now.duration_since(*at).abs() <= AT_ONCE);
        self.recent.push((conversation.clone(), now));
        match self.recent.len() >= MANY {
            true => Blame::Tenant,
            false => Blame::Conversation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blames(heard: &[(&str, Option<u64>, i64)]) -> Vec<Blame> {
        let mut storms = Storms::default();
        let blame = |(id, after, second): &(&str, Option<u64>, i64)| {
            let id = ConversationId::new(*id);
            let at = Timestamp::from_second(1_790_000_000 + second).unwrap();
            storms.blame(Some(&id), after.map(Duration::from_secs), at)
        };
        heard.iter().map(blame).collect()
    }

    #[test]
    fn one_conversation_again_and_again_slows_itself_alone() {
        let heard = [("a", Some(1), 0); 5];
        assert_eq!(blames(&heard), [Blame::Conversation; 5]);
    }

    #[test]
    fn many_conversations_at_once_are_the_tenants() {
        let heard = [("a", Some(1), 0), ("b", Some(1), 1), ("c", Some(1), 2)];
        assert_eq!(blames(&heard).last(), Some(&Blame::Tenant));
        let apart = [("a", Some(1), 0), ("b", Some(1), 11), ("c", Some(1), 22)];
        assert_eq!(blames(&apart), [Blame::Conversation; 3]);
    }

    #[test]
    fn without_retry_after_or_a_conversation_it_is_the_tenants() {
        assert_eq!(blames(&[("a", None, 0)]), [Blame::Tenant]);
        let mut storms = Storms::default();
        let creation = storms.blame(None, Some(Duration::from_secs(1)), Timestamp::UNIX_EPOCH);
        assert_eq!(creation, Blame::Tenant);
    }
}
