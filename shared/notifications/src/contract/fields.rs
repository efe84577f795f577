//! The kinds of field that the contract has.

use super::walk::{At, Walk, quote};
use crate::address::{Address, AddressError};
use crate::audience::Audience;
use crate::durations;
use crate::topic::TopicName;
use crate::weblink::{NotALink, WebLink};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// Text in one line, not empty, of at most so many characters.
pub fn line(walk: &mut Walk, at: &At<'_>, most: usize) -> Option<String> {
    let expected = format!("text in one line of 1 to {most} characters");
    let text = at.str(walk, &expected)?.trim();
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(breaks) {
        walk.problem(
            &at.path,
            "text with line breaks or control characters",
            expected,
        );
        return None;
    }
    if !is_visible(text) || text.chars().count() > most {
        return at.wrong(walk, expected);
    }
    Some(text.to_owned())
}

/// Whether there is anything in a text that a reader sees.
fn is_visible(text: &str) -> bool {
    let invisible = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !text.chars().all(invisible)
}

/// Text of any number of lines, not empty.
pub fn text(walk: &mut Walk, at: &At<'_>, most: usize) -> Option<String> {
    let expected = format!("text of 1 to {most} characters");
    let text = at.str(walk, &expected)?;
    if !is_visible(text) || text.chars().count() > most {
        return at.wrong(walk, expected);
    }
    Some(text.to_owned())
}

/// An absolute https link.
pub fn link(walk: &mut Walk, at: &At<'_>) -> Option<WebLink> {
    const EXPECTED: &str = "an absolute https URL of at most 2048 bytes";
    let text = at.str(walk, EXPECTED)?;
    match WebLink::parse(text) {
        Ok(link) => Some(link),
        Err(NotALink::NotHttps) => {
            let scheme = text.split(':').next().unwrap_or_default();
            walk.problem(&at.path, format!("the scheme {}", quote(scheme)), EXPECTED);
            None
        }
        Err(why) => {
            walk.problem(&at.path, why.to_string(), EXPECTED);
            None
        }
    }
}

/// One word out of a fixed choice.
pub fn choice<T: Copy>(walk: &mut Walk, at: &At<'_>, words: &[(&str, T)]) -> Option<T> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let mut expected = format!("one of {}", known.join(", "));
    let word = at.str(walk, &expected)?;
    let found = words.iter().find(|(known, _)| *known == word);
    if found.is_none() {
        if let Some(meant) = crate::suggest::nearest(word, known.iter().copied()) {
            expected.push_str(&format!(" (did you mean {meant}?)"));
        }
        walk.problem(&at.path, quote(word), expected);
    }
    found.map(|(_, value)| *value)
}

/// `true` or `false`.
pub fn flag(walk: &mut Walk, at: &At<'_>) -> Option<bool> {
    match at.value.as_bool() {
        Some(flag) => Some(flag),
        None => at.wrong(walk, "true or false"),
    }
}

/// A duration as people write it.
pub fn duration(walk: &mut Walk, at: &At<'_>) -> Option<Duration> {
    const EXPECTED: &str = "a duration such as 15m or 2h";
    match durations::parse(at.str(walk, EXPECTED)?) {
        Some(duration) => Some(duration),
        None => at.wrong(walk, EXPECTED),
    }
}

/// A time as RFC 3339 writes it.
///
/// jiff reads more forms than the RFC has; a sender whose time another reader
/// would refuse should hear of it here.
pub fn time(walk: &mut Walk, at: &At<'_>) -> Option<Timestamp> {
    const EXPECTED: &str = "an RFC 3339 time with zone, such as 2026-10-08T09:30:00Z";
    let text = at.str(walk, EXPECTED)?;
    match parse_time(text) {
        Some(time) => Some(time),
        None => at.wrong(walk, EXPECTED),
    }
}

/// Reads an RFC 3339 time, and nothing else.
fn parse_time(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape = b"dddd-dd-ddTdd:dd:dd";
    if bytes.len() < 20 || bytes.len() > 40 {
        return None;
    }
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        _ => byte == shape,
    };
    if !bytes.iter().zip(shape).all(fits) {
        return None;
    }
    let rest = &text[shape.len()..];
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = zone.as_bytes();
    let has_zone = matches!(offset, b"Z" | b"z")
        || (offset.len() == 6 && matches!(offset[0], b'+' | b'-') && offset[3] == b':');
    if has_zone { text.parse().ok() } else { None }
}

/// The name of a topic.
pub fn topic_name(walk: &mut Walk, at: &At<'_>) -> Option<TopicName> {
    const EXPECTED: &str =
        "a topic name: 1 to 80 letters, digits and . _ - / : +, beginning with a letter or digit";
    let text = at.str(walk, EXPECTED)?;
    match text.parse() {
        Ok(name) => Some(name),
        Err(_) => at.wrong(walk, EXPECTED),
    }
}

