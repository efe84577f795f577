//! What Teams is answered.

use serde::Serialize;

/// An HTTP answer as a function URL takes it.
///
/// Bodies are constants or the JSON of an invoke's result: no answer carries the text of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// The HTTP status.
    pub status_code: u16,
    /// `content-type`, and `allow` where there is one.
    pub headers: Headers,
    /// The body; empty more often than not.
    pub body: String,
    is_base64_encoded: bool,
    /// None ever; `cargo lambda watch` takes an answer without the member for a failure.
    cookies: [String; 0],
}

/// The headers of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Headers {
    /// The type of the body, when there is a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'static str>,
    /// The methods that the path has, in a 405.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<&'static str>,
}

const JSON: &str = "application/json; charset=utf-8";

impl HttpResponse {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status_code: u16) -> Self {
        Self {
            status_code,
            headers: Headers {
                content_type: None,
                allow: None,
            },
            body: String::new(),
            is_base64_encoded: false,
            cookies: [],
        }
    }

    /// An answer with a JSON body.
    #[must_use]
    pub const fn json(status_code: u16, body: String) -> Self {
        Self {
            status_code,
            headers: Headers {
                content_type: Some(JSON),
                allow: None,
            },
            body,
            is_base64_encoded: false,
            cookies: [],
        }
    }

    /// A refusal: its status, and a constant body that says what is wrong in general and nothing in particular.
    #[must_use]
    pub fn refusal(status_code: u16) -> Self {
        let error = match status_code {
            400 => "the body is not an activity",
            401 => "not authenticated",
            403 => "not allowed",
            404 => "no such path",
            405 => "only POST is served here",
            413 => "the body is larger than 256 KiB",
            _ => "failed",
        };
        let mut response = Self::json(status_code, format!(r#"{{"error":"{error}"}}"#));
        if status_code == 405 {
            response.headers.allow = Some("POST");
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_what_a_function_url_takes() {
        assert_eq!(
            serde_json::to_value(HttpResponse::json(200, "{}".to_owned())).unwrap(),
            json!({
                "statusCode": 200,
                "headers": { "content-type": "application/json; charset=utf-8" },
                "body": "{}",
                "isBase64Encoded": false,
                "cookies": [],
            })
        );
        assert_eq!(
            serde_json::to_value(HttpResponse::empty(200)).unwrap()["headers"],
            json!({})
        );
    }

    #[test]
    fn a_405_says_what_is_allowed() {
        let response = serde_json::to_value(HttpResponse::refusal(405)).unwrap();
        assert_eq!(response["headers"]["allow"], "POST");
    }

    #[test]
    fn every_refusal_is_json() {
        for status in [400, 401, 403, 404, 405, 413, 500] {
            let body = HttpResponse::refusal(status).body;
            assert!(
                serde_json::from_str::<serde_json::Value>(&body).is_ok(),
                "{body}"
            );
        }
    }
}
