//! Sending at Teams' limits, in simulated time: many environments, one rate.

mod conductor;
mod fleet;

use std::sync::Arc;
use std::time::Duration;

use activity::ConversationKind;
use jiff::{Timestamp, ToSpan as _};
use pacing::{AlarmShare, Book, Need, READS, Rate, Settings};
use pacing_in_table::{Ask, TablePacer, Turn};
use simulator::{Call, Fault, Faults, Operation, Reply, World};
use startup::Clock as _;
use store::Replaced;

use crate::stage::{Stage, TableFault, start};
use fleet::{Fleet, Lane, rates};

/// The addresses of the people with these numbers.
fn addresses(fleet: &Fleet, which: std::ops::Range<usize>) -> Vec<String> {
    let people = fleet.stage.teams.people();
    let upn = |person: &simulator::Person| format!("upn:{}", person.details().user_principal_name);
    people[which].iter().map(upn).collect()
}

#[tokio::test]
async fn three_hundred_messages_in_thirty_batches_at_fifty_a_second_all_arrive_once_in_time() {
    let fleet = Fleet::new(10, 300, rates(50, 0)).await;
    for number in 0..30 {
        let to = addresses(&fleet, number * 10..(number + 1) * 10);
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        fleet.accepts(&format!("n-{number}"), &to).await;
    }
    fleet.work().await;
    fleet.everybody_has(1);
    let traffic = fleet.stage.teams.traffic();
    assert!(traffic.throttled() * 20 <= traffic.requests, "{traffic:?}");
    let took = fleet.took();
    assert!(took <= Duration::from_millis(5_250), "{took:?}");
}

#[tokio::test]
async fn five_environments_at_once_use_up_the_rate_and_no_more() {
    let fleet = Fleet::new(5, 3_000, rates(50, 0)).await;
    fleet.accepts("news", &["everyone"]).await;
    fleet.stage.table_faults.take_count();
    fleet.work().await;
    fleet.everybody_has(1);
    let traffic = fleet.stage.teams.traffic();
    assert!(
        traffic.throttled() * 1_000 < traffic.requests,
        "{traffic:?}"
    );
    let took = fleet.took().as_secs_f64();
    assert!(3_000.0 / took >= 0.98 * 50.0, "{took} s");
    // About a write a second and environment, and as many reads: far from one for each message.
    let asked = fleet.pacer_table.take_count();
    assert!(asked < 600, "{asked} requests to the table");
}

/// Teams answers every message 429 for a while.
struct Storm {
    from: Timestamp,
    until: Timestamp,
    retry_after: Option<u64>,
}

impl Faults for Storm {
    fn before(&self, call: &Call) -> Option<Fault> {
        let hit = call.operation == Operation::Send && (self.from..self.until).contains(&call.at);
        hit.then(|| Fault::Answer(Reply::throttled(self.retry_after)))
    }
}

#[tokio::test]
async fn after_a_storm_sending_resumes_in_time_slower_and_climbs() {
    for retry_after in [Some(3), None] {
        let fleet = Fleet::new(3, 1_500, rates(40, 0)).await;
        let (from, until) = (start() + 6.seconds(), start() + 7.seconds());
        fleet.stage.teams.set_faults(Some(Arc::new(Storm {
            from,
            until,
            retry_after,
        })));
        fleet.accepts("news", &["everyone"]).await;
        fleet.work().await;
        fleet.everybody_has(1);

        let requests = fleet.stage.teams.requests().into_iter();
        let messages = requests.filter(|request| request.operation == Operation::Send);
        let times: Vec<Timestamp> = messages.map(|request| request.at).collect();
        let last_throttled = times.iter().rev().find(|at| **at < until).unwrap();
        let resumed = times.iter().find(|at| **at >= until).unwrap();
        let waited = resumed.duration_since(*last_throttled).as_secs_f64();
        let asked = retry_after.unwrap_or(1) as f64;
        assert!(waited <= asked + 1.0, "{waited} s after {retry_after:?}");
        let in_the_storm = fleet.requests(from, until);
        assert!(
            in_the_storm < 40,
            "{in_the_storm} although everybody was told"
        );

        let second = |number: i32| {
            let from = *resumed + number.seconds();
            fleet.requests(from, from + 1.second())
        };
        let (first, tenth, twentieth) = (second(0), second(10), second(20));
        assert!(first <= 21, "{first}, not half");
        assert!(
            first < tenth && tenth < twentieth,
            "{first} {tenth} {twentieth}"
        );
        assert!(fleet.requests(start() + 4.seconds(), start() + 5.seconds()) >= 39);
    }
}

