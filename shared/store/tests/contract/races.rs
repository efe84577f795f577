//! Many writers at once, and activities in any order.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use notifications::{Mute, RecipientKey};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{BucketRange, Claiming, Once, PreferenceChange, Source, Store};
use work_items::ChunkKey;

use crate::engine::on_every_engine;
use crate::sample::{
    at, frozen, in_order, mentioned, person_key, seen, seen_by_user, seen_team, team, tenant,
    topic, user,
};

async fn listed(store: &Store, source: &Source) -> Vec<RecipientKey> {
    store
        .audiences()
        .page(&tenant(), source, BucketRange::ALL, None, 1000)
        .await
        .unwrap()
        .recipients
}

#[tokio::test]
async fn of_many_claims_at_once_one_wins() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let key = frozen("42", "x", 0).key;
        let chunk = ChunkKey::starting_with(&person_key(1));
        for round in 0..5 {
            let now = at(round * 100);
            let until = at(round * 100 + 60);
            let owners: Vec<_> = (0..20).map(|worker| format!("{round}/{worker}")).collect();
            let claims = owners
                .iter()
                .map(|owner| ledger.claim(&key, &chunk, 25, owner, now, until));
            let won = join_all(claims)
                .await
                .into_iter()
                .filter(|claim| matches!(claim.as_ref().unwrap(), Claiming::Claimed(_)))
                .count();
            assert_eq!(won, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_askers_at_once_one_gets_the_welcome() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.people().remember(&seen(1, 0)).await.unwrap();
        let (tenant, key) = (tenant(), person_key(1));
        let names: Vec<_> = (0..20).map(|number| format!("asker {number}")).collect();
        let people = store.people();
        let asked = join_all(names.iter().map(|by| people.welcome(&tenant, &key, by))).await;
        let won = asked
            .into_iter()
            .filter(|answer| *answer.as_ref().unwrap() == Once::Yours)
            .count();
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn concurrent_preference_changes_all_count() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.people().remember(&seen(1, 0)).await.unwrap();
        let (tenant, key) = (tenant(), person_key(1));
        let topics: Vec<notifications::TopicName> = (0..8)
            .map(|number| format!("topic-{number}").parse().unwrap())
            .collect();
        let preferences = store.preferences();
        let changes = topics.iter().flat_map(|topic| {
            [
                preferences.change(&tenant, &key, topic, PreferenceChange::Subscribe),
                preferences.change(&tenant, &key, topic, PreferenceChange::Mute(Mute::Always)),
                preferences.change(&tenant, &key, topic, PreferenceChange::Unsubscribe),
            ]
        });
        for changed in join_all(changes).await {
            changed.unwrap().unwrap();
        }
        let all = preferences.list(&tenant, &key).await.unwrap().unwrap();
        for topic in &topics {
            // Whatever came last, the list says what the person's item says.
            let subscribed =
                all.about(topic).subscription == Some(notifications::Subscription::Subscribed);
            let listed_in = listed(store, &Source::Subscribers(topic.clone())).await;
            let listed_out = listed(store, &Source::Unsubscribed(topic.clone())).await;
            assert_eq!(listed_in.len(), usize::from(subscribed), "{topic}");
            assert_eq!(listed_out.len(), usize::from(!subscribed), "{topic}");
        }
    })
    .await;
}

#[tokio::test]
async fn installs_and_removals_at_once_leave_the_list_true() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let (tenant, key) = (tenant(), person_key(1));
        for round in 0..10 {
            let base = round * 10;
            let people = store.people();
            let install = [seen(1, base + 1), seen(1, base + 3), seen(1, base + 5)];
            let (installs, removal) = futures_util::future::join(
                join_all(install.iter().map(|seen| people.remember(seen))),
                people.remove(&tenant, &key, at(base + 4)),
            )
            .await;
            for remembered in installs {
                remembered.unwrap().unwrap();
            }
            removal.unwrap();
            let person = people.get(&tenant, &key).await.unwrap().unwrap();
            assert!(person.has_the_app(), "the last install is the latest");
            assert_eq!(
                listed(store, &Source::Everyone).await,
                std::slice::from_ref(&key)
            );
        }
    })
    .await;
}

/// Something that happens to one person and reaches us at some time.
#[derive(Clone, Debug)]
enum News {
    Installed,
    InstalledWithoutObjectId,
    Removed,
    OnARoster,
    Joined,
    Left,
}

