//! Looking ahead says what sending would do, and writes nothing.

use activity::Provenance;
use notifications::{Mute, Topic};
use store::{PreferenceChange, SeenConversation};

use crate::engine::on_every_engine;
use crate::sample::{
    SERVICE, at, channel, frozen, mentioned, person_key, personal, seen, seen_channel, tenant,
    topic,
};

#[tokio::test]
async fn a_flight_plan_counts_who_gets_it_and_says_why_the_others_do_not() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for number in 0..250 {
            store.people().remember(&seen(number, 0)).await.unwrap();
        }
        store.people().remember(&mentioned(300, 0)).await.unwrap();
        let preferences = store.preferences();
        for (number, change) in [
            (1, PreferenceChange::Mute(Mute::Always)),
            (2, PreferenceChange::Mute(Mute::Until(at(10)))),
            (3, PreferenceChange::Unsubscribe),
        ] {
            preferences
                .change(&tenant(), &person_key(number), &topic(), change)
                .await
                .unwrap()
                .unwrap();
        }
        store
            .people()
            .blocked(&tenant(), &person_key(4), at(90))
            .await
            .unwrap();
        let gone = seen_channel(0);
        store.conversations().remember(&gone).await.unwrap();
        let kind = activity::ConversationKind::Channel;
        let conversations = store.conversations();
        conversations
            .remove(&tenant(), &channel(), kind, at(2))
            .await
            .unwrap();
        let elsewhere = SeenConversation {
            reference: {
                let mut other = personal(9, Provenance::Verified, SERVICE);
                other.conversation = "19:elsewhere@thread.v2".into();
                other.kind = activity::ConversationKind::GroupChat;
                other.tenant = "another".into();
                other
            },
            name: None,
            at: at(0),
        };
        store.conversations().remember(&elsewhere).await.unwrap();

        let mut told = frozen("ahead", "News", 0).notification;
        let to = [
            "everyone".to_owned(),
            format!("aad:{}", crate::sample::object_id(300)),
            format!("aad:{}", crate::sample::object_id(400)),
            format!("channel:{}", channel()),
            "chat:19:elsewhere@thread.v2".to_owned(),
            "upn:nobody@contoso.example".to_owned(),
            format!("-aad:{}", crate::sample::object_id(5)),
        ];
        let mut audience = notifications::Audience::default();
        for address in &to {
            audience.add(address).unwrap();
        }
        told.to = Some(audience);
        let defined = Topic::undefined(topic());
        let (mut looks, mut listed) = (0, Vec::new());
        let plan = store
            .audiences()
            .flight_plan(&tenant(), &defined, &told, at(20), |_, without| {
                looks += 1;
                listed.extend(without.iter().cloned());
            })
            .await
            .unwrap();

        assert_eq!(plan.recipients, 249 + 2 + 2, "{plan:?}");
        assert_eq!(plan.people, 251);
        assert_eq!(plan.to_be_opened, 2);
        let without: Vec<_> = plan.without.iter().map(|(why, n)| (&**why, *n)).collect();
        assert_eq!(
            without,
            [
                ("f:blocked-by-user", 1),
                ("f:other-tenant", 1),
                ("k:muted", 1),
                ("k:not-installed", 1),
                ("k:unsubscribed", 1),
            ]
        );
        assert_eq!(plan.messages(), 248);
        let [nobody] = &plan.unreachable[..] else {
            panic!("not one address leads to nobody: {:?}", plan.unreachable);
        };
        assert_eq!(nobody.why.as_str(), "unreachable-unknown-person");
        let muted = listed
            .iter()
            .filter(|(_, end)| end.to_string() == "k:muted");
        let muted: Vec<_> = muted.map(|(who, _)| who.clone()).collect();
        assert_eq!((listed.len(), muted), (5, vec![person_key(1)]));
        assert!(looks >= 3, "whoever waits is told in between");
    })
    .await;
}
