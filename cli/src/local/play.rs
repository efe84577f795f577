//! The play: the bot is installed, people subscribe, the sample events are played, and what
//! arrived is held against what should have.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use notifications::TopicName;
use simulator::{Delivery, Person, Simulator};
use startup::{Clock, SystemClock};

use super::samples::{self, Expectation, Sample};
use super::screen::{Detail, Screen, name_of};
use super::stack::Stack;

/// How long the play waits for the queues to be worked off.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of the play.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many sample events were played.
    pub events: usize,
    /// How many messages had to arrive.
    pub expected: usize,
    /// What did not arrive, or went wrong, in words.
    pub problems: Vec<String>,
    /// How many messages waited in the dead letters, as they should.
    pub dead_letters: usize,
}

/// Plays everything once.
///
/// # Errors
///
/// When the terminal is gone or a queue refuses a message. What merely does not arrive is in the
/// [`Outcome`].
pub async fn play<W: Write>(
    stack: &Stack,
    teams: &Simulator,
    samples: &[Sample],
    screen: &mut Screen<W>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    install(teams, screen, &mut outcome).await?;
    if !stack.idle(PATIENCE).await {
        outcome
            .problems
            .push("the rosters were not read within a minute".to_owned());
    }
    let subscribers = subscribe(teams, samples, screen, &mut outcome).await?;
    screen.line("\nThe sample events are played:\n")?;
    let before: BTreeMap<String, usize> = conversations(teams);
    let expectations = queue(stack, teams, samples, &subscribers, &mut outcome)?;
    let mut waiting = Box::pin(stack.idle(PATIENCE));
    let idle = loop {
        tokio::select! {
            idle = &mut waiting => break idle,
            followed = screen.follow(Detail::Full) => {
                followed?;
            }
        }
    };
    drop(waiting);
    screen.catch_up(Detail::Full)?;
    if !idle {
        outcome
            .problems
            .push("the queues were not worked off within a minute".to_owned());
    }
    judge(stack, teams, expectations, &before, &mut outcome);
    Ok(outcome)
}

async fn install<W: Write>(
    teams: &Simulator,
    screen: &mut Screen<W>,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    for person in teams.people() {
        screen.line(&format!("{} installs the bot.", person.name()))?;
        let deliveries = person.install().await;
        refused(&deliveries, outcome);
        screen.catch_up(Detail::Full)?;
    }
    let people = teams.people();
    let (Some(first), Some(last)) = (people.first(), people.last()) else {
        return Ok(());
    };
    for team in teams.teams() {
        let channels = team.channels();
        let channel = channels.last().context("a team has a channel")?;
        screen.line(&format!(
            "{} adds the bot to the team {}.",
            last.name(),
            team.name()
        ))?;
        refused(&team.install(last, channel).await, outcome);
        screen.catch_up(Detail::Full)?;
    }
    for chat in teams.chats() {
        screen.line(&format!(
            "{} adds the bot to the chat {}.",
            first.name(),
            chat.name()
        ))?;
        refused(&chat.install(first).await, outcome);
        screen.catch_up(Detail::Full)?;
    }
    Ok(())
}

/// Lets somebody subscribe to each topic that is sent to its subscribers.
async fn subscribe<W: Write>(
    teams: &Simulator,
    samples: &[Sample],
    screen: &mut Screen<W>,
    outcome: &mut Outcome,
) -> anyhow::Result<BTreeMap<TopicName, Person>> {
    screen.line("\nPeople subscribe to topics:\n")?;
    let people = teams.people();
    let mut subscribers = BTreeMap::new();
    let topics = samples::topics_to_subscribe(samples);
    for (topic, person) in topics.into_iter().zip(people.iter().cycle()) {
        let command = format!("subscribe {topic}");
        screen.line(&format!("  {}: {command}", person.name()))?;
        refused(&[person.say(&command).await], outcome);
        screen.catch_up(Detail::Brief)?;
        subscribers.insert(topic, person.clone());
    }
    Ok(subscribers)
}

