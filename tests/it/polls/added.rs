//! Choices that voters add.

use polls::AddedChoice;
use serde_json::json;
use store::AddingChoice;

use super::stage::{Stage, is_over, lunch, with};

#[tokio::test]
async fn once_an_anonymous_poll_is_closed_added_choices_do_not_say_which_came_first() {
    for anonymous in [true, false] {
        let stage = Stage::new().await;
        let poll = json!({ "anonymous": anonymous, "mayAdd": true });
        stage.accepts(with(lunch(), poll)).await;
        let open = stage.occurrences("lunch").await.remove(0);
        let polls = stage.store.polls();
        let mut ids = Vec::new();
        for text in ["Salad", "Curry", "Bread", "Tacos", "Stew"] {
            let definition = serde_json::from_value(with(lunch(), json!({ "mayAdd": true })));
            let definition = definition.unwrap();
            let add = |there: &[AddedChoice]| polls::choices::add(&definition, there, "q1", text);
            let added = polls
                .add_choice(&"tenant".into(), &open, add)
                .await
                .unwrap();
            let AddingChoice::Added(choice) = added else {
                panic!("{added:?}");
            };
            ids.push(choice.id);
        }
        for voter in 0..5 {
            stage.votes(&open, voter, &ids[0]).await;
        }
        stage.wait(61).await;
        let closed = stage.occurrence(&open.id.to_string()).await;
        assert!(is_over(&closed));
        let result = polls.result(&"tenant".into(), &open.id, 0).await.unwrap();
        let told = stage.told().remove(0);
        let kept: Vec<_> = result
            .unwrap()
            .added
            .into_iter()
            .map(|one| one.id)
            .collect();
        let told = told["addedChoices"].as_array().unwrap().iter();
        assert!(told.map(|one| one["id"].as_str().unwrap()).eq(&kept));
        let as_added = ids.clone();
        ids.sort();
        assert_ne!(ids, as_added);
        assert_eq!(kept, if anonymous { ids } else { as_added });
        assert_eq!(
            super::stage::count(&stage.result(&closed).await, &kept[0]) % 5,
            0
        );
    }
}
