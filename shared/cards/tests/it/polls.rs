//! Every card of a poll, in both languages.

use std::collections::BTreeMap;

use cards::notification::Standing;
use cards::poll::{self, Done, ForOwner, OwnersCard};
use cards::{Message, Place, PollCard, Press, Reader};
use jiff::Timestamp;
use notifications::{Audience, Mute, Notification, Topic};
use polls::{
    AddedChoice, Answers, Definition, Form, NotAQuickPoll, OccurrenceId, Refusal, Results, Tally,
    Wrong, WrongAnswer, choices,
};
use serde_json::{Value, json};

use crate::rules;
use crate::samples::{key, now, tonight, topic};

pub(crate) fn occurrence() -> OccurrenceId {
    "team-mood@20261008T093000Z".parse().unwrap()
}

pub(crate) fn polls_topic() -> Topic {
    topic(json!({ "name": "polls", "title": "Polls" }))
}

/// A question of every kind, anonymous, translated.
pub(crate) fn mood() -> Definition {
    Definition::from_value(&json!({
        "id": "team-mood",
        "title": "Team mood",
        "owner": "upn:ana@contoso.example",
        "to": ["everyone"],
        "questions": [
            { "id": "place", "kind": "single", "text": "Where do we meet?", "choices": ["Pizza", "Sushi", "Sal*ad*"] },
            { "id": "days", "kind": "multiple", "text": "Which days?", "min": 1, "max": 2, "choices": ["Monday", "Tuesday", "Wednesday"] },
            { "id": "week", "kind": "rating", "text": "How was your week?" },
            { "id": "nps", "kind": "nps", "text": "Would you recommend the team?", "required": false },
            { "id": "order", "kind": "ranking", "text": "What first?", "choices": ["Focus", "Coffee", "Chairs"] },
            { "id": "words", "kind": "text", "text": "Anything else?" },
        ],
        "anonymous": true,
        "results": "live",
        "closes": { "after": "2d", "quorum": "80%" },
        "translations": { "es": { "title": "Ánimo del equipo", "questions": [
            { "text": "¿Dónde quedamos?", "choices": ["Pizza", "Sushi", "Ensal*ada*"] },
            { "text": "¿Qué días?", "choices": ["Lunes", "Martes", "Miércoles"] },
            { "text": "¿Qué tal tu semana?" },
            { "text": "¿Recomendarías el equipo?" },
            { "text": "¿Qué primero?", "choices": ["Concentración", "Café", "Sillas"] },
            { "text": "¿Algo más?" },
        ] } },
    }))
    .unwrap()
}

/// A line of chat: its title is its question, and choices may be added.
fn lunch() -> Definition {
    Definition::from_value(&json!({
        "title": "Lunch?",
        "owner": "aad:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01",
        "to": ["chat:19:abc@thread.v2"],
        "questions": [{ "kind": "single", "text": "Lunch?", "choices": ["Pizza", "Sushi"] }],
        "mayChange": false,
        "mayAdd": true,
    }))
    .unwrap()
}

pub(crate) fn answers(json: Value) -> Answers {
    serde_json::from_value(json).unwrap()
}

fn ballot(n: u64) -> Answers {
    let choice = |of: [&str; 3]| json!([of[usize::try_from(n % 3).unwrap()]]);
    answers(json!({
        "place": { "choices": choice(["c1", "c1", "c2"]) },
        "days": { "choices": choice(["c1", "c2", "c3"]) },
        "week": { "score": 3 + n % 3 },
        "nps": { "score": 4 + n % 7 },
        "order": { "ranking": if n.is_multiple_of(2) { json!(["c2", "c1"]) } else { json!(["c1", "c3", "c2"]) } },
        "words": { "text": "More *coffee*,\nplease" },
    }))
}

pub(crate) fn results(definition: &Definition, voters: u64) -> Results {
    let ballots: Vec<Answers> = (0..voters).map(ballot).collect();
    let tally: Tally = ballots.iter().collect();
    Results::of(definition, &[], &tally, Some(1_240))
}

pub(crate) fn card<'a>(
    definition: &'a Definition,
    occurrence: &'a OccurrenceId,
    key: &'a notifications::NotificationKey,
    topic: &'a Topic,
) -> PollCard<'a> {
    PollCard {
        occurrence,
        definition,
        added: &[],
        owner: "Ana *García*",
        closes: Some(tonight()),
        key,
        topic,
        standing: Standing::Hears,
        refreshed_for: &[],
        manages: false,
    }
}

