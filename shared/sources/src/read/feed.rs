//! Atom (RFC 4287) and RSS, in all its versions.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use url::Url;

use super::{Document, MOST, NotASource, link, time};
use crate::entry::{Content, Entry};
use crate::hash;
use crate::text;

/// How deep elements may lie in one another.
const DEEPEST: usize = 64;

/// How much of one text is kept, in bytes.
const TEXT: usize = 64 * 1024;

/// Reads a feed.
pub(super) fn read(document: &Document<'_>) -> Result<Content, NotASource> {
    let xml = decoded(document.body)?;
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut feed = Feed::new(document.url);
    loop {
        let event = reader.read_event();
        let at = reader.buffer_position();
        match event {
            Ok(Event::Start(start)) => feed.open(&start, false)?,
            Ok(Event::Empty(start)) => feed.open(&start, true)?,
            Ok(Event::End(_)) => feed.close()?,
            Ok(Event::Text(text)) => feed.text(&text.xml10_content()),
            Ok(Event::CData(text)) => feed.text(&text.xml10_content()),
            Ok(Event::GeneralRef(name)) => match text::character(&name) {
                Some(character) => feed.text(character.encode_utf8(&mut [0; 4])),
                None => feed.text(&format!("&{};", &*name)),
            },
            Ok(Event::Eof) => break,
            Ok(Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_)) => {}
            Err(_) if !feed.is_feed => return Err(NotASource::NotAFeed),
            Err(_) => return Err(NotASource::BrokenXml { at }),
        }
    }
    if !feed.is_feed {
        return Err(NotASource::NotAFeed);
    }
    if !feed.stack.is_empty() {
        let at = reader.buffer_position();
        return Err(NotASource::BrokenXml { at });
    }
    // Feeds have the newest first.
    feed.entries.reverse();
    Ok(Content::Entries {
        title: feed.title,
        entries: feed.entries,
    })
}

/// The text of the document: UTF-8, or ISO 8859-1 where it says so (as Windows has it).
fn decoded(body: &[u8]) -> Result<Cow<'_, str>, NotASource> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let head = String::from_utf8_lossy(&body[..body.len().min(200)]).to_ascii_lowercase();
    let declared = head
        .split_once("?>")
        .and_then(|(declaration, _)| declaration.split_once("encoding="))
        .map(|(_, value)| value.trim_start_matches(['"', '\'']))
        .and_then(|value| value.split(['"', '\'', ' ']).next());
    match declared {
        None | Some("utf-8" | "utf8" | "us-ascii") => {
            std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| {
                let is_xml = body.trim_ascii_start().starts_with(b"<");
                if is_xml {
                    NotASource::Encoding
                } else {
                    NotASource::NotAFeed
                }
            })
        }
        Some("iso-8859-1" | "latin1" | "windows-1252") => {
            Ok(body.iter().map(|b| western(*b)).collect())
        }
        Some(_) => Err(NotASource::Encoding),
    }
}

fn western(byte: u8) -> char {
    const WINDOWS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// What an element is for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Feed,
    Entry,
    Title,
    Id,
    Link,
    Published,
    Updated,
    Summary,
    Content,
    Author,
    Name,
    Other,
}

impl Element {
    /// By name; the prefixes are those that feeds have by habit.
    fn of(name: &str) -> Self {
        let name = name.strip_prefix("atom:").unwrap_or(name);
        match name {
            "feed" | "rss" | "rdf:RDF" | "channel" => Self::Feed,
            "entry" | "item" => Self::Entry,
            "title" => Self::Title,
            "id" | "guid" => Self::Id,
            "link" => Self::Link,
            "published" | "pubDate" | "dc:date" => Self::Published,
            "updated" => Self::Updated,
            "summary" | "description" => Self::Summary,
            "content" | "content:encoded" => Self::Content,
            "author" | "dc:creator" => Self::Author,
            "name" => Self::Name,
            _ => Self::Other,
        }
    }
}

/// An open element.
struct Open {
    element: Element,
    text: String,
    /// Whether the text is text, and not HTML.
    is_plain: bool,
    /// Whether it is a `link` that may lead to the entry, or an id that says that it does.
    is_link: bool,
}

struct Feed<'a> {
    url: &'a Url,
    is_feed: bool,
    /// Whether it is Atom, and not RSS.
    is_atom: bool,
    title: Option<String>,
    entries: Vec<Entry>,
    stack: Vec<Open>,
    draft: Option<Draft>,
}

#[derive(Default)]
struct Draft {
    id: Option<String>,
    title: Option<String>,
    link: Option<String>,
    permalink: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    author: Option<String>,
}

