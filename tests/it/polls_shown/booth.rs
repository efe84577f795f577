//! Everything that a poll goes through, with the schedules that wake it.

use std::sync::Arc;
use std::time::Duration;

use aws::InProcessSchedules;
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use polling::{Answer, Polling};
use polls::Results;
use serde_json::{Value, json};
use simulator::{Delivery, Message, Person, World};
use startup::Metrics;
use store::{Occurrence, Phase};

use crate::bot::{Bot, context};
use crate::stage::{Mailbox, batch, failed};

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) struct Booth {
    pub(super) bot: Bot,
    pub(super) polling: Polling,
    pub(super) schedules: InProcessSchedules,
    pub(super) dead: Arc<Mailbox>,
}

impl Booth {
    /// So many people, all of whom have the bot and are known.
    pub(super) async fn of(people: u32) -> Self {
        let world = World::empty().with_crowd(people).with_bot_everywhere();
        let bot = Bot::with(world).await;
        let stage = &bot.stage;
        stage.knows_everybody().await;
        let dead = Mailbox::new(&stage.clock);
        let schedules = InProcessSchedules::new(stage.clock_now());
        let polling = Polling {
            store: stage.store.clone(),
            schedules: Arc::new(schedules.clone()),
            notification_queue: stage.mail.notification.clone(),
            task_queue: bot.task_mail.clone(),
            dead_letters: dead.clone(),
            events: bot.events.clone(),
            clock: Arc::new(stage.clock.clone()),
            home_tenant: stage.teams.tenant().into(),
            metrics: Metrics::new("polls"),
        };
        Self {
            bot,
            polling,
            schedules,
            dead,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.bot.stage.clock_now()
    }

    pub(super) fn people(&self) -> Vec<Person> {
        self.bot.stage.teams.people()
    }

    /// What the bus or a schedule brings.
    pub(super) async fn invoke(&self, event: &Value) -> Answer {
        let answer = self.polling.invoke(self.invocation(event)).await;
        assert_eq!(self.dead.take_all(), Vec::<String>::new(), "{event}");
        answer.unwrap()
    }

    pub(super) fn invocation(
        &self,
        event: &Value,
    ) -> LambdaEvent<Box<serde_json::value::RawValue>> {
        let event = serde_json::value::to_raw_value(event).unwrap();
        LambdaEvent::new(event, context(&self.bot.stage.clock, 5 * MINUTE))
    }

    /// Takes a definition that the bus brings.
    pub(super) async fn takes(&self, definition: Value) -> Answer {
        let event = json!({ "id": "e-1", "source": "acme.people", "detail-type": "tidings.poll", "detail": definition });
        self.invoke(&event).await
    }

    /// Lets the time pass; invokes what the schedules say, each twice, and works off all queues in between.
    pub(super) async fn wait(&self, by: Duration) {
        let until = self.now() + by;
        while let Some(next) = self.schedules.next().filter(|next| *next <= until) {
            self.bot.stage.clock_set(next.max(self.now()));
            for fired in self.schedules.due(self.now()) {
                let tick: Value = serde_json::from_str(&fired.input).unwrap();
                self.invoke(&tick).await;
                self.invoke(&tick).await;
            }
            self.settle().await;
        }
        self.bot.stage.clock_set(until.max(self.now()));
    }

    /// Lets the closing time come, and has the poll closed; what follows from it is queued.
    pub(super) async fn closes(&self) {
        let next = self.schedules.next().expect("it is to be closed");
        self.bot.stage.clock_set(next.max(self.now()));
        for fired in self.schedules.due(self.now()) {
            let tick: Value = serde_json::from_str(&fired.input).unwrap();
            self.invoke(&tick).await;
        }
    }

    /// Works off all queues.
    pub(super) async fn settle(&self) {
        for _ in 0..3 {
            self.bot.stage.settle().await;
            self.bot.work_off().await;
        }
    }

    /// Plans what is to be sent, so that the ledger knows who is asked; and sends none of it.
    pub(super) async fn plans_only(&self) {
        let stage = &self.bot.stage;
        loop {
            let pages = stage.mail.notification.take_due();
            if pages.is_empty() {
                break;
            }
            for page in pages {
                let answer = stage.invoke_notify(batch("notifications", &[&page])).await;
                assert_eq!(failed(&answer.unwrap()), Vec::<String>::new());
            }
        }
        stage.chunks();
    }

    /// The only occurrence of a poll.
    pub(super) async fn occurrence(&self, poll: &str) -> Occurrence {
        let (tenant, poll) = (self.bot.stage.teams.tenant().into(), poll.parse().unwrap());
        let polls = self.bot.stage.store.polls();
        let page = polls.occurrences(&tenant, &poll, None, 9).await.unwrap();
        assert_eq!(page.occurrences.len(), 1, "asked once");
        page.occurrences.into_iter().next().unwrap()
    }

    /// The result that stands.
    pub(super) async fn result(&self, closed: &Occurrence) -> Results {
        assert_eq!(closed.phase, Phase::Closed);
        let polls = self.bot.stage.store.polls();
        let tenant = self.bot.stage.teams.tenant().into();
        let result = polls.result(&tenant, &closed.id, closed.round).await;
        serde_json::from_str(&result.unwrap().unwrap().result).unwrap()
    }

    /// The last message to somebody.
    pub(super) fn last(&self, person: &Person) -> Message {
        let messages = self.bot.stage.teams.messages_to(person);
        messages.into_iter().next_back().expect("a message")
    }
}

pub(super) fn aad(person: &Person) -> String {
    format!("aad:{}", person.object_id())
}

/// The same press with other answers: another activity, at this time.
pub(super) fn changed(first: &Value, answers: &Value, at: Timestamp, number: usize) -> Value {
    let mut activity = first.clone();
    for (name, value) in answers.as_object().unwrap() {
        activity["value"]["action"]["data"][name] = value.clone();
    }
    activity["id"] = format!("f:again-{number}").into();
    activity["timestamp"] = format!("{at:.3}").into();
    activity
}

/// Whether an answer says that the presser's vote counts.
pub(super) fn counts(answer: &Delivery) -> bool {
    let card = answer.card();
    card.is_some_and(|card| card.to_string().contains("Your vote counts"))
}