/// Whatever the order in which news arrives, the latest of each kind stands.
#[tokio::test]
async fn activities_in_any_order_end_in_the_state_of_the_latest() {
    let news = prop_oneof![
        Just(News::Installed),
        Just(News::InstalledWithoutObjectId),
        Just(News::Removed),
        Just(News::OnARoster),
        Just(News::Joined),
        Just(News::Left),
    ];
    // Seconds are apart, so that no two things happen at the same time.
    let story = prop::collection::vec(news, 1..12)
        .prop_map(|news| (1..).step_by(2).zip(news).collect::<Vec<(i64, News)>>())
        .prop_shuffle();
    let mut runner = TestRunner::deterministic();
    let stories: Vec<Vec<(i64, News)>> = (0..100)
        .map(|_| story.new_tree(&mut runner).unwrap().current())
        .collect();
    on_every_engine(|table| {
        let stories = stories.clone();
        async move {
            let store = &table.store;
            store.teams().remember(&seen_team(0)).await.unwrap();
            let mut expected_everyone = BTreeSet::new();
            let mut expected_team = BTreeSet::new();
            for (number, story) in (0..).zip(&stories) {
                for (second, news) in story {
                    tell(store, number, *second, news).await;
                }
                let latest = |wanted: &dyn Fn(&News) -> bool| {
                    story
                        .iter()
                        .filter(|(_, news)| wanted(news))
                        .max_by_key(|(second, _)| *second)
                        .map(|(_, news)| news.clone())
                };
                let reach = latest(&|news| {
                    matches!(
                        news,
                        News::Installed | News::InstalledWithoutObjectId | News::Removed
                    )
                });
                let has_the_app = matches!(
                    reach,
                    Some(News::Installed | News::InstalledWithoutObjectId)
                );
                let known_as = store
                    .people()
                    .find(&tenant(), &store::PersonId::User(user(number)))
                    .await
                    .unwrap()
                    .unwrap_or_else(|| person_key(number));
                let person = store.people().get(&tenant(), &known_as).await.unwrap();
                let has = person.is_some_and(|person| person.has_the_app());
                assert_eq!(has, has_the_app, "person {number}: {story:?}");
                if has_the_app {
                    expected_everyone.insert(known_as.clone());
                }
                let membership = latest(&|news| matches!(news, News::Joined | News::Left));
                if matches!(membership, Some(News::Joined)) {
                    expected_team.insert(known_as);
                }
            }
            let everyone: BTreeSet<_> =
                listed(store, &Source::Everyone).await.into_iter().collect();
            assert_eq!(everyone, expected_everyone);
            let members: BTreeSet<_> = listed(store, &Source::Team(team()))
                .await
                .into_iter()
                .collect();
            assert_eq!(members, expected_team);
        }
    })
    .await;
}

/// Does with a piece of news what `messages` does.
async fn tell(store: &Store, number: u32, second: i64, news: &News) {
    let people = store.people();
    let key = async || {
        let id = store::PersonId::User(user(number));
        let known = people.find(&tenant(), &id).await.unwrap();
        known.unwrap_or_else(|| RecipientKey::person_by_teams_id(&user(number)))
    };
    match news {
        News::Installed => {
            people.remember(&seen(number, second)).await.unwrap();
        }
        News::InstalledWithoutObjectId => {
            people
                .remember(&seen_by_user(number, second))
                .await
                .unwrap();
        }
        News::OnARoster => {
            people.remember(&mentioned(number, second)).await.unwrap();
        }
        News::Removed => {
            people
                .remove(&tenant(), &key().await, at(second))
                .await
                .unwrap();
        }
        News::Joined => {
            store
                .rosters()
                .arrived(&tenant(), &team(), &key().await, at(second))
                .await
                .unwrap();
        }
        News::Left => {
            store
                .rosters()
                .left(&tenant(), &team(), &key().await, at(second))
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn people_who_come_at_once_are_all_there() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let seen: Vec<_> = (0..60).map(|number| seen(number, 0)).collect();
        let people = store.people();
        for remembered in join_all(seen.iter().map(|seen| people.remember(seen))).await {
            assert!(remembered.unwrap().unwrap().newly_reachable);
        }
        assert_eq!(listed(store, &Source::Everyone).await, in_order(0..60));
        let preferences = store.preferences();
        let (tenant, topic) = (tenant(), topic());
        let keys = in_order(0..60);
        let subscribe = PreferenceChange::Subscribe;
        let changes = keys
            .iter()
            .map(|key| preferences.change(&tenant, key, &topic, subscribe));
        for changed in join_all(changes).await {
            changed.unwrap();
        }
        assert_eq!(
            listed(store, &Source::Subscribers(topic.clone())).await,
            keys
        );
    })
    .await;
}
