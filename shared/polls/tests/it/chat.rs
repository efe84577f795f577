//! Polls in one line of chat.

use crate::samples::ANA;
use notifications::Audience;
use polls::{NotAQuickPoll, QuickPoll};
use proptest::prelude::*;

fn read(text: &str) -> Result<(String, Vec<String>), NotAQuickPoll> {
    QuickPoll::parse(text).map(|poll| (poll.question, poll.choices))
}

#[test]
fn a_question_may_be_quoted_in_any_way_or_end_with_its_mark() {
    let lunch = Ok((
        "Lunch?".to_owned(),
        vec!["Pizza".to_owned(), "Sushi".to_owned()],
    ));
    for text in [
        r#""Lunch?" Pizza | Sushi"#,
        "“Lunch?” Pizza | Sushi",
        "”Lunch?“ Pizza|Sushi",
        "“Lunch?\" Pizza | Sushi",
        "„Lunch?“ Pizza | Sushi",
        "«Lunch?» Pizza | Sushi",
        "Lunch? Pizza | Sushi",
        "Lunch?\n- Pizza\n- Sushi\n",
        "\"Lunch?\"\u{a0}\"Pizza\" | “Sushi” |",
        "  \"Lunch?\"  | Pizza | Sushi ",
    ] {
        assert_eq!(read(text), lunch, "{text}");
    }
    let (question, choices) = read("¿Qué tal? ¿Y mañana? Bien | Me llamo \"Ana\" | Mal").unwrap();
    assert_eq!(question, "¿Qué tal? ¿Y mañana?");
    assert_eq!(choices[1], "Me llamo \"Ana\"");
    assert_eq!(read("\"Say |\" a | b").unwrap().0, "Say |");
    assert_eq!(read("Lunch\nPizza\nSushi").unwrap().0, "Lunch");
}

#[test]
fn what_is_missing_is_told() {
    let few = |question: &str, found| NotAQuickPoll::FewChoices {
        question: question.into(),
        found,
    };
    for (text, why) in [
        ("", NotAQuickPoll::Empty),
        (" \n ", NotAQuickPoll::Empty),
        ("Pizza | Sushi", NotAQuickPoll::NoQuestion),
        ("\"\" Pizza | Sushi", NotAQuickPoll::NoQuestion),
        ("\"Lunch? Pizza | Sushi", NotAQuickPoll::OpenQuote),
        ("\"Lunch?\"", few("Lunch?", 0)),
        ("Lunch?", few("Lunch?", 0)),
        ("lunch on friday", few("lunch on friday", 0)),
        ("\"Lunch?\" Pizza", few("Lunch?", 1)),
        ("\"Lunch?\" Pizza | | ", few("Lunch?", 1)),
        (
            "\"Lunch?\" Pizza | pizza",
            NotAQuickPoll::SameChoice {
                choice: "pizza".into(),
            },
        ),
    ] {
        assert_eq!(read(text), Err(why), "{text}");
    }
    let many = format!(
        "Lunch? {}",
        (0..21).map(|n| n.to_string()).collect::<Vec<_>>().join("|")
    );
    assert_eq!(read(&many), Err(NotAQuickPoll::ManyChoices { found: 21 }));
}

#[test]
fn a_quick_poll_is_a_definition() {
    let mut to = Audience::default();
    to.add("chat:19:abc@thread.v2").unwrap();
    let owner = format!("aad:{ANA}").parse().unwrap();
    let poll = QuickPoll::parse("Lunch? Pizza | Sushi")
        .unwrap()
        .definition(&owner, &to)
        .unwrap();
    assert_eq!(poll.title, "Lunch?");
    assert_eq!(poll.questions[0].choices()[1].text, "Sushi");
    let long = QuickPoll::parse(&format!("{}? a | b", "x".repeat(400))).unwrap();
    assert_eq!(
        long.definition(&owner, &to).unwrap_err().paths(),
        "title, questions[0].text"
    );
}

proptest! {
    #[test]
    fn whatever_is_written_is_a_poll_or_a_reason(text in "(\"|“|”|\\||\n|\\?|a|é| |-){0,12}", any in any::<String>()) {
        for text in [text, any] {
            if let Ok(poll) = QuickPoll::parse(&text) {
                prop_assert!(!poll.question.is_empty());
                prop_assert!((2..=20).contains(&poll.choices.len()));
                prop_assert!(poll.choices.iter().all(|choice| !choice.is_empty()));
            }
        }
    }
}
