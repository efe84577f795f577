//! The version and kind that every body carries.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The version that every kind began with.
pub(crate) const VERSION: u32 = 1;

/// Why a body is no work item of the expected kind.
///
/// No later attempt can succeed: the message belongs in the dead-letter queue
/// with [`error_type`](Self::error_type) and [`error_path`](Self::error_path).
#[derive(Debug, thiserror::Error)]
pub enum WorkItemError {
    /// The body was written by a version of Tidings that this one does not
    /// know.
    #[error("work item of version {found}, and this version reads {VERSION} to {newest}")]
    UnknownVersion {
        /// The version of the body.
        found: u64,
        /// The newest version of the expected kind that can be read.
        newest: u32,
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

/// Reads a body of one kind, of which there is one version.
pub(crate) fn parse<T: DeserializeOwned>(
    expected: &'static str,
    body: &str,
) -> Result<T, WorkItemError> {
    parse_up_to(VERSION, expected, body)
}

/// Reads a body of one kind, of a version up to `newest`: all of them read as
/// one type.
pub(crate) fn parse_up_to<T: DeserializeOwned>(
    newest: u32,
    expected: &'static str,
    body: &str,
) -> Result<T, WorkItemError> {
    let malformed = |source| WorkItemError::Malformed { expected, source };
    let head: Head = serde_json::from_str(body).map_err(malformed)?;
    if !(u64::from(VERSION)..=u64::from(newest)).contains(&head.v) {
        let found = head.v;
        return Err(WorkItemError::UnknownVersion { found, newest });
    }
    if head.kind != expected {
        return Err(WorkItemError::WrongKind {
            expected,
            found: head.kind,
        });
    }
    serde_json::from_str(body).map_err(malformed)
}

/// Writes a body of one kind, in its first version.
pub(crate) fn write<T: serde::Serialize>(kind: &'static str, item: &T) -> String {
    write_as(VERSION, kind, item)
}

/// Writes a body of one kind and version.
pub(crate) fn write_as<T: serde::Serialize>(version: u32, kind: &'static str, item: &T) -> String {
    #[derive(serde::Serialize)]
    struct Body<'a, T> {
        v: u32,
        kind: &'static str,
        #[serde(flatten)]
        item: &'a T,
    }
    serde_json::to_string(&Body {
        v: version,
        kind,
        item,
    })
    .expect("work items have string keys only, so they are always JSON")
}
