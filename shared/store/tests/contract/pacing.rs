use std::time::Duration;

use activity::ConversationId;
use jiff::{SignedDuration, Timestamp};
use pacing::{Book, Need, Order, SENDS, Sale, Settings, Slot, Window};
use store::{Pacing, Replaced, Versioned};

use crate::engine::on_every_engine;
use crate::sample::{at, tenant};

fn order(count: u32, now: Timestamp) -> Order {
    Order {
        need: Need::Broadcast,
        count,
        now,
        latest: now + Duration::from_secs(40),
    }
}

fn sold(book: &Book, count: u32, now: Timestamp) -> (Vec<Slot>, Book) {
    match book.sell(&Settings::default(), &order(count, now)) {
        Sale::Sold { slots, book } => (slots, book),
        Sale::Later(at) => panic!("nothing before {at}"),
    }
}

/// Buys as a worker does that knows nothing: what was sold, and how many writes it took.
async fn buys(pacing: Pacing<'_>, count: u32, now: Timestamp) -> (Vec<Slot>, u32) {
    let mut read = None;
    let mut standing = Book::default();
    for writes in 1.. {
        let (slots, book) = sold(&standing, count, now);
        let replaced = pacing.replace_book(&tenant(), read, &book, now).await;
        match replaced.unwrap() {
            Replaced::Done { .. } => return (slots, writes),
            Replaced::Refused(other) => {
                read = Some(other.version);
                standing = other.value;
            }
        }
    }
    unreachable!("it ends")
}

#[tokio::test]
async fn a_book_comes_back_as_it_was_written() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        assert_eq!(pacing.book(&tenant()).await.unwrap(), None);
        let (_, book) = sold(&Book::default(), 30, at(0));
        let book = book.lowered(at(1), None).unwrap();
        let (_, book) = sold(&book, 7, at(1));
        let done = pacing.replace_book(&tenant(), None, &book, at(1)).await;
        let Replaced::Done { version } = done.unwrap() else {
            panic!("nothing was there");
        };
        let written = Versioned {
            version,
            value: book,
        };
        assert_eq!(pacing.book(&tenant()).await.unwrap(), Some(written));
    })
    .await;
}

#[tokio::test]
async fn a_second_of_slots_costs_one_write_and_no_two_workers_get_one() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        let (mut all, writes) = buys(pacing, 40, at(0)).await;
        let spent = table.meter.take();
        assert_eq!((writes, spent.requests, spent.units), (1, 1, 1.0));
        // Who knows nothing and comes second is told what stands, and is served behind it.
        let (more, writes) = buys(pacing, 40, at(0)).await;
        assert_eq!(writes, 2);
        all.extend(more);
        all.sort_by_key(|slot| slot.at);
        all.dedup();
        assert_eq!(all.len(), 80);
        assert!(all[79].at >= at(1));
    })
    .await;
}

#[tokio::test]
async fn workers_at_once_never_sell_a_slot_twice() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        let buying = (0..6).map(|_| buys(pacing, 10, at(0)));
        let bought = futures_util::future::join_all(buying).await;
        let mut slots: Vec<Slot> = bought.into_iter().flat_map(|(slots, _)| slots).collect();
        slots.sort_by_key(|slot| slot.at);
        slots.dedup();
        assert_eq!(slots.len(), 60);
    })
    .await;
}

#[tokio::test]
async fn a_settled_book_is_replaced_unread_and_a_busy_one_is_not() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        let replace = |now| async move {
            let (_, book) = sold(&Book::default(), 40, now);
            pacing
                .replace_book(&tenant(), None, &book, now)
                .await
                .unwrap()
        };
        let Replaced::Done { version: first } = replace(at(0)).await else {
            panic!("nothing was there");
        };
        assert!(matches!(replace(at(1)).await, Replaced::Refused(_)));
        let Replaced::Done { version: next } = replace(at(10)).await else {
            panic!("it rests");
        };
        assert!(next > first);
        // A pace that is lowered is no rest.
        let standing = pacing.book(&tenant()).await.unwrap().unwrap();
        let slower = standing.value.lowered(at(10), None).unwrap();
        let read = Some(standing.version);
        pacing
            .replace_book(&tenant(), read, &slower, at(10))
            .await
            .unwrap();
        assert!(matches!(replace(at(30)).await, Replaced::Refused(_)));
        assert!(matches!(replace(at(60)).await, Replaced::Done { .. }));
    })
    .await;
}

#[tokio::test]
async fn who_read_an_old_version_is_refused_with_the_new_one() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        let conversation = ConversationId::new("19:a@thread.tacv2");
        let mut window = Window::default();
        window.record(at(0));
        let write = |read, window: Window| {
            let conversation = conversation.clone();
            async move {
                let replaced = pacing
                    .replace_window(&tenant(), &conversation, read, &window, at(0))
                    .await;
                replaced.unwrap()
            }
        };
        let Replaced::Done { version } = write(None, window.clone()).await else {
            panic!("nothing was there");
        };
        let stands = Versioned {
            version,
            value: window.clone(),
        };
        let refused = Replaced::Refused(stands.clone());
        assert_eq!(write(None, Window::default()).await, refused);
        let found = pacing.window(&tenant(), &conversation).await.unwrap();
        assert_eq!(found, Some(stands));
        window.record(at(0));
        table.meter.reset();
        let done = write(Some(version), window.clone()).await;
        assert!(matches!(done, Replaced::Done { version: next } if next > version));
        assert_eq!(table.meter.take().units, 1.0);
        assert!(matches!(
            write(Some(version), window).await,
            Replaced::Refused(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn the_busiest_window_costs_one_unit() {
    on_every_engine(|table| async move {
        let pacing = table.store.pacing();
        let conversation = ConversationId::new(format!("19:{}@thread.tacv2", "a".repeat(80)));
        let mut window = Window::default();
        let mut now = at(0);
        for _ in 0..3_000 {
            now = window.earliest(SENDS, now + SignedDuration::from_millis(1));
            window.record(now);
        }
        table.meter.reset();
        pacing
            .replace_window(&tenant(), &conversation, None, &window, now)
            .await
            .unwrap();
        assert_eq!(table.meter.take().units, 1.0);
    })
    .await;
}
