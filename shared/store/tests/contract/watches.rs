use store::{Once, WatchState};

use crate::engine::on_every_engine;
use crate::sample::{at, tenant};

#[tokio::test]
async fn every_watch_is_listed_by_id_however_many() {
    on_every_engine(|table| async move {
        let watches = table.store.watches();
        for number in (0..230).rev() {
            let id = format!("{number:012x}");
            watches.put(&tenant(), &id, "{}", at(0)).await.unwrap();
        }
        let listed = watches.list(&tenant()).await.unwrap();
        assert_eq!(listed.len(), 230);
        assert!(listed.is_sorted_by(|a, b| a.id < b.id));
        assert_eq!(watches.list(&"other".into()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_watch_that_is_defined_anew_is_there_since_the_first_time() {
    on_every_engine(|table| async move {
        let watches = table.store.watches();
        watches.put(&tenant(), "a", "old", at(0)).await.unwrap();
        watches.put(&tenant(), "a", "new", at(5)).await.unwrap();
        let watch = watches.get(&tenant(), "a").await.unwrap().unwrap();
        assert_eq!((watch.definition.as_str(), watch.since), ("new", at(0)));
        watches.remove(&tenant(), "a").await.unwrap();
        watches.remove(&tenant(), "a").await.unwrap();
        assert_eq!(watches.get(&tenant(), "a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_two_looks_at_once_one_remembers_what_it_saw() {
    on_every_engine(|table| async move {
        let watches = table.store.watches();
        let remember = |over, state| {
            let store = table.store.clone();
            async move {
                store
                    .watches()
                    .remember(&tenant(), "a", over, state)
                    .await
                    .unwrap()
            }
        };
        assert_eq!(remember(None, "first").await, Once::Yours);
        assert_eq!(remember(None, "other").await, Once::Taken);
        assert_eq!(
            remember(None, "first").await,
            Once::Yours,
            "the answer was lost"
        );
        assert_eq!(remember(Some(1), "second").await, Once::Yours);
        assert_eq!(remember(Some(1), "other").await, Once::Taken);
        let state = watches.state(&tenant(), "a").await.unwrap();
        let expected = WatchState {
            version: 2,
            state: "second".to_owned(),
        };
        assert_eq!(state, Some(expected));

        watches.remove(&tenant(), "a").await.unwrap();
        assert_eq!(watches.state(&tenant(), "a").await.unwrap(), None);
        assert_eq!(
            remember(Some(2), "late").await,
            Once::Taken,
            "what is gone is not brought back"
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_waits_for_whoever_asked() {
    on_every_engine(|table| async move {
        let watches = table.store.watches();
        assert_eq!(watches.answered(&tenant(), "r").await.unwrap(), None);
        watches.answer(&tenant(), "r", "yes", at(0)).await.unwrap();
        let answer = watches.answered(&tenant(), "r").await.unwrap();
        assert_eq!(answer.as_deref(), Some("yes"));
        assert_eq!(watches.answered(&"other".into(), "r").await.unwrap(), None);
    })
    .await;
}
