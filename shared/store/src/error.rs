//! What can go wrong at the table.

use std::error::Error;

use aws::CallError;

/// The table did not do what was asked.
///
/// Losing a race is never an error: operations that race say who won in what
/// they return.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such table in this account and region. An operator has to
    /// look at `TABLE_NAME`; no retry helps.
    #[error("failed to find the table {table:?}")]
    TableMissing {
        /// The name that was looked for.
        table: String,
    },
    /// There is no table for the ballots of anonymous polls. An operator has
    /// to set `BALLOT_TABLE_NAME`; no retry helps.
    #[error("failed to find a ballot table: none is set")]
    NoBallotTable,
    /// The system gave no random bytes for a key.
    #[error("failed to get random bytes from the system")]
    NoRandomness,
    /// The credentials were refused, or do not allow the operation. No retry
    /// helps.
    #[error("failed to get leave from DynamoDB: {code}")]
    Refused {
        /// DynamoDB's name for the reason.
        code: String,
    },
    /// DynamoDB throttled the request, or another writer was at the same item
    /// all the time. Try again later.
    #[error("failed because DynamoDB is busy: {code}")]
    Busy {
        /// DynamoDB's name for the reason.
        code: String,
    },
    /// No answer. A write may have happened; every operation can be repeated.
    #[error("failed to reach DynamoDB")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// What was to be stored is larger than an item can be (400 KB). No retry
    /// helps.
    #[error("failed to store more than an item can hold")]
    TooLarge,
    /// DynamoDB understood the request and refused it. A defect in this crate.
    #[error("failed to make a request that DynamoDB takes: {code}")]
    Rejected {
        /// DynamoDB's name for the reason.
        code: String,
        /// The answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An item does not have the shape that this version reads.
    #[error("failed to read {attribute:?} of a stored {entity}")]
    Unreadable {
        /// Which kind of item.
        entity: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
}

impl StoreError {
    /// Whether the same call may work later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable(_))
    }

    /// The stable word for logs and alarms.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::TableMissing { .. } => "TableMissing",
            Self::NoBallotTable => "BallotTableMissing",
            Self::NoRandomness => "NoRandomness",
            Self::Refused { .. } => "TableRefused",
            Self::Busy { .. } => "TableBusy",
            Self::Unreachable(_) => "TableUnreachable",
            Self::TooLarge => "TableItemTooLarge",
            Self::Rejected { .. } => "TableRequestRejected",
            Self::Unreadable { .. } => "TableItemUnreadable",
        }
    }
}

/// Translates what a call ended in.
pub(crate) fn from_call(table: &str, error: CallError) -> StoreError {
    let Some(refusal) = error.refusal() else {
        return StoreError::Unreachable(Box::new(error));
    };
    let too_large = refusal
        .message()
        .is_some_and(|text| text.contains("Item size") || text.contains("item size"));
    let code = refusal.code().to_owned();
    match code.as_str() {
        "ResourceNotFoundException" => StoreError::TableMissing {
            table: table.to_owned(),
        },
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException"
        | "InvalidClientTokenId" => StoreError::Refused { code },
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "LimitExceededException"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "InternalServerError"
        | "ServiceUnavailable" => StoreError::Busy { code },
        "TransactionCanceledException" => StoreError::Busy { code },
        "ItemCollectionSizeLimitExceededException" => StoreError::TooLarge,
        "ValidationException" if too_large => StoreError::TooLarge,
        _ => StoreError::Rejected {
            code,
            source: Box::new(error),
        },
    }
}
