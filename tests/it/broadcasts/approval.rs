use std::time::Duration;

use messages::Admins;
use notifications::Notice;
use notifications::NoticeKind;
use store::BroadcastStage;
use work_items::{GoOn, Recall, Task};

use super::{
    after, approved, bot_among, broadcast, ends, message, news, owned_by, sent, settle, stage_of,
    told,
};

use crate::stage::batch;

const TEXT: &str = "Deployed cart v12 to production";
const ASKS: &str = "asks to send";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// What a client sends that shows the question with its buttons, whatever became of it.
fn approving(question: &simulator::Message) -> serde_json::Value {
    let mut buttons = question.buttons().into_iter();
    let button = buttons.find(|one| one.title == "Approve");
    serde_json::json!({
        "action": { "type": "Action.Execute", "verb": "approve", "data": button.unwrap().data },
        "trigger": "manual",
    })
}

#[tokio::test]
async fn nobody_is_told_before_a_second_person_approves_and_everybody_once_afterwards() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "approved")).await;
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::WaitingApproval);
    assert_eq!(ends(&bot, &key).await, [("open".to_owned(), everybody)]);
    // Whoever asked sees what the others will see, and is not asked.
    let copy = message(&bot, "Ben", "[Test] Deployed cart v12");
    assert!(copy.says("43 recipients get this once somebody else has approved it."));
    let ben = bot.stage.teams.person("Ben");
    assert_eq!(bot.stage.teams.messages_to(&ben).len(), 1);
    let question = message(&bot, "Chloé", ASKS);
    assert!(question.says("to 43 recipients"), "{}", question.readable());

    bot.later(MINUTE);
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Approve", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("You approved it."), "{card}");
    assert!(!card.contains("\"Approve\""), "its buttons are gone");
    // Teams delivers it again, and she presses again on her telephone.
    bot.stage.teams.redeliver(&pressed).await;
    bot.later(MINUTE);
    bot.stage.teams.redeliver_as_new(&pressed).await;
    settle(&bot).await;
    assert_eq!(ends(&bot, &key).await, [("sent".to_owned(), everybody)]);
    for person in bot.stage.teams.people() {
        let messages = bot.stage.teams.messages_to(&person);
        let got = messages
            .iter()
            .filter(|message| message.says(TEXT) && !message.says("[Test]") && !message.says(ASKS))
            .filter(|message| !message.says("was approved"));
        assert_eq!(got.count(), 1, "{}", person.object_id());
    }
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Released);
}

#[tokio::test]
async fn a_small_audience_is_not_asked_about() {
    let bot = bot_among(10, approved()).await;
    let key = sent(&bot, &news(&bot, "few")).await;
    let ledger = bot.stage.store.ledger();
    assert_eq!(ledger.broadcast(&key).await.unwrap(), None);
    assert_eq!(told(&bot, TEXT), 13);
}

#[tokio::test]
async fn declined_nobody_gets_it_and_everybody_has_the_reason() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "declined")).await;
    let question = message(&bot, "Chloé", ASKS);
    bot.later(MINUTE);
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Decline", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("You declined it. Nobody gets it."), "{card}");
    settle(&bot).await;
    assert_eq!(
        ends(&bot, &key).await,
        [("k:declined".to_owned(), everybody)]
    );
    after(&bot, 2 * MINUTE).await;
    let counts = bot
        .stage
        .store
        .ledger()
        .counts(&key)
        .await
        .unwrap()
        .unwrap();
    assert!(counts.ended.is_some() && counts.exact, "{counts:?}");
    assert_eq!(counts.tally.all_skipped(), everybody as u64);
    assert_eq!(told(&bot, "[Test]"), 1, "but for the test copy");
}

#[tokio::test]
async fn what_nobody_answers_in_a_day_ends_as_expired() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "unanswered")).await;
    let question = message(&bot, "Chloé", ASKS);
    after(&bot, 23 * HOUR).await;
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::WaitingApproval);
    for _ in 0..20 {
        after(&bot, 6 * MINUTE).await;
    }
    assert_eq!(
        ends(&bot, &key).await,
        [("k:expired".to_owned(), everybody)]
    );
    // Whoever has it sees that; a card that was not refreshed answers kindly all the same.
    let closed = message(&bot, "Chloé", "Nobody decided in time");
    assert!(closed.says(ASKS));
    message(&bot, "Ben", "is not sent");
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe
        .invoke("adaptiveCard/action", approving(&question), &question)
        .await;
    let card = pressed.body().unwrap().to_string();
    assert!(card.contains("Nobody decided in time"), "{card}");
    settle(&bot).await;
    assert_eq!(
        ends(&bot, &key).await,
        [("k:expired".to_owned(), everybody)]
    );
}

