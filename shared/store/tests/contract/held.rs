use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use store::Store;
use work_items::{HeldFor, HeldItem, QueueName};

use crate::engine::on_every_engine;
use crate::sample::at;

fn item(id: &str, until: Timestamp) -> HeldItem {
    HeldItem {
        id: id.to_owned(),
        until,
        why: HeldFor::NotBefore,
        queue: QueueName::Notification,
        body: format!("body of {id}"),
    }
}

/// Releases all that is due, in pages of `limit`.
async fn release(store: &Store, now: Timestamp, limit: u16) -> Vec<String> {
    let held = store.held();
    let mut sweep = held.sweep(now).await.unwrap();
    let mut released = Vec::new();
    while let Some(page) = sweep.next(limit).await.unwrap() {
        assert!(page.len() <= usize::from(limit));
        for (key, item) in page {
            held.remove(&key).await.unwrap();
            held.remove(&key).await.unwrap();
            released.push(item.id);
        }
    }
    sweep.done().await.unwrap();
    released.sort_unstable();
    released
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

#[tokio::test]
async fn what_is_held_is_released_when_it_is_due_and_not_before() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        let due = item("one", now + minutes(5));
        store.held().hold(&due, now).await.unwrap();
        store.held().hold(&due, now).await.unwrap();
        let mut released_at = None;
        for minute in 0..10 {
            let tick = now + minutes(minute);
            let released = release(store, tick, 10).await;
            if !released.is_empty() {
                assert_eq!(released, ["one"]);
                assert_eq!(released_at, None, "released twice");
                released_at = Some(tick);
            }
        }
        let released_at = released_at.unwrap();
        assert!(released_at >= due.until);
        assert!(released_at < due.until + minutes(2), "{released_at}");
    })
    .await;
}

#[tokio::test]
async fn what_is_due_already_is_released_by_the_next_tick() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        for _ in 0..3 {
            release(store, now, 10).await;
        }
        store
            .held()
            .hold(&item("late", now - minutes(90)), now)
            .await
            .unwrap();
        assert_eq!(release(store, now + minutes(1), 10).await, ["late"]);
    })
    .await;
}

#[tokio::test]
async fn many_items_of_one_minute_come_in_bounded_pages() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        for number in 0..45 {
            let one = item(&format!("item-{number:02}"), now + minutes(1));
            store.held().hold(&one, now).await.unwrap();
        }
        assert_eq!(release(store, now + minutes(2), 4).await.len(), 45);
        assert_eq!(release(store, now + minutes(3), 4).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_tick_that_stops_half_way_leaves_the_rest_to_the_next() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        release(store, now, 10).await;
        for number in 0..20 {
            let one = item(&format!("item-{number:02}"), now + minutes(number));
            store.held().hold(&one, now).await.unwrap();
        }
        let held = store.held();
        let mut sweep = held.sweep(now + minutes(30)).await.unwrap();
        let page = sweep.next(3).await.unwrap().unwrap();
        for (key, _) in &page {
            held.remove(key).await.unwrap();
        }
        sweep.done().await.unwrap();
        drop(sweep);
        let rest = release(store, now + minutes(31), 10).await;
        assert_eq!(rest.len() + page.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn after_an_outage_everything_is_still_found() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        release(store, now, 10).await;
        store
            .held()
            .hold(&item("one", now + minutes(3)), now)
            .await
            .unwrap();
        let late = now + minutes(300);
        assert_eq!(release(store, late, 10).await, ["one"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_held_anew_before_the_first_is_taken_away_stays() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        let once = item("look", now + minutes(1));
        let again = item("look", now + SignedDuration::from_secs(59));
        store.held().hold(&once, now).await.unwrap();
        let held = store.held();
        let later = now + minutes(2);
        let mut sweep = held.sweep(later).await.unwrap();
        let page = sweep.next(10).await.unwrap().unwrap();
        let (key, _) = &page[0];
        // Whoever got it asks for another look that is due at once, by the same name.
        let anew = held.hold(&again, later).await.unwrap();
        assert_ne!(*key, anew);
        held.remove(key).await.unwrap();
        drop(sweep);
        assert_eq!(release(store, later + minutes(1), 10).await, ["look"]);
    })
    .await;
}

#[tokio::test]
async fn an_item_that_nobody_can_read_stays_and_holds_up_no_other() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let now = at(0);
        release(store, now, 10).await;
        for id in ["a", "b", "c"] {
            let one = item(id, now + minutes(1));
            store.held().hold(&one, now).await.unwrap();
        }
        let items = table
            .client
            .scan()
            .table_name(table.store.table())
            .send()
            .await;
        let items = items.unwrap().items.unwrap();
        let is = |item: &HashMap<String, AttributeValue>| item["sk"].as_s().unwrap() == "b";
        let mut spoilt = items.into_iter().find(is).unwrap();
        spoilt.insert("queue".to_owned(), AttributeValue::S("another".to_owned()));
        let put = table.client.put_item().table_name(table.store.table());
        put.set_item(Some(spoilt)).send().await.unwrap();

        let later = now + minutes(2);
        let mut sweep = store.held().sweep(later).await.unwrap();
        let mut found = Vec::new();
        while let Some(page) = sweep.next(1).await.unwrap() {
            found.extend(page.into_iter().map(|(_, item)| item.id));
        }
        assert_eq!((found.len(), sweep.unreadable()), (2, 1));
        drop(sweep);
        assert_eq!(release(store, later, 1).await, ["a", "c"]);
    })
    .await;
}

#[tokio::test]
async fn an_idle_tick_is_cheap() {
    on_every_engine(|table| async move {
        let now = at(0);
        release(&table.store, now, 10).await;
        table.meter.reset();
        release(&table.store, now + minutes(1), 10).await;
        let spent = table.meter.take();
        assert!(spent.requests <= 14, "{spent:?}");
        assert!(spent.units <= 14.0, "{spent:?}");
    })
    .await;
}
