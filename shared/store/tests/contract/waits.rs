//! Notes of who waits for the app.

use activity::ConversationId;
use aws_sdk_dynamodb::types::AttributeValue;
use notifications::RecipientKey;
use store::{Store, Wait};
use work_items::{ChunkKey, QueueName};

use crate::engine::{Table, on_every_engine};
use crate::sample::{at, channel, frozen, person_key, seen, seen_channel, tenant};

fn wait(id: &str, by: &str) -> Wait {
    Wait {
        notification: frozen(id, "x", 0).key,
        chunk: ChunkKey::starting_with(&person_key(1)),
        queue: QueueName::Delivery,
        body: format!("the chunk of {id}"),
        by: by.to_owned(),
    }
}

async fn note(store: &Store, recipient: &RecipientKey, wait: &Wait) {
    store
        .waits()
        .note(&tenant(), recipient, wait, at(0))
        .await
        .unwrap();
}

async fn page(store: &Store, recipient: &RecipientKey, limit: u16) -> Vec<Wait> {
    store
        .waits()
        .page(&tenant(), recipient, limit)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_waits_for_somebody_is_found_under_them_until_it_is_taken_away() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let (ana, ben) = (person_key(1), person_key(2));
        for id in ["1", "2", "3"] {
            note(store, &ana, &wait(id, "a")).await;
        }
        assert!(page(store, &ben, 10).await.is_empty());
        assert!(!store.waits().any(&tenant(), &ben).await.unwrap());
        assert!(store.waits().any(&tenant(), &ana).await.unwrap());
        assert_eq!(page(store, &ana, 2).await.len(), 2);
        let mut found = page(store, &ana, 10).await;
        let mut expected: Vec<Wait> = ["1", "2", "3"].map(|id| wait(id, "a")).into();
        expected.sort_by_key(|wait| wait.notification.to_string());
        assert_eq!(found, expected);
        while let Some(wait) = found.pop() {
            store.waits().remove(&tenant(), &ana, &wait).await.unwrap();
            assert_eq!(page(store, &ana, 10).await, found);
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_that_is_made_anew_is_not_taken_away_with_the_one_before() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let ana = person_key(1);
        note(store, &ana, &wait("1", "a")).await;
        note(store, &ana, &wait("1", "b")).await;
        let remove = async |by| {
            let waits = store.waits();
            let removed = waits.remove(&tenant(), &ana, &wait("1", by)).await;
            removed.unwrap();
        };
        remove("a").await;
        assert_eq!(page(store, &ana, 10).await, [wait("1", "b")]);
        remove("b").await;
        remove("b").await;
        assert!(page(store, &ana, 10).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_message_to_a_thread_waits_for_its_channel() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let thread = ConversationId::new(format!("{};messageid=17", channel()));
        note(store, &RecipientKey::thread(&thread), &wait("1", "a")).await;
        let found = page(store, &RecipientKey::conversation(&channel()), 10).await;
        assert_eq!(found, [wait("1", "a")]);
    })
    .await;
}

/// Makes the note unreadable, as one of a later version may be.
async fn spoil(table: &Table, recipient: &RecipientKey) {
    let items = table
        .client
        .scan()
        .table_name(table.store.table())
        .send()
        .await;
    for mut item in items.unwrap().items.unwrap() {
        let partition = item["pk"].as_s().unwrap();
        if partition.starts_with("WAIT#") && partition.ends_with(recipient.as_str()) {
            item.insert("queue".to_owned(), AttributeValue::S("another".to_owned()));
            let put = table.client.put_item().table_name(table.store.table());
            put.set_item(Some(item)).send().await.unwrap();
            return;
        }
    }
    panic!("there is no note");
}

#[tokio::test]
async fn a_note_that_nobody_can_read_holds_up_no_other() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let ana = person_key(1);
        for id in ["1", "2", "3", "4"] {
            note(store, &ana, &wait(id, "a")).await;
        }
        spoil(&table, &ana).await;
        for limit in [1, 2, 3, 10] {
            let found = page(store, &ana, limit).await;
            assert_eq!(found.len(), usize::from(limit).min(3), "of {limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_the_app_is_known_for_certain() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let (ana, ben) = (person_key(1), person_key(2));
        store.people().remember(&seen(1, 0)).await.unwrap();
        store.people().remember(&seen(2, 0)).await.unwrap();
        store.people().remove(&tenant(), &ben, at(1)).await.unwrap();
        let place = RecipientKey::conversation(&channel());
        let conversations = store.conversations();
        conversations.remember(&seen_channel(0)).await.unwrap();
        let all = [ana.clone(), ben, person_key(3), place.clone()];
        let here = store.has_the_app(&tenant(), &all).await.unwrap();
        assert_eq!(here, [&ana, &place]);
    })
    .await;
}
