//! Several lists read side by side: united, subtracted, each recipient once.

use std::collections::VecDeque;

use activity::ids::TenantId;
use notifications::{Bucket, RecipientKey};

use crate::Store;
use crate::audience::{BucketRange, Source, Start};
use crate::error::StoreError;

/// How many recipients of each list are in memory at a time, at most.
const PAGE: u16 = 500;
/// How many pages one call reads, at most, however few recipients it finds.
const READS: usize = 40;

/// A walk through an audience, in the order of bucket and key.
///
/// Holds one page of each list, so a million recipients take no more memory
/// than a thousand. To go on later, start a new walk after
/// [`position`](Self::position).
#[derive(Debug)]
pub struct AudienceWalk<'a> {
    store: &'a Store,
    tenant: TenantId,
    range: BucketRange,
    include: Vec<Reader>,
    exclude: Vec<Reader>,
    position: Option<RecipientKey>,
}

/// What a step of a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The recipients, in order. May be few, or none, before the end: a step
    /// reads only so much.
    pub recipients: Vec<RecipientKey>,
    /// Whether there is nobody left.
    pub finished: bool,
}

type Place = (Bucket, RecipientKey);

#[derive(Debug)]
struct Reader {
    source: Source,
    buffer: VecDeque<Place>,
    /// Where the next page starts; `None` at the end.
    next: Option<Start>,
}

impl<'a> AudienceWalk<'a> {
    pub(crate) fn new(
        store: &'a Store,
        tenant: TenantId,
        include: Vec<Source>,
        exclude: Vec<Source>,
        after: Option<RecipientKey>,
    ) -> Self {
        let readers = |sources: Vec<Source>| {
            sources
                .into_iter()
                .map(|source| Reader {
                    source,
                    buffer: VecDeque::new(),
                    next: Some(match &after {
                        Some(key) => Start::After(key.clone()),
                        None => Start::Beginning,
                    }),
                })
                .collect()
        };
        Self {
            store,
            tenant,
            range: BucketRange::ALL,
            include: readers(include),
            exclude: readers(exclude),
            position: after,
        }
    }

    /// Walks only through these buckets.
    #[must_use]
    pub fn within(mut self, range: BucketRange) -> Self {
        self.range = range;
        self
    }

    /// The last recipient that was looked at, whether found or taken away.
    #[must_use]
    pub fn position(&self) -> Option<&RecipientKey> {
        self.position.as_ref()
    }

    /// Finds up to `limit` further recipients.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation. What this step had found is gone with
    /// it: start a new walk where the last good step ended.
    pub async fn next(&mut self, limit: usize) -> Result<Found, StoreError> {
        let mut recipients = Vec::new();
        let mut reads = READS;
        while recipients.len() < limit {
            for reader in &mut self.include {
                reader
                    .fill(self.store, &self.tenant, self.range, None, &mut reads)
                    .await?;
            }
            if self.include.iter().any(Reader::is_waiting) {
                break;
            }
            let Some(least) = self.include.iter().filter_map(Reader::front).min().cloned() else {
                return Ok(Found {
                    recipients,
                    finished: true,
                });
            };
            let mut taken_away = false;
            let mut waiting = false;
            for reader in &mut self.exclude {
                reader.skip_to(&least);
                reader
                    .fill(
                        self.store,
                        &self.tenant,
                        self.range,
                        Some(&least.1),
                        &mut reads,
                    )
                    .await?;
                reader.skip_to(&least);
                waiting |= reader.is_waiting();
                taken_away |= reader.front() == Some(&least);
            }
            if waiting && !taken_away {
                break;
            }
            for reader in &mut self.include {
                if reader.front() == Some(&least) {
                    reader.buffer.pop_front();
                }
            }
            self.position = Some(least.1.clone());
            if !taken_away {
                recipients.push(least.1);
            }
        }
        let finished = self.include.iter().all(Reader::is_at_end);
        Ok(Found {
            recipients,
            finished,
        })
    }
}

impl Reader {
    fn front(&self) -> Option<&Place> {
        self.buffer.front()
    }

    /// Whether it is not known who comes next.
    fn is_waiting(&self) -> bool {
        self.buffer.is_empty() && self.next.is_some()
    }

    fn is_at_end(&self) -> bool {
        self.buffer.is_empty() && self.next.is_none()
    }

    fn skip_to(&mut self, place: &Place) {
        while self.buffer.front().is_some_and(|front| front < place) {
            self.buffer.pop_front();
        }
    }

    /// Reads on until somebody is in the buffer, the list ends, or no reads are
    /// left. Whoever comes before `from` is of no interest.
    async fn fill(
        &mut self,
        store: &Store,
        tenant: &TenantId,
        range: BucketRange,
        from: Option<&RecipientKey>,
        reads: &mut usize,
    ) -> Result<(), StoreError> {
        while self.is_waiting() && *reads > 0 {
            let Some(start) = &self.next else { break };
            let start = match from {
                Some(key) if starts_before(start, key) => Start::At(key.clone()),
                _ => start.clone(),
            };
            *reads -= 1;
            let page = store
                .audiences()
                .read(tenant, &self.source, range, &start, PAGE)
                .await?;
            self.buffer
                .extend(page.recipients.into_iter().map(|key| (key.bucket(), key)));
            self.next = page.next.map(Start::After);
        }
        Ok(())
    }
}

fn starts_before(start: &Start, key: &RecipientKey) -> bool {
    match start {
        Start::Beginning => true,
        Start::After(other) | Start::At(other) => (other.bucket(), other) < (key.bucket(), key),
    }
}
