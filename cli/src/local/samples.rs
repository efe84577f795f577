//! Sample events: what they hold, and who must see a message because of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use notifications::{Address, Carrier, Incoming, Locale, TopicName, Unwrapped, envelope};
use simulator::Simulator;

use super::bot_endpoint::{QueueBody, queue_bodies};

/// A sample event file.
pub struct Sample {
    /// The file's name without its ending.
    pub name: String,
    /// What goes on the notification queue.
    pub bodies: Vec<QueueBody>,
}

/// Reads the `*.json` files of a folder, in the order of their names.
///
/// # Errors
///
/// When the folder or a file cannot be read, or there is no sample in it.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!(
            "failed to read the sample events in {}; start in the repository or name a folder with --events",
            folder.display()
        )
    })?;
    let mut paths: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    if paths.is_empty() {
        return Err(anyhow!("no sample event (*.json) in {}", folder.display()));
    }
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("failed to read {}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            Ok(Sample {
                name: name.into_owned(),
                bodies: queue_bodies(&text),
            })
        })
        .collect()
}

/// What must come of one message on the notification queue.
pub enum Expectation {
    /// These conversations see a message that says this.
    Messages {
        /// The conversation's id and what its reader must see.
        seen: Vec<(String, String)>,
    },
    /// Nothing is sent: the notification has expired, or the event is our own.
    Silence,
    /// It breaks the contract and waits in the dead letters.
    DeadLetter,
}

/// Works out from the sample and the simulated world alone what must arrive.
///
/// `subscribers` tells who subscribed to a topic, by conversation id.
pub fn expectation(
    body: &QueueBody,
    teams: &Simulator,
    subscribers: &dyn Fn(&TopicName) -> Vec<String>,
    now: Timestamp,
) -> Expectation {
    let carrier = Carrier::queue("expectation", None);
    let incoming = match envelope::unwrap(body.body.as_bytes(), &carrier) {
        Ok(Unwrapped::Notification(incoming)) => incoming,
        Ok(Unwrapped::Ours) => return Expectation::Silence,
        Err(_) => return Expectation::DeadLetter,
    };
    let notification = &incoming.notification;
    let expired = notification.expires.is_some_and(|end| end <= now);
    let later = notification.not_before.is_some_and(|start| start > now);
    if expired || later {
        return Expectation::Silence;
    }
    let audience = notification.audience();
    let find = |addresses: &[Address]| -> BTreeSet<String> {
        addresses
            .iter()
            .flat_map(|address| conversations(address, teams, subscribers))
            .collect()
    };
    let (include, exclude) = (find(&audience.include), find(&audience.exclude));
    let seen = include
        .difference(&exclude)
        .map(|conversation| {
            (
                conversation.clone(),
                text_for(&incoming, conversation, teams),
            )
        })
        .collect();
    Expectation::Messages { seen }
}

/// The topics of these samples whose audience is their subscribers.
pub fn topics_to_subscribe(samples: &[Sample]) -> Vec<TopicName> {
    let carrier = Carrier::queue("topics", None);
    let topics: BTreeSet<TopicName> = samples
        .iter()
        .flat_map(|sample| &sample.bodies)
        .filter_map(
            |body| match envelope::unwrap(body.body.as_bytes(), &carrier) {
                Ok(Unwrapped::Notification(incoming)) => Some(incoming.notification.audience()),
                _ => None,
            },
        )
        .flat_map(|audience| audience.include)
        .filter_map(|address| match address {
            Address::Topic(topic) => Some(topic),
            _ => None,
        })
        .collect();
    topics.into_iter().collect()
}

fn conversations(
    address: &Address,
    teams: &Simulator,
    subscribers: &dyn Fn(&TopicName) -> Vec<String>,
) -> Vec<String> {
    let people = teams.people();
    let personal = |matches: &dyn Fn(&simulator::Person) -> bool| {
        people
            .iter()
            .filter(|person| matches(person))
            .map(simulator::Person::conversation_id)
            .collect()
    };
    match address {
        Address::Aad(id) => personal(&|person| person.object_id() == id.as_str()),
        Address::User(id) => personal(&|person| person.teams_id() == id.as_str()),
        Address::Upn(name) => personal(&|person| person.details().user_principal_name == *name),
        Address::Mail(mail) => personal(&|person| person.details().mail == *mail),
        Address::Everyone => personal(&|_| true),
        Address::Roster(id) => teams
            .teams()
            .iter()
            .filter(|team| team.id() == id.as_str())
            .flat_map(simulator::Team::members)
            .map(|person| person.conversation_id())
            .collect(),
        Address::Channel(id) | Address::Chat(id) | Address::Thread(id) => {
            vec![id.as_str().to_owned()]
        }
        Address::Topic(topic) => subscribers(topic),
        // Nobody names anything before the samples are played.
        Address::Alias(_) => Vec::new(),
    }
}

/// What the notification says to whoever reads in this conversation.
fn text_for(incoming: &Incoming, conversation: &str, teams: &Simulator) -> String {
    let locale = teams
        .people()
        .into_iter()
        .find(|person| person.conversation_id() == conversation)
        .and_then(|person| person.details().locale.parse::<Locale>().ok());
    incoming.notification.texts(locale.as_ref()).what.to_owned()
}
