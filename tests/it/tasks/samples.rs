//! Every sample in `events/tasks` does what its name says.

use std::path::Path;

use serde_json::Value;
use simulator::World;

use crate::bot::Bot;
use crate::stage::failed;

/// The samples of which a part can never succeed.
const DEAD: [&str; 7] = [
    "batch-with-one-broken.json",
    // Nobody clicked on that in a fresh table, which knows no such notification.
    "publish-a-click.json",
    "recall-a-notification.json",
    "send-again-what-failed.json",
    "update-a-notification.json",
    "work-for-another-queue.json",
    "work-of-a-newer-version.json",
];
/// The samples that are the function's error.
const REFUSED: [&str; 1] = ["event-of-another-service.json"];

#[tokio::test]
async fn every_sample_does_what_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/tasks");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        seen += 1;

        let bot = Bot::with(World::contoso().with_bot_everywhere()).await;
        bot.stage.knows_everybody().await;
        let (team, chat) = (
            bot.stage.teams.team("Platform"),
            bot.stage.teams.chat("Release crew"),
        );
        bot.stage.knows_team(&team.id()).await;
        bot.stage
            .knows_conversation(&chat.id(), activity::ConversationKind::GroupChat)
            .await;
        bot.later(std::time::Duration::from_secs(60));

        let answer = bot.invoke_tasks(&sample).await;
        if REFUSED.contains(&name.as_str()) {
            assert_eq!(answer.unwrap_err().error_type, "UnknownEvent", "{name}");
            continue;
        }
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        if sample["Records"].is_array() {
            assert_eq!(failed(&answer), Vec::<String>::new(), "{name}");
        } else {
            assert_eq!(answer["released"], 0, "{name}");
        }
        assert_eq!(
            bot.task_dead.len(),
            usize::from(DEAD.contains(&name.as_str())),
            "{name}"
        );

        let said = [
            bot.stage.teams.person("Ben").chat().unread().len(),
            team.channel("Incidents").unread().len(),
            chat.conversation().unread().len(),
        ];
        let expected = ["person", "team", "chat"]
            .map(|whom| usize::from(name == format!("welcome-a-{whom}.json")));
        assert_eq!(said, expected, "{name}");
        // A place in the roster that is no longer good: it is read from the beginning.
        bot.work_off().await;
        let read = name.starts_with("read-");
        assert_eq!(
            super::roster(&bot, &team.id()).await.len(),
            if read { 3 } else { 0 },
            "{name}"
        );
    }
    assert!(seen >= 14, "{seen}");
}
