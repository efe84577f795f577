//! One poll from its definition to its result.

use polls::{PollNoticeKind, Shown};
use serde_json::json;
use store::{Phase, Voted};

use super::stage::{Stage, count, is_over, key, lunch, voter_key, with};

#[tokio::test]
async fn a_poll_is_asked_reminded_of_closed_and_told_once_although_every_tick_comes_twice() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    // The bus delivers it again.
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await;
    assert_eq!(open.len(), 1);
    let id = open[0].id.clone();
    assert_eq!(stage.planned(), [key(&id, PollNoticeKind::Ask)]);
    for voter in 0..30 {
        let choice = if voter % 3 == 0 { "pie" } else { "soup" };
        let voted = stage.votes(&open[0], voter, choice).await;
        assert_eq!(voted, Voted::Recorded { replaced: None });
    }
    stage.wait(31).await;
    assert_eq!(stage.planned(), [key(&id, PollNoticeKind::Remind(1))]);
    assert!(stage.told().is_empty());
    stage.votes(&open[0], 0, "soup").await;

    stage.wait(30).await;
    let closed = stage.occurrence(&id.to_string()).await;
    assert!(is_over(&closed), "{closed:?}");
    assert_eq!(closed.closed_by.as_deref(), Some("time"));
    let result = stage.result(&closed).await;
    assert_eq!((count(&result, "soup"), count(&result, "pie")), (21, 9));
    assert_eq!(stage.planned(), [key(&id, PollNoticeKind::Result(0))]);
    assert_eq!(stage.replaced(), ["closed"]);
    let told = stage.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["results"]["voters"], 30);
    assert_eq!(stage.votes(&closed, 99, "pie").await, Voted::Sealed);
    let texts = stage
        .store
        .polls()
        .texts(&"tenant".into(), &closed, "q2", 0)
        .await
        .unwrap();
    assert_eq!(texts.texts.len(), 30);

    // Nothing wakes the function any more, and nothing is due.
    assert_eq!(stage.schedules.all(), []);
    let due = stage.store.polls().due(jiff::Timestamp::MAX, None, 9).await;
    assert_eq!(due.unwrap(), []);
}

#[tokio::test]
async fn nobody_is_reminded_after_closing() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    let open = stage.occurrences("lunch").await.remove(0);
    stage.planned();
    let reminder = stage.schedules.all().into_iter();
    let reminder = reminder.map(|schedule| schedule.input);
    let mut reminder = reminder;
    let reminder = reminder.find(|input| input.contains("remind")).unwrap();
    stage
        .invoke(super::stage::command("c-1", "close", json!({})))
        .await;
    stage.planned();
    stage.clock.advance(31 * super::stage::MINUTE);
    stage.invoke(serde_json::from_str(&reminder).unwrap()).await;
    stage.sweep().await;
    assert_eq!(stage.planned(), []);
    let ledger = stage.store.ledger();
    let asked = key(&open.id, PollNoticeKind::Ask);
    assert!(ledger.cancelled(&asked).await.unwrap().is_some());
    let reminder = key(&open.id, PollNoticeKind::Remind(1));
    assert!(ledger.notification(&reminder).await.unwrap().is_none());

    // One that is frozen already is cancelled with the closing.
    let again = with(lunch(), json!({"id": "again"}));
    stage.accepts(again).await;
    let open = stage.occurrences("again").await.remove(0);
    stage.wait(31).await;
    stage.wait(31).await;
    let reminder = key(&open.id, PollNoticeKind::Remind(1));
    assert!(ledger.cancelled(&reminder).await.unwrap().is_some());
}

#[tokio::test]
async fn an_anonymous_poll_leaves_nothing_that_joins_voters_and_votes() {
    let stage = Stage::new().await;
    let secret = json!({"anonymous": true});
    stage.accepts(with(lunch(), secret)).await;
    let open = stage.occurrences("lunch").await.remove(0);
    for voter in 0..12 {
        stage
            .votes(&open, voter, if voter < 5 { "pie" } else { "soup" })
            .await;
    }
    let before = stage.everything("tidings").await.join("\n");
    assert!(!before.contains("because"), "no vote in the main table");
    stage.wait(61).await;
    let closed = stage.occurrence(&open.id.to_string()).await;
    assert!(is_over(&closed));
    assert_eq!(count(&stage.result(&closed).await, "pie"), 5);
    assert_eq!(stage.everything("ballots").await, Vec::<String>::new());
    let main = stage.everything("tidings").await;
    for voter in 0..12 {
        let key = voter_key(voter).to_string();
        let about: Vec<_> = main.iter().filter(|item| item.contains(&key)).collect();
        assert_eq!(about.len(), 1, "{about:?}");
        assert!(!about[0].contains("because") && !about[0].contains("answers"));
    }
}

#[tokio::test]
async fn results_and_texts_of_a_few_are_withheld() {
    let stage = Stage::new().await;
    stage
        .accepts(with(lunch(), json!({"anonymous": true})))
        .await;
    let open = stage.occurrences("lunch").await.remove(0);
    for voter in 0..3 {
        stage.votes(&open, voter, "pie").await;
    }
    stage.wait(61).await;
    let result = stage.result(&open).await;
    assert_eq!(result.voters, 3);
    assert_eq!(result.shown, Shown::Withheld { threshold: 5 });
    let main = stage.everything("tidings").await.join("\n");
    assert!(
        !main.contains("because"),
        "what few wrote says who they are"
    );
    let told = stage.told()[0].to_string();
    assert!(!told.contains("pie") && !told.contains("because"), "{told}");
}

#[tokio::test]
async fn a_quorum_closes_when_it_is_reached_and_not_before() {
    let stage = Stage::new().await;
    let closes = json!({"closes": {"after": "1h", "quorum": 3}});
    stage.accepts(with(lunch(), closes)).await;
    let open = stage.occurrences("lunch").await.remove(0);
    let look = json!({
        "detail-type": "tidings.poll.quorum", "source": "tidings",
        "detail": {"occurrence": open.id.to_string()},
    });
    for voter in 0..3 {
        stage.invoke(look.clone()).await;
        let now = stage.occurrence(&open.id.to_string()).await;
        assert_eq!(now.phase, Phase::Open, "after {voter}");
        stage.votes(&open, voter, "pie").await;
    }
    stage.invoke(look).await;
    let closed = stage.occurrence(&open.id.to_string()).await;
    assert!(is_over(&closed));
    assert_eq!(closed.closed_by.as_deref(), Some("quorum"));
}

#[tokio::test]
async fn polls_of_two_tenants_with_one_id_and_second_have_nothing_to_do_with_each_other() {
    let stage = Stage::new().await;
    stage.accepts(lunch()).await;
    stage
        .accepts(with(
            lunch(),
            json!({"tenant": "other", "title": "Dinner?"}),
        ))
        .await;
    let planned = stage.planned();
    assert_eq!(planned.len(), 2);
    let ledger = stage.store.ledger();
    for key in &planned {
        let frozen = ledger.notification(key).await.unwrap().unwrap();
        let title = match frozen.tenant.as_str() {
            "other" => "Dinner?",
            _ => "Lunch?",
        };
        assert!(frozen.notification.what.contains(title), "{frozen:?}");
    }
    // What is done with one leaves the other alone.
    stage
        .invoke(super::stage::command("c-1", "close", json!({})))
        .await;
    let ours = key(&stage.occurrences("lunch").await[0].id, PollNoticeKind::Ask);
    for key in &planned {
        let cancelled = ledger.cancelled(key).await.unwrap();
        assert_eq!(cancelled.is_some(), *key == ours);
    }
}
