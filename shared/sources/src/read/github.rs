//! The releases of a repository on GitHub: `releases.atom`, or the list that the API has.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::{Document, NotASource, feed, link, not_json, parse_json, time};
use crate::entry::{Content, Entry};
use crate::text;

#[derive(Deserialize)]
struct Release {
    id: u64,
    tag_name: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    published_at: Option<String>,
    #[serde(default)]
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    login: String,
}

/// Reads the releases of the repository at `watched`: after a redirect the document's own address may be another.
pub(super) fn read(watched: &Url, document: &Document<'_>) -> Result<Content, NotASource> {
    let repository = repository(watched);
    let entries = match document.body.trim_ascii_start().first() {
        Some(b'[' | b'{') => of_api(document)?,
        _ => of_feed(document)?,
    };
    let entries = entries
        .into_iter()
        .map(|entry| named(entry, repository.as_deref()));
    Ok(Content::Entries {
        title: repository.clone(),
        entries: entries.collect(),
    })
}

fn of_api(document: &Document<'_>) -> Result<Vec<Entry>, NotASource> {
    let releases: Vec<Release> =
        parse_json(document.body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => NotASource::OtherJson {
                expected: "the releases of a repository",
            },
            _ => not_json(&error),
        })?;
    // The newest is first.
    let published = releases.into_iter().rev().filter(|release| !release.draft);
    Ok(published
        .map(|release| entry(release, document.url))
        .collect())
}

fn entry(release: Release, base: &Url) -> Entry {
    let mut facts = Vec::new();
    if let Some(name) = release
        .name
        .filter(|name| !name.is_empty() && *name != release.tag_name)
    {
        facts.push(("Name".to_owned(), name));
    }
    if release.prerelease {
        facts.push(("Pre-release".to_owned(), "yes".to_owned()));
    }
    Entry {
        id: release.id.to_string(),
        at: release.published_at.as_deref().and_then(time),
        title: release.tag_name,
        url: release
            .html_url
            .as_deref()
            .and_then(|text| link(base, text)),
        author: release.author.map(|author| author.login),
        text: release.body.as_deref().map(text::of_html),
        facts,
        ..Entry::default()
    }
}

/// The feed's titles are the releases' names; the tag is the end of the link.
fn of_feed(document: &Document<'_>) -> Result<Vec<Entry>, NotASource> {
    let Content::Entries { mut entries, .. } = feed::read(document)? else {
        return Err(NotASource::NotAFeed);
    };
    for entry in &mut entries {
        let tag = entry.url.as_deref().and_then(tag);
        if let Some(tag) = tag {
            let name = std::mem::replace(&mut entry.title, tag);
            if !name.is_empty() && name != entry.title {
                entry.facts.push(("Name".to_owned(), name));
            }
        }
    }
    Ok(entries)
}

/// The tag is a part of the link's path: `%40contoso%2Fcart%401.2.0`.
fn tag(url: &str) -> Option<String> {
    let (_, tag) = url.split_once("/releases/tag/")?;
    let tag = percent_decode_str(tag).decode_utf8_lossy();
    Some(tag.into_owned()).filter(|tag| !tag.is_empty())
}

fn named(mut entry: Entry, repository: Option<&str>) -> Entry {
    let release = match repository {
        Some(repository) => format!("{repository} {}", entry.title),
        None => entry.title,
    };
    entry.title = format!("{release} was released");
    entry.title_es = Some(format!("Se publicó {release}"));
    entry.about = Some(release);
    entry
}

/// `rust-lang/rust` of the addresses that releases have.
fn repository(url: &Url) -> Option<String> {
    let mut segments = url.path_segments()?;
    let mut first = segments.next()?;
    if first == "repos" {
        first = segments.next()?;
    }
    let second = segments.next().filter(|second| !second.is_empty())?;
    Some(format!("{first}/{second}"))
}
