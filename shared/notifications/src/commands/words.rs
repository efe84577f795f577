//! The words of the commands, in English and Spanish.

/// A command, without what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `help`
    Help,
    /// `topics`
    Topics,
    /// `subscribe`
    Subscribe,
    /// `unsubscribe`
    Unsubscribe,
    /// `mute`
    Mute,
    /// `unmute`
    Unmute,
    /// `status`
    Status,
    /// `alias`
    Alias,
    /// `why`
    Why,
    /// `poll`
    Poll,
}

/// Without accents and in lower case; the first of each language is the one
/// that help shows.
const WORDS: &[(&str, Verb)] = &[
    ("help", Verb::Help),
    ("ayuda", Verb::Help),
    ("?", Verb::Help),
    ("hi", Verb::Help),
    ("hello", Verb::Help),
    ("hey", Verb::Help),
    ("hola", Verb::Help),
    ("topics", Verb::Topics),
    ("temas", Verb::Topics),
    ("topic", Verb::Topics),
    ("list", Verb::Topics),
    ("lista", Verb::Topics),
    ("subscribe", Verb::Subscribe),
    ("suscribir", Verb::Subscribe),
    ("suscribirme", Verb::Subscribe),
    ("suscribeme", Verb::Subscribe),
    ("follow", Verb::Subscribe),
    ("seguir", Verb::Subscribe),
    ("unsubscribe", Verb::Unsubscribe),
    ("desuscribir", Verb::Unsubscribe),
    ("desuscribirme", Verb::Unsubscribe),
    ("baja", Verb::Unsubscribe),
    ("stop", Verb::Unsubscribe),
    ("unfollow", Verb::Unsubscribe),
    ("mute", Verb::Mute),
    ("silenciar", Verb::Mute),
    ("silencia", Verb::Mute),
    ("snooze", Verb::Mute),
    ("unmute", Verb::Unmute),
    ("reactivar", Verb::Unmute),
    ("reactiva", Verb::Unmute),
    ("status", Verb::Status),
    ("estado", Verb::Status),
    ("alias", Verb::Alias),
    ("why", Verb::Why),
    ("porque", Verb::Why),
    ("poll", Verb::Poll),
    ("encuesta", Verb::Poll),
];

/// Little words that may stand before a topic.
const FILLERS: &[&str] = &[
    "to", "from", "the", "topic", "a", "al", "el", "la", "de", "del", "en", "tema",
];

/// The command that these words begin with, and what follows it.
pub(super) fn verb<'a>(words: &'a [&'a str]) -> Option<(Verb, &'a [&'a str])> {
    let (first, rest) = words.split_first()?;
    let first = plain(first);
    // "por qué" is two words.
    if first == "por"
        && let Some((second, rest)) = rest.split_first()
        && plain(second) == "que"
    {
        return Some((Verb::Why, rest));
    }
    let (_, verb) = WORDS.iter().find(|(word, _)| *word == first)?;
    Some((*verb, rest))
}

/// The command word that a mistyped one was perhaps meant to be.
pub(super) fn nearest(word: &str) -> Option<&'static str> {
    crate::suggest::nearest(&plain(word), WORDS.iter().map(|(word, _)| *word))
}

/// Takes away fillers while something follows them.
pub(super) fn without_fillers<'a>(mut words: &'a [&'a str]) -> &'a [&'a str] {
    while let [first, rest @ ..] = words
        && !rest.is_empty()
        && FILLERS.contains(&plain(first).as_str())
    {
        words = rest;
    }
    words
}

/// Whether a word announces a duration.
pub(super) fn is_for(word: &str) -> bool {
    matches!(plain(word).as_str(), "for" | "por" | "durante" | "during")
}

/// Lower case, without accents, without the punctuation of a sentence or the
/// slash of other bots.
fn plain(word: &str) -> String {
    let folded: String = word
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            other => other,
        })
        .collect();
    let bare = folded
        .trim_start_matches(['/', '¿', '¡'])
        .trim_end_matches(['.', ',', '!', '?', ':']);
    // A lone question mark is a command of its own.
    if bare.is_empty() {
        folded
    } else {
        bare.to_owned()
    }
}
