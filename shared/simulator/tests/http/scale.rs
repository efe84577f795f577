//! Very many people.

use simulator::{Config, Recording, World};

use crate::support::{Api, start};

#[tokio::test]
async fn a_crowd_of_a_hundred_thousand_is_there_at_once_and_each_is_somebody() {
    let simulator = start(Config {
        world: World::crowd(100_000),
        recording: Recording::Counts,
        ..Config::default()
    })
    .await;
    let api = Api::of(&simulator);
    let last = simulator.person("Person 100000");
    assert_eq!(
        last.details().user_principal_name,
        "person100000@contoso.example"
    );
    assert_eq!(simulator.person(&last.object_id()).name(), last.name());
    for number in [1, 17, 100_000] {
        let person = simulator.person(&format!("Person {number}"));
        assert_eq!(api.say(&person.conversation_id(), "hi").await.status, 201);
    }
    api.say(&last.conversation_id(), "again").await;
    assert_eq!(simulator.tally(), [(0, 99_997), (1, 2), (2, 1)].into());
    assert!(
        simulator.messages_to(&last)[0].activity.is_null(),
        "only counted"
    );
}
