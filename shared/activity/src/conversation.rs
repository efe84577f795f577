use serde::{Deserialize, Serialize};

use crate::ids::{ActivityId, ConversationId};

const THREAD: &str = ";messageid=";

/// What sort of conversation it is; they behave differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConversationKind {
    /// One person and the bot.
    Personal,
    /// Several people, also in a meeting.
    GroupChat,
    /// A channel of a team, or a thread in it.
    Channel,
}

impl ConversationKind {
    /// The kind as `conversationType` says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::GroupChat => "groupChat",
            Self::Channel => "channel",
        }
    }

    /// Reads `conversationType`. `None` for a value that Teams does not document.
    #[must_use]
    pub fn from_wire(value: &str) -> Option<Self> {
        match value {
            "personal" => Some(Self::Personal),
            "groupChat" => Some(Self::GroupChat),
            "channel" => Some(Self::Channel),
            _ => None,
        }
    }
}

impl ConversationId {
    /// The kind that the shape of the id tells (protocol reference §3.6).
    ///
    /// Old and minimal payloads carry no `conversationType`. `None` when the
    /// shape is unknown, as with test tools.
    #[must_use]
    pub fn kind(&self) -> Option<ConversationKind> {
        let id = self.without_thread();
        let id = id.as_str();
        if id.starts_with("a:") || id.ends_with("@unq.gbl.spaces") {
            Some(ConversationKind::Personal)
        } else if id.ends_with("@thread.tacv2") || id.ends_with("@thread.skype") {
            Some(ConversationKind::Channel)
        } else if id.ends_with("@thread.v2") {
            Some(ConversationKind::GroupChat)
        } else {
            None
        }
    }

    /// The channel that a thread belongs to; any other id as it is.
    ///
    /// References and rosters want it this way.
    #[must_use]
    pub fn without_thread(&self) -> Self {
        match self.as_str().split_once(';') {
            Some((channel, _)) => Self::new(channel),
            None => self.clone(),
        }
    }

    /// The message that a thread hangs on, when the id names one.
    #[must_use]
    pub fn thread_root(&self) -> Option<ActivityId> {
        let (_, root) = self.as_str().split_once(THREAD)?;
        (!root.is_empty()).then(|| ActivityId::new(root))
    }

    /// The thread of this channel that hangs on `root`, whatever thread this id
    /// names now.
    ///
    /// `None` when `root` cannot be a message: Teams takes only decimal ids
    /// other than `0` here.
    #[must_use]
    pub fn in_thread(&self, root: &ActivityId) -> Option<Self> {
        let digits = root.as_str();
        let valid =
            !digits.is_empty() && digits != "0" && digits.bytes().all(|b| b.is_ascii_digit());
        valid.then(|| Self::new(format!("{}{THREAD}{digits}", self.without_thread())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "19:d441@thread.tacv2";

    #[test]
    fn a_thread_is_stripped_and_put_on_again() {
        let thread = ConversationId::new(format!("{CHANNEL};messageid=1766459963017"));
        assert_eq!(thread.without_thread().as_str(), CHANNEL);
        assert_eq!(thread.thread_root(), Some("1766459963017".into()));
        assert_eq!(
            ConversationId::new(CHANNEL).in_thread(&"1766459963017".into()),
            Some(thread.clone())
        );
        let other = thread.in_thread(&"17".into());
        assert_eq!(other, Some(format!("{CHANNEL};messageid=17").into()));
    }

    #[test]
    fn only_message_ids_make_threads() {
        let channel = ConversationId::new(CHANNEL);
        for root in ["", "0", "f:d4414f98", "17;x", "-1"] {
            assert_eq!(channel.in_thread(&root.into()), None, "{root}");
        }
        assert_eq!(channel.thread_root(), None);
    }

    #[test]
    fn the_shape_of_an_id_tells_its_kind() {
        let kind = |id: &str| ConversationId::new(id).kind();
        assert_eq!(kind("a:1rLd"), Some(ConversationKind::Personal));
        assert_eq!(
            kind("19:u_b@unq.gbl.spaces"),
            Some(ConversationKind::Personal)
        );
        assert_eq!(kind(CHANNEL), Some(ConversationKind::Channel));
        assert_eq!(
            kind("19:x@thread.skype;messageid=1"),
            Some(ConversationKind::Channel)
        );
        assert_eq!(kind("19:x@thread.v2"), Some(ConversationKind::GroupChat));
        assert_eq!(kind("conv-1"), None);
    }
}
