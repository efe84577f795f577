//! Conversation references as attributes.

use std::cell::RefCell;

use activity::ids::{BotId, ConversationId, ObjectId, TeamId, TenantId, UserId};
use activity::{ConversationKind, ConversationReference, Provenance, ServiceUrl};
use aws::dynamodb::AttributeValue;

use crate::error::StoreError;
use crate::item::{Attributes, mark, s};

pub(crate) const SERVICE_URL: &str = "service_url";
pub(crate) const VERIFIED: &str = "verified";
pub(crate) const BOT: &str = "bot";

/// Where a tenant's Connector is, and how we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The service URL.
    pub url: ServiceUrl,
    /// Whether a verified activity brought it.
    pub provenance: Provenance,
}

impl Service {
    /// The service of a reference.
    #[must_use]
    pub fn of(reference: &ConversationReference) -> Self {
        Self {
            url: reference.service_url.clone(),
            provenance: reference.provenance,
        }
    }

    pub(crate) fn url_value(&self) -> AttributeValue {
        s(self.url.as_str())
    }

    /// Present when verified, so that a condition can ask for it.
    pub(crate) fn verified_value(&self) -> Option<AttributeValue> {
        self.is_verified().then(mark)
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.provenance == Provenance::Verified
    }

    pub(crate) fn read(read: &Attributes<'_>) -> Result<Option<Self>, StoreError> {
        let Some(text) = read.text(SERVICE_URL) else {
            return Ok(None);
        };
        let url = parsed(text).ok_or_else(|| read.unreadable(SERVICE_URL))?;
        let provenance = if read.has(VERIFIED) {
            Provenance::Verified
        } else {
            Provenance::WellKnown
        };
        Ok(Some(Self { url, provenance }))
    }
}

thread_local! {
    /// The last service URL that was read: nearly all of a tenant have one.
    static LAST: RefCell<Option<ServiceUrl>> = const { RefCell::new(None) };
}

/// Parses a service URL, which costs as much as reading the rest of a person.
fn parsed(text: &str) -> Option<ServiceUrl> {
    LAST.with_borrow_mut(|last| match last {
        Some(url) if url.as_str() == text => Some(url.clone()),
        _ => {
            *last = text.parse().ok();
            last.clone()
        }
    })
}

/// Everything of a reference that an item holds.
pub(crate) struct Stored {
    pub(crate) conversation: ConversationId,
    pub(crate) kind: ConversationKind,
    pub(crate) tenant: TenantId,
    pub(crate) service: Service,
    pub(crate) user: Option<UserId>,
    pub(crate) object_id: Option<ObjectId>,
    pub(crate) bot: Option<BotId>,
    pub(crate) team: Option<TeamId>,
    pub(crate) locale: Option<String>,
}

impl From<Stored> for ConversationReference {
    fn from(stored: Stored) -> Self {
        let mut reference = Self::from_stored(
            stored.conversation,
            stored.kind,
            stored.tenant,
            stored.service.url,
            stored.service.provenance,
        );
        reference.user = stored.user;
        reference.object_id = stored.object_id;
        reference.bot = stored.bot;
        reference.team = stored.team;
        reference.locale = stored.locale;
        reference
    }
}
