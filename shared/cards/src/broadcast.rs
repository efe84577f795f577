//! What is said about broadcasts: a test copy for whoever asked for one, and
//! the questions that others answer.
//!
//! They are notifications of our own, so that they are delivered, paced and
//! accounted for as all others are.

mod outcome;

pub use outcome::{closed, told};

use crate::elements::short;
use crate::markdown::{cut, escape};
use crate::reader::{Language, Reader};
use crate::times::plain_seconds;
use jiff::Timestamp;
use notifications::translations::{Named, Titled, Translation};
use notifications::{
    Action, Actor, Audience, Do, Fact, Importance, Item, Locale, Notification, Topic, TopicName,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The topic of our own questions about broadcasts.
///
/// # Panics
///
/// Never: it is a topic name.
#[must_use]
pub fn topic() -> Topic {
    let name: Result<TopicName, _> = "tidings.broadcasts".parse();
    Topic::undefined(name.expect("it is a topic name"))
}

/// A broadcast that somebody is to approve.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// What is to be sent.
    pub broadcast: &'a Notification,
    /// Its topic.
    pub topic: &'a Topic,
    /// To how many.
    pub recipients: u64,
    /// How many addresses lead to nobody.
    pub unreachable: u64,
    /// How long sending takes.
    pub lasts: Duration,
    /// By when it has to be approved.
    pub until: Timestamp,
    /// Whether whoever asked for it has got a test copy.
    pub tested: bool,
}

/// A broadcast whose canary went badly.
#[derive(Clone, Debug)]
pub struct AskingForRest<'a> {
    /// What was sent.
    pub broadcast: &'a Notification,
    /// Its topic.
    pub topic: &'a Topic,
    /// To how many it went so far.
    pub tried: u64,
    /// How many of these did not get it.
    pub bad: u64,
    /// How many of these have no outcome.
    pub open: u64,
    /// How many wait.
    pub rest: u64,
    /// By when somebody has to decide.
    pub until: Timestamp,
}

/// How much of a message the question shows.
const FIRST_LINES: usize = 500;

/// Asks whether a broadcast is sent.
#[must_use]
pub fn ask_for_approval(asking: &Asking<'_>, to: Audience) -> Notification {
    let in_language = |reader: &Reader| {
        let texts = asking.broadcast.texts(reader.locale.as_ref());
        let said = short(texts.what, 160);
        let actor = short(texts.actor, 80);
        let recipients = number(reader, asking.recipients);
        let what = reader
            .say(
                "{actor} asks to send “{said}” to {n} recipients",
                "{actor} pide enviar «{said}» a {n} destinatarios",
            )
            .replace("{n}", &recipients)
            .replace("{actor}", &actor)
            .replace("{said}", &said);
        let mut facts = vec![
            fact(reader.say("Recipients", "Destinatarios"), &recipients),
            fact(reader.say("Topic", "Tema"), asking.topic.shown()),
            fact(
                reader.say("Takes about", "Tarda aproximadamente"),
                &about(reader, asking.lasts),
            ),
        ];
        if asking.unreachable > 0 {
            facts.push(fact(
                reader.say(
                    "Addresses that lead to nobody",
                    "Direcciones que no llevan a nadie",
                ),
                &number(reader, asking.unreachable),
            ));
        }
        facts.push(fact(
            reader.say(
                "Not sent unless approved by",
                "Solo se envía si se aprueba antes de",
            ),
            &plain_seconds(asking.until),
        ));
        let mut body = String::new();
        body.push_str(reader.say(
            "A second person decides whether it is sent.",
            "Otra persona decide si se envía.",
        ));
        if asking.tested {
            body.push(' ');
            body.push_str(reader.say(
                "Whoever asked for it has got a test copy.",
                "Quien lo pide ha recibido una copia de prueba.",
            ));
        }
        body.push_str("\n\n");
        body.push_str(reader.say("The message begins:", "El mensaje empieza así:"));
        body.push_str("\n\n**");
        body.push_str(&escape(&said));
        body.push_str("**");
        if let Some(text) = texts.body {
            body.push_str("\n\n");
            body.push_str(&cut(text, FIRST_LINES));
        }
        Said {
            what,
            item: short(texts.item, 200),
            actor,
            body,
            facts,
            actions: vec![
                reader.say("Approve", "Aprobar"),
                reader.say("Decline", "Rechazar"),
            ],
        }
    };
    let verbs = &["approve", "decline"];
    question(asking.broadcast, Some(asking.until), to, verbs, in_language)
}

