//! What happens once.

use crate::change::Change;
use crate::error::StoreError;
use crate::item::s;
use crate::keys::Key;
use crate::{Once, Store};

impl Store {
    /// Gives a mark on an existing item to the first asker.
    ///
    /// The asker's name is what is written: an answer that was lost, or a
    /// process that died, can ask again in the same name.
    pub(crate) async fn once(
        &self,
        key: Key,
        mark: &'static str,
        by: &str,
    ) -> Result<Once, StoreError> {
        let written = Change::update(key)
            .set(mark, s(by))
            .only_if(format!(
                "attribute_exists(#pk) AND (attribute_not_exists(#{mark}) OR #{mark} = :{mark})"
            ))
            .write(self)
            .await?;
        Ok(if written.is_done() {
            Once::Yours
        } else {
            Once::Taken
        })
    }
}
