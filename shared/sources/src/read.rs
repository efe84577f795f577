//! From a document to what it holds.

mod feed;
mod github;
mod json;
mod statuspage;

use notifications::WebLink;
use url::{ParseError, Url};

use crate::entry::Content;
use crate::watch::{Kind, Watch};

/// The most entries that a document may hold.
pub(crate) const MOST: usize = 1_000;

/// What was fetched.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The address it came from, for the links in it.
    pub url: &'a Url,
    /// Its bytes, at most some MiB of them.
    pub body: &'a [u8],
}

/// The document is not what the watch says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASource {
    /// It is no feed.
    #[error("not an Atom or RSS feed")]
    NotAFeed,
    /// It is XML that is broken.
    #[error("a feed that is broken at byte {at}")]
    BrokenXml {
        /// Where.
        at: u64,
    },
    /// Its elements lie too deep in one another.
    #[error("a feed whose elements lie more than 64 deep in one another")]
    TooDeep,
    /// It is written in an encoding that is not read here.
    #[error("a feed in an encoding other than UTF-8 and ISO 8859-1")]
    Encoding,
    /// It is no JSON.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// Where.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// There is nothing where the pointer or the expression looks.
    #[error("JSON that has nothing where the watch looks")]
    NothingPicked,
    /// It is JSON, of another shape than the kind has.
    #[error("JSON that is not {expected}")]
    OtherJson {
        /// What was expected.
        expected: &'static str,
    },
    /// It is made of too many parts to be taken apart.
    #[error("JSON of more than 250000 values")]
    TooManyValues,
    /// It holds too many entries.
    #[error("a list of more than 1000 entries: watch a part of it")]
    TooMany,
}

/// Reads a document.
pub(crate) fn read(watch: &Watch, document: &Document<'_>) -> Result<Content, NotASource> {
    let content = match watch.kind {
        Kind::Atom => feed::read(document),
        Kind::Json => json::read(watch.pick.as_ref(), document),
        Kind::Statuspage => statuspage::read(document),
        Kind::GitHub => github::read(&watch.url, document),
    }?;
    match &content {
        Content::Entries { entries, .. } if entries.len() > MOST => Err(NotASource::TooMany),
        _ => Ok(content),
    }
}

fn parse_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

fn not_json(error: &serde_json::Error) -> NotASource {
    NotASource::NotJson {
        line: error.line(),
        column: error.column(),
    }
}

/// A link as the document means it, if it is one of the web.
fn link(base: &Url, text: &str) -> Option<String> {
    let url: String = match base.join(text.trim()) {
        Ok(url) => url.into(),
        // The contract knows such a host in ASCII.
        Err(ParseError::IdnaError) => WebLink::parse(text).ok()?.as_str().to_owned(),
        Err(_) => return None,
    };
    (url.starts_with("http://") || url.starts_with("https://")).then_some(url)
}

/// A time as feeds and APIs write it.
fn time(text: &str) -> Option<jiff::Timestamp> {
    const MAIL: jiff::fmt::rfc2822::DateTimeParser =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| MAIL.parse_timestamp(text).ok())
}
