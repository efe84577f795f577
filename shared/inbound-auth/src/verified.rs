use std::sync::{Mutex, PoisonError};

use jwt::Fingerprint;

/// Tokens that one key is known to have signed: the last few.
///
/// Teams signs a token once and sends it along with many activities, and to
/// check a signature costs more than everything else that is checked. A
/// token is known by its fingerprint, so nothing here is worth stealing, and how
/// long a comparison takes tells nothing about the token. It goes away with
/// the key set that it lies in, after a day at the latest.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<Last>);

/// How many tokens are kept: one for each service URL that is in use at once.
const KEPT: usize = 4;

#[derive(Debug, Default)]
struct Last {
    fingerprints: [Option<Fingerprint>; KEPT],
    next: usize,
}

impl Verified {
    pub(crate) fn knows(&self, fingerprint: Fingerprint) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.fingerprints.contains(&Some(fingerprint))
    }

    pub(crate) fn remember(&self, fingerprint: Fingerprint) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = last.next;
        last.fingerprints[next] = Some(fingerprint);
        last.next = (next + 1) % KEPT;
    }
}
