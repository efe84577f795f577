//! One request to a source, whatever it answers.

use std::error::Error as StdError;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use http_client::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use http_client::{HttpClient, HttpError, Response, Timeouts, retry_after};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::names::{CheckedNames, Names};
use crate::public::{Forbidden, Reach};

/// What a source may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the first connection to the last byte, redirects included.
    pub time: Duration,
    /// Of the document, as it comes and unpacked.
    pub bytes: usize,
    /// How many redirects are followed.
    pub redirects: usize,
}

impl Default for Bounds {
    /// 10 s, 2 MiB, 5 redirects.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            bytes: 2 * 1024 * 1024,
            redirects: 5,
        }
    }
}

/// What a source said of the document that we have: it is asked for only if it has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

/// The longest validator that is kept.
const VALIDATOR: usize = 500;

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let text = headers.get(name)?.to_str().ok()?;
            (text.len() <= VALIDATOR).then(|| text.to_owned())
        };
        Self {
            etag: text(ETAG),
            modified: text(LAST_MODIFIED),
        }
    }
}

/// What a source answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It has not changed.
    Unchanged,
    /// It is this.
    Document {
        /// Where it is, after redirects.
        url: Url,
        /// Its bytes, unpacked.
        body: Vec<u8>,
        /// What to ask with next time.
        validators: Validators,
    },
}

/// Why a source could not be read. Its text is shown to people.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is at an address that is not asked.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It leads from one address to another without end.
    #[error("it redirects more than {0} times")]
    Redirects(usize),
    /// It leads to an address that is none.
    #[error("it redirects to something that is no address")]
    Redirect,
    /// It is too large.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// It took too long.
    #[error("it took longer than {} s", .0.as_secs_f32())]
    TooSlow(Duration),
    /// It is packed in a way that we did not ask for, or wrongly.
    #[error("it is packed in a way that cannot be read")]
    Packed,
    /// It answered with another status.
    #[error("it answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// How long it asks to be left alone.
        wish: Option<Duration>,
    },
    /// Nobody answered, or the answer broke off.
    #[error("it did not answer")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
}

impl Unread {
    /// Whether the source is at fault, and will be later.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Forbidden(_)
            | Self::Redirects(_)
            | Self::Redirect
            | Self::TooLarge(_)
            | Self::Packed => true,
            Self::Status { status, .. } => {
                matches!(status, 400..=499) && !matches!(status, 408 | 425 | 429)
            }
            Self::TooSlow(_) | Self::Unreachable(_) => false,
        }
    }
}

/// Asks sources.
#[derive(Clone, Debug)]
pub struct Fetcher {
    http: HttpClient,
    reach: Reach,
    bounds: Bounds,
}

impl Fetcher {
    /// Asks those that `reach` allows, by the names that `names` knows.
    #[must_use]
    pub fn new(names: Arc<dyn Names>, reach: Reach, bounds: Bounds) -> Self {
        let timeouts = Timeouts {
            total: bounds.time,
            ..Timeouts::default()
        };
        Self {
            http: HttpClient::resolving(timeouts, CheckedNames { names, reach }),
            reach,
            bounds,
        }
    }

    /// Reads the document at `url`, unless it is the one that `validators` came with.
    ///
    /// # Errors
    ///
    /// [`Unread`]. Nothing is tried twice here.
    pub async fn fetch(
        &self,
        url: &Url,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Fetched, Unread> {
        let time = self.bounds.time;
        let fetching = self.follow(url, validators, now);
        let in_time = tokio::time::timeout(time, fetching).await;
        in_time.unwrap_or(Err(Unread::TooSlow(time)))
    }

    async fn follow(
        &self,
        url: &Url,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Fetched, Unread> {
        let mut url = url.clone();
        for _ in 0..=self.bounds.redirects {
            self.reach.check(&url)?;
            let mut answer = self.ask(&url, validators).await?;
            let status = answer.status();
            match status.as_u16() {
                304 => return Ok(Fetched::Unchanged),
                301..=303 | 307 | 308 => url = target(&url, answer.headers())?,
                200 => {
                    let validators = Validators::of(answer.headers());
                    let body = self.body(&mut answer).await?;
                    return Ok(Fetched::Document {
                        url,
                        body,
                        validators,
                    });
                }
                status => {
                    let wish = retry_after(answer.headers(), now);
                    return Err(Unread::Status { status, wish });
                }
            }
        }
        Err(Unread::Redirects(self.bounds.redirects))
    }

    async fn ask(&self, url: &Url, validators: &Validators) -> Result<Response, Unread> {
        const WANTED: &str = "application/atom+xml, application/rss+xml, application/json, application/xml;q=0.9, */*;q=0.5";
        let mut request = self.http.get(url);
        request = request
            .header(ACCEPT, WANTED)
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(etag) = &validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = &validators.modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        let sent = request.send().await;
        sent.map_err(|error| self.unread(error))
    }

    async fn body(&self, answer: &mut Response) -> Result<Vec<u8>, Unread> {
        let most = self.bounds.bytes;
        let announced = answer.content_length().unwrap_or_default();
        if usize::try_from(announced).unwrap_or(usize::MAX) > most {
            return Err(Unread::TooLarge(most));
        }
        let packing = answer.headers().get(CONTENT_ENCODING);
        let packing = packing.map(|name| name.as_bytes().to_ascii_lowercase());
        let body = answer.at_most(most).await;
        let body = body.map_err(|error| self.unread(error))?;
        let body = body.ok_or(Unread::TooLarge(most))?;
        match packing.as_deref() {
            None | Some(b"" | b"identity") => Ok(body.into()),
            Some(b"gzip" | b"x-gzip") => unpacked(&body, most),
            Some(_) => Err(Unread::Packed),
        }
    }

    /// What an error of the client means. The refusal of a name lies deep in it.
    fn unread(&self, error: HttpError) -> Unread {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
        while let Some(error) = cause {
            if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
                return forbidden.clone().into();
            }
            cause = error.source();
        }
        match error {
            HttpError::TimedOut => Unread::TooSlow(self.bounds.time),
            error => Unread::Unreachable(error.into()),
        }
    }
}

/// Where a redirect leads.
fn target(from: &Url, headers: &HeaderMap) -> Result<Url, Unread> {
    let location = headers.get(LOCATION).and_then(|to| to.to_str().ok());
    let to = location.and_then(|to| from.join(to).ok());
    to.ok_or(Unread::Redirect)
}

/// Unpacks, and stops where it gets too large.
fn unpacked(packed: &[u8], most: usize) -> Result<Vec<u8>, Unread> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    let mut reader = MultiGzDecoder::new(packed).take(limit);
    reader.read_to_end(&mut body).map_err(|_| Unread::Packed)?;
    if body.len() > most {
        return Err(Unread::TooLarge(most));
    }
    Ok(body)
}
