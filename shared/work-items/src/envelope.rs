//! The version and kind that every body carries.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The version that this build writes; it is also the only one it reads.
pub(crate) const VERSION: u32 = 1;

/// Why a body is no work item of the expected kind.
///
/// No later attempt can succeed: the message belongs in the dead-letter queue
/// with [`error_type`](Self::error_type) and [`error_path`](Self::error_path).
#[derive(Debug, thiserror::Error)]
pub enum WorkItemError {
    /// The body was written by a version of Tidings that this one does not
    /// know.
    #[error("work item of version {found}, and this version reads {VERSION} only")]
    UnknownVersion {
        /// The version of the body.
        found: u64,
    },
    /// The body is a work item of another kind, so it came to the wrong queue.
    #[error("work item of kind {found:?} where {expected:?} belongs")]
    WrongKind {
        /// The kind that this queue carries.
        expected: &'static str,
        /// The kind of the body.
        found: String,
    },
    /// The body is not JSON, or a field is missing or wrong.
    #[error("unreadable work item of kind {expected:?}")]
    Malformed {
        /// The kind that this queue carries.
        expected: &'static str,
        /// What is wrong, and in which line and column.
        #[source]
        source: serde_json::Error,
    },
}

impl WorkItemError {
    /// The stable word for alarms and for the dead-letter message.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::UnknownVersion { .. } => "WorkItemVersion",
            Self::WrongKind { .. } => "WorkItemKind",
            Self::Malformed { .. } => "WorkItemMalformed",
        }
    }

    /// Where in the body the error is.
    #[must_use]
    pub fn error_path(&self) -> String {
        match self {
            Self::UnknownVersion { .. } => "/v".to_owned(),
            Self::WrongKind { .. } => "/kind".to_owned(),
            Self::Malformed { source, .. } => {
                format!("line {} column {}", source.line(), source.column())
            }
        }
    }
}

/// What is read before anything else, so that a newer body is told apart from
/// a broken one.
#[derive(Deserialize)]
struct Head {
    v: u64,
    kind: String,
}

/// The kind that a body says it is of, whatever its version; `None` when it is
/// no work item.
pub(crate) fn kind(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
        #[expect(dead_code, reason = "only its presence counts")]
        v: u64,
    }
    serde_json::from_str::<Kind>(body)
        .ok()
        .map(|head| head.kind)
}

/// Reads a body of one kind.
pub(crate) fn parse<T: DeserializeOwned>(
    expected: &'static str,
    body: &str,
) -> Result<T, WorkItemError> {
    let malformed = |source| WorkItemError::Malformed { expected, source };
    let head: Head = serde_json::from_str(body).map_err(malformed)?;
    if head.v != u64::from(VERSION) {
        return Err(WorkItemError::UnknownVersion { found: head.v });
    }
    if head.kind != expected {
        return Err(WorkItemError::WrongKind {
            expected,
            found: head.kind,
        });
    }
    serde_json::from_str(body).map_err(malformed)
}

/// Writes a body of one kind.
pub(crate) fn write<T: serde::Serialize>(kind: &'static str, item: &T) -> String {
    #[derive(serde::Serialize)]
    struct Body<'a, T> {
        v: u32,
        kind: &'static str,
        #[serde(flatten)]
        item: &'a T,
    }
    serde_json::to_string(&Body {
        v: VERSION,
        kind,
        item,
    })
    .expect("work items have string keys only, so they are always JSON")
}
