//! Recipients by the thousand, in the order of bucket and key.
//!
//! Every list has the same order, so lists are united, subtracted and cleared
//! of doubles by reading them side by side: see [`AudienceWalk`].

use activity::ids::{TeamId, TenantId};
use notifications::{Bucket, RecipientKey, TopicName};

use crate::error::StoreError;
use crate::item::Attributes;
use crate::requests::{Range, Read};
use crate::roster::{ENTITY, GONE};
use crate::walk::AudienceWalk;
use crate::{Store, keys};

/// Operations on audiences.
#[derive(Clone, Copy, Debug)]
pub struct Audiences<'a> {
    pub(crate) store: &'a Store,
}

/// A list of recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Each person who has the app.
    Everyone,
    /// Each member of a team that has the app.
    Team(TeamId),
    /// Whoever subscribed to a topic.
    Subscribers(TopicName),
    /// Whoever unsubscribed from a topic.
    Unsubscribed(TopicName),
    /// These, in any order.
    Listed(Vec<RecipientKey>),
}

/// A run of buckets: a segment that can be read beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketRange {
    /// The first bucket.
    pub first: Bucket,
    /// The last bucket.
    pub last: Bucket,
}

impl BucketRange {
    /// Every bucket.
    pub const ALL: Self = Self {
        first: Bucket(0),
        last: Bucket(u8::MAX),
    };

    /// All buckets in this many runs of about the same length.
    pub fn segments(count: u8) -> impl Iterator<Item = Self> {
        let count = u16::from(count.max(1));
        let start = move |segment: u16| 256 * segment / count;
        (0..count).map(move |segment| {
            let bucket = |number: u16| Bucket(u8::try_from(number).unwrap_or(u8::MAX));
            Self {
                first: bucket(start(segment)),
                last: bucket(start(segment + 1) - 1),
            }
        })
    }
}

/// Some recipients, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The recipients. May be empty although there are more.
    pub recipients: Vec<RecipientKey>,
    /// Where to go on: after this one. `None` at the end.
    pub next: Option<RecipientKey>,
}

/// Where a page starts.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Beginning,
    After(RecipientKey),
    /// With this one, if it is there.
    At(RecipientKey),
}

impl Start {
    fn key(&self) -> Option<&RecipientKey> {
        match self {
            Self::Beginning => None,
            Self::After(key) | Self::At(key) => Some(key),
        }
    }
}

