//! Polls as people meet them: asked by `polls`, sent by `deliver`, answered by presses that Teams signs, edited by `tasks`.

mod anonymous;
mod by_name;
mod kinds;
mod live;
mod moments;
mod owners;
mod starting;
mod steps;
mod votes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws::{BusEvent, InProcessSchedules};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::LambdaEvent;
use polling::{Answer, Polling};
use polls::{Results, Shown};
use polls_in_table::PollView;
use serde_json::{Value, json};
use simulator::{BotEndpoint, Message, Person, World};
use startup::Metrics;
use store::Occurrence;

use crate::bot::{Bot, answer, context, envelope};
use crate::stage::{Mailbox, killed_after};

const MINUTE: Duration = Duration::from_secs(60);

/// Everything that a poll goes through.
struct Booth {
    bot: Bot,
    polling: Polling,
    dead: Arc<Mailbox>,
}

impl Booth {
    /// Ana, Ben and Chloé; everywhere has the bot, and everybody is known.
    async fn open() -> Self {
        Self::among(World::contoso().with_bot_everywhere()).await
    }

    async fn among(world: World) -> Self {
        let bot = Bot::with(world).await;
        let stage = &bot.stage;
        stage.knows_everybody().await;
        let (chat, team) = (
            stage.teams.chat("Release crew"),
            stage.teams.team("Platform"),
        );
        let channel = team.channel("Incidents");
        use activity::ConversationKind::{Channel, GroupChat};
        stage.knows_team(&team.id()).await;
        stage.knows_conversation(&chat.id(), GroupChat).await;
        stage.knows_conversation(&channel.id(), Channel).await;
        let dead = Mailbox::new(&stage.clock);
        let polling = Polling {
            store: stage.store.clone(),
            schedules: Arc::new(InProcessSchedules::new(stage.clock_now())),
            notification_queue: stage.mail.notification.clone(),
            task_queue: bot.task_mail.clone(),
            dead_letters: dead.clone(),
            events: bot.events.clone(),
            clock: Arc::new(stage.clock.clone()),
            home_tenant: stage.teams.tenant().into(),
            metrics: Metrics::new("polls"),
        };
        bot.later(MINUTE);
        Self { bot, polling, dead }
    }

    /// From now on `messages` dies where it waits for the n-th time.
    fn dies_after(&self, waits: usize) {
        let (messages, clock) = (Arc::new(self.bot.messages()), self.bot.stage.clock.clone());
        let endpoint = BotEndpoint::in_process(move |request| {
            let (messages, clock) = (messages.clone(), clock.clone());
            async move {
                let envelope = envelope(&request);
                let answered = killed_after(waits, answer(&messages, &clock, &envelope)).await;
                answered.unwrap_or_else(|| {
                    let mut gone = http::Response::new(bytes::Bytes::new());
                    *gone.status_mut() = http::StatusCode::BAD_GATEWAY;
                    gone
                })
            }
        });
        self.bot.stage.teams.set_bot_endpoint(endpoint);
    }

    fn person(&self, who: &str) -> Person {
        self.bot.stage.teams.person(who)
    }

    /// Asks a poll of Ben, or of whom `more` says, and has it delivered.
    async fn asks(&self, id: &str, questions: Value, more: Value) -> Occurrence {
        let mut poll = json!({
            "id": id,
            "title": "Lunch?",
            "owner": super::aad(&self.person("Chloé")),
            "to": [super::aad(&self.person("Ben"))],
            "questions": questions,
        });
        for (name, value) in more.as_object().unwrap() {
            poll[name] = value.clone();
        }
        self.hears("tidings.poll", poll).await;
        self.settle().await;
        self.occurrence(id).await
    }

    /// What the bus brings to `polls`.
    async fn hears(&self, kind: &str, detail: Value) {
        let event = json!({ "id": format!("{kind}/{detail}"), "source": "tidings", "detail-type": kind, "detail": detail });
        self.invoke(&event).await;
        assert_eq!(self.dead.take_all(), Vec::<String>::new(), "{event}");
    }

    async fn invoke(&self, event: &Value) -> Answer {
        let event = serde_json::value::to_raw_value(event).unwrap();
        let context = context(&self.bot.stage.clock, 5 * MINUTE);
        let event = LambdaEvent::new(event, context);
        self.polling.invoke(event).await.unwrap()
    }

    /// What was published on our bus for polls, and not been heard yet, is heard; gives it.
    async fn pass_on(&self, from: usize) -> Vec<BusEvent> {
        let events = self.bot.events.events().split_off(from);
        for event in &events {
            let detail = serde_json::from_str(&event.detail).unwrap();
            self.hears(&event.detail_type, detail).await;
        }
        self.settle().await;
        events
    }

    /// Works off all queues.
    async fn settle(&self) {
        for _ in 0..4 {
            self.bot.stage.settle().await;
            self.bot.work_off().await;
        }
    }

    async fn occurrence(&self, poll: &str) -> Occurrence {
        let (tenant, poll) = (self.bot.stage.teams.tenant().into(), poll.parse().unwrap());
        let polls = self.bot.stage.store.polls();
        let page = polls.occurrences(&tenant, &poll, None, 9).await.unwrap();
        page.occurrences.into_iter().next().expect("it was asked")
    }

    /// The last message to somebody.
    fn last(&self, person: &Person) -> Message {
        let messages = self.bot.stage.teams.messages_to(person);
        messages.into_iter().next_back().expect("a message")
    }

    async fn results(&self, occurrence: &Occurrence) -> Results {
        let (store, tenant) = (&self.bot.stage.store, self.bot.stage.teams.tenant().into());
        let view = PollView::load(store, &tenant, &occurrence.id).await;
        view.unwrap().unwrap().results(store).await.unwrap()
    }

    /// Everything in a table, as text.
    async fn everything(&self, table: &str) -> Vec<String> {
        let items = self.bot.stage.scan(table).await.into_iter();
        items.map(|item| text(&AttributeValue::M(item))).collect()
    }
}

/// An attribute, always in the same order.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, of)| (name, text(of))).collect();
            format!("{members:?}")
        }
        other => format!("{other:?}"),
    }
}

/// The one question of most tests.
fn lunch() -> Value {
    json!([{ "id": "q1", "kind": "single", "text": "Lunch?", "choices": [
        { "id": "pizza", "text": "Pizza" }, { "id": "sushi", "text": "Sushi" }] }])
}

/// What a person sees of a message now.
fn seen(person: &Person, message: &Message) -> String {
    person.sees(message).unwrap().readable()
}

/// How often each choice of the question was chosen, as a text.
fn counts(results: &Results) -> String {
    match &results.shown {
        Shown::Withheld { .. } => "withheld".to_owned(),
        Shown::Questions(all) => serde_json::to_string(&all[0].counted).unwrap(),
    }
}

/// The count of a choice of the first question.
fn count(results: &Results, choice: &str) -> u64 {
    let Shown::Questions(all) = &results.shown else {
        return 0;
    };
    let polls::Counted::Choices(choices) = &all[0].counted else {
        panic!("{all:?}");
    };
    choices.iter().find(|one| one.id == choice).unwrap().count
}