#[tokio::test]
async fn an_alarm_goes_ahead_of_a_broadcast_that_is_sold_out() {
    let fleet = Fleet::new(5, 1_000, Settings::default()).await;
    fleet.accepts("news", &["everyone"]).await;
    let alarm = async {
        fleet.clock.sleep(Duration::from_secs(10)).await;
        let to = addresses(&fleet, 7..12);
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        fleet.accepts("alarm", &to).await;
        let queued = fleet.clock.now();
        assert_eq!(fleet.stage.mail.delivery.len(), 1);
        let before = fleet.stage.teams.count(Operation::Send);
        fleet.work_off(4..5, Lane::Delivery).await;
        let took = fleet.clock.now().duration_since(queued);
        eprintln!("alarm took {took:?}");
        assert!(took <= jiff::SignedDuration::from_millis(1_300), "{took:?}");
        assert!(fleet.stage.teams.count(Operation::Send) >= before + 5);
    };
    let broadcast = fleet.work_off(0..4, Lane::Broadcast);
    fleet
        .conduct(futures_util::future::join(broadcast, alarm))
        .await;
    let traffic = fleet.stage.teams.traffic();
    assert_eq!(traffic.throttled(), 0, "{traffic:?}");
    let rate = fleet.requests(start() + 2.seconds(), start() + 9.seconds());
    assert!((270..=281).contains(&rate), "{rate} in 7 s, of 40 a second");
    fleet.stage.teams.release_unread();
}

#[tokio::test]
async fn a_batch_to_people_costs_one_request_for_all_its_turns() {
    let fleet = Fleet::new(1, 20, Settings::default()).await;
    for id in ["cold", "warm"] {
        fleet.accepts(id, &["everyone"]).await;
        fleet.pacer_table.take_count();
        fleet.work().await;
        assert_eq!(fleet.pacer_table.take_count(), 1, "{id}");
        fleet.rest(Duration::from_secs(10)).await;
    }
    fleet.everybody_has(2);
}

#[tokio::test]
async fn a_channel_that_all_environments_write_to_is_not_written_to_too_often() {
    let stage = Stage::contoso().await;
    let channel = stage.teams.teams()[0].channels()[0].id();
    stage
        .knows_conversation(&channel, ConversationKind::Channel)
        .await;
    let fleet = Fleet::around(stage, 4, Settings::default());
    let to = format!("channel:{channel}");
    for number in 0..24 {
        fleet.accepts(&format!("n-{number}"), &[&to]).await;
    }
    fleet.work().await;
    assert_eq!(fleet.stage.teams.messages_in(&channel).len(), 24);
    let traffic = fleet.stage.teams.traffic();
    assert_eq!(traffic.throttled(), 0, "{traffic:?}");
}

