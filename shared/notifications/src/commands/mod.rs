//! What people write to the bot, understood.

mod words;

use crate::address::alias_name;
use crate::durations;
use crate::topic::TopicName;
use std::time::Duration;
pub use words::Verb;

/// A message to the bot, read as a command.
///
/// English and Spanish words are understood whatever the reader's locale,
/// case and accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `help`.
    Help,
    /// `topics`.
    Topics,
    /// `subscribe <topic>`.
    Subscribe(TopicName),
    /// `unsubscribe <topic>`.
    Unsubscribe(TopicName),
    /// `mute <topic> [for <duration>]`.
    Mute {
        /// Which topic.
        topic: TopicName,
        /// How long; absent, until it is unmuted.
        lasting: Option<Duration>,
    },
    /// `unmute <topic>`.
    Unmute(TopicName),
    /// `status`.
    Status,
    /// `alias <name>`, the name in lower case.
    Alias(String),
    /// `why`.
    Why,
    /// `poll "<question>" <choice> | <choice> …`: what follows the word, as it
    /// was written. Whoever knows polls reads it.
    Poll(String),
    /// A command that lacks what it needs, or has something else there.
    Incomplete {
        /// Which command.
        verb: Verb,
        /// What it needs.
        needs: Need,
    },
    /// Nothing that the bot understands.
    Unknown {
        /// The word that was written, shortened.
        typed: String,
        /// The command that was perhaps meant.
        meant: Option<&'static str>,
    },
    /// Nothing at all: only the mention of the bot.
    Empty,
}

/// What a command needs and does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The name of a topic.
    Topic,
    /// A duration such as `2h`.
    Duration,
    /// A name of letters, digits, `.`, `_` and `-`.
    AliasName,
}

/// The most that is read of a message; no command but a poll is longer.
const LONGEST: usize = 500;

/// The most that is read of a poll: a question and twenty choices.
const LONGEST_POLL: usize = 4_000;

impl Command {
    /// Reads a message, from which the mention of the bot is already removed.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let whole = text;
        let text: String = text.chars().take(LONGEST).collect();
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some((verb, rest)) = words::verb(&words) else {
            return match words.first() {
                None => Self::Empty,
                Some(word) => Self::Unknown {
                    typed: word.chars().take(40).collect(),
                    meant: words::nearest(word),
                },
            };
        };
        let incomplete = |needs| Self::Incomplete { verb, needs };
        match verb {
            Verb::Help => Self::Help,
            Verb::Topics => Self::Topics,
            Verb::Status => Self::Status,
            Verb::Why => Self::Why,
            Verb::Poll => {
                // Lines and quotation marks mean something in a poll.
                let (_, rest) = whole
                    .trim_start()
                    .split_once(char::is_whitespace)
                    .unwrap_or_default();
                Self::Poll(rest.trim().chars().take(LONGEST_POLL).collect())
            }
            Verb::Alias => match rest.first().map(|name| alias_name(name)) {
                Some(Ok(name)) if rest.len() == 1 => Self::Alias(name),
                _ => incomplete(Need::AliasName),
            },
            Verb::Subscribe => topic(rest).map_or(incomplete(Need::Topic), Self::Subscribe),
            Verb::Unsubscribe => topic(rest).map_or(incomplete(Need::Topic), Self::Unsubscribe),
            Verb::Unmute => topic(rest).map_or(incomplete(Need::Topic), Self::Unmute),
            Verb::Mute => mute(rest),
        }
    }
}

/// A topic alone, perhaps after `to`, `from`, `a`, `de`, `the topic`, ….
fn topic(words: &[&str]) -> Option<TopicName> {
    match words::without_fillers(words) {
        [name] => read_topic(name),
        _ => None,
    }
}

fn mute(words: &[&str]) -> Command {
    let incomplete = |needs| Command::Incomplete {
        verb: Verb::Mute,
        needs,
    };
    let words = words::without_fillers(words);
    let Some((name, rest)) = words.split_first() else {
        return incomplete(Need::Topic);
    };
    if words::is_for(name) && !rest.is_empty() {
        return incomplete(Need::Topic);
    }
    let Some(topic) = read_topic(name) else {
        return incomplete(Need::Topic);
    };
    let rest = match rest.split_first() {
        Some((word, after)) if words::is_for(word) => after,
        None => {
            return Command::Mute {
                topic,
                lasting: None,
            };
        }
        Some(_) => rest,
    };
    match durations::parse(rest.join(" ").trim_end_matches(['.', '!'])) {
        Some(lasting) => Command::Mute {
            topic,
            lasting: Some(lasting),
        },
        None => incomplete(Need::Duration),
    }
}

