use std::sync::{Mutex, MutexGuard, PoisonError};

use jwt::Fingerprint;

/// What is known of the last few tokens, by their fingerprints.
///
/// Teams signs a token once and sends it along with many activities, and to
/// check a signature costs more than everything else that is checked. Nothing
/// here is worth stealing, and how long a comparison takes tells nothing about
/// a token.
#[derive(Debug)]
pub(crate) struct Seen<T>(Mutex<Last<T>>);

/// How many tokens are kept: one for each service URL that is in use at once.
const KEPT: usize = 4;

#[derive(Debug)]
struct Last<T> {
    tokens: [Option<(Fingerprint, T)>; KEPT],
    next: usize,
}

impl<T: Clone> Seen<T> {
    pub(crate) fn get(&self, fingerprint: Fingerprint) -> Option<T> {
        let last = self.last();
        let mut tokens = last.tokens.iter().flatten();
        let known = tokens.find(|(known, _)| *known == fingerprint);
        known.map(|(_, what)| what.clone())
    }

    pub(crate) fn remember(&self, fingerprint: Fingerprint, what: T) {
        let mut last = self.last();
        let next = last.next;
        last.tokens[next] = Some((fingerprint, what));
        last.next = (next + 1) % KEPT;
    }

    fn last(&self) -> MutexGuard<'_, Last<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Mutex::new(Last {
            tokens: std::array::from_fn(|_| None),
            next: 0,
        }))
    }
}
