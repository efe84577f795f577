//! The questions.

use super::inputs::inputs;
use super::results::Room;
use super::{PollCard, PollPress};
use crate::Message;
use crate::elements::{actions, facts, paragraph, stand_out};
use crate::markdown::escape;
use crate::reader::Reader;
use crate::times::local;
use polls::{Answers, Quorum, Results, Wrong, WrongAnswer};

impl PollCard<'_> {
    /// The poll, open, for somebody who has not voted, or for many.
    ///
    /// `results` are what whoever reads it may see already.
    #[must_use]
    pub fn ask(&self, reader: &Reader, results: Option<&Results>) -> Message {
        let word = reader.say("Poll", "Encuesta");
        let from = reader
            .say("{owner} asks", "{owner} pregunta")
            .replace("{owner}", &crate::elements::short(self.owner, 80));
        let summary = self.summary(reader, &from);
        let ask = |room| self.questions(reader, word, &summary, None, &[], results, room);
        self.fitting(|room| self.refreshing(reader, ask(room)))
    }

    /// The poll for somebody who has not answered yet.
    #[must_use]
    pub fn remind(&self, reader: &Reader) -> Message {
        let word = reader.say(
            "Reminder: your vote is missing",
            "Recordatorio: falta tu voto",
        );
        let summary = self.summary(reader, reader.say("Your vote is missing", "Falta tu voto"));
        self.questions(reader, word, &summary, None, &[], None, Room::default())
    }

    /// The questions again, with what the reader answered.
    #[must_use]
    pub fn change(&self, reader: &Reader, answers: &Answers) -> Message {
        let word = reader.say("Change your vote", "Cambia tu voto");
        let summary = self.summary(reader, word);
        let room = Room::default();
        self.questions(reader, word, &summary, Some(answers), &[], None, room)
    }

    /// The questions again, with what is wrong with the answers.
    #[must_use]
    pub fn ask_again(&self, reader: &Reader, wrong: &[Wrong]) -> Message {
        let word = reader.say("Your vote does not count yet", "Tu voto aún no cuenta");
        let summary = self.summary(reader, word);
        self.questions(reader, word, &summary, None, wrong, None, Room::default())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the four cards above are one card in four moods"
    )]
    fn questions(
        &self,
        reader: &Reader,
        word: &str,
        summary: &str,
        answers: Option<&Answers>,
        wrong: &[Wrong],
        results: Option<&Results>,
        room: Room,
    ) -> Message {
        let mut body = self.head(reader, word);
        for wrong in wrong {
            let mut text = paragraph(&self.what_is_wrong(reader, wrong));
            text["color"] = "Attention".into();
            body.push(text);
        }
        body.extend(facts(self.terms(reader)));
        body.extend(inputs(
            reader,
            self.definition,
            self.added,
            answers,
            self.asks_its_title(reader),
        ));
        let vote = match answers {
            Some(_) => reader.say("Change my vote", "Cambiar mi voto"),
            None => reader.say("Vote", "Votar"),
        };
        let mut vote = PollPress::Vote(self.on()).button(vote);
        stand_out(&mut vote);
        let mut buttons = vec![vote];
        if self.definition.may_add {
            let title = reader.say("Add a choice", "Añadir una opción");
            buttons.push(PollPress::Adding(self.on()).button_beside_inputs(title));
        }
        if self.manages || !reader.is_personal() {
            let title = reader.say("Manage", "Gestionar");
            buttons.push(PollPress::Manage(self.on()).button_beside_inputs(title));
        }
        body.extend(actions(buttons));
        if let Some(results) = results {
            body.extend(self.results(reader, results, None, true, room));
        }
        self.whole(reader, body, summary)
    }

    /// What a voter should know before they vote.
    pub(super) fn terms(&self, reader: &Reader) -> Vec<(String, String)> {
        let definition = self.definition;
        let anonymous = reader
            .say(
                "anonymous: nobody can see who voted what, not even whoever asks. Results are \
                 shown from {n} voters on.",
                "anónimo: nadie puede ver quién votó qué, ni siquiera quien pregunta. Los \
                 resultados se muestran a partir de {n} votantes.",
            )
            .replace("{n}", &definition.threshold.to_string());
        let vote = if definition.anonymous {
            anonymous
        } else {
            self.who_sees(reader).to_owned()
        };
        let change = if definition.may_change {
            reader.say("possible until it closes", "posibles hasta que se cierre")
        } else {
            reader.say("none: a vote is final", "ninguno: el voto es definitivo")
        };
        vec![
            (
                reader.say("Asked by", "Pregunta").to_owned(),
                self.shown_owner(),
            ),
            (
                reader.say("Open until", "Abierta hasta").to_owned(),
                self.until(reader),
            ),
            (reader.say("Your vote", "Tu voto").to_owned(), vote),
            (
                reader.say("Changes", "Cambios").to_owned(),
                change.to_owned(),
            ),
        ]
    }

    /// Who can see what a voter voted, in a named poll.
    fn who_sees(&self, reader: &Reader) -> &'static str {
        if self.definition.co_owners.is_empty() {
            return reader.say(
                "with your name: whoever asks, and whoever runs Tidings here, can see it.",
                "con tu nombre: pueden verlo quien pregunta y quien administra Tidings aquí.",
            );
        }
        reader.say(
            "with your name: whoever asks, those they named to manage the poll, and whoever runs \
             Tidings here can see it.",
            "con tu nombre: pueden verlo quien pregunta, a quien haya nombrado para gestionar la \
             encuesta y quien administra Tidings aquí.",
        )
    }

    /// Until when it is open.
    pub(super) fn until(&self, reader: &Reader) -> String {
        let mut text = match self.closes {
            Some(closes) => local(closes),
            None => reader
                .say("it is closed by hand", "que se cierre a mano")
                .to_owned(),
        };
        let enough = match self.definition.closes.quorum {
            None => return text,
            Some(Quorum::Voters(voters)) => reader
                .say(", or {n} have voted", ", o hayan votado {n}")
                .replace("{n}", &voters.to_string()),
            Some(Quorum::Percent(percent)) => reader
                .say(", or {n}% have voted", ", o haya votado el {n}%")
                .replace("{n}", &percent.to_string()),
        };
        text.push_str(&enough);
        text
    }

    fn what_is_wrong(&self, reader: &Reader, wrong: &Wrong) -> String {
        let why = match wrong.why {
            WrongAnswer::Missing => reader.say("please answer this.", "hay que responderla."),
            WrongAnswer::UnknownChoice => reader.say(
                "there is no such choice; please choose again.",
                "esa opción no existe; elige de nuevo.",
            ),
            WrongAnswer::TooFew(_) => reader.say("choose at least {n}.", "elige al menos {n}."),
            WrongAnswer::TooMany(_) => reader.say("choose at most {n}.", "elige como máximo {n}."),
            WrongAnswer::OutOfRange => reader.say(
                "that number is not on the scale.",
                "ese número no está en la escala.",
            ),
            WrongAnswer::Repeated => reader.say(
                "a choice can have one place only.",
                "cada opción solo puede tener un puesto.",
            ),
            WrongAnswer::TooLong => reader.say(
                "please write at most 500 characters.",
                "escribe 500 caracteres como máximo.",
            ),
            WrongAnswer::Unreadable => reader.say("that cannot be read.", "eso no se puede leer."),
        };
        let why = match wrong.why {
            WrongAnswer::TooFew(n) | WrongAnswer::TooMany(n) => why.replace("{n}", &n.to_string()),
            _ => why.to_owned(),
        };
        let texts = self.texts(reader);
        let question = self.definition.question(&wrong.question);
        let question = question.map_or("", |question| texts.question(question));
        let question = escape(&crate::elements::short(question, 80));
        format!("**{question}**: {why}")
    }
}
