//! The one place where URLs are built.

use activity::ServiceUrl;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::ConnectorError;

/// All but the unreserved characters (RFC 3986): ids have `:` `@` `;` `=` and
/// may have `/` or `%`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URL of an operation, growing from left to right.
pub(crate) struct Address {
    url: String,
    separator: char,
}

impl Address {
    pub(crate) fn new(service_url: &ServiceUrl) -> Self {
        // Ids of 1:1 conversations have some 140 characters.
        let mut url = String::with_capacity(320);
        url.push_str(service_url.as_str());
        Self {
            url,
            separator: '?',
        }
    }

    /// Adds constant path text that starts with a slash.
    pub(crate) fn path(mut self, path: &'static str) -> Self {
        self.url.push_str(path);
        self
    }

    /// Adds an id as one path segment.
    ///
    /// An empty segment or a dot segment would be another path, so it is refused.
    pub(crate) fn id(mut self, id: &str) -> Result<Self, ConnectorError> {
        if matches!(id, "" | "." | "..") {
            return Err(ConnectorError::BadId);
        }
        self.url.push('/');
        self.url.extend(utf8_percent_encode(id, RESERVED));
        Ok(self)
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.url.push(self.separator);
        self.separator = '&';
        self.url.push_str(name);
        self.url.push('=');
        self.url.extend(utf8_percent_encode(value, RESERVED));
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(service_url: &str) -> Address {
        Address::new(&service_url.parse().unwrap())
    }

    #[test]
    fn an_id_stays_one_segment_whatever_is_in_it() {
        let url = at("https://smba.trafficmanager.net/amer/")
            .path("/v3/conversations")
            .id("19:x@thread.tacv2;messageid=1/../%2e?a#b é")
            .unwrap()
            .path("/activities");
        assert_eq!(
            url.as_str(),
            "https://smba.trafficmanager.net/amer/v3/conversations/\
             19%3Ax%40thread.tacv2%3Bmessageid%3D1%2F..%2F%252e%3Fa%23b%20%C3%A9/activities"
        );
    }

    #[test]
    fn an_id_that_would_be_another_path_is_refused() {
        for id in ["", ".", ".."] {
            let refused = at("https://smba.trafficmanager.net/amer").id(id);
            assert!(matches!(refused, Err(ConnectorError::BadId)), "{id:?}");
        }
    }

    #[test]
    fn query_values_are_encoded() {
        let url = at("https://smba.trafficmanager.net")
            .path("/v3")
            .query("a", "x&y=z")
            .query("b", "+");
        assert_eq!(
            url.as_str(),
            "https://smba.trafficmanager.net/v3?a=x%26y%3Dz&b=%2B"
        );
    }
}
