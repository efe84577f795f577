use std::time::Duration;

use notify::Broadcasts;
use simulator::World;
use store::BroadcastStage;

use super::{after, bot_among, broadcast, ends, message, news, sent, settle, stage_of, told};
use crate::bot::Bot;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const HELD: &str = "is held";

/// A fifth goes first, of more than 20; nobody is asked.
fn tried() -> Broadcasts {
    Broadcasts {
        approval_above: 0,
        canary_percent: 20,
        canary_above: 20,
        ..Broadcasts::default()
    }
}

/// 103 people: a canary of one chunk of fifty.
async fn bot() -> Bot {
    bot_among(100, tried()).await
}

/// Those in the canary do not want to hear from the bot.
fn block_everybody(bot: &Bot) {
    for person in bot.stage.teams.people() {
        let name = person.details().name;
        if name != "Chloé Martin" && name != "Ben Okafor" {
            person.block_bot();
        }
    }
}

fn unblock_everybody(bot: &Bot) {
    for person in bot.stage.teams.people() {
        person.unblock_bot();
    }
}

#[tokio::test]
async fn a_few_get_it_first_and_the_rest_when_these_have_it() {
    let bot = bot().await;
    let key = sent(&bot, &news(&bot, "good")).await;
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Watching);
    assert_eq!(told(&bot, "Deployed cart v12"), 50, "one chunk of fifty");
    after(&bot, 2 * MINUTE).await;
    assert_eq!(ends(&bot, &key).await, [("sent".to_owned(), 103)]);
    let now = broadcast(&bot, &key).await;
    assert_eq!(
        (now.stage, now.chunks, now.recipients),
        (BroadcastStage::Released, 3, 103)
    );
    assert_eq!(
        now.result.map(|result| (result.recipients, result.bad)),
        Some((50, 0))
    );
}

#[tokio::test]
async fn a_bad_canary_holds_the_rest_until_somebody_has_it_sent() {
    let bot = bot().await;
    block_everybody(&bot);
    let key = sent(&bot, &news(&bot, "bad")).await;
    after(&bot, 2 * MINUTE).await;
    let now = broadcast(&bot, &key).await;
    assert_eq!(now.stage, BroadcastStage::Held, "{now:?}");
    let result = now.result.unwrap();
    assert!(result.bad >= 48 && result.recipients == 50, "{result:?}");
    after(&bot, HOUR).await;
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Held, "it waits");
    let question = message(&bot, "Chloé", HELD);
    assert!(
        question.says("of the first 50 did not get it"),
        "{}",
        question.readable()
    );
    unblock_everybody(&bot);
    let chloe = bot.stage.teams.person("Chloé");
    let pressed = chloe.press("Send the rest", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("You had the rest sent."), "{card}");
    settle(&bot).await;
    let ends = ends(&bot, &key).await;
    let sent = 103 - usize::try_from(result.bad).unwrap();
    assert!(ends.contains(&("sent".to_owned(), sent)), "{ends:?}");
}

#[tokio::test]
async fn a_bad_canary_can_be_the_end_of_it() {
    let bot = bot().await;
    block_everybody(&bot);
    let key = sent(&bot, &news(&bot, "stopped")).await;
    after(&bot, 2 * MINUTE).await;
    let question = message(&bot, "Ben", HELD);
    bot.later(MINUTE);
    let ben = bot.stage.teams.person("Ben");
    let pressed = ben.press("Stop", &question).await.unwrap();
    let card = pressed.card().unwrap().to_string();
    assert!(card.contains("You stopped it."), "{card}");
    settle(&bot).await;
    let ends = ends(&bot, &key).await;
    assert!(ends.contains(&("k:declined".to_owned(), 53)), "{ends:?}");
}

#[tokio::test]
async fn what_is_held_and_nobody_decides_ends_as_expired() {
    let bot = bot().await;
    block_everybody(&bot);
    let key = sent(&bot, &news(&bot, "forgotten")).await;
    after(&bot, 2 * MINUTE).await;
    after(&bot, 24 * HOUR).await;
    after(&bot, 6 * MINUTE).await;
    let ends = ends(&bot, &key).await;
    assert!(ends.contains(&("k:expired".to_owned(), 53)), "{ends:?}");
}

#[tokio::test]
async fn a_canary_that_never_ends_holds_the_rest_when_its_time_is_over() {
    let bot = bot().await;
    let body = news(&bot, "lost");
    bot.stage.accepts(&body).await;
    // The canary is queued, and its chunks come to nothing.
    let page = bot.stage.mail.notification.take_all();
    let answer = bot
        .stage
        .invoke_notify(crate::stage::batch("notifications", &[&page[0]]));
    answer.await.unwrap();
    assert_eq!(bot.stage.mail.broadcast.take_all().len(), 1);
    let key = crate::notify::key_of(&body);
    for _ in 0..60 {
        after(&bot, 2 * MINUTE).await;
    }
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Watching);
    for _ in 0..3 {
        after(&bot, 2 * MINUTE).await;
    }
    let now = broadcast(&bot, &key).await;
    assert_eq!(now.stage, BroadcastStage::Held);
    assert_eq!(
        now.result.map(|result| (result.bad, result.open)),
        Some((0, 50))
    );
    let question = message(&bot, "Chloé", HELD);
    assert!(
        question.says("Still without an outcome"),
        "{}",
        question.readable()
    );
}

#[tokio::test]
async fn cancelled_while_the_canary_is_watched_or_the_rest_is_held_nobody_else_gets_it() {
    for blocked in [false, true] {
        let bot = bot().await;
        if blocked {
            block_everybody(&bot);
        }
        let key = sent(&bot, &news(&bot, "cancelled")).await;
        if blocked {
            after(&bot, 2 * MINUTE).await;
            assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Held);
        }
        let ledger = bot.stage.store.ledger();
        ledger.cancel(&key, bot.stage.clock_now()).await.unwrap();
        after(&bot, 7 * MINUTE).await;
        let ends = ends(&bot, &key).await;
        assert!(ends.contains(&("k:cancelled".to_owned(), 53)), "{ends:?}");
    }
}

#[tokio::test]
async fn approved_it_is_tried_out_before_the_rest_goes() {
    let bot = bot_among(
        100,
        Broadcasts {
            approval_above: 20,
            ..tried()
        },
    )
    .await;
    let key = sent(&bot, &news(&bot, "both")).await;
    let question = message(&bot, "Chloé", "asks to send");
    bot.later(MINUTE);
    let chloe = bot.stage.teams.person("Chloé");
    chloe.press("Approve", &question).await.unwrap();
    settle(&bot).await;
    assert_eq!(stage_of(&bot, &key).await, BroadcastStage::Watching);
    after(&bot, 2 * MINUTE).await;
    assert_eq!(ends(&bot, &key).await, [("sent".to_owned(), 103)]);
}

#[tokio::test]
async fn without_owners_and_admins_a_held_rest_says_what_to_set() {
    let world = World::crowd(103);
    let mut bot = Bot::with(world).await;
    bot.stage.notify.broadcasts = tried();
    bot.stage.knows_everybody().await;
    for person in bot.stage.teams.people() {
        person.block_bot();
    }
    let body = crate::notify::notification("nobody", &["everyone"]);
    let key = sent(&bot, &body).await;
    after(&bot, 2 * MINUTE).await;
    let now = broadcast(&bot, &key).await;
    assert_eq!(now.stage, BroadcastStage::Held);
    let problem = now.problem.expect("it says what is missing");
    assert!(
        problem.contains("`owners`") && problem.contains("ADMINS"),
        "{problem}"
    );
}
