//! `tidings local`: the whole of Tidings in one process, played from installation to message.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use simulator::{BotEndpoint, Config, Simulator, World};
use tidings::local::data::DataFolder;
use tidings::local::functions::Mode;
use tidings::local::play::play;
use tidings::local::samples;
use tidings::local::screen::Screen;
use tidings::local::stack::{Addresses, Stack, StackOptions};
use tidings::local::weather;

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn options(teams: &Simulator, data: Option<PathBuf>) -> StackOptions {
    StackOptions {
        addresses: Addresses {
            bot: anywhere(),
            table: anywhere(),
            queues: anywhere(),
        },
        data,
        microsoft: teams.environment(),
    }
}

async fn start(world: World, data: Option<PathBuf>) -> (Simulator, Stack) {
    let config = Config {
        world,
        ..Config::default()
    };
    let teams = Simulator::start(config).await.expect("a free port");
    let stack = Stack::start(options(&teams, data), Mode::Simulator)
        .await
        .expect("a stack");
    teams.set_bot_endpoint(BotEndpoint::url(&stack.messaging_endpoint).expect("a URL"));
    (teams, stack)
}

fn sample_events() -> Vec<samples::Sample> {
    samples::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/notify")).expect("samples")
}

#[tokio::test]
async fn every_sample_event_reaches_exactly_the_people_it_is_for() {
    let (teams, stack) = start(World::contoso(), None).await;
    let mut seen = Vec::new();
    let mut screen = Screen::new(&teams, &mut seen);
    let outcome = play(&stack, &teams, &sample_events(), &mut screen)
        .await
        .unwrap();
    assert_eq!(outcome.problems, Vec::<String>::new());
    assert!(outcome.expected > 15, "{outcome:?}");
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.contains("Te damos la bienvenida a Tidings"), "{seen}");
    assert!(seen.contains("Payments are down in eu-west-1"), "{seen}");
}

#[tokio::test]
async fn a_play_in_which_messages_are_lost_says_so() {
    let (teams, stack) = start(World::contoso(), None).await;
    let samples = sample_events();
    let mut screen = Screen::new(&teams, std::io::sink());
    // Whatever is sent to the chat is refused as too large, so its message cannot arrive.
    teams.fail_next_in(
        &teams.chat("Release crew").id(),
        simulator::Operation::Send,
        simulator::Fault::Answer(simulator::Reply::error(413, "MessageSizeTooBig", "too big")),
    );
    teams.fail_next_in(
        &teams.chat("Release crew").id(),
        simulator::Operation::Send,
        simulator::Fault::Answer(simulator::Reply::error(413, "MessageSizeTooBig", "too big")),
    );
    let outcome = play(&stack, &teams, &samples, &mut screen).await.unwrap();
    let missing = outcome
        .problems
        .iter()
        .any(|problem| problem.contains("Release crew"));
    assert!(missing, "{outcome:?}");
}

#[tokio::test]
async fn a_play_in_which_much_goes_wrong_on_purpose_tells_what_came_twice() {
    let (teams, stack) = start(World::contoso(), None).await;
    let samples = sample_events();
    let mut screen = Screen::new(&teams, std::io::sink());
    let faults = "faults:\n- {to: ben, operation: send, every: 2, answer: 502, accepted: true}";
    let faults = simulator::FaultFile::read(faults).unwrap();
    teams.use_fault_file(&faults).unwrap();
    let outcome = play(&stack, &teams, &samples, &mut screen).await.unwrap();
    assert_eq!(outcome.problems, Vec::<String>::new());
    let told = weather::told(&teams);
    assert!(
        told.contains("×  answered 502 after accepting (line 2)"),
        "{told}"
    );
    assert!(
        told.contains("The same message twice: Ben Okafor."),
        "{told}"
    );
    assert!(told.contains("Without any message: nobody."), "{told}");
}

#[tokio::test]
async fn a_mistake_in_a_fault_file_names_the_file_and_the_line() {
    let teams = Simulator::start(Config::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("storm.yaml");
    let refused = || format!("{:#}", weather::begin(&teams, &path).unwrap_err());
    assert!(refused().starts_with("failed to read the fault file"));
    for (text, expected) in [
        (
            "faults:\n- answer: 1000\n",
            "line 2: found 1000, expected a status",
        ),
        (
            "faults:\n- answer: 502\n  to: zoe\n",
            "line 3: found \"zoe\", whom nobody",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let expected = format!("storm.yaml: {expected}");
        assert!(refused().contains(&expected), "{}", refused());
    }
}

#[tokio::test]
async fn data_survives_a_restart_and_nobody_is_welcomed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (teams, stack) = start(World::contoso(), Some(folder.path().to_owned())).await;
    assert_eq!(teams.person("ana").install().await.len(), 2);
    assert!(stack.idle(std::time::Duration::from_secs(30)).await);
    assert_eq!(teams.messages_to(&teams.person("ana")).len(), 1);
    drop(stack);
    drop(teams);

    let world = World::contoso().with_bot_everywhere();
    let (teams, stack) = start(world, Some(folder.path().to_owned())).await;
    let ana = teams.person("ana");
    assert_eq!(ana.install().await.len(), 2);
    assert!(stack.idle(std::time::Duration::from_secs(30)).await);
    assert_eq!(teams.messages_to(&ana).len(), 0, "a second welcome");
    let answer = ana.say("status").await;
    assert!(answer.is_success());
    assert_eq!(teams.messages_to(&ana).len(), 1);
}

#[tokio::test]
async fn what_was_said_is_there_after_a_restart_and_can_be_pressed() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::take(&folder.path().join("data")).unwrap();
    let (teams, stack) = start(World::contoso(), None).await;
    data.recall(&teams).unwrap();
    let ana = teams.person("ana");
    ana.install().await;
    assert!(stack.idle(std::time::Duration::from_secs(30)).await);
    let welcome = teams.messages_to(&ana).remove(0);
    data.keep(&teams).unwrap();
    drop(stack);
    drop(teams);

    let (teams, _stack) = start(World::contoso().with_bot_everywhere(), None).await;
    data.recall(&teams).unwrap();
    let ana = teams.person("ana");
    let welcome = ana.chat().message(&welcome.id).expect("it is still there");
    let title = welcome.buttons().remove(0).title;
    assert!(ana.press(&title, &welcome).await.unwrap().is_success());
    std::fs::write(folder.path().join("data/teams.json"), "nonsense").unwrap();
    let error = data.recall(&teams).unwrap_err().to_string();
    assert!(error.contains("teams.json"), "{error}");
}

#[tokio::test]
async fn the_env_file_of_the_samples_points_at_a_local_run() {
    let (teams, stack) = start(World::contoso(), None).await;
    let mut expected: Vec<(String, String)> = stack.environment.clone();
    for (here, default) in [
        (teams.url(), "127.0.0.1:3979"),
        (&stack.table_endpoint, "127.0.0.1:8000"),
        (&stack.queues_endpoint, "127.0.0.1:9324"),
    ] {
        let here = here.trim_start_matches("http://");
        for (_, value) in &mut expected {
            *value = value.replace(here, default);
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/local.env");
    let text = std::fs::read_to_string(file).unwrap();
    let mut found: Vec<(String, String)> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
