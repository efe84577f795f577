use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Content type of an Adaptive Card attachment.
pub const ADAPTIVE_CARD: &str = "application/vnd.microsoft.card.adaptive";

/// Content type of a file that a user sent in personal scope.
pub const FILE_DOWNLOAD_INFO: &str = "application/vnd.microsoft.teams.file.download.info";

/// A card, a file or a picture of a message. Debug output has no content.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// A media type, or one of Microsoft's own for cards and files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Where the content is. A download with the bot's token needs its own host check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_url: Option<String>,
    /// The content itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// File name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A preview picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// Every other member.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Attachment {
    /// An Adaptive Card as an attachment.
    #[must_use]
    pub fn adaptive_card(card: Value) -> Self {
        Self {
            content_type: Some(ADAPTIVE_CARD.to_owned()),
            content: Some(card),
            ..Self::default()
        }
    }

    /// The Adaptive Card inside, if this is one.
    #[must_use]
    pub fn as_adaptive_card(&self) -> Option<&Value> {
        self.content
            .as_ref()
            .filter(|_| self.content_type.as_deref() == Some(ADAPTIVE_CARD))
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
