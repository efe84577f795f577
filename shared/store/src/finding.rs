//! Finding people by the ids that they have.

use std::collections::HashMap;

use activity::ids::{ObjectId, TenantId, UserId};
use notifications::{Recipient, RecipientKey};

use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, s};
use crate::keys::{self, Key};
use crate::people::People;
use crate::requests::Read;

/// What a person may be found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PersonId {
    /// Their key: nothing is looked up.
    Key(RecipientKey),
    /// Their Entra object id: nothing is looked up.
    ObjectId(ObjectId),
    /// Their `29:` id.
    User(UserId),
    /// Their user principal name, in any case.
    Upn(String),
    /// Their e-mail address, in any case.
    Mail(String),
}

/// What a pointer item holds.
pub(crate) const POINTS_TO: &str = "key";

impl People<'_> {
    /// The key of a person, if the table knows them by this id.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn find(
        &self,
        tenant: &TenantId,
        id: &PersonId,
    ) -> Result<Option<RecipientKey>, StoreError> {
        let mut found = self.find_all(tenant, std::slice::from_ref(id)).await?;
        Ok(found.pop().flatten())
    }

    /// The keys of many people, in the order of their ids; `None` for those
    /// whom the table does not know.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn find_all(
        &self,
        tenant: &TenantId,
        ids: &[PersonId],
    ) -> Result<Vec<Option<RecipientKey>>, StoreError> {
        let pointers: Vec<Option<Key>> = ids.iter().map(|id| pointer(tenant, id)).collect();
        let mut wanted: Vec<Key> = pointers.iter().flatten().cloned().collect();
        wanted.sort_unstable_by(|a, b| a.partition.cmp(&b.partition));
        wanted.dedup();
        let items = self.store.get_many(wanted, Read::Consistent).await?;
        let mut found = HashMap::with_capacity(items.len());
        for item in &items {
            let read = Attributes::of("id of a person", item);
            let key: Option<RecipientKey> = read.parsed(POINTS_TO)?;
            found.insert(read.need_text(keys::PARTITION)?, key);
        }
        Ok(ids
            .iter()
            .zip(pointers)
            .map(|(id, pointer)| match (id, pointer) {
                (PersonId::Key(key), _) => Some(key.clone()),
                (PersonId::ObjectId(id), _) => Some(RecipientKey::person(id)),
                (_, Some(pointer)) => found.get(pointer.partition.as_str()).cloned().flatten(),
                (_, None) => None,
            })
            .collect())
    }

    /// Makes sure that somebody known by `29:` id alone is found by it, also
    /// when all that was heard of them so far is that they left: what is known
    /// under that id is taken over when their object id turns up.
    pub(crate) async fn point_to(
        &self,
        tenant: &TenantId,
        key: &RecipientKey,
    ) -> Result<(), StoreError> {
        if let Recipient::PersonByTeamsId(user) = key.recipient() {
            let target = Item::from([(POINTS_TO.to_owned(), s(key.as_str()))]);
            Change::put(keys::person_by_user(tenant, &user), target)
                .only_if("attribute_not_exists(#pk)")
                .write(self.store)
                .await?;
        }
        Ok(())
    }
}

/// Where the key of a person stands, if it must be looked up.
fn pointer(tenant: &TenantId, id: &PersonId) -> Option<Key> {
    match id {
        PersonId::Key(_) | PersonId::ObjectId(_) => None,
        PersonId::User(user) => Some(keys::person_by_user(tenant, user)),
        PersonId::Upn(upn) => Some(keys::person_by_upn(tenant, upn)),
        PersonId::Mail(mail) => Some(keys::person_by_mail(tenant, mail)),
    }
}
