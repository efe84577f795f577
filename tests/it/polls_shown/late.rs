//! Whoever was not asked yet when an owner moves the closing time, or opens a poll again.

use std::time::Duration;

use serde_json::{Value, json};
use store::Phase;

use super::booth::{Booth, MINUTE, aad};

fn poll(booth: &Booth) -> Value {
    let people = booth.people();
    json!({
        "id": "slow", "title": "Everything?", "owner": aad(&people[2]), "to": [aad(&people[0]), aad(&people[1])],
        "questions": [{ "id": "s", "kind": "single", "text": "One?", "choices": ["A", "B"] }],
        "closes": { "after": "1h" },
    })
}

/// The owner wants something; what is asked still waits to be sent.
async fn wants(booth: &Booth, id: &str, does: &str) {
    let by = aad(&booth.people()[2]);
    let mut detail = json!({ "poll": "slow", "do": does, "by": by });
    if does != "close" {
        detail["for"] = json!("2h");
    }
    let command = json!({ "id": id, "source": "tidings", "detail-type": "tidings.poll.command", "detail": detail });
    booth.invoke(&command).await;
}

fn pass(booth: &Booth, by: Duration) {
    booth.bot.stage.clock_set(booth.now() + by);
}

/// How many messages have come to the two, and to the owner.
fn had(booth: &Booth) -> [usize; 3] {
    let people = booth.people();
    [0, 1, 2].map(|who| booth.bot.stage.teams.messages_to(&people[who]).len())
}

#[tokio::test]
async fn what_waits_to_be_sent_when_the_closing_time_is_moved_reaches_people_until_then() {
    let booth = Booth::of(3).await;
    booth.takes(poll(&booth)).await;
    wants(&booth, "c-1", "extend").await;
    pass(&booth, 90 * MINUTE);
    booth.settle().await;
    assert_eq!(had(&booth), [1, 1, 0]);
    let card = booth.last(&booth.people()[0]);
    assert!(card.says("One?"), "{}", card.readable());

    // Without that it comes too late.
    let booth = Booth::of(3).await;
    booth.takes(poll(&booth)).await;
    pass(&booth, 90 * MINUTE);
    booth.settle().await;
    assert_eq!(had(&booth), [0, 0, 0]);
}

#[tokio::test]
async fn a_poll_that_is_opened_again_asks_nobody_whom_its_closing_kept_from_being_asked() {
    let booth = Booth::of(3).await;
    booth.takes(poll(&booth)).await;
    wants(&booth, "c-1", "close").await;
    wants(&booth, "c-2", "reopen").await;
    booth.settle().await;
    assert_eq!(booth.occurrence("slow").await.phase, Phase::Open);
    assert_eq!(had(&booth), [0, 0, 1], "the owner has the result before");
}
