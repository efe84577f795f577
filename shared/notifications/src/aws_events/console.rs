//! Addresses inside the AWS console.

use super::ServiceEvent;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The console of an event's partition and region.
pub(super) struct Console {
    host: &'static str,
    region: String,
}

impl Console {
    pub(super) fn of(event: &ServiceEvent<'_>) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let region = event
            .region
            .filter(|region| !region.is_empty() && region.chars().all(fits))
            .unwrap_or("us-east-1");
        let host = match region {
            region if region.starts_with("cn-") => "console.amazonaws.cn",
            region if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
            _ => "console.aws.amazon.com",
        };
        Self {
            host,
            region: region.to_owned(),
        }
    }

    /// The start page.
    pub(super) fn home(&self) -> String {
        self.page("console/home", "")
    }

    /// A page of a service: `https://…/<path>?region=…<rest>`.
    pub(super) fn page(&self, path: &str, rest: &str) -> String {
        let Self { host, region } = self;
        format!("https://{host}/{path}?region={region}{rest}")
    }

    /// The page of whatever has this ARN; the console finds it.
    pub(super) fn arn(&self, arn: &str) -> String {
        format!("https://{}/go/view?arn={}", self.host, encode(arn))
    }
}

/// Encodes one part of an address.
pub(super) fn encode(part: &str) -> String {
    utf8_percent_encode(part, ENCODED).to_string()
}

/// What an ARN names, without its path: `web` of `…:service/shop/web`.
pub(super) fn arn_name(arn: &str) -> &str {
    arn.rsplit(['/', ':'])
        .find(|part| !part.is_empty())
        .unwrap_or(arn)
}
