//! What an owner sees and can do.

use super::results::turnout;
use super::{FreeTexts, PollCard, PollPress, VotesByName};
use crate::Message;
use crate::elements::{actions, facts, note, stand_out};
use crate::reader::Reader;
use polls::Results;
use serde_json::Value;
use std::time::Duration;

/// What an owner's card shows beside the poll.
#[derive(Clone, Copy, Debug)]
pub struct OwnersCard<'a> {
    /// Whether it takes votes.
    pub open: bool,
    /// The results, as an owner may see them now.
    pub results: &'a Results,
    /// What is for owners alone.
    pub own: ForOwner<'a>,
}

/// What owners read beyond the results.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForOwner<'a> {
    /// The free texts, once it is closed.
    pub written: Option<&'a FreeTexts>,
    /// Who voted what: of a named poll, when no more voted than
    /// [`LISTED_MOST`](super::LISTED_MOST).
    pub votes: Option<&'a VotesByName>,
}

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

impl PollCard<'_> {
    /// The owner's card: how it stands, and the buttons that close, extend,
    /// reopen, clone and delete it.
    #[must_use]
    pub fn owners(&self, reader: &Reader, shown: &OwnersCard<'_>) -> Message {
        let word = if shown.open {
            reader.say("Your poll, open", "Tu encuesta, abierta")
        } else {
            reader.say("Your poll, closed", "Tu encuesta, cerrada")
        };
        let summary = self.summary(reader, reader.say("Your poll", "Tu encuesta"));
        self.fitting(|room| {
            let mut body = self.head(reader, word);
            if shown.open {
                body.extend(facts(self.for_owner(reader)));
            }
            let (results, own) = (shown.results, shown.own);
            body.extend(self.results(reader, results, own.written, shown.open, room));
            body.extend(self.by_name(reader, results, own.votes, room));
            if shown.open {
                body.extend(actions(self.buttons_when_open(reader)));
                body.extend(actions(self.clone_and_delete(reader)));
            } else {
                body.extend(actions(self.buttons_when_closed(reader)));
            }
            if shown.open && self.definition.anonymous {
                body.push(note(reader.say(
                    "An anonymous poll cannot be reopened once it is closed; it can be asked \
                     again.",
                    "Una encuesta anónima no se puede reabrir una vez cerrada; se puede volver a \
                     preguntar.",
                )));
            }
            let mut message = self.whole(reader, body, &summary);
            let spoken = format!("{summary}. {}", turnout(reader, shown.results));
            message.card["speak"] = spoken.into();
            message
        })
    }

    fn for_owner(&self, reader: &Reader) -> Vec<(String, String)> {
        let votes = if self.definition.anonymous {
            reader.say("anonymous", "anónimos")
        } else {
            reader.say("with names", "con nombre")
        };
        vec![
            (
                reader.say("Open until", "Abierta hasta").to_owned(),
                self.until(reader),
            ),
            (reader.say("Votes", "Votos").to_owned(), votes.to_owned()),
            (
                reader.say("Poll", "Encuesta").to_owned(),
                self.occurrence.to_string(),
            ),
        ]
    }

    fn buttons_when_open(&self, reader: &Reader) -> Vec<Value> {
        let title = reader.say("Close now", "Cerrar ahora");
        let mut close = PollPress::Close(self.on()).button(title);
        stand_out(&mut close);
        let mut buttons = vec![close];
        if self.closes.is_some() {
            let hour = reader.say("One more hour", "Una hora más");
            let day = reader.say("One more day", "Un día más");
            buttons.push(PollPress::Extend(self.on(), HOUR).button(hour));
            buttons.push(PollPress::Extend(self.on(), DAY).button(day));
        }
        buttons
    }

    pub(super) fn buttons_when_closed(&self, reader: &Reader) -> Vec<Value> {
        let mut buttons = Vec::new();
        // What joined voters and votes is gone.
        if !self.definition.anonymous {
            let title = reader.say("Reopen", "Reabrir");
            buttons.push(PollPress::Reopen(self.on()).button(title));
        }
        buttons.extend(self.clone_and_delete(reader));
        buttons
    }

    fn clone_and_delete(&self, reader: &Reader) -> Vec<Value> {
        vec![
            PollPress::Clone(self.on()).button(reader.say("Ask it again", "Volver a preguntar")),
            PollPress::Deleting(self.on()).button(reader.say("Delete…", "Eliminar…")),
        ]
    }
}
