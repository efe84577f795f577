//! A request in the one form that both sides hash.

use std::borrow::Cow;

use http_client::Method;
use http_client::header::{HOST, HeaderMap};
use http_client::reqwest::Url;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is written as `%XY`: all but letters, digits and four marks.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A canonical request.
pub(super) struct Canonical {
    pub(super) text: String,
    /// The names of its headers: `content-type;host;x-amz-date`.
    pub(super) signed_headers: String,
}

/// The canonical form of a request with a body of this hash. The `host` is the address's, if there is no such header.
///
/// # Errors
///
/// A header's value is not of visible ASCII.
pub(super) fn request(
    method: &Method,
    url: &Url,
    headers: &HeaderMap,
    body: &str,
) -> Result<Canonical, http_client::header::ToStrError> {
    let own_host = host(url);
    let mut lines = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        lines.push((name.as_str(), trimmed(value.to_str()?)));
    }
    if !headers.contains_key(HOST) {
        lines.push((HOST.as_str(), Cow::Borrowed(&*own_host)));
    }
    // The values of one name stay in their order.
    lines.sort_by_key(|(name, _)| *name);

    let length: usize = lines.iter().map(|(n, v)| 2 * n.len() + v.len() + 3).sum();
    let address = url.path().len() + url.query().map_or(0, str::len);
    let mut text = String::with_capacity(length + 2 * address + body.len() + 16);
    text.push_str(method.as_str());
    text.push('\n');
    push_path(&mut text, url.path());
    text.push('\n');
    push_query(&mut text, url);
    text.push('\n');
    let mut signed_headers = String::with_capacity(length / 2);
    let mut last = "";
    for (name, value) in &lines {
        if *name == last {
            text.truncate(text.len() - 1);
            text.push(',');
        } else {
            if !signed_headers.is_empty() {
                signed_headers.push(';');
            }
            signed_headers.push_str(name);
            text.push_str(name);
            text.push(':');
            last = name;
        }
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed_headers);
    text.push('\n');
    text.push_str(body);
    Ok(Canonical {
        text,
        signed_headers,
    })
}

/// The `Host` that goes over the wire: an address has no port where the port is its scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The path as it goes over the wire, encoded once more, without empty segments. An address has no dots to resolve.
fn push_path(text: &mut String, path: &str) {
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        text.push('/');
        text.extend(utf8_percent_encode(segment, ENCODED));
    }
    if path.ends_with('/') {
        text.push('/');
    }
}

/// The parameters in the order of their encoded names and values, each with its `=`.
fn push_query(text: &mut String, url: &Url) {
    if url.query().is_none() {
        return;
    }
    let encoded = |part: Cow<'_, str>| utf8_percent_encode(&part, ENCODED).to_string();
    let mut pairs: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// A header's value without spaces around it, and with one where there are several.
fn trimmed(value: &str) -> Cow<'_, str> {
    let value = value.trim_matches(' ');
    if !value.contains("  ") {
        return Cow::Borrowed(value);
    }
    let words = value.split(' ').filter(|word| !word.is_empty());
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}
