//! From text to rules, with the line of every mistake.

use std::time::Duration;

use jiff::SignedDuration;
use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};

use super::rule::{About, Effect, Requests, Rule, Share};
use super::words::{ANSWERS, HAPPENINGS, one_of, operation};
use super::{End, FaultFile, FaultFileError};
use crate::{Limits, Reply, Window};

type Read<T> = Result<T, FaultFileError>;

const FILE: [&str; 3] = ["seed", "limits", "faults"];

const WHICH: [&str; 9] = [
    "operation",
    "to",
    "in",
    "after",
    "until",
    "every",
    "rate",
    "first",
    "firstEach",
];

const WHAT: [&str; 8] = [
    "answer",
    "code",
    "retryAfter",
    "accepted",
    "delay",
    "reset",
    "race",
    "happens",
];

const LIMITS: [&str; 6] = [
    "app",
    "send",
    "create",
    "members",
    "channels",
    "unpagedMembers",
];

pub(super) fn read(text: &str) -> Read<FaultFile> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| FaultFileError {
        line: error.marker().line(),
        found: format!("what is not YAML ({})", error.info()),
        expected: "YAML or JSON".to_owned(),
    })?;
    let [document] = documents.as_slice() else {
        return Err(FaultFileError {
            line: 1,
            found: format!("{} documents", documents.len()),
            expected: one_of(FILE),
        });
    };
    let file = Node(document).fields(&FILE)?;
    let seed = file.get("seed").map_or(Ok(0), Node::number)?;
    let limits = file.get("limits").map(limits).transpose()?;
    let rules = match file.get("faults") {
        None => Vec::new(),
        Some(faults) => faults.list()?.into_iter().map(rule).collect::<Read<_>>()?,
    };
    Ok(FaultFile {
        seed,
        limits,
        rules,
    })
}

fn rule(node: Node<'_>) -> Read<Rule> {
    let known: Vec<&str> = WHICH.into_iter().chain(WHAT).collect();
    let fields = node.fields(&known)?;
    let effect = effect(node, &fields)?;
    let mut requests = requests(&fields)?;
    // What happens, happens once to each person or once to all, unless the rule counts.
    if let Some(happening) = effect.happens
        && requests.every.is_none()
        && requests.first.is_none()
        && requests.first_each.is_none()
    {
        match happening.is_about_a_person() {
            true => requests.first_each = Some(1),
            false => requests.first = Some(1),
        }
    }
    Ok(Rule {
        line: node.line(),
        requests,
        effect,
    })
}

fn requests(fields: &Fields<'_>) -> Read<Requests> {
    let mut about = Vec::new();
    for person in fields.list("to")? {
        let name = person.text("a person, a conversation id, or a share such as 5 %")?;
        about.push(match name.ends_with('%') {
            true => About::People(person.share()?),
            false => About::Person {
                name: name.to_owned(),
                line: person.line(),
            },
        });
    }
    for place in fields.list("in")? {
        about.push(About::Conversation {
            name: place
                .text("the id or the name of a conversation")?
                .to_owned(),
            line: place.line(),
        });
    }
    let operations = fields.list("operation")?.into_iter().map(|node| {
        let expected = "an operation, such as send, createConversation or token";
        operation(node.text(expected)?).ok_or_else(|| node.wrong(expected))
    });
    Ok(Requests {
        operations: operations.collect::<Read<_>>()?,
        about,
        after: fields
            .get("after")
            .map_or(Ok(Duration::ZERO), Node::duration)?,
        until: fields.get("until").map(Node::duration).transpose()?,
        every: fields.get("every").map(Node::count).transpose()?,
        rate: fields.get("rate").map(Node::share).transpose()?,
        first: fields.get("first").map(Node::count).transpose()?,
        first_each: fields.get("firstEach").map(Node::count).transpose()?,
    })
}