impl<'a> Audiences<'a> {
    /// Reads up to `limit` recipients of one list.
    ///
    /// `after` is where an earlier page ended; any key will do. Recipients who
    /// come or go meanwhile may be seen or not, all others are seen once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn page(
        &self,
        tenant: &TenantId,
        source: &Source,
        range: BucketRange,
        after: Option<&RecipientKey>,
        limit: u16,
    ) -> Result<Page, StoreError> {
        let start = match after {
            Some(key) => Start::After(key.clone()),
            None => Start::Beginning,
        };
        self.read(tenant, source, range, &start, limit).await
    }

    /// Walks through everyone in `include` who is not in `exclude`, each once,
    /// in order, from after `after`.
    #[must_use]
    pub fn walk(
        &self,
        tenant: &TenantId,
        include: Vec<Source>,
        exclude: Vec<Source>,
        after: Option<RecipientKey>,
    ) -> AudienceWalk<'a> {
        AudienceWalk::new(self.store, tenant.clone(), include, exclude, after)
    }

    pub(crate) async fn read(
        &self,
        tenant: &TenantId,
        source: &Source,
        range: BucketRange,
        start: &Start,
        limit: u16,
    ) -> Result<Page, StoreError> {
        let list = match source {
            Source::Listed(keys) => return Ok(listed(keys, range, start, limit)),
            Source::Everyone => return self.everyone(tenant, range, start, limit).await,
            Source::Team(team) => {
                let known = self.store.teams().get(team).await?;
                let has_the_app =
                    known.is_some_and(|team| team.has_the_app() && team.tenant == *tenant);
                if !has_the_app {
                    return Ok(Page {
                        recipients: Vec::new(),
                        next: None,
                    });
                }
                List {
                    partition: keys::team_partition(team),
                    prefix: keys::MEMBERS,
                }
            }
            Source::Subscribers(topic) => List {
                partition: keys::topic_partition(tenant, topic),
                prefix: keys::SUBSCRIBED,
            },
            Source::Unsubscribed(topic) => List {
                partition: keys::topic_partition(tenant, topic),
                prefix: keys::UNSUBSCRIBED,
            },
        };
        self.list(&list, range, start, limit).await
    }

    /// One partition's part of a list.
    async fn list(
        &self,
        list: &List,
        range: BucketRange,
        start: &Start,
        limit: u16,
    ) -> Result<Page, StoreError> {
        let prefix = list.prefix;
        let first = format!("{prefix}{}", range.first);
        let low = match start.key() {
            Some(key) => first.max(format!("{prefix}{}#{key}", key.bucket())),
            None => first,
        };
        let high = format!("{prefix}{}", keys::after_bucket(range.last));
        if low > high {
            return Ok(Page {
                recipients: Vec::new(),
                next: None,
            });
        }
        let (items, more) = self
            .store
            .range(Range {
                partition: list.partition.clone(),
                low,
                high,
                descending: false,
                // One more, for the one that the last page ended with.
                limit: i32::from(limit).max(1) + i32::from(matches!(start, Start::After(_))),
                read: Read::Eventual,
            })
            .await?;
        let mut recipients = Vec::with_capacity(items.len());
        let mut last = None;
        for item in &items {
            let read = Attributes::of(ENTITY, item);
            let key: RecipientKey = read
                .need_text(keys::SORT)?
                .strip_prefix(prefix)
                .and_then(|rest| rest.split_once('#'))
                .and_then(|(_, key)| key.parse().ok())
                .ok_or_else(|| read.unreadable(keys::SORT))?;
            let seen = matches!(start, Start::After(after) if *after == key);
            if !seen && !read.has(GONE) {
                recipients.push(key.clone());
            }
            last = Some(key);
        }
        // The one that the last page ended with may be gone by now.
        let limit = usize::from(limit.max(1));
        if recipients.len() > limit {
            recipients.truncate(limit);
            last = recipients.last().cloned();
        } else if !more {
            last = None;
        }
        Ok(Page {
            recipients,
            next: last,
        })
    }

    /// Everyone is spread over 16 partitions, which follow one another.
    async fn everyone(
        &self,
        tenant: &TenantId,
        range: BucketRange,
        start: &Start,
        limit: u16,
    ) -> Result<Page, StoreError> {
        let mut start = start.clone();
        let mut bucket = match start.key() {
            Some(key) => key.bucket().max(range.first),
            None => range.first,
        };
        let mut recipients = Vec::new();
        while bucket <= range.last {
            let last_here = Bucket(bucket.0 | 0x0f).min(range.last);
            let list = List {
                partition: keys::everyone_partition(tenant, bucket),
                prefix: "",
            };
            let here = BucketRange {
                first: bucket,
                last: last_here,
            };
            let left = usize::from(limit.max(1)).saturating_sub(recipients.len());
            let left = u16::try_from(left).unwrap_or(u16::MAX);
            let page = self.list(&list, here, &start, left).await?;
            recipients.extend(page.recipients);
            if page.next.is_some() {
                return Ok(Page {
                    recipients,
                    next: page.next,
                });
            }
            match last_here.next() {
                Some(next) => bucket = next,
                None => break,
            }
            if recipients.len() >= usize::from(limit) {
                let next = recipients.last().cloned();
                let more = bucket <= range.last;
                return Ok(Page {
                    recipients,
                    next: next.filter(|_| more),
                });
            }
            start = Start::Beginning;
        }
        Ok(Page {
            recipients,
            next: None,
        })
    }
}

struct List {
    partition: String,
    prefix: &'static str,
}

fn listed(keys: &[RecipientKey], range: BucketRange, start: &Start, limit: u16) -> Page {
    let place = |key: &RecipientKey| (key.bucket(), key.clone());
    let mut placed: Vec<_> = keys
        .iter()
        .map(place)
        .filter(|(bucket, _)| (range.first..=range.last).contains(bucket))
        .filter(|one| match start {
            Start::Beginning => true,
            Start::After(key) => *one > place(key),
            Start::At(key) => *one >= place(key),
        })
        .collect();
    placed.sort_unstable();
    placed.dedup();
    let limit = usize::from(limit.max(1));
    let more = placed.len() > limit;
    placed.truncate(limit);
    let recipients: Vec<_> = placed.into_iter().map(|(_, key)| key).collect();
    Page {
        next: recipients.last().cloned().filter(|_| more),
        recipients,
    }
}
