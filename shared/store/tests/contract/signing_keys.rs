use store::StoredKeys;

use crate::engine::on_every_engine;
use crate::sample::at;

#[tokio::test]
async fn the_latest_key_set_stands() {
    on_every_engine(|table| async move {
        let keys = table.store.signing_keys();
        let set = |document: &str, second| StoredKeys {
            document: document.to_owned(),
            fetched_at: at(second),
        };
        assert_eq!(keys.load("issuer").await.unwrap(), None);
        keys.save("issuer", &set("new", 2)).await.unwrap();
        keys.save("issuer", &set("old", 1)).await.unwrap();
        assert_eq!(keys.load("issuer").await.unwrap(), Some(set("new", 2)));
        assert_eq!(keys.load("another").await.unwrap(), None);
    })
    .await;
}