fn all(locale: &str) -> Vec<(&'static str, Message)> {
    let personal = &Reader::personal(Some(locale));
    let chat = &Reader::new(Some(locale), Place::Chat);
    let (occurrence, key, topic) = (occurrence(), key(), polls_topic());
    let (mood, lunch) = (mood(), lunch());
    let mood_card = card(&mood, &occurrence, &key, &topic);
    let tacos = choices::add(&lunch, &[], "q1", "Tacos").unwrap();
    let added = [tacos.clone()];
    let lunch_card = PollCard {
        added: &added,
        closes: None,
        refreshed_for: &["29:1a", "29:1b"],
        manages: false,
        ..card(&lunch, &occurrence, &key, &topic)
    };
    let muted = PollCard {
        standing: Standing::Muted(Mute::Always),
        ..lunch_card
    };
    let lunch_votes: Tally = [
        answers(json!({ "q1": { "choices": ["c1"] } })),
        answers(json!({ "q1": { "choices": [tacos.id] } })),
        answers(json!({ "q1": { "choices": [tacos.id] } })),
    ]
    .iter()
    .collect();
    let lunch_results = Results::of(&lunch, &added, &lunch_votes, None);
    let vote = ballot(2);
    let lunch_vote = answers(json!({ "q1": { "choices": [tacos.id] } }));
    let few = results(&mood, 3);
    let many = results(&mood, 1_032);
    let written = BTreeMap::from([(
        "words".to_owned(),
        vec!["More *coffee*,\nplease".to_owned(); 22],
    )]);
    let own_texts = ForOwner {
        written: Some(&written),
        votes: None,
    };
    let who = |name: &str, answers: &Answers| (name.to_owned(), answers.clone());
    let by_name = vec![
        who(
            "Ben *Ito*",
            &answers(json!({ "q1": { "choices": ["c1"] } })),
        ),
        who("ana@contoso.example", &lunch_vote),
        who("29:1c", &lunch_vote),
    ];
    let own_votes = ForOwner {
        written: None,
        votes: Some(&by_name),
    };
    let open = OwnersCard {
        open: true,
        results: &few,
        own: ForOwner::default(),
    };
    let over = OwnersCard {
        open: false,
        results: &many,
        own: own_texts,
    };
    let lunch_open = OwnersCard {
        open: true,
        results: &lunch_results,
        own: own_votes,
    };
    let wrong = |question: &str, why| Wrong {
        question: question.into(),
        why,
    };
    let mistakes = [
        wrong("place", WrongAnswer::Missing),
        wrong("days", WrongAnswer::TooMany(2)),
    ];
    let errors = Form::default()
        .definition(&mood.owner, &mood.to)
        .unwrap_err();
    let filled = Form {
        question: "Lunch?".into(),
        choices: "Pizza\nSushi".into(),
        anonymous: true,
        closes: "4h".into(),
        ..Form::default()
    };
    let on = &occurrence;
    let done = |what| poll::done(personal, "Lunch *today*?", what, on);
    let few_choices = NotAQuickPoll::FewChoices {
        question: "Lunch?".into(),
        found: 1,
    };
    vec![
        ("poll-ask", mood_card.ask(personal, None)),
        ("poll-ask-chat", lunch_card.ask(chat, Some(&lunch_results))),
        ("poll-ask-muted", muted.ask(personal, None)),
        ("poll-remind", mood_card.remind(personal)),
        ("poll-change", mood_card.change(personal, &vote)),
        ("poll-ask-again", mood_card.ask_again(personal, &mistakes)),
        ("poll-voted", mood_card.voted(personal, &vote, Some(&few))),
        ("poll-voted-chat", lunch_card.voted(chat, &lunch_vote, None)),
        (
            "poll-results-so-far",
            lunch_card.results_so_far(chat, &lunch_results),
        ),
        (
            "poll-closed",
            mood_card.closed(personal, Some(&many), Some(&vote)),
        ),
        (
            "poll-closed-few",
            mood_card.closed(personal, Some(&few), None),
        ),
        (
            "poll-closed-owner-only",
            lunch_card.closed(chat, None, None),
        ),
        ("poll-result", mood_card.result(personal, &many, None)),
        (
            "poll-result-nobody",
            mood_card.result(personal, &results(&mood, 0), Some(ForOwner::default())),
        ),
        (
            "poll-result-owner",
            lunch_card.result(personal, &lunch_results, Some(own_votes)),
        ),
        ("poll-owner-open", mood_card.owners(personal, &open)),
        (
            "poll-owner-open-by-hand",
            lunch_card.owners(chat, &lunch_open),
        ),
        ("poll-owner-closed", mood_card.owners(personal, &over)),
        ("poll-form", poll::form(personal, &Form::default(), None)),
        (
            "poll-form-wrong",
            poll::form(personal, &filled, Some(&errors)),
        ),
        ("poll-adding", poll::adding(chat, &lunch_card)),
        (
            "poll-created",
            poll::created(personal, &mood, Some(tonight())),
        ),
        (
            "poll-confirm-delete",
            poll::confirm_delete(personal, "Lunch?", on),
        ),
        ("poll-done-closing", done(Done::Closing)),
        (
            "poll-done-extended",
            done(Done::Open {
                closes: Some(tonight()),
            }),
        ),
        ("poll-done-deleting", done(Done::Deleting)),
        ("poll-done-again", done(Done::AskedAgain)),
        (
            "poll-deleted",
            poll::deleted(personal, "Lunch?", &key, &topic, Standing::Hears),
        ),
        ("poll-not-here", poll::not_here(personal)),
        ("poll-not-set-up", poll::not_set_up(chat)),
        (
            "poll-not-quick",
            poll::not_a_quick_poll(personal, &few_choices),
        ),
        (
            "poll-wrong-definition",
            poll::wrong_definition(personal, &errors),
        ),
        (
            "poll-refused-closed",
            poll::refused(personal, &Refusal::Closed, Some(on)),
        ),
        (
            "poll-refused-not-for-you",
            poll::refused(personal, &Refusal::NotForYou, Some(on)),
        ),
    ]
}

