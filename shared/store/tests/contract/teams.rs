use notifications::RecipientKey;
use store::{BucketRange, Once, Source};

use crate::engine::on_every_engine;
use crate::sample::{at, channel, person_key, seen_channel, seen_team, team, tenant};

#[tokio::test]
async fn a_team_is_remembered_with_its_names() {
    on_every_engine(|table| async move {
        let teams = table.store.teams();
        let first = teams.remember(&seen_team(0)).await.unwrap();
        assert!(first.newly_installed);
        let twin = teams.remember(&seen_team(0)).await.unwrap();
        assert!(twin.newly_installed, "until its roster is being read");
        table.store.rosters().begin(&team(), at(1)).await.unwrap();
        let again = teams.remember(&seen_team(1)).await.unwrap();
        assert!(!again.newly_installed && !again.outdated);
        teams
            .rename(&team(), "Platform and tools", at(5))
            .await
            .unwrap();
        teams.remember(&seen_team(3)).await.unwrap();
        let known = teams.get(&team()).await.unwrap().unwrap();
        assert_eq!(known.name.as_deref(), Some("Platform and tools"));
        assert!(known.has_the_app() && known.group.is_some());
        assert_eq!(teams.welcome(&team(), "a").await.unwrap(), Once::Yours);
        assert_eq!(teams.welcome(&team(), "b").await.unwrap(), Once::Taken);
    })
    .await;
}

#[tokio::test]
async fn a_removed_team_is_out_of_reach_with_its_channels_and_members() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        store
            .conversations()
            .remember(&seen_channel(0))
            .await
            .unwrap();
        store
            .rosters()
            .arrived(&tenant(), &team(), &person_key(1), at(0))
            .await
            .unwrap();
        assert!(
            store
                .teams()
                .remove(&tenant(), &team(), at(10))
                .await
                .unwrap()
        );
        let late = store.teams().remember(&seen_team(9)).await.unwrap();
        assert!(late.outdated && !late.newly_installed);
        assert!(
            !store
                .teams()
                .get(&team())
                .await
                .unwrap()
                .unwrap()
                .has_the_app()
        );
        let known = store
            .conversations()
            .get(&channel())
            .await
            .unwrap()
            .unwrap();
        assert!(known.reference.is_none());
        let members = store
            .audiences()
            .page(&tenant(), &Source::Team(team()), BucketRange::ALL, None, 10)
            .await
            .unwrap();
        assert_eq!(members.recipients, []);
        let anew = store.teams().remember(&seen_team(11)).await.unwrap();
        assert!(anew.newly_installed);
    })
    .await;
}

#[tokio::test]
async fn an_archived_team_archives_its_channels() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store.teams().remember(&seen_team(0)).await.unwrap();
        store
            .conversations()
            .remember(&seen_channel(0))
            .await
            .unwrap();
        let archived = async || {
            let team = store.teams().get(&team()).await.unwrap().unwrap();
            let channel = store
                .conversations()
                .get(&channel())
                .await
                .unwrap()
                .unwrap();
            (team.archived, channel.archived)
        };
        store
            .teams()
            .set_archived(&team(), true, at(5))
            .await
            .unwrap();
        assert_eq!(archived().await, (true, true));
        store
            .teams()
            .set_archived(&team(), false, at(4))
            .await
            .unwrap();
        assert_eq!(archived().await, (true, true), "late news is no news");
        store
            .teams()
            .set_archived(&team(), false, at(6))
            .await
            .unwrap();
        assert_eq!(archived().await, (false, false));
    })
    .await;
}

#[tokio::test]
async fn channels_are_renamed_and_deleted() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store
            .conversations()
            .remember(&seen_channel(0))
            .await
            .unwrap();
        store
            .teams()
            .rename_channel(&team(), &channel(), "Alarms")
            .await
            .unwrap();
        let listed = store.teams().channels(&team()).await.unwrap();
        assert_eq!(listed[0].name.as_deref(), Some("Alarms"));
        let known = store
            .conversations()
            .get(&channel())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(known.name.as_deref(), Some("Alarms"));

        let counts = store
            .teams()
            .remove_channel(&tenant(), &team(), &channel(), at(5))
            .await
            .unwrap();
        assert!(counts);
        assert_eq!(store.teams().channels(&team()).await.unwrap(), []);
        let targets = store
            .people_for_delivery(&tenant(), &[RecipientKey::conversation(&channel())])
            .await
            .unwrap();
        assert!(targets.values().all(|target| target.reference().is_none()));
    })
    .await;
}

#[tokio::test]
async fn the_last_installer_stands_while_the_app_is_there() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let installer = async || {
            let known = store.teams().get(&team()).await.unwrap();
            known.and_then(|team| team.installer)
        };
        let install = async |number| {
            let by = person_key(number);
            store.teams().set_installer(&team(), &by).await.unwrap();
        };
        install(1).await;
        assert_eq!(installer().await, None, "there is no such team");
        store.teams().remember(&seen_team(0)).await.unwrap();
        install(1).await;
        install(2).await;
        assert_eq!(installer().await, Some(person_key(2)));
    })
    .await;
}