/// An id that is opaque to us: no spaces, no control characters.
pub fn opaque<'a>(walk: &mut Walk, at: &At<'a>, most: usize) -> Option<&'a str> {
    let expected = format!("an id of 1 to {most} characters without spaces");
    let text = at.str(walk, &expected)?;
    let odd = |c: char| c.is_control() || c.is_whitespace();
    if text.is_empty() || text.len() > most || text.contains(odd) {
        return at.wrong(walk, expected);
    }
    Some(text)
}

fn wrong_address(walk: &mut Walk, at: &At<'_>, text: &str, why: AddressError) {
    let kind = text
        .trim_start_matches('-')
        .split(':')
        .next()
        .unwrap_or_default();
    // The kind is the sender's spelling; what follows may be a person.
    let found = match why {
        AddressError::UnknownKind if text.contains(':') => format!("the kind {}", quote(kind)),
        AddressError::UnknownKind => "text that begins like no address".to_owned(),
        AddressError::Malformed => "text that is too long or has spaces".to_owned(),
        _ => format!("{kind}: with something else behind it"),
    };
    let kinds = [
        "aad", "upn", "mail", "29", "roster", "channel", "thread", "chat", "topic", "alias",
        "everyone",
    ];
    let mut expected = why.expected().to_owned();
    if why == AddressError::UnknownKind
        && let Some(meant) = crate::suggest::nearest(kind, kinds)
    {
        expected.push_str(&format!(" (did you mean {meant}?)"));
    }
    walk.problem(&at.path, found, expected);
}

/// `to`: addresses, some of which take away.
pub fn audience(walk: &mut Walk, at: &At<'_>, most: usize) -> Option<Audience> {
    let list = at.list(walk, "a list of addresses", most)?;
    let mut audience = Audience::default();
    let mut whole = true;
    for element in &list {
        let Some(text) = element.str(walk, "an address") else {
            whole = false;
            continue;
        };
        if let Err(why) = audience.add(text) {
            wrong_address(walk, element, text, why);
            whole = false;
        }
    }
    if whole && audience.include.is_empty() {
        walk.problem(
            &at.path,
            format!("{} addresses that add somebody", audience.include.len()),
            "at least one address without a leading -",
        );
        return None;
    }
    whole.then_some(audience)
}

/// Addresses of single people.
pub fn people(walk: &mut Walk, at: &At<'_>, most: usize) -> Option<Vec<Address>> {
    let list = at.list(walk, "a list of addresses of people", most)?;
    let mut people = Vec::new();
    for element in &list {
        let Some(text) = element.str(walk, "an address of a person") else {
            continue;
        };
        match text.parse::<Address>() {
            Ok(address) if address.is_person() => people.push(address),
            Ok(address) => walk.problem(
                &element.path,
                format!("an address of the kind {}", quote(address.kind())),
                "the address of one person: aad:, upn:, mail: or 29:",
            ),
            Err(why) => wrong_address(walk, element, text, why),
        }
    }
    Some(people)
}

/// An object, as it is.
pub fn object(walk: &mut Walk, at: &At<'_>) -> Option<Map<String, Value>> {
    match at.value.as_object() {
        Some(map) => Some(map.clone()),
        None => at.wrong(walk, "an object"),
    }
}

/// An Adaptive Card that Teams can show.
pub fn card(walk: &mut Walk, at: &At<'_>) -> Option<Value> {
    const EXPECTED: &str = "an Adaptive Card (an object with type AdaptiveCard)";
    let map = match at.value.as_object() {
        Some(map) => map,
        None => return at.wrong(walk, EXPECTED),
    };
    if map.get("type").and_then(Value::as_str) != Some("AdaptiveCard") {
        walk.problem(
            &format!("{}.type", at.path),
            "another type or none",
            "\"AdaptiveCard\"",
        );
        return None;
    }
    Some(at.value.clone())
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[test]
    fn only_rfc_3339_times_with_a_zone_are_times() {
        for text in [
            "2026-10-08T09:30:00Z",
            "2026-10-08t09:30:00z",
            "2026-10-08T09:30:00.123456789+02:00",
            "2026-10-08 09:30:00-05:00",
        ] {
            assert!(parse_time(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2026-10-08",
            "2026-10-08T09:30:00",
            "2026-10-08T09:30Z",
            "2026-10-08T09:30:00+0200",
            "2026-13-08T09:30:00Z",
            "2026-10-08T09:30:00Z[Europe/Madrid]",
            "20261008T093000Z",
            "2026-10-08T09:30:00é+02:0",
            "1759915800",
        ] {
            assert!(parse_time(text).is_none(), "{text}");
        }
    }
}
