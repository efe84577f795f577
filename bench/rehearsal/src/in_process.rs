//! The way to the simulated Connector without a network.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use connector::{Body, Transport, TransportError};
use http::{Request, Response};
use startup::Clock as _;
use tower_service::Service as _;

use crate::SimulatedClock;

/// More than this no answer of the simulator has.
const LONGEST: usize = 16 * 1024 * 1024;

/// How long a request is on its way, and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// The least time to get there.
    pub there: Duration,
    /// The least time back.
    pub back: Duration,
    /// How much longer each may take.
    pub more: Duration,
}

impl Latency {
    /// Some 100 ms in all: what Teams takes on a good day.
    pub const USUAL: Self = Self {
        there: Duration::from_millis(20),
        back: Duration::from_millis(60),
        more: Duration::from_millis(20),
    };
}

/// Calls the simulator's router.
pub struct InProcess {
    router: Router,
    clock: SimulatedClock,
    latency: Latency,
    number: AtomicU64,
}

impl InProcess {
    /// The way to `router`, which takes so long on this clock.
    #[must_use]
    pub fn new(router: Router, clock: SimulatedClock, latency: Latency) -> Self {
        Self {
            router,
            clock,
            latency,
            number: AtomicU64::new(0),
        }
    }

    /// A wait that is not always the same, and the same in each run.
    async fn pass(&self, least: Duration) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        // The golden ratio spreads numbers evenly.
        let part = (number as f64 * 0.618_033_988_749_895).fract();
        self.clock
            .sleep(least + self.latency.more.mul_f64(part))
            .await;
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        self.pass(self.latency.there).await;
        let request = request.map(axum::body::Body::from);
        let Ok(answer) = self.router.clone().call(request).await;
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, LONGEST).await;
        self.pass(self.latency.back).await;
        let body = body.map_err(|error| TransportError::Unanswered(error.into()));
        Ok(Response::from_parts(head, body))
    }
}
