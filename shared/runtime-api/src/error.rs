use http_client::{HttpError, StatusCode};

/// Why a process can serve no more events.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It was not started by Lambda, nor by something that stands for it.
    #[error(
        "AWS_LAMBDA_RUNTIME_API is not set: Lambda starts this program, or `cargo lambda watch` on your machine"
    )]
    NotInLambda,
    /// Lambda was not reached, or what it said did not arrive whole.
    #[error("the Runtime API is out of reach")]
    Unreachable(#[from] HttpError),
    /// Lambda has no event, and says that it will have none.
    #[error("the Runtime API has no next event, it answers {0}")]
    Refused(StatusCode),
    /// The event has no such header, or one that cannot be read. Without it, it cannot be answered in time.
    #[error("the next event has no valid header `{0}`")]
    Header(&'static str),
}
