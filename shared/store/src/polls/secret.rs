//! What joins voters with ballots, until it is destroyed.
//!
//! The ballot of a voter lies under the HMAC of the voter's key. The HMAC's key is made when the occurrence is opened, lies
//! in the ballot table only, and is the first thing to be deleted when it is closed.

use activity::ids::TenantId;
use aws::dynamodb::AttributeValue;
use notifications::RecipientKey;
use polls::OccurrenceId;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::Polls;
use crate::error::StoreError;
use crate::item::{Attributes, Item, b};
use crate::keys::polls as at;
use crate::requests::Read;
use crate::retention::EXPIRES;

const ENTITY: &str = "poll's key";
const KEY: &str = "key";

/// The key of one occurrence.
#[derive(Clone)]
pub(super) struct Secret(hmac::Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// What a voter's ballot is called.
    pub(super) fn ballot(&self, voter: &RecipientKey) -> String {
        hex(self.sign("voter", &voter.to_string()).as_ref())
    }

    /// Where what somebody wrote stands among what others wrote: as good as random, and the same for each try.
    pub(super) fn place(&self, question: &str, ballot: &str) -> String {
        hex(self.sign(question, ballot).as_ref())
    }

    /// The length keeps `of` apart from what follows it.
    fn sign(&self, of: &str, text: &str) -> hmac::Tag {
        hmac::sign(&self.0, format!("{}#{of}#{text}", of.len()).as_bytes())
    }
}

/// A key's item.
pub(super) fn made(kept: AttributeValue) -> Result<Item, StoreError> {
    let mut key = vec![0; 32];
    let filled = SystemRandom::new().fill(&mut key);
    filled.map_err(|_| StoreError::NoRandomness)?;
    Ok(Item::from([
        (KEY.to_owned(), b(key)),
        (EXPIRES.to_owned(), kept),
    ]))
}

impl Polls<'_> {
    /// The key; `None` when it is destroyed.
    pub(super) async fn secret(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
    ) -> Result<Option<Secret>, StoreError> {
        let ballots = self.store.ballots()?;
        let item = ballots
            .get(&at::secret(tenant, id), Read::Consistent)
            .await?;
        let Some(item) = item else {
            return Ok(None);
        };
        let read = Attributes::of(ENTITY, &item);
        let key = read.bytes(KEY).ok_or_else(|| read.unreadable(KEY))?;
        Ok(Some(Secret(hmac::Key::new(hmac::HMAC_SHA256, key))))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        if write!(text, "{byte:02x}").is_err() {
            break;
        }
    }
    text
}
