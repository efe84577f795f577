use activity::Provenance;
use notifications::{Mute, RecipientKey, TopicName};
use store::{BucketRange, DeliveryTarget, Once, PersonId, PreferenceChange, Reach, Source};

use crate::engine::{Table, on_every_engine};
use crate::sample::{
    OTHER_SERVICE, SERVICE, at, mentioned, object_id, person_key, personal, seen, seen_by_user,
    seen_team, service, team, tenant, topic, user,
};

async fn everyone(table: &Table) -> Vec<RecipientKey> {
    let page = table
        .store
        .audiences()
        .page(&tenant(), &Source::Everyone, BucketRange::ALL, None, 1000)
        .await
        .unwrap();
    assert_eq!(page.next, None);
    page.recipients
}

#[tokio::test]
async fn a_person_is_found_by_every_id_they_have() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let mut ana = seen(1, 0);
        ana.upn = Some("Ana@contoso.example".to_owned());
        ana.mail = Some("ana.lopez@contoso.example".to_owned());
        let remembered = people.remember(&ana).await.unwrap().unwrap();
        assert!(remembered.newly_reachable);
        assert_eq!(
            remembered.person.reach,
            Reach::Conversation(ana.reference.unwrap())
        );

        let ids = [
            PersonId::ObjectId(object_id(1)),
            PersonId::User(user(1)),
            PersonId::Upn("ana@CONTOSO.example".to_owned()),
            PersonId::Mail("Ana.Lopez@contoso.example".to_owned()),
            PersonId::Upn("nobody@contoso.example".to_owned()),
            PersonId::User(user(1)),
        ];
        let found = people.find_all(&tenant(), &ids).await.unwrap();
        let key = Some(person_key(1));
        assert_eq!(
            found,
            [
                key.clone(),
                key.clone(),
                key.clone(),
                key.clone(),
                None,
                key
            ]
        );
        assert_eq!(
            people.find(&"another".into(), &ids[1]).await.unwrap(),
            None,
            "ids are found in their own tenant"
        );
    })
    .await;
}

#[tokio::test]
async fn seeing_a_person_again_is_one_write_and_no_news() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        people.remember(&seen(1, 0)).await.unwrap();
        table.meter.reset();
        let again = people.remember(&seen(1, 5)).await.unwrap().unwrap();
        assert!(!again.newly_reachable && !again.outdated);
        let spent = table.meter.take();
        assert_eq!(spent.requests, 1);
        assert!(spent.units <= 1.0, "{spent:?}");
    })
    .await;
}

#[tokio::test]
async fn a_removed_bot_forgets_the_conversation_and_keeps_the_preferences() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let key = person_key(1);
        people.remember(&seen(1, 0)).await.unwrap();
        table
            .store
            .preferences()
            .change(
                &tenant(),
                &key,
                &topic(),
                PreferenceChange::Mute(Mute::Always),
            )
            .await
            .unwrap();
        assert_eq!(everyone(&table).await, std::slice::from_ref(&key));

        assert!(people.remove(&tenant(), &key, at(10)).await.unwrap());
        let person = people.get(&tenant(), &key).await.unwrap().unwrap();
        assert_eq!(person.reach, Reach::Removed);
        assert!(person.preferences.about(&topic()).mute.is_some());
        assert_eq!(everyone(&table).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_late_install_does_not_bring_a_removed_reference_back() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let key = person_key(1);
        assert!(people.remove(&tenant(), &key, at(10)).await.unwrap());
        for second in [5, 10] {
            let late = people.remember(&seen(1, second)).await.unwrap().unwrap();
            assert!(late.outdated && !late.newly_reachable, "{second}");
            assert_eq!(late.person.reach, Reach::Removed);
        }
        assert_eq!(everyone(&table).await, []);

        let anew = people.remember(&seen(1, 11)).await.unwrap().unwrap();
        assert!(anew.newly_reachable && !anew.outdated);
        assert!(!people.remove(&tenant(), &key, at(10)).await.unwrap());
        assert_eq!(everyone(&table).await, [key]);
    })
    .await;
}

