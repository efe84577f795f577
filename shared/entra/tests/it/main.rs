//! App tokens over real HTTP, from an authority that does as it is told.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod authority;
mod caching;
mod credentials;
mod failures;
mod requests;
