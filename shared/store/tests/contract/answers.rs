//! What Teams' answers say of where recipients are.

use activity::Provenance;
use jiff::Timestamp;
use notifications::RecipientKey;
use store::{DeliveryTarget, GONE_FOR_GOOD, Service, Store};

use crate::engine::on_every_engine;
use crate::sample::{OTHER_SERVICE, SERVICE, at, channel, person_key, seen, seen_channel, tenant};

async fn target(store: &Store, recipient: &RecipientKey) -> DeliveryTarget {
    let one = std::slice::from_ref(recipient);
    let mut found = store.people_for_delivery(&tenant(), one).await.unwrap();
    found.remove(recipient).expect("the table knows them")
}

async fn not_found(store: &Store, recipient: &RecipientKey, when: Timestamp) {
    let known = target(store, recipient).await;
    let reference = known.reference().expect("they are reached").clone();
    let answers = store.answers();
    let (id, first) = (&reference.conversation, known.gone());
    answers
        .not_found(&tenant(), recipient, id, first, when)
        .await
        .unwrap();
}

async fn both(store: &Store) -> [RecipientKey; 2] {
    store.people().remember(&seen(1, 0)).await.unwrap();
    let conversations = store.conversations();
    conversations.remember(&seen_channel(0)).await.unwrap();
    [person_key(1), RecipientKey::conversation(&channel())]
}

#[tokio::test]
async fn what_is_not_found_twice_minutes_apart_is_forgotten_and_once_is_not() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for recipient in both(store).await {
            not_found(store, &recipient, at(10)).await;
            not_found(store, &recipient, at(200)).await;
            let known = target(store, &recipient).await;
            assert!(known.reference().is_some(), "{recipient}");
            assert_eq!(known.gone(), Some(at(10)), "the first time counts");
            not_found(store, &recipient, at(10) + GONE_FOR_GOOD).await;
            let known = target(store, &recipient).await;
            assert!(known.reference().is_none(), "{recipient}");
            assert_eq!(known.gone(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_found_in_between_is_not_forgotten() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for recipient in both(store).await {
            not_found(store, &recipient, at(10)).await;
            let answers = store.answers();
            answers.found(&tenant(), &recipient).await.unwrap();
            answers.found(&tenant(), &recipient).await.unwrap();
            not_found(store, &recipient, at(10) + GONE_FOR_GOOD).await;
            assert!(target(store, &recipient).await.reference().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_a_try_that_began_before_something_was_seen_of_them_says_nothing() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let ana = person_key(1);
        store.people().remember(&seen(1, 100)).await.unwrap();
        not_found(store, &ana, at(50)).await;
        assert_eq!(target(store, &ana).await.gone(), None);
    })
    .await;
}

#[tokio::test]
async fn another_address_stands_in_place_of_the_one_that_was_wrong_and_of_no_other() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let [old, new] = [SERVICE, OTHER_SERVICE].map(|url| url.parse().unwrap());
        for recipient in both(store).await {
            let service = |url: &activity::ServiceUrl| Service {
                url: url.clone(),
                provenance: Provenance::WellKnown,
            };
            let answers = store.answers();
            for (from, to) in [(&new, &old), (&old, &new), (&old, &old)] {
                answers
                    .served_elsewhere(&tenant(), &recipient, from, &service(to))
                    .await
                    .unwrap();
            }
            let known = target(store, &recipient).await;
            let reference = known.reference().unwrap();
            assert_eq!(reference.service_url, new);
            assert_eq!(reference.provenance, Provenance::WellKnown);
        }
    })
    .await;
}
