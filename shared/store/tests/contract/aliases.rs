use notifications::RecipientKey;
use store::PutAlias;

use crate::engine::on_every_engine;
use crate::sample::{at, channel, person_key, tenant};

#[tokio::test]
async fn an_alias_is_moved_by_its_owner_only() {
    on_every_engine(|table| async move {
        let aliases = table.store.aliases();
        let (ana, ben) = (person_key(1), person_key(2));
        let crew = RecipientKey::conversation(&channel());
        let put = async |target: &RecipientKey, owner: &RecipientKey, second| {
            aliases
                .put(&tenant(), "crew", target, owner, at(second))
                .await
                .unwrap()
        };
        assert_eq!(aliases.get(&tenant(), "crew").await.unwrap(), None);
        assert_eq!(put(&crew, &ana, 0).await, PutAlias::Put { before: None });
        assert_eq!(
            put(&ben, &ben, 1).await,
            PutAlias::Owned { by: ana.clone() }
        );
        assert_eq!(
            put(&ana, &ana, 2).await,
            PutAlias::Put { before: Some(crew) }
        );
        let alias = aliases.get(&tenant(), "crew").await.unwrap().unwrap();
        assert_eq!((alias.target, alias.since), (ana, at(2)));
        assert_eq!(aliases.get(&"other".into(), "crew").await.unwrap(), None);
    })
    .await;
}