/// Asks whether the rest of a broadcast is sent although its beginning went
/// badly.
#[must_use]
pub fn ask_for_rest(asking: &AskingForRest<'_>, to: Audience) -> Notification {
    let in_language = |reader: &Reader| {
        let texts = asking.broadcast.texts(reader.locale.as_ref());
        let said = short(texts.what, 200);
        let bad = asking.bad + asking.open;
        let what = reader
            .say(
                "“{said}” is held: {bad} of the first {n} did not get it",
                "«{said}» está parado: a {bad} de los primeros {n} no les ha llegado",
            )
            .replace("{bad}", &number(reader, bad))
            .replace("{n}", &number(reader, asking.tried))
            .replace("{said}", &said);
        let mut facts = vec![
            fact(
                reader.say("Sent to so far", "Enviado hasta ahora a"),
                &number(reader, asking.tried),
            ),
            fact(
                reader.say("Failed or blocked", "Fallidos o bloqueados"),
                &number(reader, asking.bad),
            ),
        ];
        if asking.open > 0 {
            facts.push(fact(
                reader.say("Still without an outcome", "Aún sin resultado"),
                &number(reader, asking.open),
            ));
        }
        facts.push(fact(
            reader.say("Waiting", "En espera"),
            &number(reader, asking.rest),
        ));
        facts.push(fact(reader.say("Topic", "Tema"), asking.topic.shown()));
        facts.push(fact(
            reader.say(
                "Not sent unless decided by",
                "Solo se envía si se decide antes de",
            ),
            &plain_seconds(asking.until),
        ));
        Said {
            what,
            item: short(texts.item, 200),
            actor: short(texts.actor, 80),
            body: reader
                .say(
                    "The report of the notification says who did not get it, and why.",
                    "El informe de la notificación dice a quién no le ha llegado, y por qué.",
                )
                .to_owned(),
            facts,
            actions: vec![
                reader.say("Send the rest", "Enviar el resto"),
                reader.say("Stop", "Parar"),
            ],
        }
    };
    let verbs = &["send-rest", "stop"];
    question(asking.broadcast, Some(asking.until), to, verbs, in_language)
}

/// A broadcast as its recipients will see it, marked as a test, for whoever
/// asked for it.
#[must_use]
pub fn test_copy(broadcast: &Notification, recipients: u64, to: Audience) -> Notification {
    let mut copy = broadcast.clone();
    copy.id = None;
    copy.to = Some(to);
    copy.not_before = None;
    copy.incident = None;
    copy.task_token = None;
    // Nobody is called to a test.
    copy.mentions = Vec::new();
    let english = Reader::personal(None);
    let spanish = Reader::personal(Some("es"));
    let mark = |reader: &Reader| {
        let word = reader.say("Test copy", "Copia de prueba");
        let text = reader
            .say(
                "{n} recipients get this once somebody else has approved it.",
                "Esto les llega a {n} destinatarios cuando otra persona lo apruebe.",
            )
            .replace("{n}", &number(reader, recipients));
        fact(word, &text)
    };
    let what = |reader: &Reader, text: &str| {
        short(
            &format!("{}{text}", reader.say("[Test] ", "[Prueba] ")),
            500,
        )
    };
    let facts = |reader: &Reader, facts: &[Fact]| {
        let rest = facts.iter().take(49).cloned();
        std::iter::once(mark(reader)).chain(rest).collect()
    };
    copy.what = what(&english, &copy.what);
    let plain = std::mem::take(&mut copy.facts);
    copy.facts = facts(&english, &plain);
    if let Some(card) = &mut copy.card {
        mark_card(card, &mark(&english));
    }
    for (locale, translation) in &mut copy.translations {
        let reader = if locale.language() == "es" {
            &spanish
        } else {
            &english
        };
        if let Some(text) = &translation.what {
            translation.what = Some(what(reader, text));
        }
        let own = match translation.facts.is_empty() {
            true => &plain,
            false => &translation.facts,
        };
        translation.facts = facts(reader, own);
        if let Some(card) = &mut translation.card {
            mark_card(card, &mark(reader));
        }
    }
    copy
}

/// Puts the mark on top of a sender's own card. One whose body is made by a
/// template alone has it in the toast only.
fn mark_card(card: &mut Value, mark: &Fact) {
    if let Some(Value::Array(body)) = card.get_mut("body") {
        body.insert(
            0,
            json!({
                "type": "TextBlock",
                "text": format!("**{}**: {}", mark.title, mark.value),
                "color": "Warning",
                "wrap": true,
            }),
        );
    }
}

