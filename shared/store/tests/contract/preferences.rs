use notifications::{Mute, RecipientKey, Subscription};
use store::{BucketRange, PreferenceChange, Source};

use crate::engine::{Table, on_every_engine};
use crate::sample::{at, channel, person_key, seen, seen_channel, tenant, topic};

async fn listed(table: &Table, source: &Source) -> Vec<RecipientKey> {
    table
        .store
        .audiences()
        .page(&tenant(), source, BucketRange::ALL, None, 100)
        .await
        .unwrap()
        .recipients
}

#[tokio::test]
async fn the_subscriber_list_follows_every_change() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.people().remember(&seen(1, 0)).await.unwrap();
        let key = person_key(1);
        let change = async |change| {
            store
                .preferences()
                .change(&tenant(), &key, &topic(), change)
                .await
                .unwrap()
                .unwrap()
        };
        let lists = async || {
            (
                listed(&table, &Source::Subscribers(topic())).await.len(),
                listed(&table, &Source::Unsubscribed(topic())).await.len(),
            )
        };
        assert_eq!(lists().await, (0, 0));
        let now = change(PreferenceChange::Subscribe).await;
        assert_eq!(now.subscription, Some(Subscription::Subscribed));
        assert_eq!(lists().await, (1, 0));
        let now = change(PreferenceChange::Mute(Mute::Until(at(60)))).await;
        assert_eq!(now.subscription, Some(Subscription::Subscribed));
        assert_eq!(now.mute, Some(Mute::Until(at(60))));
        assert_eq!(lists().await, (1, 0), "a mute is no goodbye");
        change(PreferenceChange::Unsubscribe).await;
        assert_eq!(lists().await, (0, 1));
        change(PreferenceChange::Mute(Mute::Always)).await;
        change(PreferenceChange::Unmute).await;
        assert_eq!(lists().await, (0, 1));
        change(PreferenceChange::Subscribe).await;
        assert_eq!(lists().await, (1, 0));

        let all = store
            .preferences()
            .list(&tenant(), &key)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(all.0.len(), 1);
        assert_eq!(all.about(&topic()).mute, None);
        assert!(all.about(&"other".parse().unwrap()).is_default());
    })
    .await;
}

#[tokio::test]
async fn a_thread_has_the_preferences_of_its_channel() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store
            .conversations()
            .remember(&seen_channel(0))
            .await
            .unwrap();
        let thread = RecipientKey::thread(&format!("{};messageid=17", channel()).into());
        store
            .preferences()
            .change(&tenant(), &thread, &topic(), PreferenceChange::Subscribe)
            .await
            .unwrap()
            .unwrap();
        let subscribers = listed(&table, &Source::Subscribers(topic())).await;
        assert_eq!(subscribers, [RecipientKey::conversation(&channel())]);
        let all = store.preferences().list(&tenant(), &thread).await.unwrap();
        assert!(all.unwrap().about(&topic()).subscription.is_some());
    })
    .await;
}

#[tokio::test]
async fn whoever_the_table_does_not_know_has_no_preferences() {
    on_every_engine(|table| async move {
        let preferences = table.store.preferences();
        let nobody = person_key(9);
        let changed = preferences
            .change(&tenant(), &nobody, &topic(), PreferenceChange::Subscribe)
            .await
            .unwrap();
        assert_eq!(changed, None);
        assert_eq!(preferences.list(&tenant(), &nobody).await.unwrap(), None);
        assert_eq!(listed(&table, &Source::Subscribers(topic())).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.people().remember(&seen(1, 0)).await.unwrap();
        let change = async |change| {
            table.meter.reset();
            store
                .preferences()
                .change(&tenant(), &person_key(1), &topic(), change)
                .await
                .unwrap();
            table.meter.take().requests
        };
        assert_eq!(change(PreferenceChange::Unmute).await, 1);
        assert_eq!(change(PreferenceChange::Subscribe).await, 2);
        assert_eq!(change(PreferenceChange::Subscribe).await, 1);
    })
    .await;
}
