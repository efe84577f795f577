//! The texts of a poll for one reader.

use crate::definition::{Choice, Definition, Question, QuestionTranslation, Translation};
use notifications::Locale;

/// A poll's texts in the language of one reader, as far as it was translated.
#[derive(Clone, Debug)]
pub struct Texts<'a> {
    definition: &'a Definition,
    /// From the most particular to the most general.
    layers: Vec<&'a Translation>,
}

impl<'a> Texts<'a> {
    /// The texts for a reader with this locale; without one, as defined.
    #[must_use]
    pub fn of(definition: &'a Definition, locale: Option<&Locale>) -> Self {
        let find = |tag: &str| {
            let mut all = definition.translations.iter();
            all.find(|(known, _)| known.as_str() == tag)
                .map(|(_, translation)| translation)
        };
        let tags = locale.into_iter().flat_map(Locale::fallbacks);
        let layers = tags.filter_map(find).collect();
        Self { definition, layers }
    }

    /// What the poll is about.
    #[must_use]
    pub fn title(&self) -> &'a str {
        let mut layers = self.layers.iter();
        layers
            .find_map(|layer| layer.title.as_deref())
            .unwrap_or(&self.definition.title)
    }

    /// What a question asks.
    #[must_use]
    pub fn question(&self, question: &'a Question) -> &'a str {
        self.translated(question)
            .find_map(|texts| texts.text.as_deref())
            .unwrap_or(&question.text)
    }

    /// What a choice says. One that a voter added says what they wrote.
    #[must_use]
    pub fn choice(&self, question: &Question, choice: &'a Choice) -> &'a str {
        self.translated(question)
            .find_map(|texts| texts.choices.get(&choice.id))
            .unwrap_or(&choice.text)
    }

    fn translated(
        &self,
        question: &Question,
    ) -> impl Iterator<Item = &'a QuestionTranslation> + '_ {
        let id = question.id.clone();
        let layers = self.layers.iter();
        layers.filter_map(move |layer| layer.questions.get(&id))
    }
}
