//! A request in the one form that both sides hash.

use std::borrow::Cow;

use http_client::Method;
use http_client::header::{HOST, HeaderMap};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What is written as `%XY`: all but letters, digits and four marks.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A canonical request.
pub(super) struct Canonical {
    pub(super) text: Vec<u8>,
    /// The names of its headers: `content-type;host;x-amz-date`.
    pub(super) signed_headers: Vec<u8>,
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
    body: &[u8],
) -> Result<Canonical, http_client::header::ToStrError> {
    let own_host = host(url);
    let mut lines = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        lines.push((name.as_str(), trimmed(value.to_str()?)));
    }
    if !headers.contains_key(HOST) {
        lines.push((HOST.as_str(), own_host));
    }
    // The values of one name stay in their order.
    lines.sort_by_key(|(name, _)| *name);

    let length: usize = lines.iter().map(|(n, v)| 2 * n.len() + v.len() + 3).sum();
    let address = url.path().len() + url.query().map_or(0, str::len);
    let mut text = Vec::with_capacity(length + 2 * address + body.len() + 16);
    text.extend_from_slice(method.as_str().as_bytes());
    text.push(b'\n');
    push_path(&mut text, url.path());
    text.push(b'\n');
    push_query(&mut text, url);
    text.push(b'\n');
    let mut signed_headers = Vec::with_capacity(length / 2);
    let mut last = "";
    for (name, value) in &lines {
        if *name == last {
            text.pop();
            text.push(b',');
        } else {
            if !signed_headers.is_empty() {
                signed_headers.push(b';');
            }
            signed_headers.extend_from_slice(name.as_bytes());
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            last = name;
        }
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(&signed_headers);
    text.push(b'\n');
    text.extend_from_slice(body);
    Ok(Canonical {
        text,
        signed_headers,
    })
}

/// The `Host` that goes over the wire: an address has no port where the port is its scheme's own.
fn host(url: &Url) -> Cow<'_, str> {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => Cow::Owned(format!("{host}:{port}")),
        None => Cow::Borrowed(host),
    }
}

/// The path as it goes over the wire, encoded once more, without empty segments. An address has no dots to resolve.
fn push_path(text: &mut Vec<u8>, path: &str) {
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        text.push(b'/');
        for part in utf8_percent_encode(segment, ENCODED) {
            text.extend_from_slice(part.as_bytes());
        }
    }
    if path.ends_with('/') {
        text.push(b'/');
    }
}

/// The parameters in the order of their encoded names and values, each with its `=`.
fn push_query(text: &mut Vec<u8>, url: &Url) {
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
            text.push(b'&');
        }
        text.extend_from_slice(name.as_bytes());
        text.push(b'=');
        text.extend_from_slice(value.as_bytes());
    }
}

/// A header's value without spaces around it, and with one where there are several.
fn trimmed(value: &str) -> Cow<'_, str> {
    if !value.contains(' ') {
        return Cow::Borrowed(value);
    }
    let words = value.split(' ').filter(|word| !word.is_empty());
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}
