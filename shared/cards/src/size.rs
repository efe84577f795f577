//! How large a message is to Teams.

use serde_json::Value;

/// What a card should stay below: older documents give 28 KB.
pub(crate) const PREFERRED: usize = 28 * 1024;
/// What Teams surely refuses lies above: cards are not sent from here on.
pub(crate) const REFUSED: usize = 80 * 1024;

/// The bytes of a card as Teams counts them: in UTF-16.
pub(crate) fn of(card: &Value) -> usize {
    2 * card.to_string().chars().map(char::len_utf16).sum::<usize>()
}
