//! Links that a card may carry.

use serde::{Serialize, Serializer};
use std::fmt;
use url::Url;

/// The longest link that a notification may carry, in bytes.
pub const LONGEST: usize = 2048;

/// An absolute `https` link.
///
/// Nothing else is let through: a card must not open `javascript:`, a file or
/// a plain-text page, not even one on loopback. User names and passwords in
/// a link are refused, because the card shows only the title.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebLink(String);

/// Why a text is not a link that a card may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALink {
    /// It is no absolute URL.
    #[error("no absolute URL")]
    NotAbsolute,
    /// It is one, with another scheme than `https`.
    #[error("a URL that is not https")]
    NotHttps,
    /// It carries a user name or password.
    #[error("a URL with a user name or password")]
    Credentials,
    /// It is longer than [`LONGEST`].
    #[error("a URL of more than 2048 bytes")]
    TooLong,
}

impl WebLink {
    /// Reads a link.
    ///
    /// # Errors
    ///
    /// [`NotALink`] says what is wrong; the text itself is not repeated in it.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        if text.len() > LONGEST {
            return Err(NotALink::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| NotALink::NotAbsolute)?;
        if url.scheme() != "https" {
            return Err(NotALink::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotALink::Credentials);
        }
        Ok(Self(url.into()))
    }

    /// The link, as a browser would write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for WebLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{NotALink, WebLink};

    #[test]
    fn only_https_is_a_link() {
        assert!(WebLink::parse("https://example.com/a?b=c#d").is_ok());
        for (text, why) in [
            ("http://example.com", NotALink::NotHttps),
            ("http://127.0.0.1:3978", NotALink::NotHttps),
            ("javascript:alert(1)", NotALink::NotHttps),
            ("mailto:ana@contoso.example", NotALink::NotHttps),
            ("example.com", NotALink::NotAbsolute),
            ("//example.com", NotALink::NotAbsolute),
            ("", NotALink::NotAbsolute),
            ("https://", NotALink::NotAbsolute),
            ("https://user:word@example.com", NotALink::Credentials),
        ] {
            assert_eq!(WebLink::parse(text), Err(why), "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2048));
        assert_eq!(WebLink::parse(&long), Err(NotALink::TooLong));
    }
}
