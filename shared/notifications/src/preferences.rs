//! What a recipient wants of a topic, and whether a message is still wanted.

use crate::notification::Importance;
use crate::outcome::SkipReason;
use crate::topic::Topic;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What one recipient decided about one topic. Nothing decided is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicPreference {
    /// Whether they follow it; `None`: they never said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// Whether, and until when, they want silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<Mute>,
}

/// Whether a recipient follows a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subscription {
    /// They asked for it.
    Subscribed,
    /// They left it: nothing of this topic reaches them, however addressed.
    Unsubscribed,
}

/// How long a topic is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mute {
    /// Until they unmute.
    Always,
    /// Until this time.
    Until(Timestamp),
}

impl TopicPreference {
    /// After `subscribe`. Whoever asks for a topic wants to hear it: a mute
    /// is lifted.
    #[must_use]
    pub fn subscribed(self) -> Self {
        Self {
            subscription: Some(Subscription::Subscribed),
            mute: None,
        }
    }

    /// After `unsubscribe`.
    #[must_use]
    pub fn unsubscribed(self) -> Self {
        Self {
            subscription: Some(Subscription::Unsubscribed),
            mute: None,
        }
    }

    /// After `mute`: the subscription stays as it is.
    #[must_use]
    pub fn muted(self, mute: Mute) -> Self {
        Self {
            mute: Some(mute),
            ..self
        }
    }

    /// After `unmute`.
    #[must_use]
    pub fn unmuted(self) -> Self {
        Self { mute: None, ..self }
    }

    /// Whether nothing was decided, so that nothing need be kept.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the topic is silent at this time.
    #[must_use]
    pub fn is_muted_at(&self, now: Timestamp) -> bool {
        match self.mute {
            None => false,
            Some(Mute::Always) => true,
            Some(Mute::Until(until)) => now < until,
        }
    }
}

/// Decides, at the moment of sending, whether the message is still wanted.
///
/// An expired message is wanted by nobody. Whoever unsubscribed gets nothing
/// of the topic, however it was addressed. A mute keeps silence too, except
/// for an `urgent` message of a topic that allows it. Without a decision of
/// the recipient the sender's addressing stands.
///
/// # Errors
///
/// The [`SkipReason`] that goes on the ledger.
pub fn wanted(
    topic: &Topic,
    importance: Importance,
    expires: Option<Timestamp>,
    preference: &TopicPreference,
    now: Timestamp,
) -> Result<(), SkipReason> {
    if expires.is_some_and(|expires| expires <= now) {
        return Err(SkipReason::Expired);
    }
    if preference.subscription == Some(Subscription::Unsubscribed) {
        return Err(SkipReason::Unsubscribed);
    }
    let passes = importance == Importance::Urgent && topic.urgent_allowed;
    if preference.is_muted_at(now) && !passes {
        return Err(SkipReason::Muted);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Mute, TopicPreference, wanted};
    use crate::notification::Importance;
    use crate::outcome::SkipReason;
    use crate::topic::Topic;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn decide(importance: Importance, preference: TopicPreference) -> Result<(), SkipReason> {
        let topic = Topic::undefined("deploys".parse().unwrap());
        wanted(&topic, importance, None, &preference, at(100))
    }

    #[test]
    fn without_a_decision_the_message_is_wanted() {
        assert_eq!(
            decide(Importance::Normal, TopicPreference::default()),
            Ok(())
        );
    }

    #[test]
    fn a_mute_holds_until_its_time() {
        let muted = |until| TopicPreference::default().muted(Mute::Until(at(until)));
        assert_eq!(decide(Importance::High, muted(101)), Err(SkipReason::Muted));
        assert_eq!(decide(Importance::High, muted(100)), Ok(()));
        let always = TopicPreference::default().muted(Mute::Always);
        assert_eq!(decide(Importance::Normal, always), Err(SkipReason::Muted));
        assert_eq!(decide(Importance::Normal, always.unmuted()), Ok(()));
    }

    #[test]
    fn urgent_passes_a_mute_only_where_the_topic_allows_it() {
        let mut topic = Topic::undefined("fire".parse().unwrap());
        let muted = TopicPreference::default().muted(Mute::Always);
        let urgent = |topic: &Topic, preference: &TopicPreference| {
            wanted(topic, Importance::Urgent, None, preference, at(100))
        };
        assert_eq!(urgent(&topic, &muted), Err(SkipReason::Muted));
        topic.urgent_allowed = true;
        assert_eq!(urgent(&topic, &muted), Ok(()));
        assert_eq!(
            wanted(&topic, Importance::High, None, &muted, at(100)),
            Err(SkipReason::Muted)
        );
        assert_eq!(
            urgent(&topic, &muted.unsubscribed()),
            Err(SkipReason::Unsubscribed)
        );
    }

    #[test]
    fn an_expired_message_is_wanted_by_nobody() {
        let topic = Topic::undefined("deploys".parse().unwrap());
        let preference = TopicPreference::default().subscribed();
        let until = |expires| {
            wanted(
                &topic,
                Importance::Urgent,
                Some(at(expires)),
                &preference,
                at(100),
            )
        };
        assert_eq!(until(100), Err(SkipReason::Expired));
        assert_eq!(until(101), Ok(()));
    }

    #[test]
    fn subscribing_lifts_a_mute_and_muting_keeps_the_subscription() {
        let subscribed = TopicPreference::default().subscribed();
        let muted = subscribed.muted(Mute::Always);
        assert_eq!(muted.unmuted(), subscribed);
        assert_eq!(muted.subscribed(), subscribed);
        assert!(TopicPreference::default().is_default());
    }
}
