//! Who answers for a topic.

use activity::ids::TenantId;
use notifications::{Address, RecipientKey, Topic};

use crate::error::StoreError;
use crate::finding::PersonId;
use crate::topics::Topics;

impl Topics<'_> {
    /// The people who answer for a topic now, in its order: of its definition
    /// as it is, or as `frozen` says when it is defined no more. Whom the table
    /// cannot find is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn owners(
        &self,
        tenant: &TenantId,
        frozen: &Topic,
    ) -> Result<Vec<RecipientKey>, StoreError> {
        let defined = self.get(tenant, &frozen.name).await?;
        let owners = &defined.as_ref().unwrap_or(frozen).owners;
        let ids: Vec<PersonId> = owners.iter().filter_map(person).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.store.people().find_all(tenant, &ids).await?;
        let keys = ids.iter().zip(found).filter_map(|(id, key)| match id {
            // They can be reached by it, whether or not the table has met them.
            PersonId::User(user) => Some(key.unwrap_or(RecipientKey::person_by_teams_id(user))),
            _ => key,
        });
        let mut owners: Vec<RecipientKey> = Vec::new();
        for key in keys {
            if !owners.contains(&key) {
                owners.push(key);
            }
        }
        Ok(owners)
    }
}

fn person(address: &Address) -> Option<PersonId> {
    Some(match address {
        Address::Aad(id) => PersonId::ObjectId(id.clone()),
        Address::User(user) => PersonId::User(user.clone()),
        Address::Upn(name) => PersonId::Upn(name.clone()),
        Address::Mail(mail) => PersonId::Mail(mail.clone()),
        _ => return None,
    })
}
