//! Who reads a card, and where.

use notifications::Locale;

/// The reader of a card: their language, and where they read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Their locale, as Teams told it; absent when unknown.
    pub locale: Option<Locale>,
    /// Where the card stands.
    pub place: Place,
}

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The personal chat with the bot: one reader.
    Personal,
    /// A channel of a team: many readers.
    Channel,
    /// A group chat: several readers.
    Chat,
}

/// A language that our own texts are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, also for readers of every other language.
    English,
    /// Spanish.
    Spanish,
}

impl Reader {
    /// A reader with this locale tag; one that cannot be read counts as none.
    #[must_use]
    pub fn new(locale: Option<&str>, place: Place) -> Self {
        Self {
            locale: locale.and_then(|tag| tag.parse().ok()),
            place,
        }
    }

    /// A person in their chat with the bot.
    #[must_use]
    pub fn personal(locale: Option<&str>) -> Self {
        Self::new(locale, Place::Personal)
    }

    /// A reader of the same place, for whom our own texts are the same: their region makes no difference to those.
    #[must_use]
    pub fn of_our_texts(&self) -> Self {
        let spanish = self.language() == Language::Spanish;
        Self::new(spanish.then_some("es"), self.place)
    }

    /// The language of our own texts for this reader.
    #[must_use]
    pub fn language(&self) -> Language {
        match self.locale.as_ref().map(Locale::language) {
            Some("es") => Language::Spanish,
            _ => Language::English,
        }
    }

    /// The text in the reader's language.
    pub(crate) fn say<'a>(&self, en: &'a str, es: &'a str) -> &'a str {
        match self.language() {
            Language::English => en,
            Language::Spanish => es,
        }
    }

    /// Whether one person reads the card, so that its buttons are theirs.
    pub(crate) fn is_personal(&self) -> bool {
        self.place == Place::Personal
    }
}
