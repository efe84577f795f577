//! What the bot understands: the one answer that is the same for everybody.

use std::sync::OnceLock;

use activity::ActivityInput;
use cards::{Language, Message, Place, Reader, help};
use connector::PreparedActivity;

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::Received;

/// A text for each language and place, made when it is first asked for.
static RENDERED: [OnceLock<PreparedActivity>; 6] = [const { OnceLock::new() }; 6];

impl Messages {
    /// Says what the bot understands.
    pub(crate) async fn help(&self, received: &Received) -> Result<(), Failure> {
        let reader = received.reader();
        match rendered(&reader) {
            // What one person alone may see is addressed to them.
            Some(rendered) if !received.activity.is_targeted() => {
                self.post(received, rendered).await
            }
            _ => self.answer(received, help::card(&reader)).await,
        }
    }
}

/// The answer in the bytes that are sent. `None` when it were too large, which the usual way would say.
fn rendered(reader: &Reader) -> Option<&'static PreparedActivity> {
    let language = match reader.language() {
        Language::English => 0,
        Language::Spanish => 1,
    };
    let place = match reader.place {
        Place::Personal => 0,
        Place::Channel => 1,
        Place::Chat => 2,
    };
    let kept = &RENDERED[language * 3 + place];
    if let Some(known) = kept.get() {
        return Some(known);
    }
    let Message { card, summary } = help::card(reader);
    let made = PreparedActivity::new(&ActivityInput::message_card(card, summary)).ok()?;
    Some(kept.get_or_init(|| made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_reads_it_in_their_language_and_for_their_place() {
        for place in [Place::Personal, Place::Channel, Place::Chat] {
            for locale in [None, Some("en-GB"), Some("es-MX"), Some("de")] {
                let reader = Reader::new(locale, place);
                let Message { card, summary } = help::card(&reader);
                let fresh = PreparedActivity::new(&ActivityInput::message_card(card, summary));
                let fresh = fresh.expect("it is small");
                // Asked for once and again.
                for _ in 0..2 {
                    assert_eq!(rendered(&reader), Some(&fresh), "{reader:?}");
                }
            }
        }
    }
}
