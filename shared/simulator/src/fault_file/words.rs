//! The words of a fault file, and what they mean.

use super::Happening;
use crate::{Operation, Reply};

/// Makes an answer.
type Named = fn() -> Reply;

/// The answers that have a name.
pub(super) const ANSWERS: [(&str, Named); 14] = [
    ("throttled", || Reply::throttled(None)),
    ("preconditionFailed", Reply::precondition_failed),
    ("serviceError", || Reply::service_error(500)),
    ("badGateway", || Reply::service_error(502)),
    ("unavailable", || Reply::gateway_error(503)),
    ("gatewayTimeout", || Reply::gateway_error(504)),
    ("wrongHost", Reply::wrong_host),
    ("blockedByUser", Reply::blocked_by_user),
    ("messageWritesBlocked", Reply::message_writes_blocked),
    ("notInRoster", Reply::not_in_roster),
    ("notInstalled", Reply::not_installed),
    ("disabledByAdmin", Reply::disabled_by_admin),
    ("conversationNotFound", Reply::conversation_not_found),
    ("activityNotFound", Reply::activity_not_found),
];

/// What can happen.
pub(super) const HAPPENINGS: [(&str, Happening); 10] = [
    ("personBlocks", Happening::PersonBlocks),
    (
        "personBlocksConversation",
        Happening::PersonBlocksConversation,
    ),
    ("personUnblocks", Happening::PersonUnblocks),
    ("personDeletesChat", Happening::PersonDeletesChat),
    ("personLeaves", Happening::PersonLeaves),
    ("adminDisables", Happening::AdminDisables),
    ("adminEnables", Happening::AdminEnables),
    ("tokensExpire", Happening::TokensExpire),
    ("keysRotate", Happening::KeysRotate),
    ("keysRotateAtOnce", Happening::KeysRotateAtOnce),
];

/// An operation by its name.
pub(super) fn operation(name: &str) -> Option<Operation> {
    let operation = serde_json::from_value(name.into()).ok()?;
    match operation {
        Operation::NotSupported | Operation::Unknown => None,
        operation => Some(operation),
    }
}

/// Words as a sentence lists them.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
