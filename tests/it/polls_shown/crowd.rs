//! Thousands who vote within a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use polls::Counted;
use serde_json::{Value, json};
use simulator::Person;

use super::booth::{Booth, aad, changed, counts};

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

/// Those who vote.
enum Crowd {
    /// People with the card in their chat.
    People(Vec<Person>),
    /// People whom the ledger knows to be asked; a press of one of them, to be made theirs.
    Strangers(Value),
}

impl Crowd {
    /// The first vote of somebody; gives what was delivered, and how often that failed.
    async fn votes(&self, booth: &Booth, number: usize) -> (Value, usize) {
        let plan = plan(number);
        let given = answer(plan.first);
        let (activity, mut failed) = match self {
            Self::People(people) => {
                let card = booth.last(&people[number]);
                let pressed = people[number].press_with("tidings.poll.vote", &card, &given);
                let pressed = pressed.await.unwrap();
                let failed = match counts(&pressed) {
                    true => 0,
                    false => 1 + until_answered(booth, &pressed.activity).await,
                };
                (pressed.activity, failed)
            }
            Self::Strangers(press) => {
                let mut activity = changed(press, &given, booth.now(), number);
                activity["id"] = format!("f:first-{number}").into();
                activity["from"] = json!({
                    "id": format!("29:stranger-{number}"), "name": format!("Stranger {number}"),
                    "aadObjectId": format!("3b5e7d10-8c1f-4d4e-9c55-{number:012x}"),
                });
                activity["conversation"]["id"] = format!("a:stranger-{number}").into();
                let failed = until_answered(booth, &activity).await;
                (activity, failed)
            }
        };
        if plan.twice {
            // Again, and at the same time once more.
            let again = || until_answered(booth, &activity);
            let (one, two) = futures_util::join!(again(), again());
            failed += one + two;
        }
        (activity, failed)
    }
}

/// People with their cards.
async fn with_cards(people: usize, anonymous: bool) -> (Booth, Crowd) {
    let booth = Booth::of(u32::try_from(people).unwrap()).await;
    let everybody = booth.people();
    booth.takes(lunch(&everybody[0], anonymous)).await;
    booth.settle().await;
    (booth, Crowd::People(everybody))
}

/// More people than the simulator could show cards to before anybody loses patience.
async fn without_cards(people: usize, anonymous: bool) -> (Booth, Crowd) {
    let booth = Booth::of(1).await;
    let owner = &booth.people()[0];
    let stage = &booth.bot.stage;
    stage.has_everyone(u32::try_from(people).unwrap()).await;
    owner.say("status").await;
    booth.takes(lunch(owner, anonymous)).await;
    booth.plans_only().await;
    let open = booth.occurrence("lunch").await;
    let data = json!({ "tidings": { "verb": "tidings.poll.refresh", "poll": open.id } });
    let action = json!({ "type": "Action.Execute", "verb": "tidings.poll.refresh", "data": data });
    let value = json!({ "action": action, "trigger": "manual" });
    let answer = booth.last(owner);
    let shown = owner.invoke("adaptiveCard/action", value, &answer);
    let mut press = shown.await.activity;
    press["value"]["action"]["verb"] = "tidings.poll.vote".into();
    press["value"]["action"]["data"]["tidings"]["verb"] = "tidings.poll.vote".into();
    (booth, Crowd::Strangers(press))
}

fn lunch(owner: &Person, anonymous: bool) -> Value {
    json!({
        "id": "lunch", "title": "Lunch?", "owner": aad(owner), "to": ["everyone"], "anonymous": anonymous,
        "questions": [
            { "id": "q1", "kind": "single", "text": "What?", "choices": [
                { "id": "soup", "text": "Soup" }, { "id": "pie", "text": "Pie" }, { "id": "salad", "text": "Salad" }] },
            { "id": "q2", "kind": "rating", "text": "How good?" },
        ],
        "closes": { "after": "1h" },
    })
}

/// Everybody votes within a minute; gives how often an invocation failed, and how long it really took.
async fn election(people: usize, (booth, crowd): (Booth, Crowd)) -> (usize, Duration) {
    let (began, opened) = (Instant::now(), booth.now());
    let mut failures = 0;
    let mut changes: BTreeMap<usize, Vec<(usize, Value)>> = BTreeMap::new();
    for second in 0..SECONDS {
        // Who votes now, then who changes what they voted some seconds ago.
        let now = (second..people).step_by(SECONDS);
        let votes = now.map(async |number| {
            let (pressed, failed) = crowd.votes(&booth, number).await;
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
                failed += until_answered(&booth, first).await;
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

    booth.closes().await;
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
async fn many_who_vote_change_and_are_delivered_twice_within_a_minute_are_counted_exactly() {
    election(120, with_cards(120, false).await).await;
    election(60, with_cards(60, true).await).await;
}

/// See `tests/README.md` for how to run it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn ten_thousand_who_vote_within_a_minute_are_counted_exactly() {
    let anonymous = std::env::var_os("TIDINGS_ANONYMOUS").is_some();
    let (failures, took) = election(10_000, without_cards(10_000, anonymous).await).await;
    println!(
        "10,000 voters, 2,500 changes, 6,667 repeats and more: {failures} failed and were delivered again, {took:.0?}"
    );
}
