#![doc = include_str!("../README.md")]

mod authenticated;
mod authenticator;
mod claims;
mod fetch;
mod key_cache;
mod key_set;
mod loopback;
mod metadata_url;
mod refusal;
mod seen;
mod signing_keys;
mod token;

use std::sync::Arc;

use activity::Activity;
use async_trait::async_trait;
use jiff::Timestamp;

pub use authenticated::Authenticated;
pub use authenticator::{Authenticator, Settings};
pub use key_cache::{CachedKey, CachedKeys, KeyCache, NoKeyCache};
pub use loopback::{LoopbackOnly, NotLoopback};
pub use metadata_url::{InsecureMetadataUrl, MetadataUrl};
pub use refusal::{Refusal, TokenFault};
pub use signing_keys::{KeysUnavailable, SigningKeys};

/// Tells the time. Skew, expiry and the age of keys are judged by it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The longest body that is read: Teams' own limit for a message is about 100 KB.
pub const MAX_BODY: usize = 256 * 1024;

/// Decides whether a request comes from Teams.
///
/// Sealed: only [`Authenticator`] and [`LoopbackOnly`] can, because nobody else
/// can make an [`Authenticated`].
#[async_trait]
pub trait Authenticate: sealed::Sealed + Send + Sync {
    /// Judges a request by its `Authorization` header and its body.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], whose [`status`](Refusal::status) is the answer.
    async fn authenticate(
        &self,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Result<Authenticated<Activity>, Refusal>;
}

mod sealed {
    pub trait Sealed {}
}
