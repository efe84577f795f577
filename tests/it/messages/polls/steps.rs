use serde_json::{Value, json};
use simulator::World;

use super::{Booth, MINUTE, lunch};

/// As many as have to have voted between two results that are shown.
const STEP: u64 = 5;

fn given(choice: usize) -> Value {
    let choice = ["pizza", "sushi"][choice % 2];
    json!({ "answer.q1": choice })
}

/// Whoever keeps every state of the card, and knows who voted in between, learns what at least five voted together.
#[tokio::test]
async fn the_card_of_an_anonymous_poll_that_many_see_moves_by_whole_steps_up_to_its_result() {
    let world = World::contoso().with_bot_everywhere().with_crowd(20);
    let booth = Booth::among(world).await;
    let teams = &booth.bot.stage.teams;
    let channel = teams.team("Platform").channel("Incidents");
    let more = json!({
        "to": [format!("channel:{}", channel.id())], "anonymous": true, "results": "live",
    });
    let open = booth.asks("lunch", lunch(), more).await;
    let post = channel.messages().pop().unwrap();
    let people = teams.people();
    let mut states = Vec::new();
    for (number, who) in people.iter().take(18).enumerate() {
        let answer = given(number);
        let voted = who.press_with("tidings.poll.vote", &post, &answer);
        let voted = voted.await.unwrap();
        let answer = voted.card().unwrap().to_string();
        // Ana reads Spanish.
        let counts = ["Your vote counts", "Tu voto cuenta"];
        assert!(counts.iter().any(|said| answer.contains(said)), "{answer}");
        booth.bot.later(MINUTE);
        if number % 3 == 2 {
            // Somebody changes what they voted, and what Teams delivers comes again.
            let mut change = voted.activity.clone();
            change["id"] = format!("f:change-{number}").into();
            change["timestamp"] = booth.bot.stage.clock_now().to_string().into();
            change["value"]["action"]["data"]["answer.q1"] = given(number + 1)["answer.q1"].clone();
            teams.deliver(change).await;
            teams.redeliver(&voted).await;
        }
        booth.settle().await;
        let card = channel.message(&post.id).unwrap().readable();
        states.push((card, booth.results(&open).await.voters));
    }
    for pair in states.windows(2) {
        let [(before, few), (after, many)] = pair else {
            panic!("not two");
        };
        assert_eq!(before == after, few == many, "{before}\n{after}");
        assert!(few == many || few + STEP <= *many, "{few} and then {many}");
    }
    let (_, last) = states.last().unwrap();
    assert_eq!(*last, 10, "of eighteen, the last full step but one");
    let owner = super::super::aad(&booth.person("Chloé"));
    let close = json!({ "poll": "lunch", "do": "close", "by": owner });
    booth.hears("tidings.poll.command", close).await;
    assert!(last + STEP <= booth.results(&open).await.voters);
    booth.settle().await;
    teams.release_unread();
}
