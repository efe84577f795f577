//! Links that a card may carry.

use std::fmt;

use idna::punycode;
use serde::{Serialize, Serializer};
use url::{ParseError, Url};

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
    /// Its host is not in ASCII, and not plainly letters and digits either.
    #[error("a URL whose host must be written in ASCII (xn--…)")]
    Host,
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
        let text = text.trim();
        let url = match Url::parse(text) {
            Err(ParseError::IdnaError) => Url::parse(&with_ascii_host(text)?),
            read => read,
        };
        let url = url.map_err(|_| NotALink::NotAbsolute)?;
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

/// The text with its host as DNS knows it (RFC 3492).
///
/// What Unicode says of host names is in tables that would be a fiftieth of every function, so
/// `url` is built without them. Letters and digits need no more than their lower case; whoever has a
/// host with anything else writes it in ASCII.
fn with_ascii_host(text: &str) -> Result<String, NotALink> {
    let (scheme, rest) = text.split_once("://").ok_or(NotALink::NotAbsolute)?;
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err(NotALink::Credentials);
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, format!(":{port}")),
        None => (authority, String::new()),
    };
    let labels: Option<Vec<_>> = host.split('.').map(ascii_label).collect();
    let host = labels.ok_or(NotALink::Host)?.join(".");
    Ok(format!("{scheme}://{host}{port}{path}"))
}

fn ascii_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == '-';
    let lower: Vec<char> = label.chars().flat_map(char::to_lowercase).collect();
    if !lower.iter().copied().all(is_plain) {
        return None;
    }
    punycode::encode(&lower).map(|code| format!("xn--{code}"))
}

#[cfg(test)]
mod tests {
    use super::{NotALink, WebLink};

    #[test]
    fn a_host_in_another_script_is_written_as_dns_knows_it() {
        for (text, link) in [
            ("https://bücher.example", "https://xn--bcher-kva.example/"),
            (
                "https://BÜCHER.example:8443/ä?q=ö#ü",
                "https://xn--bcher-kva.example:8443/%C3%A4?q=%C3%B6#%C3%BC",
            ),
            ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
            (
                "https://xn--bcher-kva.example/",
                "https://xn--bcher-kva.example/",
            ),
        ] {
            let read = WebLink::parse(text).map(|link| link.as_str().to_owned());
            assert_eq!(read.as_deref(), Ok(link), "{text}");
        }
        for (text, why) in [
            // a full stop, a slash and a space that are not ASCII, and a letter in two parts
            ("https://例え。jp/", NotALink::Host),
            ("https://example.com／.evil.example", NotALink::Host),
            ("https://ex\u{a0}ample.com", NotALink::Host),
            ("https://bu\u{308}cher.example", NotALink::Host),
            ("https://me:word@bücher.example", NotALink::Credentials),
            ("http://bücher.example", NotALink::NotHttps),
        ] {
            assert_eq!(WebLink::parse(text), Err(why), "{text}");
        }
    }

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