#[tokio::test]
async fn of_two_who_decide_the_first_counts_and_the_other_is_told_whose_word_it_was() {
    let mut bot = bot_among(40, approved()).await;
    let ana = bot.stage.teams.person("Ana");
    let admin = ana.object_id();
    bot.stage.notify.broadcasts.admins = vec![admin.as_str().into()];
    bot.starts(|messages| messages.admins = Admins::read(Some(&admin)));
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "two")).await;
    // Ana reads Spanish.
    let hers = message(&bot, "Chloé", ASKS);
    let others = message(&bot, "Ana", "pide enviar");
    bot.later(MINUTE);
    let chloe = bot.stage.teams.person("Chloé");
    let (one, other) = tokio::join!(
        chloe.press("Approve", &hers),
        ana.press("Rechazar", &others)
    );
    let cards = [one, other].map(|pressed| pressed.unwrap().card().unwrap().to_string());
    let approval = broadcast(&bot, &key).await.approval.expect("one decided");
    let (expected, words) = if approval.what.sends() {
        ("sent", ["You approved it.", "chloe lo ha aprobado."])
    } else {
        ("k:declined", ["ana declined it.", "Lo has rechazado."])
    };
    for (card, word) in cards.iter().zip(words) {
        assert!(card.contains(word), "{word} in {card}");
    }
    settle(&bot).await;
    assert_eq!(ends(&bot, &key).await, [(expected.to_owned(), everybody)]);
    assert_eq!(broadcast(&bot, &key).await.approval, Some(approval));
}

#[tokio::test]
async fn once_it_is_decided_the_others_see_whose_word_it_was_and_whoever_asked_is_told() {
    let mut bot = bot_among(40, approved()).await;
    let ana = bot.stage.teams.person("Ana");
    bot.stage.notify.broadcasts.admins = vec![ana.object_id().as_str().into()];
    let key = sent(&bot, &news(&bot, "told")).await;
    let question = message(&bot, "Chloé", ASKS);
    bot.later(MINUTE);
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Approve", &question).await.unwrap();
    settle(&bot).await;
    let told_at_once = message(&bot, "Ben", "was approved");
    assert!(told_at_once.says("chloe approved it."));
    after(&bot, 2 * MINUTE).await;
    // Ana reads Spanish.
    let hers = message(&bot, "Ana", "pide enviar");
    assert!(hers.says("chloe lo ha aprobado."), "{}", hers.readable());
    let titles: Vec<_> = hers.buttons().into_iter().map(|one| one.title).collect();
    assert!(!titles.iter().any(|title| title == "Aprobar"), "{titles:?}");
    assert_eq!(broadcast(&bot, &key).await.closing, None);

    // However often it is pressed, and whatever comes twice.
    bot.stage.teams.redeliver(&pressed).await;
    bot.later(MINUTE);
    bot.stage.teams.redeliver_as_new(&pressed).await;
    after(&bot, 2 * MINUTE).await;
    let ben = bot.stage.teams.person("Ben");
    let messages = bot.stage.teams.messages_to(&ben).into_iter();
    assert_eq!(messages.filter(|one| one.says("was approved")).count(), 1);
}

#[tokio::test]
async fn whoever_was_not_asked_decides_nothing_with_the_question_in_hand() {
    let bot = bot_among(40, approved()).await;
    let key = sent(&bot, &news(&bot, "forged")).await;
    let question = message(&bot, "Chloé", ASKS);
    let action = approving(&question);
    bot.later(MINUTE);
    // Ben asked for it himself; Ana owns nothing.
    for who in ["Ben", "Ana"] {
        let person = bot.stage.teams.person(who);
        person.say("help").await;
        let help = person.chat().messages().pop().unwrap();
        let forged = person
            .invoke("adaptiveCard/action", action.clone(), &help)
            .await;
        assert_eq!(forged.status(), Some(200));
        assert!(!forged.body().unwrap().to_string().contains("approved it"));
    }
    settle(&bot).await;
    let now = broadcast(&bot, &key).await;
    assert_eq!(
        (now.stage, now.approval),
        (BroadcastStage::WaitingApproval, None)
    );
    // And whoever is an owner no more, neither.
    owned_by(&bot, &["Ben"]).await;
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Approve", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(
        card.contains("Only the topic's owners and the admins decide this."),
        "{card}"
    );
    assert_eq!(broadcast(&bot, &key).await.approval, None);
}

