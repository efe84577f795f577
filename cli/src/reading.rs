//! What a command is given: a notification in a file, or on the standard input.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use notifications::{Carrier, ContractErrors, Incoming, Unwrapped, envelope};

use crate::text::words::listed;

/// The name that stands for the standard input.
const STANDARD_INPUT: &str = "-";

/// What a file is called in a sentence.
pub(crate) fn called(file: &Path) -> String {
    match file.as_os_str() == STANDARD_INPUT {
        true => "the standard input".to_owned(),
        false => file.display().to_string(),
    }
}

/// Reads a whole file, or all of the standard input for `-`.
pub(crate) fn whole(file: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || {
        if file.as_os_str() == STANDARD_INPUT {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).map(|_| text)
        } else {
            std::fs::read(file)
        }
    };
    read().with_context(|| format!("failed to read {}", called(file)))
}

/// Reads what the notification queue would make of a body under this id: a notification, or an event that one is made
/// of. Every mistake is named.
pub(crate) fn incoming(text: &[u8], file: &Path, id: &str) -> anyhow::Result<Incoming> {
    match envelope::unwrap(text, &Carrier::queue(id, None)) {
        Ok(Unwrapped::Notification(incoming)) => Ok(*incoming),
        Ok(Unwrapped::Ours) => Err(anyhow!(
            "{} is an event of Tidings itself, which makes no notification",
            called(file)
        )),
        Err(errors) => Err(broken(&errors, file)),
    }
}

/// Every mistake, one a line.
pub(crate) fn broken(errors: &ContractErrors, file: &Path) -> anyhow::Error {
    anyhow!(
        "{} breaks the contract, nothing was sent:{}",
        called(file),
        listed(errors.problems())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named() {
        let file = Path::new("hello.json");
        let text =
            br#"{"topic": "two words", "to": ["upn:ana@contoso.example", "nobody"], "colour": 1}"#;
        let error = incoming(text, file, "id").unwrap_err().to_string();
        assert!(
            error.starts_with("hello.json breaks the contract, nothing was sent:\n"),
            "{error}"
        );
        for place in ["topic", "to[1]", "what", "item", "actor", "colour"] {
            assert!(
                error.contains(&format!("\n  {place}: ")),
                "{place}: {error}"
            );
        }
    }

    #[test]
    fn an_event_of_our_own_makes_no_notification() {
        let text = br#"{"source": "tidings", "detail-type": "tidings.action", "detail": {}}"#;
        let error = incoming(text, Path::new("-"), "id")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the standard input is an event of Tidings"),
            "{error}"
        );
    }
}
