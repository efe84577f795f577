//! Killing a function anywhere.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
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

/// Runs a future until it waits for the n-th time, and lets it stand there: whoever awaits the rest has it go on. `None`
/// if it comes to its end before.
///
/// A future that stands is a function that is slow, while others are not.
pub(crate) async fn halted_after<'a, T>(
    waits: usize,
    future: impl Future<Output = T> + 'a,
) -> Option<Pin<Box<dyn Future<Output = T> + 'a>>> {
    let mut future: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(future);
    let mut left = waits;
    let ended = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    });
    let ended = ended.await;
    (!ended).then_some(future)
}
