//! Every kind of question, from the schedule to the result.

use serde_json::{Value, json};
use simulator::Person;

use super::booth::{Booth, MINUTE, aad, counts};
use crate::schemas::is_as_its_schema_says;

/// Single, multiple, rating, nps, ranking, text.
type Given = (
    &'static str,
    &'static str,
    u8,
    u8,
    [&'static str; 3],
    &'static str,
);

/// What the eight answer who answer.
const ANSWERS: [Given; 8] = [
    ("a", "a", 5, 10, ["a", "b", "c"], "one"),
    ("a", "a,b", 4, 9, ["a", "b", "c"], "two"),
    ("b", "b,c", 4, 9, ["b", "a", "c"], "three"),
    ("a", "c", 3, 8, ["c", "b", "a"], "four"),
    ("c", "a,c", 5, 7, ["a", "c", "b"], "five"),
    ("a", "b", 1, 6, ["b", "c", "a"], ""),
    ("b", "a,b", 2, 0, ["a", "b", "c"], "**seven** <b>bold</b>"),
    ("a", "b,c", 5, 10, ["c", "a", "b"], "eight"),
];

fn questions() -> Value {
    let choices = json!([{ "id": "a", "text": "Alpha" }, { "id": "b", "text": "Beta" }, { "id": "c", "text": "Gamma" }]);
    json!([
        { "id": "s", "kind": "single", "text": "One?", "choices": choices },
        { "id": "m", "kind": "multiple", "text": "Some?", "choices": choices, "min": 1, "max": 2 },
        { "id": "r", "kind": "rating", "text": "Stars?" },
        { "id": "n", "kind": "nps", "text": "Recommend?" },
        { "id": "o", "kind": "ranking", "text": "Order?", "choices": choices },
        { "id": "t", "kind": "text", "text": "Why?", "required": false },
    ])
}

fn answers(number: usize) -> Value {
    let (single, multiple, rating, nps, [first, second, third], text) = ANSWERS[number];
    json!({
        "answer.s": single, "answer.m": multiple, "answer.r": rating, "answer.n": nps.to_string(),
        "answer.o.1": first, "answer.o.2": second, "answer.o.3": third, "answer.t": text,
    })
}

/// How many messages each has had of the bot.
fn had(booth: &Booth, people: &[Person]) -> Vec<usize> {
    let messages = |person| booth.bot.stage.teams.messages_to(person).len();
    people.iter().map(messages).collect()
}

#[tokio::test]
async fn every_kind_of_question_goes_from_its_schedule_to_its_result() {
    // Eight who answer, one who does not, and the owner, who is not asked.
    let booth = Booth::of(10).await;
    let people = booth.people();
    let (owner, silent) = (&people[9], &people[8]);
    let to: Vec<_> = people[..9].iter().map(aad).collect();
    let poll = json!({
        "id": "all", "title": "Everything?", "owner": aad(owner), "to": to, "questions": questions(),
        "schedule": { "at": "2026-11-24T11:00", "zone": "Europe/Madrid" },
        "closes": { "after": "1h" }, "remind": ["30m"],
    });
    booth.takes(poll).await;
    booth.settle().await;
    assert_eq!(had(&booth, &people), [0; 10], "it is not time yet");
    booth.wait(59 * MINUTE).await;
    assert_eq!(had(&booth, &people), [0; 10], "it is not time yet");
    booth.wait(2 * MINUTE).await;
    let opened = booth.occurrence("all").await;
    assert_eq!(opened.id.to_string(), "all@20261124T100000Z");
    assert_eq!(had(&booth, &people), [1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);

    let mut cards = Vec::new();
    for (number, who) in people[..8].iter().enumerate() {
        let card = booth.last(who);
        assert!(card.says("Everything?"), "{}", card.readable());
        let voted = who.press_with("Vote", &card, &answers(number)).await;
        assert!(counts(&voted.unwrap()), "{number}");
        cards.push(card);
    }
    booth.wait(30 * MINUTE).await;
    assert_eq!(had(&booth, &people), [1, 1, 1, 1, 1, 1, 1, 1, 2, 0]);
    let reminder = booth.last(silent);
    assert!(reminder.says("Everything?"), "{}", reminder.readable());

    booth.wait(30 * MINUTE).await;
    assert_eq!(had(&booth, &people), [1, 1, 1, 1, 1, 1, 1, 1, 2, 1]);
    for (who, card) in people.iter().zip(&cards) {
        let now = who.chat().message(&card.id).unwrap();
        assert_eq!(now.edits, 1, "{}", now.readable());
        assert!(now.says("closed"), "{}", now.readable());
    }
    assert!(
        silent
            .chat()
            .messages()
            .iter()
            .all(|card| card.says("closed"))
    );
    let told = booth.last(owner).readable();
    assert!(told.contains("Result of the poll"), "{told}");
    assert!(
        told.contains("seven") && !told.contains("**seven**"),
        "{told}"
    );

    let closed = booth.occurrence("all").await;
    let result = serde_json::to_value(booth.result(&closed).await).unwrap();
    let choice = |id: &str, count: u64, percent: f64| json!({ "id": id, "count": count, "percent": percent });
    let scores = |from: usize, counts: &[u64]| -> Value {
        let scores = counts.iter().enumerate();
        scores
            .map(|(index, count)| json!({ "score": from + index, "count": count }))
            .collect()
    };
    let expected = json!({
        "voters": 8,
        "asked": 9,
        "shown": { "questions": [
            { "id": "s", "answered": 8, "counted": { "choices":
                [choice("a", 5, 62.5), choice("b", 2, 25.0), choice("c", 1, 12.5)] } },
            { "id": "m", "answered": 8, "counted": { "choices":
                [choice("a", 4, 50.0), choice("b", 5, 62.5), choice("c", 4, 50.0)] } },
            // 5 + 4 + 4 + 3 + 5 + 1 + 2 + 5 = 29, of 8.
            { "id": "r", "answered": 8, "counted": { "rating":
                { "mean": 3.63, "distribution": scores(1, &[1, 1, 1, 2, 3]) } } },
            // 4 promoters less 2 detractors, of 8.
            { "id": "n", "answered": 8, "counted": { "nps": {
                "score": 25.0, "promoters": 4, "passives": 2, "detractors": 2,
                "distribution": scores(0, &[1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]) } } },
            // First places give 2, second places 1.
            { "id": "o", "answered": 8, "counted": { "ranking": [
                { "id": "a", "points": 10, "first": 4 },
                { "id": "b", "points": 8, "first": 2 },
                { "id": "c", "points": 6, "first": 2 }] } },
            { "id": "t", "answered": 7, "counted": "text" },
        ] },
    });
    assert_eq!(result, expected);
    let polls = booth.bot.stage.store.polls();
    let tenant = booth.bot.stage.teams.tenant().into();
    let mut texts = polls.texts(&tenant, &closed, "t", 0).await.unwrap().texts;
    texts.sort();
    let mut written = ANSWERS.map(|answer| answer.5).to_vec();
    written.retain(|text| !text.is_empty());
    written.sort_unstable();
    assert_eq!(texts, written);

    // Whoever comes late is told so, and changes nothing.
    let late = answers(0);
    let late = silent.press_with("tidings.poll.vote", &reminder, &late);
    assert!(late.await.is_err(), "the card has no such button any more");
    booth.wait(24 * 60 * MINUTE).await;
    assert_eq!(had(&booth, &people), [1, 1, 1, 1, 1, 1, 1, 1, 2, 1]);
    let events = booth.bot.events.events();
    let kinds: Vec<_> = events.iter().map(|event| &*event.detail_type).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == "tidings.poll.closed"));
    let details = booth.bot.events.details();
    assert!(details.iter().all(|one| one == &details[0]), "{details:?}");
    is_as_its_schema_says("tidings.poll.closed", &details[0]);
    assert_eq!(details[0]["results"], expected);
}
