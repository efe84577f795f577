use notifications::{DefaultSubscription, Topic};

use crate::engine::on_every_engine;
use crate::sample::{tenant, topic};

#[tokio::test]
async fn a_topic_reads_back_as_it_was_defined() {
    on_every_engine(|table| async move {
        let topics = table.store.topics();
        assert_eq!(topics.get(&tenant(), &topic()).await.unwrap(), None);
        let mut deploys = Topic::undefined(topic());
        topics.put(&tenant(), &deploys).await.unwrap();
        deploys.default = DefaultSubscription::OptOut;
        deploys.rate = Some(5);
        deploys.owners = vec!["upn:ana@contoso.example".parse().unwrap()];
        topics.put(&tenant(), &deploys).await.unwrap();
        let read = topics.get(&tenant(), &topic()).await.unwrap();
        assert_eq!(read, Some(deploys));
    })
    .await;
}

#[tokio::test]
async fn every_topic_is_listed_by_name_however_many() {
    on_every_engine(|table| async move {
        let topics = table.store.topics();
        for number in (0..230).rev() {
            let name = format!("topic-{number:03}").parse().unwrap();
            let topic = Topic::undefined(name);
            topics.put(&tenant(), &topic).await.unwrap();
        }
        let listed = topics.list(&tenant()).await.unwrap();
        assert_eq!(listed.len(), 230);
        assert!(listed.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(topics.list(&"other".into()).await.unwrap(), []);
    })
    .await;
}
