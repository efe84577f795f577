//! The HTTP request inside a function URL's envelope.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The largest body that is read: Teams sends activities of at most about 100 KB (reference §11).
pub const LARGEST_BODY: usize = 256 * 1024;

/// The one path that is served.
pub const PATH: &str = "/api/messages";

/// What a Lambda function URL or an API Gateway HTTP API delivers (payload format 2.0), as far as this function reads it.
///
/// Everything else in the envelope is skipped unread.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, remote = "Self")]
pub struct HttpRequest {
    raw_path: Option<String>,
    headers: Headers,
    body: Option<String>,
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RequestContext {
    stage: Option<String>,
    http: Http,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Http {
    method: Option<String>,
    path: Option<String>,
}

/// The headers that are read. Names arrive in lower case from AWS, in any case from elsewhere.
#[derive(Clone, Default)]
struct Headers {
    authorization: Option<String>,
    correlation: Option<String>,
}

/// Why a request is not an activity for us to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unacceptable {
    /// Another path than [`PATH`].
    Elsewhere,
    /// Another method than `POST`.
    NotPost,
    /// More than [`LARGEST_BODY`].
    TooLarge,
    /// Base64 that is none.
    Undecodable,
}

impl<'de> Deserialize<'de> for HttpRequest {
    /// Takes the envelope as one text, and reads that: the runtime notes each member that it comes by, for an error that
    /// would name it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let envelope = Box::<RawValue>::deserialize(deserializer)?;
        let mut envelope = serde_json::Deserializer::from_str(envelope.get());
        Self::deserialize(&mut envelope).map_err(D::Error::custom)
    }
}

impl HttpRequest {
    /// A `POST` of `body` to [`PATH`], as a program that has no envelope makes it.
    #[must_use]
    pub fn post(authorization: Option<&str>, body: impl Into<String>) -> Self {
        Self {
            raw_path: Some(PATH.to_owned()),
            headers: Headers {
                authorization: authorization.map(str::to_owned),
                correlation: None,
            },
            body: Some(body.into()),
            is_base64_encoded: false,
            request_context: RequestContext {
                stage: None,
                http: Http {
                    method: Some("POST".to_owned()),
                    path: None,
                },
            },
        }
    }

    /// Whether the envelope had an HTTP request in it at all: an event of another service parses too.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.request_context.http.method.is_some() && self.path().is_some()
    }

    /// The `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.headers.authorization.as_deref()
    }

    /// Microsoft's correlation vector (`MS-CV`), for the log only.
    #[must_use]
    pub fn correlation(&self) -> Option<&str> {
        self.headers.correlation.as_deref()
    }

    /// The body, if this is a request that this function serves.
    ///
    /// # Errors
    ///
    /// [`Unacceptable`], each kind with its own status.
    pub fn acceptable_body(&self) -> Result<Cow<'_, [u8]>, Unacceptable> {
        if self.path() != Some(PATH) {
            return Err(Unacceptable::Elsewhere);
        }
        if self.request_context.http.method.as_deref() != Some("POST") {
            return Err(Unacceptable::NotPost);
        }
        let body = self.body.as_deref().unwrap_or_default();
        if !self.is_base64_encoded {
            return if body.len() > LARGEST_BODY {
                Err(Unacceptable::TooLarge)
            } else {
                Ok(Cow::Borrowed(body.as_bytes()))
            };
        }
        // Four characters carry three bytes: what cannot fit is not decoded.
        if body.len() / 4 * 3 > LARGEST_BODY + 2 {
            return Err(Unacceptable::TooLarge);
        }
        let decoded = STANDARD
            .decode(body)
            .map_err(|_| Unacceptable::Undecodable)?;
        if decoded.len() > LARGEST_BODY {
            return Err(Unacceptable::TooLarge);
        }
        Ok(Cow::Owned(decoded))
    }

    /// The path without the stage that an HTTP API with a named stage puts before it.
    fn path(&self) -> Option<&str> {
        let path = self
            .raw_path
            .as_deref()
            .or(self.request_context.http.path.as_deref())?;
        let staged = self.request_context.stage.as_deref().and_then(|stage| {
            path.strip_prefix('/')?
                .strip_prefix(stage)
                .filter(|rest| rest.starts_with('/'))
        });
        Some(staged.unwrap_or(path))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers")
            .field("authorization", &self.authorization.as_ref().map(|_| "…"))
            .field("correlation", &self.correlation)
            .finish()
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;

        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        impl<'de> Visitor<'de> for Named {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of headers")
            }

            fn visit_unit<E>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(Name(name)) = map.next_key()? {
                    if name.eq_ignore_ascii_case("authorization") {
                        headers.authorization = map.next_value()?;
                    } else if name.eq_ignore_ascii_case("ms-cv") {
                        headers.correlation = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_any(Named)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(envelope: Value) -> HttpRequest {
        serde_json::from_value(envelope).expect("an envelope parses")
    }

    fn envelope(method: &str, path: &str, body: &str, base64: bool) -> HttpRequest {
        request(json!({
            "version": "2.0",
            "rawPath": path,
            "headers": { "Authorization": "Bearer x", "ms-cv": "cv", "content-length": "3" },
            "requestContext": { "stage": "$default", "http": { "method": method, "path": path } },
            "body": body,
            "isBase64Encoded": base64,
        }))
    }

    #[test]
    fn a_post_gives_its_body_and_header() {
        let request = envelope("POST", PATH, "{}", false);
        assert_eq!(request.acceptable_body().as_deref(), Ok(&b"{}"[..]));
        assert_eq!(request.authorization(), Some("Bearer x"));
        assert_eq!(request.correlation(), Some("cv"));
        assert!(
            !format!("{request:?}").contains("Bearer"),
            "tokens are not printed"
        );
    }

    #[test]
    fn a_base64_body_is_decoded_and_bad_base64_refused() {
        assert_eq!(
            envelope("POST", PATH, "e30=", true)
                .acceptable_body()
                .as_deref(),
            Ok(&b"{}"[..])
        );
        assert_eq!(
            envelope("POST", PATH, "e3 0=", true).acceptable_body(),
            Err(Unacceptable::Undecodable)
        );
    }

    #[test]
    fn a_body_of_256_kib_is_read_and_one_byte_more_is_not() {
        let most = "x".repeat(LARGEST_BODY);
        let more = "x".repeat(LARGEST_BODY + 1);
        for (body, fits) in [(&most, true), (&more, false)] {
            let plain = envelope("POST", PATH, body, false);
            assert_eq!(plain.acceptable_body().is_ok(), fits);
            let encoded = envelope("POST", PATH, &STANDARD.encode(body), true);
            assert_eq!(encoded.acceptable_body().is_ok(), fits);
        }
    }

    #[test]
    fn other_methods_and_paths_are_told_apart() {
        assert_eq!(
            envelope("GET", PATH, "", false).acceptable_body(),
            Err(Unacceptable::NotPost)
        );
        assert_eq!(
            envelope("GET", "/", "", false).acceptable_body(),
            Err(Unacceptable::Elsewhere)
        );
    }

    #[test]
    fn the_stage_of_an_http_api_is_not_part_of_the_path() {
        let request = request(json!({
            "rawPath": "/prod/api/messages",
            "requestContext": { "stage": "prod", "http": { "method": "POST" } },
            "body": "{}",
        }));
        assert!(request.acceptable_body().is_ok());
    }

    #[test]
    fn an_event_of_another_service_is_not_http() {
        assert!(!request(json!({ "Records": [] })).is_http());
        assert!(!request(json!({ "source": "aws.events", "headers": null })).is_http());
    }
}