impl<'a> Feed<'a> {
    fn new(url: &'a Url) -> Self {
        Self {
            url,
            is_feed: false,
            is_atom: false,
            title: None,
            entries: Vec::new(),
            stack: Vec::new(),
            draft: None,
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, is_empty: bool) -> Result<(), NotASource> {
        let name = start.name();
        let element = Element::of(name.as_ref());
        if self.stack.is_empty() && !self.is_feed {
            if element != Element::Feed || name.as_ref() == "channel" {
                return Err(NotASource::NotAFeed);
            }
            self.is_feed = true;
            self.is_atom = name.as_ref().ends_with("feed");
        }
        if self.stack.len() >= DEEPEST {
            return Err(NotASource::TooDeep);
        }
        if element == Element::Entry && self.draft.is_none() {
            self.draft = Some(Draft::default());
        }
        let attribute = |name: &str| {
            let found = start.try_get_attribute(name).ok().flatten()?;
            Some(
                found
                    .normalized_value(XmlVersion::Implicit1_0)
                    .ok()?
                    .into_owned(),
            )
        };
        let mut open = Open {
            element,
            text: String::new(),
            // In Atom a text is one unless it says otherwise (RFC 4287, 3.1.1); RSS has no such word, and HTML nearly everywhere.
            is_plain: match attribute("type") {
                Some(kind) => kind == "text" || kind == "text/plain",
                None => self.is_atom,
            },
            is_link: false,
        };
        if element == Element::Link {
            let leads = attribute("rel").is_none_or(|rel| rel == "alternate");
            open.is_link = leads;
            if let (true, Some(href)) = (leads, attribute("href")) {
                open.text = href;
            }
        }
        if name.as_ref() == "guid" {
            open.is_link = attribute("isPermaLink").is_some_and(|is| is == "true");
        }
        // A block inside of a text breaks its line.
        if let Some(parent) = self.stack.last_mut()
            && element == Element::Other
            && matches!(
                name.as_ref(),
                "p" | "br" | "li" | "div" | "h1" | "h2" | "h3" | "tr"
            )
        {
            parent.text.push('\n');
        }
        self.stack.push(open);
        if is_empty { self.close() } else { Ok(()) }
    }

    fn text(&mut self, more: &str) {
        if let Some(open) = self.stack.last_mut() {
            push(&mut open.text, more);
        }
    }

    fn close(&mut self) -> Result<(), NotASource> {
        let Some(closed) = self.stack.pop() else {
            return Ok(());
        };
        let parent = self.stack.last().map(|open| open.element);
        let keeps = |element| {
            matches!(
                element,
                Element::Title | Element::Summary | Element::Content | Element::Other
            )
        };
        match closed.element {
            Element::Entry => {
                // An entry inside of an entry is a part of it.
                let is_inside = self.stack.iter().any(|open| open.element == Element::Entry);
                if let (false, Some(draft)) = (is_inside, self.draft.take()) {
                    self.entries.extend(draft.entry(self.url));
                    if self.entries.len() > MOST {
                        return Err(NotASource::TooMany);
                    }
                } else if is_inside {
                    return Ok(());
                }
            }
            Element::Other => {
                // The elements of XHTML, and of what else a text may hold.
                if let Some(open) = self.stack.last_mut()
                    && keeps(open.element)
                {
                    push(&mut open.text, &closed.text);
                }
            }
            _ => self.field(closed, parent),
        }
        Ok(())
    }

    /// A field of the entry or the feed has ended.
    fn field(&mut self, closed: Open, parent: Option<Element>) {
        let text = if closed.is_plain {
            closed.text
        } else {
            text::of_html(&closed.text)
        };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let Some(draft) = &mut self.draft else {
            if closed.element == Element::Title
                && parent == Some(Element::Feed)
                && self.title.is_none()
            {
                self.title = Some(text.to_owned());
            }
            return;
        };
        let is_author = closed.element == Element::Name && parent == Some(Element::Author);
        // What lies deeper belongs to something else: the source of an Atom entry, an enclosure.
        if parent != Some(Element::Entry) && !is_author {
            return;
        }
        if closed.element == Element::Id && closed.is_link {
            draft.permalink = Some(text.to_owned());
        }
        let slot = match closed.element {
            Element::Id => &mut draft.id,
            Element::Title => &mut draft.title,
            Element::Link if closed.is_link => &mut draft.link,
            Element::Published => &mut draft.published,
            Element::Updated => &mut draft.updated,
            Element::Summary => &mut draft.summary,
            Element::Content => &mut draft.content,
            Element::Author | Element::Name => &mut draft.author,
            _ => return,
        };
        slot.get_or_insert_with(|| text.to_owned());
    }
}

/// Puts as much of a text behind another as is kept.
fn push(text: &mut String, more: &str) {
    let room = TEXT.saturating_sub(text.len());
    text.push_str(&more[..more.floor_char_boundary(room)]);
}

impl Draft {
    /// The entry; `None` when it has nothing to tell it by.
    fn entry(self, base: &Url) -> Option<Entry> {
        let leads = self.link.as_deref().or(self.permalink.as_deref());
        let url = leads.and_then(|text| link(base, text));
        let id = match (self.id, &self.link) {
            (Some(id), _) => id,
            (None, Some(link)) => link.clone(),
            (None, None) => {
                let title = self.title.as_deref().unwrap_or_default();
                let text = self.summary.as_deref().unwrap_or_default();
                if title.is_empty() && text.is_empty() {
                    return None;
                }
                let date = self.published.as_deref().unwrap_or_default();
                hash::hex(&hash::of(&[title, text, date]), 32)
            }
        };
        let at = self.published.as_deref().or(self.updated.as_deref());
        Some(Entry {
            id,
            at: at.and_then(time),
            title: self.title.unwrap_or_default(),
            url,
            author: self.author,
            text: self.summary.or(self.content),
            ..Entry::default()
        })
    }
}
