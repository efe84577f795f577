use std::borrow::Cow;

use crate::activity::Activity;
use crate::entity::Mention;

const OPEN: &str = "<at>";
const CLOSE: &str = "</at>";

impl Activity {
    /// The mentions in this message, in order.
    pub fn mentions(&self) -> impl Iterator<Item = Mention> {
        self.entities.iter().filter_map(crate::Entity::as_mention)
    }

    /// Whether the message mentions the bot that gets it.
    #[must_use]
    pub fn mentions_bot(&self) -> bool {
        self.mentions().any(|mention| self.is_bot(&mention))
    }

    /// The text without the mentions of this bot, trimmed: the command.
    ///
    /// Names in the text and in the entity can differ after a rename; then a
    /// leading `<at>…</at>` that belongs to nobody else is taken for the bot's
    /// (protocol reference §3.7). Empty when there is no text.
    #[must_use]
    pub fn text_without_mention(&self) -> String {
        let mut text = Cow::Borrowed(self.text.as_deref().unwrap_or_default());
        let mentions: Vec<Mention> = self.mentions().collect();
        let mut misspelt = false;
        for mention in mentions.iter().filter(|mention| self.is_bot(mention)) {
            match mention.text.as_deref() {
                Some(spelt) if !spelt.is_empty() && text.contains(spelt) => {
                    text = Cow::Owned(text.replace(spelt, ""));
                }
                // Another entity of the same mention may have taken it out already.
                _ => misspelt = true,
            }
        }
        if misspelt && let Some(rest) = self.strip_leading_mention(&text, &mentions) {
            text = Cow::Owned(rest.to_owned());
        }
        text.trim().to_owned()
    }

    fn strip_leading_mention<'t>(&self, text: &'t str, mentions: &[Mention]) -> Option<&'t str> {
        let text = text.trim_start();
        let end = text.strip_prefix(OPEN)?.find(CLOSE)? + OPEN.len() + CLOSE.len();
        let (spelt, rest) = text.split_at(end);
        let someone_else = mentions
            .iter()
            .any(|mention| !self.is_bot(mention) && mention.text.as_deref() == Some(spelt));
        (!someone_else).then_some(rest)
    }

    fn is_bot(&self, mention: &Mention) -> bool {
        let bot = self.recipient.as_ref().and_then(|bot| bot.id.as_ref());
        bot.is_some() && mention.mentioned.id.as_ref() == bot
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(text: &str, entities: Value) -> Activity {
        serde_json::from_value(json!({
            "type": "message",
            "text": text,
            "recipient": { "id": "28:bot", "name": "Tidings" },
            "entities": entities,
        }))
        .unwrap()
    }

    fn mention(id: &str, text: &str) -> Value {
        json!({ "type": "mention", "mentioned": { "id": id }, "text": text })
    }

    #[test]
    fn the_bots_mention_is_taken_out_and_the_rest_trimmed() {
        let activity = message(
            "<at>Tidings</at> mute deploys\n",
            json!([mention("28:bot", "<at>Tidings</at>")]),
        );
        assert!(activity.mentions_bot());
        assert_eq!(activity.text_without_mention(), "mute deploys");
    }

    #[test]
    fn mentions_of_others_stay() {
        let activity = message(
            "<at>Ada</at> <at>Tidings</at> help",
            json!([
                mention("29:ada", "<at>Ada</at>"),
                mention("28:bot", "<at>Tidings</at>")
            ]),
        );
        assert_eq!(activity.text_without_mention(), "<at>Ada</at>  help");
    }

    #[test]
    fn a_renamed_bot_is_still_recognised_at_the_start() {
        let renamed = message(
            "<at>Old Name</at> help",
            json!([mention("28:bot", "<at>Tidings</at>")]),
        );
        assert_eq!(renamed.text_without_mention(), "help");
        let no_text = message(
            "<at>Tidings</at>\u{a0}help",
            json!([{ "type": "mention", "mentioned": { "id": "28:bot" } }]),
        );
        assert_eq!(no_text.text_without_mention(), "help");
    }

    #[test]
    fn a_leading_mention_of_somebody_else_is_not_the_bots() {
        let activity = message(
            "<at>Ada</at> help",
            json!([
                mention("29:ada", "<at>Ada</at>"),
                { "type": "mention", "mentioned": { "id": "28:bot" } }
            ]),
        );
        assert_eq!(activity.text_without_mention(), "<at>Ada</at> help");
    }

    #[test]
    fn without_a_mention_the_text_is_only_trimmed() {
        let activity = message("  <at>x</at> status ", json!([]));
        assert!(!activity.mentions_bot());
        assert_eq!(activity.text_without_mention(), "<at>x</at> status");
    }
}
