use notifications::RecipientKey;
use store::{BucketRange, PersonId, RosterMember, RosterPage, Source};

use crate::engine::{Table, on_every_engine};
use crate::sample::{
    at, in_order, object_id, person_key, seen, seen_team, service, team, tenant, user,
};

fn member(number: u32) -> RosterMember {
    RosterMember {
        object_id: Some(object_id(number)),
        user: Some(user(number)),
        upn: Some(format!("person{number}@contoso.example")),
        mail: Some(format!("person.{number}@contoso.example")),
    }
}

async fn members(table: &Table) -> Vec<RecipientKey> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = table
            .store
            .audiences()
            .page(
                &tenant(),
                &Source::Team(team()),
                BucketRange::ALL,
                after.as_ref(),
                7,
            )
            .await
            .unwrap();
        found.extend(page.recipients);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

async fn sweep_all(table: &Table, second: i64) {
    let mut after = None;
    loop {
        after = table
            .store
            .rosters()
            .sweep(&team(), at(second), after.as_ref(), 5)
            .await
            .unwrap();
        if after.is_none() {
            return;
        }
    }
}

#[tokio::test]
async fn whoever_a_reading_did_not_show_has_left() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let rosters = store.rosters();
        assert_eq!(rosters.begin(&team(), at(0)).await.unwrap(), None);
        store.teams().remember(&seen_team(0)).await.unwrap();

        let reading = rosters.begin(&team(), at(10)).await.unwrap().unwrap();
        let everybody: Vec<_> = (0..30).map(member).collect();
        for page in everybody.chunks(12) {
            rosters
                .page(&tenant(), &team(), reading, &service(), page)
                .await
                .unwrap();
        }
        sweep_all(&table, 10).await;
        rosters.finish(&team(), reading).await.unwrap();
        assert_eq!(members(&table).await, in_order(0..30));
        let known = store.teams().get(&team()).await.unwrap().unwrap();
        assert_eq!(known.roster_as_of, Some(reading));

        // Two have left; one came meanwhile, one left meanwhile.
        let reading = rosters.begin(&team(), at(20)).await.unwrap().unwrap();
        rosters
            .arrived(&tenant(), &team(), &person_key(40), at(21))
            .await
            .unwrap();
        assert!(
            rosters
                .left(&tenant(), &team(), &person_key(3), at(21))
                .await
                .unwrap()
        );
        let page = rosters
            .page(&tenant(), &team(), reading, &service(), &everybody[2..])
            .await
            .unwrap();
        assert_eq!(
            page,
            RosterPage {
                members: 28,
                changed: 0
            }
        );
        sweep_all(&table, 20).await;
        let left = (2..30).filter(|number| *number != 3).chain([40]);
        assert_eq!(members(&table).await, in_order(left));

        // Doing it all again changes nothing.
        rosters
            .page(&tenant(), &team(), reading, &service(), &everybody[2..])
            .await
            .unwrap();
        sweep_all(&table, 20).await;
        assert_eq!(members(&table).await.len(), 28);
    })
    .await;
}

#[tokio::test]
async fn a_roster_makes_its_people_findable() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        store.people().remember(&seen(1, 0)).await.unwrap();
        let page = store
            .rosters()
            .page(
                &tenant(),
                &team(),
                at(1),
                &service(),
                &[member(1), member(2)],
            )
            .await
            .unwrap();
        assert_eq!(
            page,
            RosterPage {
                members: 2,
                changed: 2
            }
        );
        for (number, has_the_app) in [(1, true), (2, false)] {
            let id = PersonId::Mail(format!("person.{number}@contoso.example"));
            let key = store.people().find(&tenant(), &id).await.unwrap().unwrap();
            assert_eq!(key, person_key(number));
            let person = store.people().get(&tenant(), &key).await.unwrap().unwrap();
            assert_eq!(person.has_the_app(), has_the_app);
        }
    })
    .await;
}

#[tokio::test]
async fn late_news_of_a_member_is_no_news() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        let rosters = store.rosters();
        let key = person_key(1);
        assert!(
            rosters
                .left(&tenant(), &team(), &key, at(10))
                .await
                .unwrap()
        );
        assert!(
            !rosters
                .arrived(&tenant(), &team(), &key, at(9))
                .await
                .unwrap()
        );
        assert_eq!(members(&table).await, []);
        assert!(
            rosters
                .arrived(&tenant(), &team(), &key, at(11))
                .await
                .unwrap()
        );
        assert!(
            !rosters
                .left(&tenant(), &team(), &key, at(10))
                .await
                .unwrap()
        );
        assert_eq!(members(&table).await, [key]);
    })
    .await;
}

#[tokio::test]
async fn the_members_of_a_removed_team_are_forgotten() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        let everybody: Vec<_> = (0..12).map(member).collect();
        store
            .rosters()
            .page(&tenant(), &team(), at(1), &service(), &everybody)
            .await
            .unwrap();
        store
            .teams()
            .remove(&tenant(), &team(), at(10))
            .await
            .unwrap();
        sweep_all(&table, 11).await;
        store.teams().remember(&seen_team(20)).await.unwrap();
        assert_eq!(members(&table).await, []);
    })
    .await;
}
