//! Killing a function anywhere.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Runs a future, and drops it where it waits for the n-th time; `None` if that comes before its end.
///
/// A dropped future stops as a killed process does: what it has sent is sent, what it has in memory is lost.
pub(crate) async fn killed_after<F: Future>(waits: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
