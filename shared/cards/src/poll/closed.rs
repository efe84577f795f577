//! When a poll is closed.

use super::{ForOwner, PollCard};
use crate::Message;
use crate::elements::{actions, facts, note};
use crate::reader::Reader;
use polls::{Answers, Results};

impl PollCard<'_> {
    /// The poll, closed: in place of its questions, wherever it was sent.
    ///
    /// `results` are absent for whoever may not see them, `answers` for
    /// whoever did not vote, and on cards that many read.
    #[must_use]
    pub fn closed(
        &self,
        reader: &Reader,
        results: Option<&Results>,
        answers: Option<&Answers>,
    ) -> Message {
        let word = reader.say("Poll, closed", "Encuesta cerrada");
        let summary = self.summary(reader, reader.say("Closed", "Cerrada"));
        self.fitting(|room| {
            let mut body = self.head(reader, word);
            body.push(note(&self.asked_by(reader)));
            if let Some(answers) = answers {
                body.extend(facts(self.own_answers(reader, answers)));
            }
            match results {
                Some(results) => body.extend(self.results(reader, results, None, false, room)),
                None => body.push(self.owner_alone(reader)),
            }
            self.whole(reader, body, &summary)
        })
    }

    /// The result, as a message of its own: for the owner, and for everybody
    /// if the poll says so.
    ///
    /// `own` is what an owner reads beyond that; absent for everybody else.
    #[must_use]
    pub fn result(&self, reader: &Reader, results: &Results, own: Option<ForOwner<'_>>) -> Message {
        let word = reader.say("Result of the poll", "Resultado de la encuesta");
        let summary = self.summary(reader, reader.say("Result", "Resultado"));
        self.fitting(|room| {
            let mut body = self.head(reader, word);
            if own.is_none() {
                body.push(note(&self.asked_by(reader)));
            }
            let written = own.and_then(|own| own.written);
            body.extend(self.results(reader, results, written, false, room));
            if let Some(own) = own {
                body.extend(self.by_name(reader, results, own.votes, room));
                body.extend(actions(self.buttons_when_closed(reader)));
            }
            self.whole(reader, body, &summary)
        })
    }

    fn asked_by(&self, reader: &Reader) -> String {
        let how = if self.definition.anonymous {
            reader.say("Asked by {owner}, anonymous.", "Preguntó {owner}, anónima.")
        } else {
            reader.say("Asked by {owner}.", "Preguntó {owner}.")
        };
        how.replace("{owner}", &self.shown_owner())
    }
}