#[tokio::test]
async fn a_verified_service_url_replaces_a_well_known_one_and_not_the_reverse() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let remember = async |provenance, url, second| {
            let mut person = seen(1, second);
            person.reference = Some(personal(1, provenance, url));
            let remembered = people.remember(&person).await.unwrap().unwrap();
            let reference = remembered.person.reference().unwrap().clone();
            (reference.provenance, reference.service_url.to_string())
        };
        let known = remember(Provenance::WellKnown, OTHER_SERVICE, 0).await;
        assert_eq!(known, (Provenance::WellKnown, OTHER_SERVICE.to_owned()));
        let verified = (Provenance::Verified, SERVICE.to_owned());
        assert_eq!(remember(Provenance::Verified, SERVICE, 1).await, verified);
        let after = remember(Provenance::WellKnown, OTHER_SERVICE, 2).await;
        assert_eq!(after, verified);
        let moved = remember(Provenance::Verified, OTHER_SERVICE, 3).await;
        assert_eq!(moved, (Provenance::Verified, OTHER_SERVICE.to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_name_that_changed_hands_leads_to_its_new_owner() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let named = |number, second, upn: &str| {
            let mut person = seen(number, second);
            person.upn = Some(upn.to_owned());
            person
        };
        let find = async |upn: &str| {
            let id = PersonId::Upn(upn.to_owned());
            people.find(&tenant(), &id).await.unwrap()
        };
        people.remember(&named(1, 0, "a@x.example")).await.unwrap();
        people.remember(&named(1, 1, "b@x.example")).await.unwrap();
        assert_eq!(find("a@x.example").await, None);
        people.remember(&named(2, 2, "a@x.example")).await.unwrap();
        people.remember(&named(1, 3, "c@x.example")).await.unwrap();
        assert_eq!(find("a@x.example").await, Some(person_key(2)));
        assert_eq!(find("b@x.example").await, None);
        assert_eq!(find("c@x.example").await, Some(person_key(1)));
    })
    .await;
}

#[tokio::test]
async fn a_person_known_by_teams_id_alone_becomes_the_one_with_an_object_id() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let people = store.people();
        store.teams().remember(&seen_team(0)).await.unwrap();
        let before = people.remember(&seen_by_user(1, 0)).await.unwrap().unwrap();
        let old = before.person.key.clone();
        assert_eq!(old, RecipientKey::person_by_teams_id(&user(1)));
        store
            .rosters()
            .arrived(&tenant(), &team(), &old, at(1))
            .await
            .unwrap();
        store
            .preferences()
            .change(&tenant(), &old, &topic(), PreferenceChange::Subscribe)
            .await
            .unwrap();
        assert_eq!(
            people.welcome(&tenant(), &old, "first").await.unwrap(),
            Once::Yours
        );

        let after = people.remember(&mentioned(1, 2)).await.unwrap().unwrap();
        let key = person_key(1);
        assert_eq!(after.person.key, key);
        assert!(after.person.has_the_app() && after.person.welcomed);
        assert!(
            after
                .person
                .preferences
                .about(&topic())
                .subscription
                .is_some()
        );
        assert_eq!(everyone(&table).await, std::slice::from_ref(&key));
        for source in [Source::Team(team()), Source::Subscribers(topic())] {
            let page = store
                .audiences()
                .page(&tenant(), &source, BucketRange::ALL, None, 10)
                .await
                .unwrap();
            assert_eq!(page.recipients, std::slice::from_ref(&key), "{source:?}");
        }
        let found = people.find(&tenant(), &PersonId::User(user(1))).await;
        assert_eq!(found.unwrap(), Some(key.clone()));

        let targets = store
            .people_for_delivery(&tenant(), std::slice::from_ref(&old))
            .await
            .unwrap();
        let Some(DeliveryTarget::Person(person)) = targets.get(&old) else {
            panic!("a chunk that names the old key reaches nobody");
        };
        assert_eq!(person.key, key);
        let person = people.get(&tenant(), &old).await.unwrap().unwrap();
        assert_eq!(person.key, key);
        let change = PreferenceChange::Unsubscribe;
        let changed = store
            .preferences()
            .change(&tenant(), &old, &topic(), change)
            .await
            .unwrap();
        let now = store.preferences().list(&tenant(), &key).await.unwrap();
        assert_eq!(Some(now.unwrap().about(&topic())), changed);
    })
    .await;
}

