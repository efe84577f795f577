//! What people call a recipient, as far as the table knows.

use activity::TenantId;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use notifications::{Recipient, RecipientKey};
use store::{Store, StoreError};

/// How many are looked up at once.
const AT_ONCE: usize = 16;

/// Something about a recipient, and what the recipient is called.
pub(crate) struct Named<T> {
    pub(crate) about: T,
    /// Their user principal name, mail address, or a channel's name; the key, if none is known.
    pub(crate) name: String,
}

/// Looks up the names of some recipients, in their order. One read each.
pub(crate) async fn named<T>(
    store: &Store,
    tenant: &TenantId,
    all: Vec<T>,
    key: impl Fn(&T) -> &RecipientKey,
) -> Result<Vec<Named<T>>, StoreError> {
    stream::iter(all)
        .map(|about| {
            let recipient = key(&about).clone();
            async move {
                let name = name(store, tenant, &recipient).await?;
                Ok(Named { about, name })
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

async fn name(store: &Store, tenant: &TenantId, key: &RecipientKey) -> Result<String, StoreError> {
    let known = match key.recipient() {
        Recipient::Person(_) | Recipient::PersonByTeamsId(_) => {
            let person = store.people().get(tenant, key).await?;
            person.and_then(|person| person.upn.or(person.mail))
        }
        Recipient::Conversation(id) | Recipient::Thread(id) => {
            let found = store.conversations().get(&id.without_thread()).await?;
            let found = found.filter(|found| found.tenant == *tenant);
            found.and_then(|found| found.name)
        }
    };
    Ok(known.unwrap_or_else(|| key.as_str().to_owned()))
}