/// People copy topics with their quotes, and end sentences.
fn read_topic(word: &str) -> Option<TopicName> {
    word.trim_matches(['"', '\'', '`', '“', '”', '«', '»', '*'])
        .trim_end_matches(['.', ',', '!', '?'])
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{Command, Need, Verb};
    use std::time::Duration;

    fn topic(name: &str) -> crate::topic::TopicName {
        name.parse().unwrap()
    }

    #[test]
    fn the_commands_of_the_contract_are_understood() {
        assert_eq!(Command::parse("help"), Command::Help);
        assert_eq!(Command::parse("topics"), Command::Topics);
        assert_eq!(Command::parse("status"), Command::Status);
        assert_eq!(Command::parse("why"), Command::Why);
        assert_eq!(
            Command::parse("subscribe deploys"),
            Command::Subscribe(topic("deploys"))
        );
        assert_eq!(
            Command::parse("unsubscribe aws.cloudwatch"),
            Command::Unsubscribe(topic("aws.cloudwatch"))
        );
        assert_eq!(
            Command::parse("unmute deploys"),
            Command::Unmute(topic("deploys"))
        );
        assert_eq!(
            Command::parse("alias Release-Crew"),
            Command::Alias("release-crew".into())
        );
    }

    #[test]
    fn mute_takes_a_duration_or_none() {
        let mute = |hours: Option<u64>| Command::Mute {
            topic: topic("deploys"),
            lasting: hours.map(|hours| Duration::from_secs(hours * 3600)),
        };
        assert_eq!(Command::parse("mute deploys"), mute(None));
        assert_eq!(Command::parse("mute deploys for 2h"), mute(Some(2)));
        assert_eq!(Command::parse("mute deploys for 2 hours"), mute(Some(2)));
        assert_eq!(Command::parse("mute deploys 1d"), mute(Some(24)));
        assert_eq!(Command::parse("Mute Deploys for a day."), mute(Some(24)));
        assert_eq!(
            Command::parse("silenciar deploys por 2 horas"),
            mute(Some(2))
        );
        assert_eq!(
            Command::parse("silencia deploys durante un día"),
            mute(Some(24))
        );
    }

    #[test]
    fn words_come_in_two_languages_any_case_and_with_politeness() {
        for text in [
            "HELP", "Help!", "/help", "ayuda", "¿Ayuda?", "?", "hola", "Hi",
        ] {
            assert_eq!(Command::parse(text), Command::Help, "{text}");
        }
        for text in [
            "why?",
            "Why did I get this?",
            "por qué",
            "¿Por qué recibo esto?",
            "porque",
        ] {
            assert_eq!(Command::parse(text), Command::Why, "{text}");
        }
        for text in [
            "subscribe to deploys",
            "subscribe to the topic \"Deploys\"",
            "suscribirme a deploys",
            "suscríbeme al tema deploys",
            "follow deploys",
        ] {
            assert_eq!(
                Command::parse(text),
                Command::Subscribe(topic("deploys")),
                "{text}"
            );
        }
        for text in [
            "stop deploys",
            "unsubscribe from deploys",
            "baja de deploys",
        ] {
            assert_eq!(
                Command::parse(text),
                Command::Unsubscribe(topic("deploys")),
                "{text}"
            );
        }
        assert_eq!(Command::parse("Estado"), Command::Status);
        assert_eq!(Command::parse("temas"), Command::Topics);
    }

    #[test]
    fn a_poll_keeps_what_was_written() {
        let poll = |rest: &str| Command::Poll(rest.into());
        for (text, rest) in [
            ("poll \"Lunch?\" Pizza | Sushi", "\"Lunch?\" Pizza | Sushi"),
            (
                "  Encuesta:\u{a0}¿Comemos?\n- Sí\n- No ",
                "¿Comemos?\n- Sí\n- No",
            ),
            ("/poll", ""),
        ] {
            assert_eq!(Command::parse(text), poll(rest), "{text}");
        }
        let long = "x".repeat(5_000);
        assert_eq!(
            Command::parse(&format!("poll {long}")),
            poll(&long[..4_000])
        );
    }

    #[test]
    fn a_topic_may_be_called_like_a_filler() {
        assert_eq!(
            Command::parse("subscribe to"),
            Command::Subscribe(topic("to"))
        );
        assert_eq!(
            Command::parse("mute for"),
            Command::Mute {
                topic: topic("for"),
                lasting: None
            }
        );
    }

    #[test]
    fn what_is_lacking_is_named() {
        let needs = |verb, needs| Command::Incomplete { verb, needs };
        assert_eq!(Command::parse("mute"), needs(Verb::Mute, Need::Topic));
        assert_eq!(
            Command::parse("mute for 2h"),
            needs(Verb::Mute, Need::Topic)
        );
        assert_eq!(
            Command::parse("mute deploys for ever"),
            needs(Verb::Mute, Need::Duration)
        );
        assert_eq!(
            Command::parse("mute deploys for"),
            needs(Verb::Mute, Need::Duration)
        );
        assert_eq!(
            Command::parse("stop"),
            needs(Verb::Unsubscribe, Need::Topic)
        );
        assert_eq!(
            Command::parse("subscribe two words"),
            needs(Verb::Subscribe, Need::Topic)
        );
        assert_eq!(Command::parse("alias"), needs(Verb::Alias, Need::AliasName));
        assert_eq!(
            Command::parse("alias a/b"),
            needs(Verb::Alias, Need::AliasName)
        );
        assert_eq!(
            Command::parse("alias a b"),
            needs(Verb::Alias, Need::AliasName)
        );
    }

    #[test]
    fn a_slip_is_met_with_a_guess() {
        let unknown = |typed: &str, meant| Command::Unknown {
            typed: typed.into(),
            meant,
        };
        assert_eq!(
            Command::parse("subscrbe deploys"),
            unknown("subscrbe", Some("subscribe"))
        );
        assert_eq!(Command::parse("topcis"), unknown("topcis", Some("topics")));
        assert_eq!(Command::parse("ayda"), unknown("ayda", Some("ayuda")));
        assert_eq!(Command::parse("bananas"), unknown("bananas", None));
        assert_eq!(Command::parse(" \n\u{a0} "), Command::Empty);
        assert_eq!(Command::parse(""), Command::Empty);
    }
}
