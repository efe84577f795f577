//! People, lean enough for a hundred thousand of them.

use crate::PersonSpec;
use crate::model::Log;

/// A person.
pub(crate) struct PersonState {
    pub(crate) object_id: u128,
    pub(crate) profile: Profile,
    /// Whether the bot is installed in personal scope.
    pub(crate) installed: bool,
    /// Whether the chat with the bot exists. It outlives the installation.
    pub(crate) has_chat: bool,
    /// Whether the bot opened the chat because they share a team.
    pub(crate) opened_by_bot: bool,
    pub(crate) blocking: Option<Blocking>,
    pub(crate) log: Log,
}

/// Who somebody is.
pub(crate) enum Profile {
    Named(Box<PersonSpec>),
    /// One of the crowd: everything follows from the number.
    Numbered(u32),
}

/// How the Connector words that a person blocked the bot: it has two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocking {
    MessageWritesBlocked,
    ConversationBlockedByUser,
}

impl PersonState {
    pub(crate) fn named(object_id: u128, spec: PersonSpec) -> Self {
        Self::new(object_id, Profile::Named(Box::new(spec)))
    }

    pub(crate) fn numbered(number: u32) -> Self {
        Self::new(crowd_object_id(number), Profile::Numbered(number))
    }

    fn new(object_id: u128, profile: Profile) -> Self {
        Self {
            object_id,
            profile,
            installed: false,
            has_chat: false,
            opened_by_bot: false,
            blocking: None,
            log: Log::default(),
        }
    }

    pub(crate) fn install(&mut self) {
        self.installed = true;
        self.has_chat = true;
    }

    /// Their details, made up for one of the crowd.
    pub(crate) fn spec(&self) -> PersonSpec {
        match &self.profile {
            Profile::Named(spec) => PersonSpec::clone(spec),
            Profile::Numbered(number) => PersonSpec {
                object_id: crate::ids::guid(self.object_id),
                ..PersonSpec::new(
                    &format!("Person {number}"),
                    &format!("person{number}@contoso.example"),
                )
            },
        }
    }

    pub(crate) fn name(&self) -> String {
        match &self.profile {
            Profile::Named(spec) => spec.name.clone(),
            Profile::Numbered(number) => format!("Person {number}"),
        }
    }
}

/// The object id of one of the crowd.
pub(crate) fn crowd_object_id(number: u32) -> u128 {
    0xc40d_0000_0000_4000_8000_0000_0000_0000 | u128::from(number)
}

/// The number in `Person 17` or `person17@contoso.example`.
pub(crate) fn number_in(word: &str) -> Option<u32> {
    let word = folded(word);
    let word = word.strip_prefix("person")?;
    let word = word.strip_suffix("@contoso.example").unwrap_or(word);
    word.trim().parse().ok()
}

/// A name without case and without the accents of the default people, so that
/// `chloe` finds Chloé.
pub(crate) fn folded(name: &str) -> String {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'á' | 'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect()
}
