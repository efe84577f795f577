//! What a poll and its votes cost in the table. `docs/cost.md` has the same figures; here they are measured, and must not be
//! more.

use serde_json::{Value, json};

use super::booth::{Booth, aad, counts};
use crate::stage::Spent;

/// What two polls cost whose voters are so many: the difference is the price of a voter.
const FEW: usize = 10;
const MANY: usize = 30;

fn lunch(owner: &str, more: &Value) -> Value {
    let mut poll = json!({
        "id": "lunch", "title": "Lunch?", "owner": owner, "to": ["everyone"],
        "questions": [
            { "id": "q1", "kind": "single", "text": "What?", "choices": [
                { "id": "soup", "text": "Soup" }, { "id": "pie", "text": "Pie" }, { "id": "salad", "text": "Salad" }] },
            { "id": "q2", "kind": "rating", "text": "How good?" },
        ],
        "closes": { "after": "1h" },
    });
    for (name, value) in more.as_object().unwrap() {
        poll[name] = value.clone();
    }
    poll
}

/// What opening and closing take, and what all votes take. What is sent costs what every notification does.
async fn poll(voters: usize, more: &Value) -> (Spent, Spent) {
    let booth = Booth::of(u32::try_from(MANY).unwrap()).await;
    let people = booth.people();
    // Teams' keys are known from now on.
    people[0].say("status").await;
    let table = &booth.bot.stage.table_faults;
    table.take_spent();
    booth.takes(lunch(&aad(&people[0]), more)).await;
    let opening = table.take_spent();
    booth.settle().await;
    table.take_spent();
    for (number, person) in people.iter().take(voters).enumerate() {
        let card = booth.last(person);
        let choice = ["soup", "pie"][number % 2];
        let given = json!({ "answer.q1": choice, "answer.q2": 4 });
        let voted = person.press_with("tidings.poll.vote", &card, &given).await;
        assert!(counts(&voted.unwrap()));
    }
    let votes = table.take_spent();
    booth.closes().await;
    let closing = table.take_spent();
    booth.bot.stage.teams.release_unread();
    (add(opening, closing), votes)
}

fn each(one: Spent, other: Spent, both: impl Fn(f64, f64) -> f64) -> Spent {
    Spent {
        requests: both(one.requests, other.requests),
        writes: both(one.writes, other.writes),
        reads: both(one.reads, other.reads),
    }
}

fn add(one: Spent, other: Spent) -> Spent {
    each(one, other, |one, other| one + other)
}

/// What 1,000 more voters cost, as between two polls.
fn thousand(few: Spent, many: Spent) -> Spent {
    let voters = f64::from(u32::try_from(MANY - FEW).unwrap());
    each(few, many, |few, many| (many - few) * 1_000.0 / voters)
}

/// Nothing is more than the documentation says, which says not much more than it is.
fn is_as_documented(line: &str, spent: Spent) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cost.md");
    let page = std::fs::read_to_string(page).unwrap();
    let start = format!("| {line} |");
    let row = page.lines().find_map(|row| row.strip_prefix(&start));
    let row = row.unwrap_or_else(|| panic!("docs/cost.md has no line {line:?}"));
    let mut cells = row.split('|').map(|cell| cell.trim().replace(',', ""));
    for used in [spent.requests, spent.writes, spent.reads] {
        let said: f64 = cells.next().unwrap().parse().unwrap();
        assert!(used <= said, "{line}: {used} is more than {said}");
        assert!(
            used >= said * 0.9 - 4.0,
            "{line}: {used} is far less than {said}"
        );
    }
}

#[tokio::test]
async fn a_poll_and_a_thousand_votes_cost_what_the_documentation_says() {
    let mut lines = Vec::new();
    for (anonymous, results, name) in [
        (false, "after-closing", "named, results after closing"),
        (false, "after-voting", "named, results after voting"),
        (true, "after-closing", "anonymous, results after closing"),
    ] {
        let more = json!({ "anonymous": anonymous, "results": results });
        let (few, few_votes) = poll(FEW, &more).await;
        let (many, many_votes) = poll(MANY, &more).await;
        lines.push((
            format!("1,000 votes: {name}"),
            thousand(few_votes, many_votes),
        ));
        if results == "after-closing" {
            let voters = thousand(few, many);
            let kind = if anonymous { "an anonymous" } else { "a named" };
            let share = f64::from(u32::try_from(FEW).unwrap()) / 1_000.0;
            let once = each(few, voters, |few, voters| few - voters * share);
            lines.push((format!("opening and closing {kind} poll, once"), once));
            lines.push((format!("closing {kind} poll, for 1,000 voters"), voters));
        }
    }
    for (line, spent) in &lines {
        println!("{line}: {spent:?}");
    }
    for (line, spent) in lines {
        is_as_documented(&line, spent);
    }
}