#[tokio::test]
async fn an_event_without_object_id_is_about_the_person_who_is_known() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        people.remember(&seen(1, 0)).await.unwrap();
        let event = people.remember(&seen_by_user(1, 1)).await.unwrap().unwrap();
        assert_eq!(event.person.key, person_key(1));
        assert_eq!(everyone(&table).await, [person_key(1)]);
    })
    .await;
}

#[tokio::test]
async fn a_roster_makes_a_person_known_but_not_one_who_has_the_app() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let member = people.remember(&mentioned(1, 0)).await.unwrap().unwrap();
        assert_eq!(member.person.reach, Reach::NotYet);
        assert_eq!(member.person.service, Some(service()));
        assert!(!member.newly_reachable);
        assert_eq!(everyone(&table).await, []);
        let installed = people.remember(&seen(1, 1)).await.unwrap().unwrap();
        assert!(installed.newly_reachable);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_remembered_who_has_no_id() {
    on_every_engine(|table| async move {
        let mut nobody = mentioned(1, 0);
        nobody.object_id = None;
        nobody.user = None;
        let remembered = table.store.people().remember(&nobody).await.unwrap();
        assert!(remembered.is_none());
    })
    .await;
}

#[tokio::test]
async fn one_asker_gets_the_welcome_and_keeps_it() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let key = person_key(1);
        let welcome = async |by| people.welcome(&tenant(), &key, by).await.unwrap();
        assert_eq!(welcome("a").await, Once::Taken, "nobody is there yet");
        people.remember(&seen(1, 0)).await.unwrap();
        assert_eq!(welcome("a").await, Once::Yours);
        assert_eq!(welcome("b").await, Once::Taken);
        assert_eq!(welcome("a").await, Once::Yours);
        people.remove(&tenant(), &key, at(1)).await.unwrap();
        people.remember(&seen(1, 2)).await.unwrap();
        assert_eq!(welcome("c").await, Once::Taken, "once per person");
    })
    .await;
}

#[tokio::test]
async fn a_block_holds_until_the_person_is_seen_again() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let key = person_key(1);
        people.remember(&seen(1, 0)).await.unwrap();
        let blocked = async || {
            let person = people.get(&tenant(), &key).await.unwrap().unwrap();
            person.blocked
        };
        people.blocked(&tenant(), &key, at(89)).await.unwrap();
        assert_eq!(blocked().await, None, "they were there a moment ago");
        people.blocked(&tenant(), &key, at(90)).await.unwrap();
        assert_eq!(blocked().await, Some(at(90)));
        people.remember(&seen(1, 91)).await.unwrap();
        assert_eq!(blocked().await, None);
    })
    .await;
}

#[tokio::test]
async fn somebody_with_many_topics_moves_with_all_of_them() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let before = store.people().remember(&seen_by_user(1, 0)).await.unwrap();
        let old = before.unwrap().person.key;
        let topics: Vec<TopicName> = (0..95)
            .map(|number| format!("topic-{number}").parse().unwrap())
            .collect();
        for topic in &topics {
            let change = PreferenceChange::Subscribe;
            store
                .preferences()
                .change(&tenant(), &old, topic, change)
                .await
                .unwrap();
        }
        let after = store.people().remember(&seen(1, 1)).await.unwrap().unwrap();
        assert_eq!(after.person.key, person_key(1));
        assert_eq!(after.person.preferences.0.len(), 95);
        for topic in topics {
            let source = Source::Subscribers(topic);
            let page = store
                .audiences()
                .page(&tenant(), &source, BucketRange::ALL, None, 10)
                .await
                .unwrap();
            assert_eq!(page.recipients, [person_key(1)], "{source:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_locale_is_recorded_for_whoever_is_known() {
    on_every_engine(|table| async move {
        let people = table.store.people();
        let key = person_key(1);
        let spanish = "es-MX".parse().unwrap();
        let french = "fr".parse().unwrap();
        people.set_locale(&tenant(), &key, &french).await.unwrap();
        assert!(people.get(&tenant(), &key).await.unwrap().is_none());
        let person = people.remember(&seen(1, 0)).await.unwrap().unwrap().person;
        assert_eq!(person.locale, Some(spanish));
        people.set_locale(&tenant(), &key, &french).await.unwrap();
        let person = people.get(&tenant(), &key).await.unwrap().unwrap();
        assert_eq!(person.locale, Some(french));
    })
    .await;
}