fn effect(node: Node<'_>, fields: &Fields<'_>) -> Read<Effect> {
    let flag = |name| fields.get(name).map_or(Ok(false), Node::flag);
    let accepted = flag("accepted")?;
    let happens = fields.get("happens").map(|node| {
        let expected = one_of(HAPPENINGS.map(|(name, _)| name));
        let word = node.text(&expected)?;
        let found = HAPPENINGS.into_iter().find(|(name, _)| *name == word);
        found
            .map(|(_, happening)| happening)
            .ok_or_else(|| node.wrong(&expected))
    });
    let effect = Effect {
        happens: happens.transpose()?,
        delay: fields.get("delay").map(Node::duration).transpose()?,
        race: fields.get("race").map(Node::duration).transpose()?,
        end: match (fields.get("answer"), flag("reset")?) {
            (None, false) => End::Serve,
            (None, true) => End::Reset { accepted },
            (Some(answer), false) => End::Answer {
                reply: reply(answer, fields)?,
                accepted,
            },
            (Some(answer), true) => {
                return Err(answer.mistake("both answer and reset", "one of them"));
            }
        },
    };
    for (name, needs) in [("code", "answer"), ("retryAfter", "answer")] {
        if let (Some(node), None) = (fields.get(name), fields.get(needs)) {
            return Err(node.mistake(&format!("{name} alone"), &format!("{needs} beside it")));
        }
    }
    if accepted && matches!(effect.end, End::Serve) {
        return Err(node.mistake("accepted alone", "answer or reset beside it"));
    }
    if effect.race.is_some() && !matches!(effect.end, End::Serve) {
        return Err(node.mistake("race beside answer or reset", "one of them"));
    }
    if effect.to_string().is_empty() {
        return Err(node.mistake("a rule that does nothing", &one_of(WHAT)));
    }
    Ok(effect)
}

fn reply(answer: Node<'_>, fields: &Fields<'_>) -> Read<Reply> {
    let expected = format!(
        "a status from 400 to 599, {}",
        one_of(ANSWERS.map(|(name, _)| name))
    );
    let code = fields.get("code").map(|code| code.text("an error code"));
    let code = code.transpose()?;
    let mut reply = match answer.scalar() {
        Some(Scalar::Integer(status @ 400..=599)) => {
            let status = u16::try_from(*status).map_err(|_| answer.wrong(&expected))?;
            Reply::standing_for(status, code)
        }
        Some(Scalar::String(name)) => {
            let named = ANSWERS.into_iter().find(|(known, _)| known == name);
            let (_, reply) = named.ok_or_else(|| answer.wrong(&expected))?;
            if let (Some(_), Some(node)) = (code, fields.get("code")) {
                return Err(node.mistake(&format!("code beside {name}"), "it with a status alone"));
            }
            reply()
        }
        _ => return Err(answer.wrong(&expected)),
    };
    if let Some(wait) = fields.get("retryAfter") {
        let seconds = wait.duration()?;
        if seconds.subsec_nanos() > 0 {
            return Err(wait.wrong("whole seconds such as 2 s"));
        }
        reply.retry_after = Some(seconds.as_secs());
    }
    Ok(reply)
}

fn limits(node: Node<'_>) -> Read<Limits> {
    let expected = "documented, off, or windows by name";
    if let Some(Scalar::String(word)) = node.scalar() {
        return match word.as_ref() {
            "documented" => Ok(Limits::documented()),
            "off" => Ok(Limits::off()),
            _ => Err(node.wrong(expected)),
        };
    }
    let fields = node.fields(&LIMITS)?;
    let mut limits = Limits::documented();
    for (name, windows) in [
        ("app", &mut limits.app),
        ("send", &mut limits.send),
        ("create", &mut limits.create),
        ("members", &mut limits.members),
        ("channels", &mut limits.channels),
        ("unpagedMembers", &mut limits.unpaged_members),
    ] {
        match fields.get(name) {
            None => {}
            Some(node) if node.is_word("off") => windows.clear(),
            Some(_) => {
                let read = fields.list(name)?.into_iter().map(window);
                *windows = read.collect::<Read<_>>()?;
            }
        }
    }
    Ok(limits)
}

fn window(node: Node<'_>) -> Read<Window> {
    let expected = "off, or a window such as 7 in 1 s";
    let text = node.text(expected)?;
    let (requests, within) = text
        .split_once(" in ")
        .ok_or_else(|| node.wrong(expected))?;
    let requests = requests.trim().parse().ok();
    match (requests, duration(within)) {
        (Some(requests), Some(within)) if requests > 0 && !within.is_zero() => {
            Ok(Window { requests, within })
        }
        _ => Err(node.wrong(expected)),
    }
}

