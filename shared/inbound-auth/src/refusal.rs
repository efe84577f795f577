use activity::{MalformedActivity, ServiceUrlError};

use crate::signing_keys::KeysUnavailable;

/// Why a request was not taken.
///
/// The answer is [`Refusal::status`] with an empty body: whoever sent a bad
/// token learns nothing. The reason is for our own log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The body is over [`MAX_BODY`](crate::MAX_BODY).
    #[error("failed to accept the request: its body is too large")]
    TooLarge,
    /// The token does not prove that Teams sent this activity.
    #[error("failed to accept the token")]
    Token(#[from] TokenFault),
    /// No signing keys could be had. The token may be good: Teams should send
    /// the activity again.
    #[error("failed to check the token")]
    Keys(#[from] KeysUnavailable),
    /// The token is good, but the body is not an activity.
    #[error("failed to read the body")]
    Malformed(#[from] MalformedActivity),
    /// The token is good, but the activity is of another channel than Teams.
    #[error("failed to accept the activity: its channel is not msteams")]
    OtherChannel,
    /// The token is good, but its key may not speak for Teams.
    #[error("failed to accept the activity: its key is not endorsed for msteams")]
    NotEndorsed,
    /// The token is good, but answers would go to a host that may not have the
    /// bot's token. An operator should know: a host is missing from the list, or
    /// the configured cloud is another one.
    #[error("failed to accept the activity's service URL")]
    ServiceUrl(#[from] ServiceUrlError),
    /// A request without a token, in a process that takes such only from this machine.
    #[error("failed to accept the activity: its service URL is not on this machine")]
    NotLoopback,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenFault {
    /// There is no `Authorization` header.
    #[error("there is no token")]
    Missing,
    /// The header is not `Bearer` and a token, or the token is not a signed JWT.
    #[error("it is not a bearer token of three readable parts")]
    Malformed,
    /// Longer than any token of Teams.
    #[error("it is too long")]
    TooLong,
    /// Signed with an algorithm that is never taken, or that the provider does
    /// not announce.
    #[error("its algorithm is not allowed")]
    Algorithm,
    /// From another issuer.
    #[error("its issuer is not the Bot Connector")]
    Issuer,
    /// For another bot.
    #[error("it is for another audience")]
    Audience,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet")]
    NotYetValid,
    /// The provider lists no such key.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// Its `serviceurl` claim is missing, or is not the activity's.
    #[error("it was made for another service URL")]
    ServiceUrl,
}

impl Refusal {
    /// The HTTP status of the answer (protocol reference §2.9).
    ///
    /// 401 for every fault of the token; 403 when the token is good and policy
    /// refuses; 400 and 413 for a body nobody can use; 503 when trying again
    /// can help.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::Token(_) => 401,
            Self::OtherChannel | Self::NotEndorsed | Self::ServiceUrl(_) | Self::NotLoopback => 403,
            Self::TooLarge => 413,
            Self::Keys(_) => 503,
        }
    }

    /// A stable name for logs, metrics and alarms.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::TooLarge => "BodyTooLarge",
            Self::Token(fault) => fault.error_type(),
            Self::Keys(_) => "SigningKeysUnavailable",
            Self::Malformed(_) => "MalformedActivity",
            Self::OtherChannel => "OtherChannel",
            Self::NotEndorsed => "KeyNotEndorsed",
            Self::ServiceUrl(_) => "UntrustedServiceUrl",
            Self::NotLoopback => "NotLoopback",
        }
    }
}

impl TokenFault {
    fn error_type(self) -> &'static str {
        match self {
            Self::Missing => "TokenMissing",
            Self::Malformed => "TokenMalformed",
            Self::TooLong => "TokenTooLong",
            Self::Algorithm => "TokenAlgorithm",
            Self::Issuer => "TokenIssuer",
            Self::Audience => "TokenAudience",
            Self::Expired => "TokenExpired",
            Self::NotYetValid => "TokenNotYetValid",
            Self::UnknownKey => "TokenKeyUnknown",
            Self::Signature => "TokenSignature",
            Self::ServiceUrl => "TokenServiceUrl",
        }
    }
}
