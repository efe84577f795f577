//! A broadcast on the ledger: one decision counts, one move wins, no chunk is missed.

use notifications::{DefaultSubscription, Outcome, RecipientKey, SkipReason, Topic};
use store::{
    Broadcast, BroadcastDecision, BroadcastStage, Claiming, Deciding, Plan, PlanCursor, Store, Then,
};

use crate::engine::on_every_engine;
use crate::sample::{at, frozen, in_order, object_id, person_key, seen, tenant, topic, user};

async fn waiting(store: &Store, id: &str) -> (notifications::NotificationKey, Broadcast) {
    let notification = frozen(id, "News", 0);
    store.ledger().freeze(&notification).await.unwrap();
    let broadcast = Broadcast {
        canary: 3,
        until: Some(at(86_400)),
        requester: Some(person_key(1)),
        asked: true,
        ..Broadcast::beginning(BroadcastStage::WaitingApproval)
    };
    let ledger = store.ledger();
    let begun = ledger.begin_broadcast(&notification.key, &broadcast, at(0));
    assert_eq!(begun.await.unwrap(), broadcast);
    (notification.key, broadcast)
}

#[tokio::test]
async fn a_broadcast_begins_once() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, first) = waiting(&table.store, "once").await;
        let again = Broadcast::beginning(BroadcastStage::Releasing);
        let there = ledger.begin_broadcast(&key, &again, at(9)).await.unwrap();
        assert_eq!(there, first);
        assert_eq!(ledger.broadcast(&key).await.unwrap(), Some(first));
        let other = frozen("none", "Nothing", 0).key;
        assert_eq!(ledger.broadcast(&other).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_decide_at_once_exactly_one_counts() {
    on_every_engine(|table| async move {
        let store = &table.store;
        for round in 0..5 {
            let (key, _) = waiting(store, &format!("race {round}")).await;
            let all = futures_util::future::join_all((2..12).map(|number| {
                let (store, key) = (store.clone(), key.clone());
                async move {
                    let decision = match number % 2 {
                        0 => BroadcastDecision::Approve,
                        _ => BroadcastDecision::Decline,
                    };
                    let by = person_key(number);
                    let ledger = store.ledger();
                    let deciding = ledger.decide(&key, decision, &by, at(60));
                    (decision, by.clone(), deciding.await.unwrap())
                }
            }))
            .await;
            let counted: Vec<_> = all
                .iter()
                .filter(|(_, _, became)| matches!(became, Deciding::Counts(_)))
                .collect();
            let [(decision, by, Deciding::Counts(_))] = &counted[..] else {
                panic!("{} decisions count", counted.len());
            };
            let now = store.ledger().broadcast(&key).await.unwrap().unwrap();
            let approval = now.approval.clone().unwrap();
            assert_eq!((approval.what, &approval.by), (*decision, by));
            let expected = match decision {
                BroadcastDecision::Approve => (BroadcastStage::Canary, None),
                _ => (BroadcastStage::Ending, Some(SkipReason::Declined)),
            };
            assert_eq!((now.stage, now.skipped), expected);
            for (_, _, became) in &all {
                if let Deciding::TooLate(told) = became {
                    assert_eq!(
                        told.approval.as_ref(),
                        Some(&approval),
                        "they are told whose"
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_came_too_late_or_from_the_wrong_person_changes_nothing() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, before) = waiting(&table.store, "late").await;
        let (own, other) = (person_key(1), person_key(2));
        let approve = BroadcastDecision::Approve;
        let became = ledger.decide(&key, approve, &own, at(1)).await.unwrap();
        assert_eq!(became, Deciding::OwnRequest(Box::new(before.clone())));
        let early = BroadcastDecision::SendRest;
        let became = ledger.decide(&key, early, &other, at(1)).await.unwrap();
        assert_eq!(became, Deciding::TooLate(Box::new(before.clone())));
        let late = at(86_400);
        let became = ledger.decide(&key, approve, &other, late).await.unwrap();
        assert_eq!(became, Deciding::TooLate(Box::new(before.clone())));
        assert_eq!(ledger.broadcast(&key).await.unwrap(), Some(before));

        let became = ledger.decide(&key, approve, &other, at(2)).await.unwrap();
        let Deciding::Counts(after) = became else {
            panic!("{became:?}");
        };
        // Pressed again, and much later: it is what it was.
        let again = ledger.decide(&key, approve, &other, late).await.unwrap();
        assert_eq!(again, Deciding::Counts(after.clone()));
        for by in [&other, &person_key(3)] {
            let decline = BroadcastDecision::Decline;
            let became = ledger.decide(&key, decline, by, at(3)).await.unwrap();
            assert_eq!(became, Deciding::TooLate(after.clone()));
        }
        let none = frozen("none", "Nothing", 0).key;
        let became = ledger.decide(&none, approve, &other, at(3)).await.unwrap();
        assert_eq!(became, Deciding::NotABroadcast);
    })
    .await;
}

#[tokio::test]
async fn whoever_asked_for_it_may_decline_it() {
    on_every_engine(|table| async move {
        let (key, _) = waiting(&table.store, "withdrawn").await;
        let ledger = table.store.ledger();
        let decline = BroadcastDecision::Decline;
        let became = ledger.decide(&key, decline, &person_key(1), at(1)).await;
        assert!(matches!(became.unwrap(), Deciding::Counts(_)));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_move_it_on_one_wins() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let (key, before) = waiting(&table.store, "moves").await;
        let to = |page| Broadcast {
            page,
            chunks: u64::from(page),
            ..Broadcast::beginning(BroadcastStage::Releasing)
        };
        let moved = |from: Broadcast, to: Broadcast| {
            let (store, key) = (table.store.clone(), key.clone());
            async move {
                store
                    .ledger()
                    .move_broadcast(&key, &from, &to, at(1))
                    .await
                    .unwrap()
            }
        };
        assert!(moved(before.clone(), to(0)).await);
        assert!(!moved(before.clone(), to(9)).await, "the stage is another");
        assert!(moved(to(0), to(1)).await);
        assert!(!moved(to(0), to(9)).await, "the page is another");
        assert!(moved(to(0), to(1)).await, "an answer that was lost");
        let (one, other) = tokio::join!(moved(to(1), to(2)), moved(to(1), to(3)));
        assert!(one ^ other);
        let now = ledger.broadcast(&key).await.unwrap().unwrap();
        assert_eq!(now.page, if one { 2 } else { 3 });
    })
    .await;
}

#[tokio::test]
async fn every_frozen_chunk_is_read_once_in_pages_of_any_size() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let notification = frozen("pages", "News", 0);
        ledger.freeze(&notification).await.unwrap();
        let people = in_order(0..230);
        let all: Vec<Vec<RecipientKey>> = people.chunks(5).map(<[_]>::to_vec).collect();
        let plan = Plan::untouched();
        ledger
            .freeze_page(&notification.key, &plan, &all, PlanCursor::End, at(0))
            .await
            .unwrap()
            .unwrap();
        for limit in [1, 7, 45, 46, 47, 98] {
            let mut read = Vec::new();
            let mut after = None;
            loop {
                let page = ledger.chunks_to_queue(&notification.key, after.as_ref(), limit);
                let (chunks, more) = page.await.unwrap();
                assert!(chunks.len() <= limit);
                assert_eq!(chunks.len() == limit, more || read.len() + limit == 46);
                after = chunks.last().map(|chunk| chunk.key.clone());
                read.extend(chunks.into_iter().map(|chunk| chunk.recipients));
                if !more {
                    break;
                }
            }
            assert_eq!(read, all, "pages of {limit}");
        }
        let none = frozen("none", "Nothing", 0).key;
        let nothing = ledger.chunks_to_queue(&none, None, 10);
        assert_eq!(nothing.await.unwrap(), (Vec::new(), false));
    })
    .await;
}

#[tokio::test]
async fn outcomes_are_counted_up_to_the_end_of_the_canary() {
    on_every_engine(|table| async move {
        let ledger = table.store.ledger();
        let notification = frozen("canary", "News", 0);
        ledger.freeze(&notification).await.unwrap();
        let people = in_order(0..50);
        let all: Vec<Vec<RecipientKey>> = people.chunks(10).map(<[_]>::to_vec).collect();
        let plan = Plan::untouched();
        ledger
            .freeze_page(&notification.key, &plan, &all, PlanCursor::End, at(0))
            .await
            .unwrap();
        let (chunks, _) = ledger
            .chunks_to_queue(&notification.key, None, 98)
            .await
            .unwrap();
        for chunk in &chunks {
            let claiming = ledger.claim(&notification.key, &chunk.key, 10, "me", at(1), at(60));
            let Claiming::Claimed(claimed) = claiming.await.unwrap() else {
                panic!("nobody else has it");
            };
            let mut progress = claimed.progress;
            for index in 0..9 {
                let outcome = match index {
                    0 => Outcome::Unknown,
                    1 => Outcome::Skipped(SkipReason::Muted),
                    _ => Outcome::sent(None),
                };
                progress.end(index, outcome, at(2));
            }
            ledger
                .record(&claimed.claim, &progress, Then::Release)
                .await
                .unwrap();
        }
        let tally = ledger.tally_until(&notification.key, &chunks[2].key);
        let tally = tally.await.unwrap();
        assert_eq!((tally.sent, tally.unknown, tally.all_skipped()), (21, 3, 3));
        assert_eq!(tally.ended(), 27, "who has no outcome is not counted");
    })
    .await;
}

#[tokio::test]
async fn owners_are_those_of_the_topic_as_it_is_now() {
    on_every_engine(|table| async move {
        let store = &table.store;
        let mut known = seen(1, 0);
        known.upn = Some("Ana@contoso.example".to_owned());
        store.people().remember(&known).await.unwrap();
        let mut then = Topic::undefined(topic());
        then.owners = vec![format!("aad:{}", object_id(9)).parse().unwrap()];
        let owners = store.topics().owners(&tenant(), &then).await.unwrap();
        assert_eq!(owners, [person_key(9)], "nobody defined it since");
        let mut now = Topic::undefined(topic());
        now.default = DefaultSubscription::OptOut;
        now.owners = [
            "upn:nobody@contoso.example".to_owned(),
            user(5).to_string(),
            "upn:ana@contoso.example".to_owned(),
            format!("aad:{}", object_id(1)),
            format!("aad:{}", object_id(2)),
        ]
        .iter()
        .map(|address| address.parse().unwrap())
        .collect();
        store.topics().put(&tenant(), &now).await.unwrap();
        let owners = store.topics().owners(&tenant(), &then).await.unwrap();
        let by_user = RecipientKey::person_by_teams_id(&user(5));
        assert_eq!(owners, [by_user, person_key(1), person_key(2)]);
    })
    .await;
}
