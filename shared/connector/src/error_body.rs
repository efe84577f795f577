//! The three shapes of an error body (protocol reference §5.3).

use serde_json::Value;

/// Longer than any code that is known.
const LONGEST_CODE: usize = 64;

/// What an error body says, as far as anything is decided by it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) sub_code: Option<String>,
    pub(crate) foreign_id: bool,
}

impl ErrorBody {
    /// Reads a body of any shape; gateways send none, or HTML.
    pub(crate) fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        // `{"error": {code, message}}`, else the members stand at the top.
        let error = body.get("error").filter(|e| e.is_object()).unwrap_or(&body);
        let message = error.get("message").and_then(Value::as_str);
        let message = message.unwrap_or_default();
        // The message service wraps its own error in a string.
        let inner: Value = serde_json::from_str(message).unwrap_or_default();
        Self {
            code: code(error, &["code", "errorCode"]),
            sub_code: code(error, &["subCode"])
                .or_else(|| code(&inner, &["subCode", "errorSubCode"])),
            foreign_id: names_another_bots_id(message),
        }
    }
}

fn code(error: &Value, members: &[&str]) -> Option<String> {
    let found = members.iter().find_map(|name| match error.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })?;
    // Codes are logged and compared: "Bad Argument" is also written "BadArgument".
    Some(
        found
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(LONGEST_CODE)
            .collect(),
    )
}

/// An id is encrypted for one bot; another cannot use it.
fn names_another_bots_id(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("failed to decrypt conversation id")
        || message.contains("failed to decrypt pairwise id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(body.as_bytes())
    }

    fn code_of(body: &str) -> Option<String> {
        read(body).code
    }

    #[test]
    fn the_standard_shape_names_a_code() {
        let body =
            r#"{"error":{"code":"BadSyntax","message":"x","innerHttpError":{"statusCode":400}}}"#;
        assert_eq!(code_of(body).as_deref(), Some("BadSyntax"));
        let body = r#"{"error":{"code":"Bad Argument","message":null}}"#;
        assert_eq!(code_of(body).as_deref(), Some("BadArgument"));
    }

    #[test]
    fn the_message_services_shape_hides_a_sub_code_in_a_string() {
        let body = r#"{"errorCode":209,"message":"{\n  \"subCode\": \"MessageWritesBlocked\",\n  \"errorCode\": null\n}"}"#;
        let read = read(body);
        assert_eq!(read.code.as_deref(), Some("209"));
        assert_eq!(read.sub_code.as_deref(), Some("MessageWritesBlocked"));
    }

    #[test]
    fn both_shapes_may_be_mixed() {
        let body =
            r#"{"error":{"code":"Forbidden","message":"{\"subCode\":\"MessageWritesBlocked\"}"}}"#;
        let read = read(body);
        assert_eq!(read.code.as_deref(), Some("Forbidden"));
        assert_eq!(read.sub_code.as_deref(), Some("MessageWritesBlocked"));
    }

    #[test]
    fn anything_else_says_nothing() {
        for body in [
            "",
            "<html>502</html>",
            r#"{"message":"Service Unavailable"}"#,
            r#"{"error":"unavailable"}"#,
            "[1]",
            "null",
            r#"{"error":{"code":{"a":1},"message":7}}"#,
        ] {
            assert_eq!(read(body), ErrorBody::default(), "{body}");
        }
    }

    #[test]
    fn ids_of_another_bot_are_told_by_the_text() {
        for text in [
            "Failed to decrypt conversation id",
            "Bad Argument: failed to decrypt pairwise id 29:x",
        ] {
            let body = serde_json::json!({ "error": { "code": "BadArgument", "message": text } });
            assert!(read(&body.to_string()).foreign_id, "{text}");
        }
    }

    #[test]
    fn a_code_has_no_line_breaks_and_an_end() {
        let body = serde_json::json!({ "error": { "code": format!("A\nB{}", "x".repeat(99)) } });
        let code = code_of(&body.to_string()).unwrap();
        assert!(code.starts_with("ABx") && code.len() == LONGEST_CODE);
    }
}
