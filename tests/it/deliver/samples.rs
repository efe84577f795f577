//! Every sample in `events/deliver` does what its name says.

use std::path::Path;

use serde_json::Value;

use crate::stage::Stage;

fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../events/deliver")
        .join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_slice(&text).expect("a sample is JSON")
}

fn of_notify(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../events/notify")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("JSON")
}

#[tokio::test]
async fn a_chunk_for_one_person_is_what_notify_makes_of_its_alarm() {
    let stage = Stage::contoso().await;
    let ana = stage.teams.person("ana");
    stage.knows(&ana).await;
    stage
        .invoke_notify(of_notify("alarm-to-a-person.json"))
        .await
        .expect("accepted");
    let queued = stage.mail.delivery.take_all();
    let chunk = sample("alarm-to-a-person.json");
    assert_eq!(
        chunk["Records"][0]["body"], queued[0],
        "the sample is up to date"
    );
    let answer = stage.invoke_deliver(chunk).await.expect("an answer");
    assert!(answer.batch_item_failures.is_empty());
    ana.chat().next_message().await.expect("it arrives");
}

#[tokio::test]
async fn a_chunk_for_everybody_is_what_notify_makes_of_its_news() {
    let stage = Stage::contoso().await;
    stage.knows_everybody().await;
    stage
        .invoke_notify(of_notify("everyone-but-one.json"))
        .await
        .expect("accepted");
    let queued = stage.mail.delivery.take_all();
    let chunk = sample("everyone-but-one.json");
    assert_eq!(
        chunk["Records"][0]["body"], queued[0],
        "the sample is up to date"
    );
    let answer = stage.invoke_deliver(chunk).await.expect("an answer");
    assert!(answer.batch_item_failures.is_empty());
    let sent: usize = ["ana", "ben", "chloe"]
        .map(|name| stage.teams.messages_to(&stage.teams.person(name)).len())
        .iter()
        .sum();
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn a_chunk_to_recall_deletes_what_the_alarm_sent() {
    let stage = Stage::contoso().await;
    let ana = stage.teams.person("ana");
    stage.knows(&ana).await;
    stage
        .invoke_notify(of_notify("alarm-to-a-person.json"))
        .await
        .expect("accepted");
    stage.settle().await;
    ana.chat().next_message().await.expect("it arrives");
    let recall = sample("recall.json");
    let answer = stage.invoke_deliver(recall).await.expect("an answer");
    assert!(answer.batch_item_failures.is_empty());
    assert!(ana.chat().from_bot()[0].deleted);
}

#[tokio::test]
async fn an_unknown_version_and_a_broken_body_go_to_the_dead_letters() {
    let stage = Stage::contoso().await;
    for (name, reason) in [
        ("unknown-version.json", "WorkItemVersion"),
        ("broken-body.json", "WorkItemMalformed"),
    ] {
        let answer = stage.invoke_deliver(sample(name)).await.expect("an answer");
        assert!(answer.batch_item_failures.is_empty(), "{name}");
        let letters = stage.mail.delivery_dead.take_messages();
        assert_eq!(letters.len(), 1, "{name}");
        let attribute = ("error-type".to_owned(), reason.to_owned());
        assert!(
            letters[0].attributes.contains(&attribute),
            "{name}: {letters:?}"
        );
    }
}

#[test]
fn every_sample_is_read_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/deliver");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("there are samples")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "alarm-to-a-person.json",
            "broken-body.json",
            "everyone-but-one.json",
            "recall.json",
            "unknown-version.json"
        ]
    );
}
