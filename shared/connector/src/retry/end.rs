use std::fmt;

/// Why there is no use in trying again, named by what it means.
///
/// What was asked for has ended; what to do about the place it was for stands
/// with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The conversation was deleted or never was. About one in a hundred such
    /// answers is wrong, so forget the conversation only after another one,
    /// minutes later; a personal one can be created again.
    ConversationGone,
    /// The message is gone; the conversation is there. Forget the message's id.
    ActivityGone,
    /// Something else was not found, or a gateway says so. Forget nothing.
    NotFound,
    /// The bot is not in the conversation. Forget it until an install.
    BotRemoved,
    /// The person blocked, muted or uninstalled the bot. Send nothing until
    /// they do something with it.
    BlockedByUser,
    /// The app is not installed for the person. It has to be, first.
    NotInstalled,
    /// An admin disabled the app. Send nothing until somebody uses it again.
    DisabledByAdmin,
    /// The tenant is served by another host of the cloud. Look the host up
    /// again and send there, once.
    WrongHost,
    /// The id was made for another bot. Forget it.
    ForeignId,
    /// Not permitted, for a reason that only an admin can find. Report it.
    NotPermitted,
    /// The message is too large. Make it smaller.
    TooLarge,
    /// The request is wrong: a bug, or content that Teams does not take.
    BadRequest,
    /// The channel does not have the operation.
    Unsupported,
    /// The bot's registration or credential is wrong. Everything else fails,
    /// too, until somebody mends it: alarm.
    Misconfigured,
    /// The host is not trusted with the token. Nothing was sent.
    UntrustedHost,
    /// The Connector failed (500) and asks not to be asked again. Report it.
    ServiceFault,
    /// A status that no document explains.
    Unexpected,
    /// It may have arrived, and must not be sent again.
    Ambiguous,
    /// It was tried as often as may be, and certainly did not arrive.
    Exhausted,
}

impl End {
    /// Every end.
    pub const ALL: [Self; 19] = [
        Self::ConversationGone,
        Self::ActivityGone,
        Self::NotFound,
        Self::BotRemoved,
        Self::BlockedByUser,
        Self::NotInstalled,
        Self::DisabledByAdmin,
        Self::WrongHost,
        Self::ForeignId,
        Self::NotPermitted,
        Self::TooLarge,
        Self::BadRequest,
        Self::Unsupported,
        Self::Misconfigured,
        Self::UntrustedHost,
        Self::ServiceFault,
        Self::Unexpected,
        Self::Ambiguous,
        Self::Exhausted,
    ];

    /// A stable name, for ledgers and dashboards.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConversationGone => "conversation-gone",
            Self::ActivityGone => "activity-gone",
            Self::NotFound => "not-found",
            Self::BotRemoved => "bot-removed",
            Self::BlockedByUser => "blocked-by-user",
            Self::NotInstalled => "not-installed",
            Self::DisabledByAdmin => "disabled-by-admin",
            Self::WrongHost => "wrong-host",
            Self::ForeignId => "foreign-id",
            Self::NotPermitted => "not-permitted",
            Self::TooLarge => "too-large",
            Self::BadRequest => "bad-request",
            Self::Unsupported => "unsupported",
            Self::Misconfigured => "misconfigured",
            Self::UntrustedHost => "untrusted-host",
            Self::ServiceFault => "service-fault",
            Self::Unexpected => "unexpected",
            Self::Ambiguous => "ambiguous",
            Self::Exhausted => "exhausted",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
