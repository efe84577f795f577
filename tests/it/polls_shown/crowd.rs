//! Thousands who vote within a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use polls::Counted;
use serde_json::{Value, json};
use simulator::{Delivery, Person};

use super::booth::{Booth, MINUTE, aad, changed, counts};

const SECONDS: usize = 60;
/// So many invocations run at the same time.
const AT_ONCE: usize = 48;
const CHOICES: [&str; 3] = ["soup", "pie", "salad"];

/// What one person does within the minute: votes, perhaps from two devices, perhaps changes it later, and perhaps
/// what Teams delivers again comes after the change.
#[derive(Clone, Copy)]
struct Plan {
    first: usize,
    twice: bool,
    change: Option<usize>,
    late: bool,
}

fn plan(number: usize) -> Plan {
    let change = number.is_multiple_of(4).then_some((number / 4) % 3);
    Plan {
        first: number * number % 3,
        twice: number.is_multiple_of(3),
        change,
        late: number.is_multiple_of(8),
    }
}

fn answer(choice: usize) -> Value {
    json!({ "answer.q1": CHOICES[choice], "answer.q2": choice + 2 })
}

/// Delivers until it is answered, as Teams and people do.
async fn until_answered(booth: &Booth, activity: &Value) -> usize {
    for failed in 0..20 {
        let answer = booth.bot.stage.teams.deliver(activity.clone()).await;
        if counts(&answer) {
            return failed;
        }
        assert!(answer.status() != Some(200), "{:?}", answer.body());
    }
    panic!("a vote was never taken: {activity}");
}

/// The first vote of somebody, from the card that they have.
async fn vote(booth: &Booth, who: &Person, plan: Plan) -> (Delivery, usize) {
    let card = booth.last(who);
    let given = answer(plan.first);
    let pressed = who.press_with("tidings.poll.vote", &card, &given);
    let pressed = pressed.await.unwrap();
    let mut failed = 0;
    if !counts(&pressed) {
        failed += 1 + until_answered(booth, &pressed.activity).await;
    }
    if plan.twice {
        let again = || until_answered(booth, &pressed.activity);
        let (one, two) = futures_util::join!(again(), again());
        failed += one + two;
    }
    (pressed, failed)
}

/// Everybody votes within a minute; gives how often an invocation failed, and how long it really took.
async fn election(people: usize, anonymous: bool) -> (usize, Duration) {
    let booth = Booth::of(u32::try_from(people).unwrap()).await;
    let everybody = booth.people();
    let poll = json!({
        "id": "lunch", "title": "Lunch?", "owner": aad(&everybody[0]), "to": ["everyone"], "anonymous": anonymous,
        "questions": [
            { "id": "q1", "kind": "single", "text": "What?", "choices": [
                { "id": "soup", "text": "Soup" }, { "id": "pie", "text": "Pie" }, { "id": "salad", "text": "Salad" }] },
            { "id": "q2", "kind": "rating", "text": "How good?" },
        ],
        "closes": { "after": "1h" },
    });
    booth.takes(poll).await;
    booth.settle().await;
    let (began, opened) = (Instant::now(), booth.now());
    let mut failures = 0;
    let mut changes: BTreeMap<usize, Vec<(usize, Delivery)>> = BTreeMap::new();
    for second in 0..SECONDS {
        // Who votes now, then who changes what they voted some seconds ago.
        let now = (second..people).step_by(SECONDS);
        let votes = now.map(async |number| {
            let (pressed, failed) = vote(&booth, &everybody[number], plan(number)).await;
            (number, pressed, failed)
        });
        let votes: Vec<_> = futures_util::stream::iter(votes)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let due = changes.remove(&second).unwrap_or_default();
        let changing = due.iter().map(async |(number, first)| {
            let Plan { change, late, .. } = plan(*number);
            let answer = answer(change.unwrap());
            let activity = changed(first, &answer, booth.now(), *number);
            let mut failed = until_answered(&booth, &activity).await;
            if late {
                failed += until_answered(&booth, &first.activity).await;
            }
            failed
        });
        let changed: Vec<usize> = futures_util::stream::iter(changing)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        failures += changed.iter().sum::<usize>();
        for (number, pressed, failed) in votes {
            failures += failed;
            if plan(number).change.is_some() {
                let at = (second + 1 + number % 5).min(SECONDS);
                changes.entry(at).or_default().push((number, pressed));
            }
        }
        booth.bot.later(Duration::from_secs(1));
    }
    // Who voted in the last seconds changes in the second after the minute.
    let rest: Vec<_> = changes.into_values().flatten().collect();
    for (number, first) in &rest {
        let answer = answer(plan(*number).change.unwrap());
        let activity = changed(first, &answer, booth.now(), *number);
        failures += until_answered(&booth, &activity).await;
    }
    let (took, simulated) = (began.elapsed(), booth.now().duration_since(opened));
    assert!(simulated.as_secs() <= 61, "{simulated:?}");

    booth.wait(61 * MINUTE).await;
    let closed = booth.occurrence("lunch").await;
    let result = booth.result(&closed).await;
    assert_eq!(result.voters, people as u64);
    let mut expected = [0_u64; 3];
    for number in 0..people {
        let plan = plan(number);
        expected[plan.change.unwrap_or(plan.first)] += 1;
    }
    let Counted::Choices(choices) = &result.question("q1").unwrap().counted else {
        panic!("{result:?}");
    };
    let counted: Vec<u64> = choices.iter().map(|choice| choice.count).collect();
    assert_eq!(counted, expected);
    let Counted::Rating { distribution, .. } = &result.question("q2").unwrap().counted else {
        panic!("{result:?}");
    };
    let counted: Vec<u64> = distribution.iter().map(|score| score.count).collect();
    assert_eq!(counted, [0, expected[0], expected[1], expected[2], 0]);
    booth.bot.stage.teams.release_unread();
    (failures, took)
}

#[tokio::test]
async fn hundreds_who_vote_change_and_are_delivered_twice_within_a_minute_are_counted_exactly() {
    election(200, false).await;
    election(100, true).await;
}

/// See `tests/README.md` for how to run it.
#[tokio::test]
#[ignore = "takes minutes"]
async fn ten_thousand_who_vote_within_a_minute_are_counted_exactly() {
    let anonymous = std::env::var_os("TIDINGS_ANONYMOUS").is_some();
    let (failures, took) = election(10_000, anonymous).await;
    println!(
        "10,000 voters, 2,500 changes, 6,667 repeats and more: {failures} failed and were delivered again, {took:.0?}"
    );
}