#[tokio::test]
async fn a_teams_members_are_read_no_faster_than_its_windows_for_reading_allow() {
    let stage = Stage::contoso().await;
    let rate = |a_second| Rate::new(a_second).expect("a rate");
    let settings = Settings::new(rate(10), rate(40), AlarmShare::new(0).expect("a share"));
    let pacer = || {
        let clock = Arc::new(stage.clock.clone());
        TablePacer::new(stage.store.clone(), clock, settings)
    };
    let pacers = [pacer(), pacer()];
    let (tenant, team) = (
        stage.teams.tenant().into(),
        "19:platform@thread.tacv2".into(),
    );
    let ask = |reads| Ask {
        tenant: &tenant,
        conversation: Some(&team),
        reads,
        need: Need::Other,
        patience: Duration::from_secs(600),
    };
    let mut times: Vec<Timestamp> = Vec::new();
    for number in 0..140 {
        assert_eq!(pacers[number % 2].turn(ask(true)).await, Turn::Now);
        times.push(stage.clock.now());
    }
    for limit in READS {
        let most = times.iter().map(|from| {
            let end = *from + i64::from(limit.seconds).seconds();
            times.iter().filter(|at| (*from..end).contains(at)).count()
        });
        let most = most.max().unwrap_or_default();
        assert!(most <= limit.requests as usize, "{most} within {limit:?}");
    }
    let last = stage.clock.now();
    assert!(
        last.duration_since(start()).as_secs() < 60,
        "and hardly slower"
    );
    // What is written there has windows of its own.
    assert_eq!(pacers[0].turn(ask(false)).await, Turn::Now);
    assert!(stage.clock.now().duration_since(last).as_secs() < 1);
}

#[tokio::test]
async fn what_has_no_turn_in_time_comes_back_then_and_counts_no_try() {
    let fleet = Fleet::new(1, 1, Settings::default()).await;
    let tenant = fleet.stage.teams.tenant().into();
    let pause = Some(Duration::from_secs(300));
    let book = Book::default().lowered(start(), pause).unwrap();
    let pacing = fleet.stage.store.pacing();
    let written = pacing.replace_book(&tenant, None, &book, start()).await;
    assert!(matches!(written, Ok(Replaced::Done { .. })));
    fleet.accepts("news", &["everyone"]).await;
    let body = fleet.stage.mail.delivery.take_all().remove(0);
    let chunk = work_items::DeliveryChunk::parse(&body).unwrap();
    fleet.conduct(fleet.invoke(0, "deliveries", &body)).await;
    assert_eq!(fleet.stage.teams.count(Operation::Send), 0);
    let copies = fleet.stage.mail.delivery.take_messages();
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].delay, Duration::from_secs(300));
    let ledger = fleet.stage.store.ledger();
    let record = ledger.recipient(&chunk.notification, &chunk.recipients[0]);
    assert_eq!(record.await.unwrap().unwrap().progress.tries, 0);
    // It comes back, and its turn is there.
    fleet.rest(Duration::from_secs(300)).await;
    fleet
        .conduct(fleet.invoke(0, "deliveries", &copies[0].body))
        .await;
    fleet.everybody_has(1);
}

#[tokio::test]
async fn opening_conversations_has_a_rate_of_its_own() {
    let stage = Stage::with(World::crowd(8).with_bot_everywhere()).await;
    let people = stage.teams.people();
    let ids = people
        .iter()
        .map(|person| format!("aad:{}", person.object_id()));
    let ids: Vec<String> = ids.collect();
    let fleet = Fleet::around(stage, 2, rates(45, 10));
    let to: Vec<&str> = ids.iter().map(String::as_str).collect();
    fleet.accepts("news", &to).await;
    fleet.work().await;
    fleet.everybody_has(1);
    assert_eq!(fleet.stage.teams.count(Operation::CreateConversation), 8);
    let took = fleet.took();
    assert!(took >= Duration::from_secs(7), "one a second: {took:?}");
    assert!(took <= Duration::from_secs(8), "{took:?}");
}

#[tokio::test]
async fn when_the_table_fails_the_pacer_sending_goes_on_slowly() {
    let fleet = Fleet::new(2, 60, Settings::default()).await;
    fleet.pacer_table.fail_all(Some(TableFault::NotSent));
    fleet.accepts("news", &["everyone"]).await;
    fleet.work().await;
    fleet.everybody_has(1);
    let took = fleet.took();
    // Two of at most twenty environments: a tenth of the rate.
    assert!(took >= Duration::from_secs(12), "{took:?}");
    assert!(took <= Duration::from_secs(18), "{took:?}");
}
