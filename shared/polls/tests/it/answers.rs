//! What comes from cards, as answers.

use crate::samples::{every_kind, poll};
use polls::choices::{self, AddedChoice};
use polls::{Answer, Answers, Refusal, Wrong, WrongAnswer};
use proptest::prelude::*;
use serde_json::{Value, json};

fn whole() -> Value {
    json!({
        "tidings": {"verb": "tidings.poll.vote"},
        "answer.one": "c2", "answer.some": "we,mo", "answer.stars": "4", "answer.nps": "10",
        "answer.order.1": "c3", "answer.order.2": "", "answer.order.3": "c1",
        "answer.words": " All\u{7} good\r\n\u{202e}thanks ", "answer.other": "x",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut json = whole();
    json[name] = value;
    json
}

fn read(inputs: &Value) -> Result<Answers, Vec<Wrong>> {
    Answers::read(&every_kind(), &[], inputs)
}

#[test]
fn every_kind_of_answer_is_read_from_texts() {
    let answers = read(&whole()).unwrap();
    assert_eq!(
        serde_json::to_value(&answers).unwrap(),
        json!({
            "one": {"choices": ["c2"]},
            "some": {"choices": ["mo", "we"]},
            "stars": {"score": 4},
            "nps": {"score": 10},
            "order": {"ranking": ["c3", "c1"]},
            "words": {"text": "All good\nthanks"},
        })
    );
    assert_eq!(
        answers.texts().collect::<Vec<_>>(),
        [("words", "All good\nthanks")]
    );
    let json = serde_json::to_string(&answers).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
}

#[test]
fn native_json_says_the_same() {
    let native = json!({
        "answer.one": ["c2"], "answer.some": ["we", "mo", "mo"], "answer.stars": 4.0, "answer.nps": 10,
        "answer.order": ["c3", "c1"], "answer.words": "All good\nthanks",
    });
    assert_eq!(read(&native), read(&whole()));
}

#[test]
fn what_need_not_be_answered_may_be_left_out() {
    let mut inputs = whole();
    for name in ["answer.nps", "answer.words"] {
        inputs[name] = "".into();
    }
    for place in ["answer.order.1", "answer.order.3"] {
        inputs[place] = Value::Null;
    }
    let answers = read(&inputs).unwrap();
    let answered: Vec<_> = answers.0.keys().map(String::as_str).collect();
    assert_eq!(answered, ["one", "some", "stars"]);
}

#[test]
fn each_wrong_answer_is_named() {
    for (name, value, question, why) in [
        ("answer.one", json!("c9"), "one", WrongAnswer::UnknownChoice),
        ("answer.one", json!("c1,c2"), "one", WrongAnswer::TooMany(1)),
        ("answer.one", json!(""), "one", WrongAnswer::Missing),
        (
            "answer.one",
            json!({"a": 1}),
            "one",
            WrongAnswer::Unreadable,
        ),
        ("answer.one", json!(true), "one", WrongAnswer::Unreadable),
        (
            "answer.some",
            json!("mo,tu,we"),
            "some",
            WrongAnswer::TooMany(2),
        ),
        ("answer.stars", json!("6"), "stars", WrongAnswer::OutOfRange),
        (
            "answer.stars",
            json!("3.5"),
            "stars",
            WrongAnswer::OutOfRange,
        ),
        ("answer.stars", json!("0"), "stars", WrongAnswer::Missing),
        (
            "answer.stars",
            json!("many"),
            "stars",
            WrongAnswer::Unreadable,
        ),
        (
            "answer.stars",
            json!("NaN"),
            "stars",
            WrongAnswer::OutOfRange,
        ),
        ("answer.nps", json!(-1), "nps", WrongAnswer::OutOfRange),
        ("answer.nps", json!(11), "nps", WrongAnswer::OutOfRange),
        (
            "answer.order.2",
            json!("c3"),
            "order",
            WrongAnswer::Repeated,
        ),
        (
            "answer.order.2",
            json!("c4"),
            "order",
            WrongAnswer::UnknownChoice,
        ),
        (
            "answer.words",
            json!("x".repeat(501)),
            "words",
            WrongAnswer::TooLong,
        ),
        (
            "answer.words",
            json!(["x"]),
            "words",
            WrongAnswer::Unreadable,
        ),
    ] {
        let wrong = read(&with(name, value.clone())).unwrap_err();
        let expected = Wrong {
            question: question.into(),
            why,
        };
        assert_eq!(wrong, [expected], "{name} {value}");
    }
    assert_eq!(
        read(&with("answer.nps", json!("0"))).unwrap().0["nps"],
        Answer::Score(0)
    );
    assert!(read(&with("answer.words", json!("é".repeat(500)))).is_ok());
    assert_eq!(read(&json!("text")).unwrap_err().len(), 3);
}

#[test]
fn a_vote_of_nothing_is_none() {
    let poll = poll(json!({"questions": [{"kind": "text", "text": "Why?"}]}));
    for inputs in [json!({}), json!({"answer.q1": " \u{200b}\n"}), Value::Null] {
        let wrong = Answers::read(&poll, &[], &inputs).unwrap_err();
        assert_eq!(wrong[0].why, WrongAnswer::Missing);
    }
}

#[test]
fn fewer_choices_than_asked_for_are_refused() {
    let poll = poll(
        json!({"questions": [{"kind": "multiple", "text": "?", "choices": ["A", "B", "C"], "min": 2}]}),
    );
    let wrong = Answers::read(&poll, &[], &json!({"answer.q1": "c1,c1"})).unwrap_err();
    assert_eq!(wrong[0].why, WrongAnswer::TooFew(2));
}

#[test]
fn an_added_choice_can_be_chosen_where_it_was_added() {
    let poll = poll(json!({"mayAdd": true, "questions": [
        {"kind": "single", "text": "Where?", "choices": ["Pizza", "Sushi"]},
        {"kind": "ranking", "text": "Order?", "required": false, "choices": ["Pizza", "Sushi"]},
    ]}));
    let tacos = choices::add(&poll, &[], "q1", "  Tacos\n al  pastor ").unwrap();
    assert_eq!(tacos.text, "Tacos al pastor");
    let added = [tacos.clone()];
    let vote = |name: &str| json!({ "answer.q1": "c1", name: tacos.id });
    let answers = Answers::read(&poll, &added, &vote("answer.q1")).unwrap();
    assert_eq!(answers.0["q1"], Answer::Choices(vec![tacos.id.clone()]));
    assert!(Answers::read(&poll, &[], &vote("answer.q1")).is_err());
    assert!(Answers::read(&poll, &added, &vote("answer.q2")).is_err());
    // Two who add the same at once add it once.
    let again = choices::add(&poll, &[], "q1", "TACOS al pastor").unwrap();
    assert_eq!(again.id, tacos.id);
}

#[test]
fn what_cannot_be_added_is_refused() {
    let growing = poll(json!({"mayAdd": true, "questions": [
        {"kind": "single", "text": "Where?", "choices": ["Pizza", "Sushi"]}, {"kind": "text", "text": "Why?"},
    ]}));
    let add = |question: &str, text: &str| choices::add(&growing, &[], question, text).unwrap_err();
    assert_eq!(add("q1", "PIZZA "), Refusal::ChoiceExists);
    assert_eq!(add("q1", " \u{202e} "), Refusal::AddedNothing);
    assert_eq!(add("q1", &"x".repeat(61)), Refusal::AddedTooLong);
    assert_eq!(add("q2", "Tacos"), Refusal::MayNotAdd);
    assert_eq!(add("q9", "Tacos"), Refusal::MayNotAdd);
    assert_eq!(
        choices::add(&poll(json!({})), &[], "q1", "Tacos"),
        Err(Refusal::MayNotAdd)
    );
    let mut added: Vec<AddedChoice> = Vec::new();
    for n in 0..18 {
        added.push(choices::add(&growing, &added, "q1", &format!("Place {n}")).unwrap());
    }
    let one_more = choices::add(&growing, &added, "q1", "Place 18");
    assert_eq!(one_more, Err(Refusal::TooManyChoices));
    assert_eq!(
        choices::add(&growing, &added, "q1", "Place 3"),
        Err(Refusal::ChoiceExists)
    );
}

proptest! {
    #[test]
    fn whatever_a_client_sends_is_an_answer_that_fits_or_a_named_problem(
        one in "(c1|c2|c9|,| |){0,4}", some in "(mo|tu|we|x|,){0,6}", stars in "[0-9.eE-]{0,4}",
        order in prop::collection::vec("(c1|c2|c3|c4|)", 3), words in any::<String>(),
    ) {
        let inputs = json!({
            "answer.one": one, "answer.some": some, "answer.stars": stars, "answer.words": words,
            "answer.order.1": order[0], "answer.order.2": order[1], "answer.order.3": order[2],
        });
        match read(&inputs) {
            Ok(answers) => {
                prop_assert!(matches!(&answers.0["one"], Answer::Choices(ids) if ids.len() == 1));
                prop_assert!(matches!(&answers.0["some"], Answer::Choices(ids) if (1..=2).contains(&ids.len())));
                prop_assert!(matches!(answers.0["stars"], Answer::Score(1..=5)));
                for (_, text) in answers.texts() {
                    prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
                    prop_assert!(text.chars().count() <= 500);
                }
            }
            Err(wrong) => prop_assert!(!wrong.is_empty()),
        }
    }
}

#[test]
fn what_is_not_seen_makes_no_choice_and_no_answer_of_its_own() {
    let growing = poll(json!({"mayAdd": true}));
    let tacos = choices::add(&growing, &[], "q1", "Tacos").unwrap();
    for unseen in [
        '\u{ad}', '\u{34f}', '\u{61c}', '\u{180e}', '\u{206a}', '\u{3164}', '\u{ffa0}',
    ] {
        let nothing = choices::add(&growing, &[], "q1", &format!(" {unseen} "));
        assert_eq!(nothing, Err(Refusal::AddedNothing), "{unseen:?}");
        let same = choices::add(
            &growing,
            std::slice::from_ref(&tacos),
            "q1",
            &format!("Ta{unseen}cos"),
        );
        assert_eq!(same, Err(Refusal::ChoiceExists), "{unseen:?}");
        let words = read(&with("answer.words", format!("{unseen}\n{unseen}").into())).unwrap();
        assert!(!words.0.contains_key("words"), "{unseen:?}");
    }
    // Families are joined by what is not seen, too.
    let family = choices::add(&growing, &[], "q1", "👩\u{200d}👧").unwrap();
    assert_eq!(family.text, "👩\u{200d}👧");
}
