//! What a source holds.

use jiff::Timestamp;
use notifications::{Importance, IncidentState};

/// One thing in a source: an entry of a feed, a step of an incident, a release, an element of a list. Its texts are plain,
/// and as long as the source has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// What the source calls it: the same entry, the same id.
    pub id: String,
    /// Since when it is there.
    pub at: Option<Timestamp>,
    /// What it says, in a line.
    pub title: String,
    /// The same for readers of Spanish, where the words are ours.
    pub title_es: Option<String>,
    /// What it is about, where that is not the source as a whole.
    pub about: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// What it says, at length.
    pub text: Option<String>,
    /// Titles and values.
    pub facts: Vec<(String, String)>,
    /// How loud it is.
    pub importance: Importance,
    /// The incident that it belongs to, and where that stands.
    pub incident: Option<(String, IncidentState)>,
}

/// All that a document holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Things, of which the new ones are told.
    Entries {
        /// What the source calls itself.
        title: Option<String>,
        /// The entries, in the order in which they are to be told where they have no time.
        entries: Vec<Entry>,
    },
    /// One value, of which changes are told.
    Value(String),
}
