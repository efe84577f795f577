use activity::{ConversationKind, Provenance};
use aws_sdk_dynamodb::types::AttributeValue;
use notifications::RecipientKey;
use store::{DeliveryTarget, Once};

use crate::engine::on_every_engine;
use crate::sample::{at, channel, person_item, seen, seen_channel, team, tenant};

#[tokio::test]
async fn a_channel_is_remembered_and_listed_under_its_team() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let mut told = seen_channel(0);
        told.reference.conversation = format!("{};messageid=17", channel()).into();
        let remembered = store.conversations().remember(&told).await.unwrap();
        assert!(remembered.newly_reachable);
        assert_eq!(remembered.conversation.id, channel());
        assert_eq!(remembered.conversation.team, Some(team()));
        let reference = remembered.conversation.reference.unwrap();
        assert_eq!(reference.conversation, channel());
        assert_eq!(reference.provenance, Provenance::Verified);

        let channels = store.teams().channels(&team()).await.unwrap();
        assert_eq!(channels.len(), 1);
        assert_eq!(channels[0].id, channel());
        assert_eq!(channels[0].name.as_deref(), Some("Incidents"));

        table.meter.reset();
        let again = store
            .conversations()
            .remember(&seen_channel(3))
            .await
            .unwrap();
        assert!(!again.newly_reachable);
        assert_eq!(table.meter.take().requests, 1);
    })
    .await;
}

#[tokio::test]
async fn a_removed_conversation_stays_removed_until_something_later() {
    on_every_engine(|table| async move {
        let conversations = table.store.conversations();
        let remove = async |second| {
            conversations
                .remove(&tenant(), &channel(), ConversationKind::Channel, at(second))
                .await
                .unwrap()
        };
        assert!(remove(10).await);
        let late = conversations.remember(&seen_channel(9)).await.unwrap();
        assert!(late.outdated && late.conversation.reference.is_none());
        let anew = conversations.remember(&seen_channel(11)).await.unwrap();
        assert!(anew.newly_reachable && !anew.outdated);
        assert!(!remove(10).await);
        let late = conversations.remember(&seen_channel(9)).await.unwrap();
        assert!(!late.outdated, "it is there, so what is late did no harm");
        assert!(late.conversation.reference.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_welcomed_once_per_installation() {
    on_every_engine(|table| async move {
        let conversations = table.store.conversations();
        let welcome = async |by| conversations.welcome(&channel(), by).await.unwrap();
        conversations.remember(&seen_channel(0)).await.unwrap();
        assert_eq!(welcome("a").await, Once::Yours);
        assert_eq!(welcome("b").await, Once::Taken);
        conversations
            .remove(&tenant(), &channel(), ConversationKind::Channel, at(1))
            .await
            .unwrap();
        conversations.remember(&seen_channel(2)).await.unwrap();
        assert_eq!(welcome("c").await, Once::Yours);
    })
    .await;
}

#[tokio::test]
async fn delivery_reads_every_kind_of_recipient_at_once() {
    on_every_engine(|table| async move {
        let store = &table.store;
        store
            .conversations()
            .remember(&seen_channel(0))
            .await
            .unwrap();
        for number in 0..120 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        let thread = RecipientKey::thread(&format!("{};messageid=17", channel()).into());
        let conversation = RecipientKey::conversation(&channel());
        let mut wanted = crate::sample::in_order(0..121);
        wanted.extend([thread.clone(), conversation.clone()]);
        table.meter.reset();
        let targets = store.people_for_delivery(&tenant(), &wanted).await.unwrap();
        assert_eq!(table.meter.take().requests, 2, "a hundred at a time");
        assert_eq!(targets.len(), 122, "all but the one nobody knows");
        let of = |key| targets[key].conversation_id().unwrap().to_string();
        assert_eq!(of(&thread), format!("{};messageid=17", channel()));
        assert_eq!(of(&conversation), channel().to_string());
        assert!(matches!(
            &targets[&thread],
            DeliveryTarget::Conversation {
                thread: Some(_),
                ..
            }
        ));

        let elsewhere = store
            .people_for_delivery(&"another tenant".into(), &wanted)
            .await
            .unwrap();
        assert_eq!(elsewhere.len(), 2, "tenants do not reach into each other");
        for key in [&thread, &conversation] {
            assert!(matches!(elsewhere[key], DeliveryTarget::Elsewhere));
            assert!(elsewhere[key].reference().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_batch_leaves_out_is_asked_for_again() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let everybody = crate::sample::in_order(0..60);
        for number in 0..60 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        // A batch answers with at most 16 MB; these have 21.
        for key in &everybody {
            table
                .client
                .update_item()
                .table_name(store.table())
                .key("pk", AttributeValue::S(person_item(key).0))
                .key("sk", AttributeValue::S(person_item(key).1))
                .update_expression("SET padding = :padding")
                .expression_attribute_values(":padding", AttributeValue::S("x".repeat(350 * 1024)))
                .send()
                .await
                .unwrap();
        }
        table.meter.reset();
        let targets = store
            .people_for_delivery(&tenant(), &everybody)
            .await
            .unwrap();
        assert_eq!(targets.len(), 60);
        assert!(table.meter.take().requests > 1);
    })
    .await;
}
