//! Choices that voters added.

use activity::ids::TenantId;
use polls::AddedChoice;

use super::home::Home;
use super::{Occurrence, Polls};
use crate::backoff::Backoff;
use crate::change::Change;
use crate::error::StoreError;
use crate::item::{Attributes, Item, n, s};
use crate::requests::{Read, Transacted};
use crate::retention::EXPIRES;

/// How the adding of a choice went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddingChoice<E> {
    /// It is there now.
    Added(AddedChoice),
    /// Whoever decides did not want it.
    Refused(E),
    /// Nothing is taken any more.
    Closed,
}

const ENTITY: &str = "added choices";
const LIST: &str = "list";
const COUNT: &str = "count";

impl Polls<'_> {
    /// The choices that were added, the oldest first; none any more when an anonymous poll is closed, whose result has
    /// them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn added_choices(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
    ) -> Result<Vec<AddedChoice>, StoreError> {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let item = home.store().get(&home.choices(), Read::Consistent).await?;
        item.as_ref().map_or_else(|| Ok(Vec::new()), read)
    }

    /// Adds a choice, as `decide` says that knows all that were added before. It may be asked more than once.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation: it may be added.
    pub async fn add_choice<E, F>(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        decide: F,
    ) -> Result<AddingChoice<E>, StoreError>
    where
        F: Fn(&[AddedChoice]) -> Result<AddedChoice, E>,
    {
        let home = Home::of(self.store, tenant, &occurrence.id, occurrence.anonymous)?;
        let mut backoff = Backoff::new(occurrence.revision);
        loop {
            let there = self.added_choices(tenant, occurrence).await?;
            let choice = match decide(&there) {
                Ok(choice) => choice,
                Err(reason) => return Ok(AddingChoice::Refused(reason)),
            };
            // The same choice again.
            if there.contains(&choice) {
                return Ok(AddingChoice::Added(choice));
            }
            let mut list = there.clone();
            list.push(choice.clone());
            let write = Change::update(home.choices())
                .set(LIST, s(to_json(&list)))
                .set(COUNT, n(list.len()))
                .set(EXPIRES, occurrence.kept())
                .only_if(if there.is_empty() {
                    "attribute_not_exists(#pk)".to_owned()
                } else {
                    format!("#{COUNT} = :before")
                });
            let write = match there.is_empty() {
                true => write,
                false => write.value("before", n(there.len())),
            };
            // Nothing is added to what is sealed: whoever reads the choices after the seal has them all.
            let open = super::shards::count(home.tally(0), &super::Delta::new());
            let busy = match home.store().transact(vec![write, open]).await {
                Ok(Transacted::Done) => return Ok(AddingChoice::Added(choice)),
                Ok(Transacted::Refused) => {
                    let tally = home.store().get(&home.tally(0), Read::Consistent).await?;
                    if !super::shards::takes_votes(tally.as_ref()) {
                        return Ok(AddingChoice::Closed);
                    }
                    "ChoiceConflict".to_owned()
                }
                Err(StoreError::Busy { code }) => code,
                Err(error) => return Err(error),
            };
            backoff.wait(busy).await?;
        }
    }
}

pub(super) fn to_json(choices: &[AddedChoice]) -> String {
    serde_json::to_string(choices).expect("choices have nothing that JSON cannot say")
}

pub(super) fn from_json(text: &str) -> Option<Vec<AddedChoice>> {
    serde_json::from_str(text).ok()
}

fn read(item: &Item) -> Result<Vec<AddedChoice>, StoreError> {
    let read = Attributes::of(ENTITY, item);
    from_json(read.need_text(LIST)?).ok_or_else(|| read.unreadable(LIST))
}
