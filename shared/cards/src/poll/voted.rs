//! After somebody voted.

use super::{PollCard, PollPress};
use crate::Message;
use crate::elements::{actions, facts, note, paragraph};
use crate::reader::Reader;
use polls::{Answers, Results};

impl PollCard<'_> {
    /// The poll, open, for somebody who has voted: what they answered, and
    /// the results if they may see them.
    #[must_use]
    pub fn voted(&self, reader: &Reader, answers: &Answers, results: Option<&Results>) -> Message {
        let word = reader.say("✔ Your vote counts", "✔ Tu voto cuenta");
        let summary = self.summary(reader, reader.say("Your vote counts", "Tu voto cuenta"));
        self.fitting(|room| {
            let mut body = self.head(reader, word);
            body.extend(facts(self.own_answers(reader, answers)));
            body.push(note(&self.what_next(reader)));
            if let Some(results) = results {
                body.extend(self.results(reader, results, None, true, room));
            }
            let mut buttons = Vec::new();
            if self.definition.may_change {
                let title = reader.say("Change my vote", "Cambiar mi voto");
                buttons.push(PollPress::Change(self.on()).button(title));
            }
            if results.is_some() {
                let title = reader.say("Refresh", "Actualizar");
                buttons.push(PollPress::Refresh(self.on()).button(title));
            }
            if self.manages {
                let title = reader.say("Manage", "Gestionar");
                buttons.push(PollPress::Manage(self.on()).button(title));
            }
            body.extend(actions(buttons));
            self.refreshing(reader, self.whole(reader, body, &summary))
        })
    }

    /// The results alone, for somebody who asked for them while it is open.
    #[must_use]
    pub fn results_so_far(&self, reader: &Reader, results: &Results) -> Message {
        let word = reader.say("Poll", "Encuesta");
        let summary = self.summary(
            reader,
            reader.say("Results so far", "Resultados hasta ahora"),
        );
        self.fitting(|room| {
            let mut body = self.head(reader, word);
            body.extend(self.results(reader, results, None, true, room));
            let title = reader.say("Back to the poll", "Volver a la encuesta");
            body.extend(actions(vec![PollPress::Refresh(self.on()).button(title)]));
            self.refreshing(reader, self.whole(reader, body, &summary))
        })
    }

    fn what_next(&self, reader: &Reader) -> String {
        let until = self.until(reader);
        reader
            .say("Open until {until}.", "Abierta hasta {until}.")
            .replace("{until}", &until)
    }

    /// The poll, closed, for somebody who has no part in its results.
    pub(super) fn owner_alone(&self, reader: &Reader) -> serde_json::Value {
        paragraph(reader.say(
            "Only whoever asked sees the results.",
            "Los resultados solo los ve quien preguntó.",
        ))
    }
}