/// A length of time with its unit: `30 s`, `500 ms`, `2 min`.
fn duration(text: &str) -> Option<Duration> {
    let parsed: SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(parsed).ok()
}

/// A part of the file.
#[derive(Clone, Copy)]
struct Node<'a>(&'a MarkedYaml<'a>);

/// The members of a mapping, all of which are known.
struct Fields<'a>(Vec<(&'a str, Node<'a>)>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<Node<'a>> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, node)| *node)
    }

    /// One value, or a list of them; nothing, if it is not there.
    fn list(&self, name: &str) -> Read<Vec<Node<'a>>> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(node) => match &node.0.data {
                YamlData::Sequence(_) => node.list(),
                _ => Ok(vec![node]),
            },
        }
    }
}

impl<'a> Node<'a> {
    fn line(self) -> usize {
        self.0.span.start.line()
    }

    fn mistake(self, found: &str, expected: &str) -> FaultFileError {
        FaultFileError {
            line: self.line(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// This is not what was expected.
    fn wrong(self, expected: &str) -> FaultFileError {
        let found = match &self.0.data {
            YamlData::Sequence(_) => "a list".to_owned(),
            YamlData::Mapping(_) => "a mapping".to_owned(),
            _ => match self.scalar() {
                Some(Scalar::String(text)) => format!("\"{text}\""),
                Some(Scalar::Integer(number)) => number.to_string(),
                Some(Scalar::FloatingPoint(number)) => number.to_string(),
                Some(Scalar::Boolean(flag)) => flag.to_string(),
                Some(Scalar::Null) => "nothing".to_owned(),
                None => "what is no value".to_owned(),
            },
        };
        self.mistake(&found, expected)
    }

    fn scalar(self) -> Option<&'a Scalar<'a>> {
        match &self.0.data {
            YamlData::Value(scalar) => Some(scalar),
            _ => None,
        }
    }

    fn fields(self, known: &[&str]) -> Read<Fields<'a>> {
        let YamlData::Mapping(mapping) = &self.0.data else {
            return Err(self.wrong(&format!("a mapping of {}", one_of(known.iter().copied()))));
        };
        let mut fields = Vec::new();
        for (key, value) in mapping {
            let key = Node(key);
            match key.scalar() {
                Some(Scalar::String(name)) if known.contains(&name.as_ref()) => {
                    fields.push((name.as_ref(), Node(value)));
                }
                _ => return Err(key.wrong(&one_of(known.iter().copied()))),
            }
        }
        Ok(Fields(fields))
    }

    fn list(self) -> Read<Vec<Self>> {
        match &self.0.data {
            YamlData::Sequence(all) => Ok(all.iter().map(Node).collect()),
            _ => Err(self.wrong("a list")),
        }
    }

    fn text(self, expected: &str) -> Read<&'a str> {
        match self.scalar() {
            Some(Scalar::String(text)) => Ok(text),
            _ => Err(self.wrong(expected)),
        }
    }

    fn is_word(self, word: &str) -> bool {
        matches!(self.scalar(), Some(Scalar::String(text)) if text == word)
    }

    fn number(self) -> Read<u64> {
        let number = match self.scalar() {
            Some(Scalar::Integer(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong("a whole number"))
    }

    fn count(self) -> Read<u64> {
        match self.number() {
            Ok(count @ 1..) => Ok(count),
            _ => Err(self.wrong("a whole number from 1")),
        }
    }

    fn flag(self) -> Read<bool> {
        match self.scalar() {
            Some(Scalar::Boolean(flag)) => Ok(*flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    fn duration(self) -> Read<Duration> {
        let expected = "a length of time such as 500 ms, 30 s or 2 min";
        duration(self.text(expected)?).ok_or_else(|| self.wrong(expected))
    }

    fn share(self) -> Read<Share> {
        let expected = "a share such as 5 %";
        let text = self.text(expected)?;
        let percent: Option<f64> = text
            .strip_suffix('%')
            .and_then(|number| number.trim().parse().ok());
        match percent {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Share(percent / 100.0)),
            _ => Err(self.wrong(expected)),
        }
    }
}
