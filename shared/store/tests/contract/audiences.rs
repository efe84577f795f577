use notifications::RecipientKey;
use proptest::prelude::*;
use store::{BucketRange, Source, Store};

use crate::engine::on_every_engine;
use crate::sample::{at, in_order, seen, seen_team, team, tenant};

async fn read_all(
    store: &Store,
    source: &Source,
    range: BucketRange,
    limit: u16,
) -> Vec<RecipientKey> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store
            .audiences()
            .page(&tenant(), source, range, after.as_ref(), limit)
            .await
            .unwrap();
        assert!(page.recipients.len() <= usize::from(limit));
        found.extend(page.recipients);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn everyone_is_read_in_order_in_pages_and_in_segments() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for number in 0..150 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let expected = in_order(0..150);
        for limit in [1, 7, 150, 1000] {
            let all = read_all(store, &Source::Everyone, BucketRange::ALL, limit).await;
            assert_eq!(all, expected, "pages of {limit}");
        }
        for segments in [1, 3, 16, 200] {
            let mut all = Vec::new();
            for range in BucketRange::segments(segments) {
                all.extend(read_all(store, &Source::Everyone, range, 10).await);
            }
            assert_eq!(all, expected, "{segments} segments");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_that_was_given_has_the_same_order_and_no_doubles() {
    on_every_engine(|table| async move {
        let mut given = in_order(0..20);
        given.reverse();
        given.extend(in_order(5..9));
        let source = Source::Listed(given);
        for limit in [1, 6, 100] {
            let all = read_all(&table.store, &source, BucketRange::ALL, limit).await;
            assert_eq!(all, in_order(0..20));
        }
    })
    .await;
}

#[tokio::test]
async fn a_walk_unites_and_takes_away() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        for number in 0..40 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        for key in in_order(30..60) {
            store
                .rosters()
                .arrived(&tenant(), &team(), &key, at(0))
                .await
                .unwrap();
        }
        let include = vec![
            Source::Everyone,
            Source::Team(team()),
            Source::Listed(in_order([35, 70, 3])),
        ];
        let exclude = vec![
            Source::Listed(in_order(38..50)),
            Source::Listed(in_order([0, 99])),
        ];
        let expected = in_order((1..38).chain(50..60).chain([70]));

        for step in [1, 4, 1000] {
            let mut found = Vec::new();
            let mut position = None;
            // Every step in a new walk, as after a crash.
            loop {
                let mut walk = store.audiences().walk(
                    &tenant(),
                    include.clone(),
                    exclude.clone(),
                    position.clone(),
                );
                let next = walk.next(step).await.unwrap();
                found.extend(next.recipients);
                position = walk.position().cloned();
                if next.finished {
                    break;
                }
            }
            assert_eq!(found, expected, "steps of {step}");
        }
    })
    .await;
}

#[tokio::test]
async fn taking_everyone_away_leaves_nobody_and_ends() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for number in 0..30 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let mut walk = store.audiences().walk(
            &tenant(),
            vec![Source::Everyone],
            vec![Source::Everyone],
            None,
        );
        let found = walk.next(10).await.unwrap();
        assert!(found.finished && found.recipients.is_empty());
    })
    .await;
}

/// The set algebra against the obvious one in memory.
#[tokio::test]
async fn any_lists_make_the_set_that_they_should() {
    on_every_engine(|table| async move {
        let list = prop::collection::btree_set(0..60_u32, 0..40);
        let lists = prop::collection::vec(list, 0..4);
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..60 {
            let tree = (lists.clone(), lists.clone(), 1..20_usize)
                .new_tree(&mut runner)
                .unwrap();
            let (include, exclude, step) = proptest::strategy::ValueTree::current(&tree);
            let sources = |lists: &[std::collections::BTreeSet<u32>]| {
                lists
                    .iter()
                    .map(|list| Source::Listed(in_order(list.iter().copied())))
                    .collect::<Vec<_>>()
            };
            let mut walk =
                table
                    .store
                    .audiences()
                    .walk(&tenant(), sources(&include), sources(&exclude), None);
            let mut found = Vec::new();
            loop {
                let next = walk.next(step).await.unwrap();
                found.extend(next.recipients);
                if next.finished {
                    break;
                }
            }
            let mut expected: std::collections::BTreeSet<u32> =
                include.into_iter().flatten().collect();
            for gone in exclude.into_iter().flatten() {
                expected.remove(&gone);
            }
            assert_eq!(found, in_order(expected));
        }
    })
    .await;
}