#[tokio::test]
async fn without_anybody_to_ask_it_waits_says_what_to_set_and_goes_on_once_that_is_set() {
    let bot = bot_among(40, approved()).await;
    owned_by(&bot, &["Ben"]).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "nobody to ask")).await;
    let stuck = broadcast(&bot, &key).await;
    let problem = stuck.problem.expect("it says what is missing");
    assert!(
        problem.contains("`owners`") && problem.contains("ADMINS"),
        "{problem}"
    );
    assert_eq!(ends(&bot, &key).await, [("open".to_owned(), everybody)]);
    owned_by(&bot, &["Ben", "Chloé"]).await;
    after(&bot, 7 * MINUTE).await;
    let asked = broadcast(&bot, &key).await;
    assert!(asked.asked && asked.problem.is_none(), "{asked:?}");
    let question = message(&bot, "Chloé", ASKS);
    let chloe = bot.stage.teams.person("Chloé");
    chloe.press("Approve", &question).await.unwrap();
    settle(&bot).await;
    assert_eq!(ends(&bot, &key).await, [("sent".to_owned(), everybody)]);
}

#[tokio::test]
async fn a_question_that_reaches_nobody_is_told_to_operators() {
    let bot = bot_among(40, approved()).await;
    bot.stage.teams.person("Chloé").block_bot();
    let key = sent(&bot, &news(&bot, "blocked")).await;
    after(&bot, 7 * MINUTE).await;
    let problem = broadcast(&bot, &key).await.problem;
    let problem = problem.expect("it says what is missing");
    assert!(problem.contains("nobody who may decide"), "{problem}");
}

#[tokio::test]
async fn cancelled_while_it_waits_nobody_gets_it_and_nobody_can_approve_it() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "cancelled")).await;
    let ledger = bot.stage.store.ledger();
    ledger.cancel(&key, bot.stage.clock_now()).await.unwrap();
    let question = message(&bot, "Chloé", ASKS);
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Approve", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("There is nothing left to decide"), "{card}");
    after(&bot, 7 * MINUTE).await;
    assert_eq!(
        ends(&bot, &key).await,
        [("k:cancelled".to_owned(), everybody)]
    );
}

#[tokio::test]
async fn cancelled_while_it_waits_it_ends_at_once_when_somebody_is_told_to_go_on() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    for (id, recalled) in [("told to go on", false), ("recalled", true)] {
        let key = sent(&bot, &news(&bot, id)).await;
        let ledger = bot.stage.store.ledger();
        let task = if recalled {
            Task::Recall(Recall {
                notification: key.clone(),
                request: "r-1".to_owned(),
                after: None,
            })
        } else {
            ledger.cancel(&key, bot.stage.clock_now()).await.unwrap();
            Task::GoOn(GoOn {
                notification: key.clone(),
            })
        };
        let before = bot.stage.clock_now();
        bot.invoke_tasks(&batch("tasks", &[&task.to_body()]))
            .await
            .unwrap();
        settle(&bot).await;
        let took = bot.stage.clock_now().duration_since(before);
        assert!(took < jiff::SignedDuration::from_secs(30), "{took:?}");
        let ends = ends(&bot, &key).await;
        assert_eq!(ends, [("k:cancelled".to_owned(), everybody)], "{id}");
        after(&bot, 2 * MINUTE).await;
        let closed = message(&bot, "Chloé", "nothing left to decide");
        assert!(closed.says(ASKS));
        bot.later(MINUTE);
    }
}

#[tokio::test]
async fn cancelled_while_it_waits_it_ends_with_the_next_tick_if_nobody_is_told() {
    let bot = bot_among(40, approved()).await;
    let everybody = bot.stage.teams.people().len();
    let key = sent(&bot, &news(&bot, "cancelled")).await;
    let ledger = bot.stage.store.ledger();
    ledger.cancel(&key, bot.stage.clock_now()).await.unwrap();
    after(&bot, MINUTE).await;
    let ends = ends(&bot, &key).await;
    assert_eq!(ends, [("k:cancelled".to_owned(), everybody)]);
}

#[tokio::test]
async fn the_buttons_of_a_test_copy_do_nothing() {
    let bot = bot_among(40, approved()).await;
    let mut body = news(&bot, "with a button");
    body["actions"] = serde_json::json!([{ "title": "Read", "verb": "read" }]);
    let key = sent(&bot, &body).await;
    let copy = message(&bot, "Ben", "[Test]");
    bot.later(MINUTE);
    let ben = bot.stage.teams.person("Ben");
    let pressed = ben.press("Read", &copy).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("This is a test copy"), "{card}");
    settle(&bot).await;
    assert!(
        bot.events
            .events()
            .iter()
            .all(|event| event.detail_type != "tidings.action")
    );
    let notice = Notice {
        about: key,
        kind: NoticeKind::Test,
    };
    let ledger = bot.stage.store.ledger();
    assert!(ledger.notification(&notice.key()).await.unwrap().is_some());
}