fn queue(
    stack: &Stack,
    teams: &Simulator,
    samples: &[Sample],
    subscribers: &BTreeMap<TopicName, Person>,
    outcome: &mut Outcome,
) -> anyhow::Result<Vec<(String, Expectation)>> {
    let now = SystemClock.now();
    let subscribed = |topic: &TopicName| {
        let person = subscribers.get(topic);
        person.map(Person::conversation_id).into_iter().collect()
    };
    let queue = &stack.queues.notification.queue;
    let mut expectations = Vec::new();
    for sample in samples {
        for body in &sample.bodies {
            outcome.events += 1;
            let expected = samples::expectation(body, teams, &subscribed, now);
            queue
                .send(
                    body.body.clone(),
                    body.attributes.clone(),
                    Duration::ZERO,
                    now,
                )
                .with_context(|| format!("failed to queue the sample {}", sample.name))?;
            expectations.push((sample.name.clone(), expected));
        }
    }
    Ok(expectations)
}

fn judge(
    stack: &Stack,
    teams: &Simulator,
    expectations: Vec<(String, Expectation)>,
    before: &BTreeMap<String, usize>,
    outcome: &mut Outcome,
) {
    let mut unread = new_summaries(teams, before);
    let mut dead_letters = 0;
    let mut arrived = Vec::new();
    for (sample, expectation) in expectations {
        match expectation {
            Expectation::Messages { seen } => {
                for (conversation, text) in seen {
                    outcome.expected += 1;
                    let place = teams.conversation(&conversation);
                    let place = place.map_or(conversation.clone(), |place| name_of(&place));
                    let messages = unread.entry(conversation).or_default();
                    match messages.iter().position(|summary| summary.contains(&text)) {
                        Some(found) => arrived.push((place, messages.remove(found))),
                        None => outcome
                            .problems
                            .push(format!("{sample}: nothing arrived in {place}")),
                    }
                }
            }
            Expectation::Silence => {}
            Expectation::DeadLetter => dead_letters += 1,
        }
    }
    // What goes wrong on purpose may double a message, which the summary of the faults tells.
    let may_double = !teams.faults_met().is_empty();
    for (conversation, summaries) in unread {
        let place = teams.conversation(&conversation);
        let place = place.map_or(conversation.clone(), |place| name_of(&place));
        for summary in summaries {
            let again = (place.clone(), summary.clone());
            if may_double && arrived.contains(&again) {
                continue;
            }
            outcome
                .problems
                .push(format!("nobody expected {summary:?} in {conversation}"));
        }
    }
    outcome.dead_letters = stack.dead_letters();
    if outcome.dead_letters != dead_letters {
        outcome.problems.push(format!(
            "{} messages wait in the dead letters, expected {dead_letters}",
            outcome.dead_letters
        ));
    }
}

/// How many messages of the bot each conversation holds.
fn conversations(teams: &Simulator) -> BTreeMap<String, usize> {
    summaries(teams)
        .into_iter()
        .map(|(conversation, summaries)| (conversation, summaries.len()))
        .collect()
}

fn new_summaries(
    teams: &Simulator,
    before: &BTreeMap<String, usize>,
) -> BTreeMap<String, Vec<String>> {
    let mut all = summaries(teams);
    for (conversation, summaries) in &mut all {
        let old = before.get(conversation).copied().unwrap_or_default();
        summaries.drain(..old.min(summaries.len()));
    }
    all
}

fn summaries(teams: &Simulator) -> BTreeMap<String, Vec<String>> {
    let people = teams.people().into_iter().map(|person| person.chat());
    let channels = teams.teams().into_iter().flat_map(|team| team.channels());
    let chats = teams.chats().into_iter().map(|chat| chat.conversation());
    people
        .chain(channels)
        .chain(chats)
        .map(|conversation| {
            let messages = conversation.from_bot();
            let summaries = messages
                .iter()
                .map(|message| message.summary().unwrap_or_default().to_owned())
                .collect();
            (conversation.id(), summaries)
        })
        .collect()
}

fn refused(deliveries: &[Delivery], outcome: &mut Outcome) {
    for delivery in deliveries {
        if !delivery.is_success() {
            outcome
                .problems
                .push(format!("the bot refused an activity: {delivery:?}"));
        }
    }
}
