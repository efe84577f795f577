//! Who voted and what was voted cannot be joined, by whoever has everything that is kept anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use aws::Queue as _;
use notifications::RecipientKey;
use serde_json::{Value, json};
use simulator::Person;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::attack::{Case, Evidence, Found, Moment, attack, copy, paper};
use super::booth::{Booth, MINUTE, aad, changed, counts};

const VOTERS: usize = 20;
const CHOICES: [&str; 3] = ["choice-amber", "choice-blue", "choice-coral"];

/// What the functions log, as texts.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What Teams and the table log themselves is not ours.
        let others = ["dynoxide", "simulator"];
        let ours = !others
            .iter()
            .any(|other| metadata.target().starts_with(other));
        ours && *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(span.metadata().name().to_owned());
        span.record(&mut line);
        self.0.lock().unwrap().push(line.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A poll whose attacker watches.
struct Watched {
    booth: Booth,
    log: Log,
    events: usize,
    evidence: Evidence,
}

impl Watched {
    /// What was logged and published since the last time, and what waits in any queue.
    async fn said(&mut self) -> Vec<String> {
        let mut said = std::mem::take(&mut *self.log.0.lock().unwrap());
        let events = self.booth.bot.events.events();
        said.extend(
            events[self.events..]
                .iter()
                .map(|event| format!("{event:?}")),
        );
        self.events = events.len();
        let mail = &self.booth.bot.stage.mail;
        let queues = [
            &mail.notification,
            &mail.delivery,
            &mail.broadcast,
            &self.booth.bot.task_mail,
        ];
        for queue in queues {
            let messages = queue.take_messages();
            said.extend(messages.iter().map(|message| message.body.clone()));
            queue.send(messages).await.unwrap();
        }
        said
    }

    async fn moment(&mut self) {
        let moment = Moment {
            after: copy(self.booth.bot.stage.scan("tidings").await),
            said: self.said().await,
        };
        self.evidence.moments.push(moment);
    }
}

fn wrote(number: usize) -> String {
    format!("wrote-{number:02}-word")
}

fn answers(choice: usize, number: usize) -> Value {
    json!({ "answer.q1": CHOICES[choice], "answer.q2": wrote(number) })
}

fn names(person: &Person) -> Vec<String> {
    let details = person.details();
    let names = [
        person.object_id().to_string(),
        person.teams_id().to_string(),
        person.conversation_id(),
        details.user_principal_name,
    ];
    names.to_vec()
}

fn key(person: &Person) -> RecipientKey {
    RecipientKey::person(&person.object_id().into())
}

/// How many of the voters our own code tells the vote of.
async fn told_by_us(booth: &Booth, people: &[Person]) -> usize {
    let (polls, open) = (
        booth.bot.stage.store.polls(),
        booth.occurrence("mood").await,
    );
    let tenant = booth.bot.stage.teams.tenant().into();
    let mut told = 0;
    for person in people {
        let ballot = polls.ballot(&tenant, &open, &key(person)).await.unwrap();
        told += usize::from(ballot.is_some());
    }
    told
}

/// A whole poll, and what somebody who watches everything finds out of each voter; and the truth.
async fn spied_on(anonymous: bool) -> (Found, Vec<BTreeSet<String>>) {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let booth = Booth::of(u32::try_from(VOTERS).unwrap() + 1).await;
    let everybody = booth.people();
    let (owner, people) = (&everybody[VOTERS], &everybody[..VOTERS]);
    // Teams' keys are in the table from now on.
    owner.say("status").await;
    let poll = json!({
        "id": "mood", "title": "Mood?", "owner": aad(owner), "to": ["everyone"], "anonymous": anonymous,
        "results": "live",
        "questions": [
            { "id": "q1", "kind": "single", "text": "How?", "choices":
                CHOICES.map(|id| json!({ "id": id, "text": format!("Shown {id}") })) },
            { "id": "q2", "kind": "text", "text": "Why?" },
        ],
        "closes": { "after": "1h" },
    });
    booth.takes(poll).await;
    booth.settle().await;
    let before = copy(booth.bot.stage.scan("tidings").await);
    let mut watched = Watched {
        booth,
        log,
        events: 0,
        evidence: Evidence::default(),
    };
    watched.evidence.before = before;
    watched.evidence.papers = watched.said().await;

    let voted: Vec<usize> = (0..VOTERS)
        .map(|number| (number * 7 + 3) % VOTERS)
        .collect();
    let mut truth = BTreeMap::new();
    let mut cast = Vec::new();
    for number in &voted {
        let choice = number * number % 3;
        let card = watched.booth.last(&people[*number]);
        let given = answers(choice, *number);
        let pressed = people[*number].press_with("tidings.poll.vote", &card, &given);
        let pressed = pressed.await.unwrap();
        assert!(counts(&pressed));
        truth.insert(*number, choice);
        cast.push((*number, pressed));
        watched.moment().await;
        watched.booth.bot.later(MINUTE / 10);
    }
    // Some change what they chose, and what Teams delivers comes again.
    for (number, first) in cast.iter().step_by(4) {
        let choice = (truth[number] + 1) % 3;
        let activity = changed(
            &first.activity,
            &answers(choice, *number),
            watched.booth.now(),
            *number,
        );
        let teams = &watched.booth.bot.stage.teams;
        assert!(counts(&teams.deliver(activity).await));
        assert!(counts(&teams.redeliver(first).await));
        truth.insert(*number, choice);
        watched.moment().await;
        watched.booth.bot.later(MINUTE / 10);
    }
    assert_eq!(
        told_by_us(&watched.booth, people).await,
        VOTERS,
        "while it is open"
    );

    // It closes; what is queued for that is looked at before it is done.
    let stage = &watched.booth.bot.stage;
    stage.clock_set(watched.booth.schedules.next().unwrap());
    for fired in watched.booth.schedules.due(watched.booth.now()) {
        let tick = serde_json::from_str(&fired.input).unwrap();
        watched.booth.invoke(&tick).await;
    }
    let said = watched.said().await;
    watched.booth.settle().await;
    let after = watched.said().await;
    watched
        .evidence
        .papers
        .extend(said.into_iter().chain(after));
    for table in ["tidings", "ballots"] {
        let items = copy(watched.booth.bot.stage.scan(table).await);
        watched.evidence.papers.extend(items.values().map(paper));
    }
    watched.booth.bot.stage.teams.release_unread();
    let told = told_by_us(&watched.booth, people).await;
    assert_eq!(told, if anonymous { 0 } else { VOTERS });

    let case = Case {
        names: people.iter().map(names).collect(),
        words: vec![
            CHOICES.map(str::to_owned).to_vec(),
            (0..VOTERS).map(wrote).collect(),
        ],
        voted,
    };
    // There is something to find: every voter and every vote is among the papers, and who voted when.
    let evidence = &watched.evidence;
    let papers = evidence.papers.join("\n");
    assert!(case.names.iter().all(|names| papers.contains(&names[0])));
    assert!(
        case.words
            .iter()
            .flatten()
            .all(|word| papers.contains(&**word))
    );
    assert!(
        evidence
            .moments
            .iter()
            .any(|moment| !moment.said.is_empty())
    );
    let truth = truth
        .into_iter()
        .map(|(number, choice)| BTreeSet::from([CHOICES[choice].to_owned(), wrote(number)]));
    (attack(&case, evidence), truth.collect())
}

#[tokio::test]
async fn of_an_anonymous_poll_nothing_that_is_kept_anywhere_says_who_voted_what() {
    let (found, truth) = spied_on(true).await;
    assert_eq!(truth.len(), VOTERS);
    for (number, found) in found.iter().enumerate() {
        assert!(found.is_empty(), "of voter {number} is known: {found:?}");
    }
}

#[tokio::test]
async fn of_a_named_poll_the_same_search_finds_every_vote() {
    let (found, truth) = spied_on(false).await;
    for (found, truth) in found.iter().zip(&truth) {
        assert!(found.is_superset(truth), "{truth:?} in {found:?}");
    }
}