/// What a question says in one language.
struct Said {
    what: String,
    item: String,
    actor: String,
    body: String,
    facts: Vec<Fact>,
    actions: Vec<&'static str>,
}

fn question(
    broadcast: &Notification,
    until: Option<Timestamp>,
    to: Audience,
    verbs: &[&str],
    in_language: impl Fn(&Reader) -> Said,
) -> Notification {
    let english = in_language(&Reader::personal(None));
    let spanish = in_language(&Reader::personal(Some("es")));
    let actions = verbs.iter().zip(&english.actions);
    let translation = Translation {
        what: Some(spanish.what),
        body: Some(spanish.body),
        item: Some(Named { name: spanish.item }),
        actor: Some(Named {
            name: spanish.actor,
        }),
        actions: spanish
            .actions
            .iter()
            .map(|title| Titled {
                title: (*title).to_owned(),
            })
            .collect(),
        facts: spanish.facts,
        ..Translation::default()
    };
    let locale: Result<Locale, _> = "es".parse();
    Notification {
        id: None,
        tenant: broadcast.tenant.clone(),
        topic: topic().name,
        to: Some(to),
        what: english.what,
        item: Item {
            name: english.item,
            url: broadcast.item.url.clone(),
        },
        actor: Actor {
            name: english.actor,
            id: None,
        },
        actions: actions
            .map(|(verb, title)| Action {
                title: (*title).to_owned(),
                does: Do::Tell {
                    verb: (*verb).to_owned(),
                    data: None,
                },
            })
            .collect(),
        body: Some(english.body),
        facts: english.facts,
        mentions: Vec::new(),
        image: None,
        translations: locale
            .into_iter()
            .map(|locale| (locale, translation.clone()))
            .collect(),
        importance: Importance::High,
        incident: None,
        card: None,
        data: None,
        task_token: None,
        not_before: None,
        expires: until,
        extensions: BTreeMap::new(),
    }
}

fn fact(title: &str, value: &str) -> Fact {
    Fact {
        title: title.to_owned(),
        value: value.to_owned(),
    }
}

/// A number as the reader groups it.
pub(crate) fn number(reader: &Reader, number: u64) -> String {
    let digits = number.to_string();
    // Spanish leaves four digits together.
    let (separator, from) = match reader.language() {
        Language::English => (',', 4),
        Language::Spanish => ('\u{a0}', 5),
    };
    if digits.len() < from {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// A length of time in its largest fitting unit, rounded up.
fn about(reader: &Reader, lasts: Duration) -> String {
    let seconds = lasts.as_secs();
    let (count, (one, many)) = match seconds {
        0..60 => {
            return reader
                .say("a minute or less", "un minuto o menos")
                .to_owned();
        }
        60..5_400 => (
            seconds.div_ceil(60),
            (
                reader.say("minute", "minuto"),
                reader.say("minutes", "minutos"),
            ),
        ),
        5_400..129_600 => (
            seconds.div_ceil(3_600),
            (reader.say("hour", "hora"), reader.say("hours", "horas")),
        ),
        _ => (
            seconds.div_ceil(86_400),
            (reader.say("day", "día"), reader.say("days", "días")),
        ),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{about, number};
    use crate::Reader;
    use std::time::Duration;

    #[test]
    fn numbers_are_grouped_as_the_reader_does() {
        let english = Reader::personal(None);
        let spanish = Reader::personal(Some("es-MX"));
        for (count, en, es) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1000"),
            (12_345, "12,345", "12\u{a0}345"),
            (1_000_000, "1,000,000", "1\u{a0}000\u{a0}000"),
        ] {
            assert_eq!(number(&english, count), en);
            assert_eq!(number(&spanish, count), es);
        }
    }

    #[test]
    fn a_length_of_time_is_said_in_its_largest_fitting_unit() {
        let said = |seconds| about(&Reader::personal(None), Duration::from_secs(seconds));
        assert_eq!(said(20), "a minute or less");
        assert_eq!(said(60), "1 minute");
        assert_eq!(said(61), "2 minutes");
        assert_eq!(said(22_223), "7 hours");
        assert_eq!(said(200_000), "3 days");
        let spanish = Reader::personal(Some("es"));
        assert_eq!(about(&spanish, Duration::from_secs(7_200)), "2 horas");
    }
}