#[test]
fn every_card_is_as_it_was_approved() {
    for (language, locale) in [("en", "en-US"), ("es", "es-MX")] {
        for (name, message) in all(locale) {
            insta::assert_json_snapshot!(
                format!("{name}.{language}"),
                json!({ "summary": message.summary, "card": message.card })
            );
        }
    }
}

#[test]
fn every_card_keeps_the_rules_of_teams() {
    for locale in ["en-US", "es-ES"] {
        for (name, message) in all(locale) {
            let broken = rules::broken(&message);
            assert!(broken.is_empty(), "{name} ({locale}): {broken:#?}");
        }
    }
}

#[test]
fn nothing_is_left_untranslated() {
    let spanish = all("es-ES");
    for ((name, english), (_, spanish)) in all("en-US").into_iter().zip(spanish) {
        assert_ne!(english.card, spanish.card, "{name}");
    }
    assert_eq!(all("de-DE"), all("en-US"));
}

/// Each refusal and each mistake has words of its own.
#[test]
fn every_refusal_is_told_apart_in_both_languages() {
    let refusals = [
        Refusal::NoSuchPoll,
        Refusal::Closed,
        Refusal::NotForYou,
        Refusal::MayNotChange,
        Refusal::Answers(Vec::new()),
        Refusal::MayNotAdd,
        Refusal::AddedNothing,
        Refusal::AddedTooLong,
        Refusal::ChoiceExists,
        Refusal::TooManyChoices,
        Refusal::NotAnOwner,
        Refusal::NoResultsYet,
        Refusal::AnonymousStaysClosed,
        Refusal::StillOpen,
        Refusal::NotLater,
        Refusal::NoClosingTime,
    ];
    for locale in ["en", "es"] {
        let reader = Reader::personal(Some(locale));
        let mut told = std::collections::BTreeSet::new();
        for refusal in &refusals {
            let message = poll::refused(&reader, refusal, Some(&occurrence()));
            assert_eq!(rules::broken(&message), [""; 0], "{refusal}");
            assert!(told.insert(message.summary), "{refusal}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_definition_is_said_once_and_the_rest_as_senders_get_it() {
    let wrong = |json| Definition::from_value(&json).unwrap_err();
    let errors = wrong(
        json!({ "title": "", "questions": [{ "kind": "single", "text": "", "choices": ["a", "A"] }] }),
    );
    let message = poll::wrong_definition(&Reader::personal(Some("es")), &errors);
    let body = message.card["body"].as_array().unwrap();
    let texts: Vec<_> = body.iter().filter_map(|one| one["text"].as_str()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[1].starts_with("Escribe una pregunta"));
    let facts = body.iter().find_map(|one| one["facts"].as_array()).unwrap();
    let titles: Vec<_> = facts
        .iter()
        .filter_map(|one| one["title"].as_str())
        .collect();
    assert_eq!(titles, ["owner", "to"]);
    let many: serde_json::Map<String, Value> =
        (0..30).map(|n| (format!("f{n}"), 1.into())).collect();
    let message = poll::wrong_definition(&Reader::personal(None), &wrong(many.into()));
    assert_eq!(rules::broken(&message), [""; 0]);
    assert!(message.card.to_string().contains("… and 2"));
}

#[test]
fn results_are_there_in_words_wherever_there_is_a_chart() {
    let (occurrence, key, topic, mood) = (occurrence(), key(), polls_topic(), mood());
    let card = card(&mood, &occurrence, &key, &topic);
    let message = card.result(&Reader::personal(None), &results(&mood, 9), None);
    let body = message.card["body"].as_array().unwrap();
    let mut charts = 0;
    for (at, element) in body.iter().enumerate() {
        let kind = element["type"].as_str().unwrap();
        if kind.starts_with("Chart.") {
            charts += 1;
            assert_eq!(body[at + 1]["type"], "FactSet");
            if kind == "Chart.HorizontalBar" {
                let bars = element["data"].as_array().unwrap();
                let facts = body[at + 1]["facts"].as_array().unwrap();
                assert_eq!(bars.len(), facts.len());
            }
        }
    }
    assert_eq!(charts, 5);
}

#[test]
fn a_card_that_many_read_refreshes_for_sixty_and_one_in_a_personal_chat_for_none() {
    let (occurrence, key, topic, mood) = (occurrence(), key(), polls_topic(), mood());
    let people: Vec<String> = (0..70).map(|n| format!("29:{n}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let card = PollCard {
        refreshed_for: &people,
        manages: false,
        ..card(&mood, &occurrence, &key, &topic)
    };
    let shared = card.ask(&Reader::new(None, Place::Channel), None).card;
    assert_eq!(shared["refresh"]["userIds"].as_array().unwrap().len(), 60);
    let action = &shared["refresh"]["action"];
    let press = Press::read(action["verb"].as_str(), &action["data"]);
    assert_eq!(
        press,
        Some(Press::Poll(cards::PollPress::Refresh(occurrence.clone())))
    );
    assert!(
        card.ask(&Reader::personal(None), None)
            .card
            .get("refresh")
            .is_none()
    );
}

/// A refresh while somebody writes would take away what they wrote; and what
/// is closed changes no more.
#[test]
fn only_a_card_that_may_change_and_that_nobody_writes_in_refreshes_itself() {
    let (occurrence, key, topic, mood) = (occurrence(), key(), polls_topic(), mood());
    let card = PollCard {
        refreshed_for: &["29:1a"],
        manages: false,
        ..card(&mood, &occurrence, &key, &topic)
    };
    let chat = &Reader::new(None, Place::Chat);
    let (vote, counted) = (ballot(1), results(&mood, 9));
    let refreshes = |message: Message| message.card.get("refresh").is_some();
    assert!(refreshes(card.ask(chat, None)));
    assert!(refreshes(card.voted(chat, &vote, Some(&counted))));
    assert!(refreshes(card.results_so_far(chat, &counted)));
    for message in [
        card.change(chat, &vote),
        card.ask_again(chat, &[]),
        poll::adding(chat, &card),
        card.closed(chat, Some(&counted), None),
        card.result(chat, &counted, None),
    ] {
        assert!(!refreshes(message));
    }
}

#[test]
fn an_open_poll_in_a_personal_chat_says_how_to_stop_polls() {
    for (name, message) in all("en") {
        let ends = message.card["body"].as_array().unwrap().last().unwrap();
        let buttons = ends["actions"].to_string();
        if name.starts_with("poll-ask") && name != "poll-ask-muted" || name == "poll-remind" {
            assert!(
                buttons.contains("tidings.mute") && buttons.contains("tidings.why"),
                "{name}"
            );
        }
    }
}

#[test]
fn an_anonymous_poll_says_so_and_is_never_offered_to_be_reopened() {
    let texts = |name: &str| {
        let all = all("en");
        let (_, message) = all.iter().find(|(known, _)| *known == name).unwrap();
        message.card.to_string()
    };
    assert!(texts("poll-ask").contains("anonymous: nobody can see who voted what"));
    assert!(texts("poll-ask-chat").contains("with your name"));
    assert!(!texts("poll-owner-closed").contains("tidings.poll.reopen"));
    assert!(texts("poll-result-owner").contains("tidings.poll.reopen"));
}

#[test]
fn what_a_card_asks_is_what_is_read_as_an_answer() {
    let (occurrence, key, topic, mood) = (occurrence(), key(), polls_topic(), mood());
    let card = card(&mood, &occurrence, &key, &topic);
    let given = ballot(5);
    let message = card.change(&Reader::personal(None), &given);
    // What a client sends back of a card that nobody touched.
    let mut inputs = serde_json::Map::new();
    for element in message.card["body"].as_array().unwrap() {
        if let (Some(id), Some(value)) = (element["id"].as_str(), element.get("value")) {
            inputs.insert(id.to_owned(), value.clone());
        }
    }
    assert_eq!(Answers::read(&mood, &[], &inputs.into()), Ok(given));
}

#[test]
fn what_is_written_to_be_added_is_read_by_question() {
    let (occurrence, key, topic, lunch) = (occurrence(), key(), polls_topic(), lunch());
    let card = card(&lunch, &occurrence, &key, &topic);
    let shown = poll::adding(&Reader::personal(None), &card)
        .card
        .to_string();
    assert!(shown.contains("\"add.q1\""));
    let data = json!({ "add.q1": " Tacos ", "add.q2": "x", "tidings": {} });
    assert_eq!(poll::added(&card, &data), [("q1", "Tacos".to_owned())]);
    assert_eq!(poll::added(&card, &json!({ "add.q1": " " })), []);
    assert_eq!(poll::added(&card, &Value::Null), []);
}

#[test]
fn what_a_poll_sends_keeps_the_contract_of_notifications() {
    let mut to = Audience::default();
    to.add("everyone").unwrap();
    let mut long = mood();
    long.title = "M".repeat(300);
    for definition in [mood(), lunch(), long] {
        for owner in ["Ana García", "", &"M".repeat(400)] {
            for notification in [
                poll::asking(&definition, owner, to.clone(), Some(now())),
                poll::reminding(&definition, owner, to.clone(), None),
                poll::closing_result(&definition, owner, to.clone()),
                poll::withdrawn(&definition, owner, to.clone()),
            ] {
                let json = serde_json::to_vec(&notification).unwrap();
                assert_eq!(Notification::parse(&json).unwrap(), notification);
            }
        }
    }
    let asking = poll::asking(&mood(), "Ana", to, Some(now()));
    assert_eq!(asking.what, "Ana asks: Team mood");
    let spanish = asking
        .texts(Some(&"es-MX".parse().unwrap()))
        .what
        .to_owned();
    assert_eq!(spanish, "Ana pregunta: Ánimo del equipo");
    assert_eq!(asking.expires, Some::<Timestamp>(now()));
}

#[test]
fn what_others_write_becomes_no_markup() {
    let evil = "**[x](https://evil.example)** <at>Ana</at>";
    let definition = Definition::from_value(&json!({
        "title": evil, "owner": "upn:ana@contoso.example", "to": ["everyone"], "mayAdd": true,
        "questions": [
            { "kind": "single", "text": evil, "choices": [evil, "b"] },
            { "kind": "text", "text": "Why?" },
        ],
    }))
    .unwrap();
    let (occurrence, key, topic) = (occurrence(), key(), polls_topic());
    let added: [AddedChoice; 1] =
        [choices::add(&definition, &[], "q1", "[y](https://e.example)").unwrap()];
    let card = PollCard {
        owner: evil,
        added: &added,
        ..card(&definition, &occurrence, &key, &topic)
    };
    let reader = Reader::personal(None);
    let answers = answers(json!({ "q1": { "choices": [added[0].id] }, "q2": { "text": evil } }));
    let tally: Tally = [&answers].into_iter().collect();
    let results = Results::of(&definition, &added, &tally, None);
    let written = BTreeMap::from([("q2".to_owned(), vec![evil.to_owned()])]);
    for message in [
        card.ask(&reader, Some(&results)),
        card.voted(&reader, &answers, Some(&results)),
        card.result(
            &reader,
            &results,
            Some(ForOwner {
                written: Some(&written),
                votes: Some(&vec![(evil.to_owned(), answers.clone())]),
            }),
        ),
    ] {
        for text in markdown_of(&message.card) {
            assert!(
                !text.contains("](https") || text.contains("\\](https"),
                "{text}"
            );
            assert!(!text.contains("<at>") || text.contains("\\<at>"), "{text}");
        }
    }
}

/// Every text of a card that clients read as Markdown.
fn markdown_of(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().flat_map(markdown_of).collect(),
        Value::Object(fields) => {
            let compact = fields.get("style") == Some(&"compact".into());
            let own = ["text", "title", "value"].iter().filter_map(|name| {
                let is_button = fields.get("type").is_some_and(|kind| kind != "TextBlock");
                fields.get(*name).filter(|_| !is_button)?.as_str()
            });
            let inside = fields.iter().filter(|(name, _)| {
                !(compact && *name == "choices"
                    || ["data", "actions", "refresh"].contains(&name.as_str()))
            });
            own.chain(inside.flat_map(|(_, value)| markdown_of(value)))
                .collect()
        }
        _ => Vec::new(),
    }
}
