//! What a thousand messages and an idle hour cost, in what AWS counts. `docs/cost.md` has the same figures and turns them
//! into money; here they are measured, and must not be more.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use simulator::{BotEndpoint, World};
use startup::{Clock as _, Environment, ManualClock, SystemClock};
use tasks::Tasks;
use testbed::Door;
use tidings::local::bot_endpoint;
use tidings::local::event_source::EventSource;
use tidings::local::functions::{Functions, Mode};
use tokio::net::TcpListener;

use crate::bill::{AtTheQueues, AtTheTable, Bill, Used};
use crate::loopback::{Hidden, Loopback};
use crate::sample::notification;

/// Nothing has to come back.
const HIDDEN: Hidden = Hidden {
    from_notify: Duration::from_secs(60),
    from_others: Duration::from_secs(60),
};

/// Recipients of two broadcasts: what the larger one costs more is the price of a recipient, the rest that of a broadcast.
const FEW: u32 = 300;
const MANY: u32 = 900;

/// Messages of each kind that are sent one by one.
const SINGLE: u32 = 20;

/// The functions among the services, each way between them metered.
struct Metered {
    world: Loopback,
    bill: Arc<Bill>,
    environment: Vec<(String, String)>,
    // Held so that they live as long.
    _doors: [Door; 2],
}

impl Metered {
    async fn start(people: u32) -> Self {
        let world = Loopback::start(World::crowd(people), HIDDEN).await;
        world.knows_everybody().await;
        let bill = Arc::<Bill>::default();
        let table = Door::open(world.table(), Arc::new(AtTheTable(bill.clone()))).await;
        let queues = Door::open(world.queues(), Arc::new(AtTheQueues(bill.clone()))).await;
        let (table, queues) = (table.expect("a free port"), queues.expect("a free port"));
        let mut environment = world.environment(table.url(), queues.url());
        // At the rate that is usual: each second's turns are bought with a write.
        environment.retain(|(name, _)| name != "DELIVERY_RATE");
        // Whoever makes the functions makes all of them; these are not invoked here.
        let of_others = [
            "BALLOT_TABLE_NAME",
            "POLLS_DEAD_LETTER_QUEUE_URL",
            "SCHEDULE_GROUP",
            "SCHEDULE_TARGET_ARN",
            "SCHEDULE_ROLE_ARN",
            "SCHEDULE_DEAD_LETTER_QUEUE_ARN",
        ];
        environment.extend(of_others.map(|name| (name.to_owned(), "not-used".to_owned())));

        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port").into_std();
        let listener = listener.expect("a listener");
        let functions = Functions::new(&environment, Mode::Simulator, &listener);
        let functions = functions.expect("the environment is complete");
        let [notify, deliver, messages] = [functions.notify, functions.deliver, functions.messages]
            .map(|function| bill.for_invocations_of(function));
        for (pair, function, most) in [
            (&world.notification, &notify, 10),
            (&world.delivery, &deliver, 5),
            (&world.broadcast, &deliver, 2),
        ] {
            let source =
                EventSource::new(pair.queue.clone(), function.clone(), world.clock.clone());
            tokio::spawn(source.with_batches_of(most).run());
        }
        let bot = bot_endpoint::BotEndpoint {
            messages,
            notifications: world.notification.queue.clone(),
            clock: world.clock.clone(),
        };
        let address = listener.local_addr().expect("it listens");
        let listener = TcpListener::from_std(listener).expect("a listener");
        let service = bot
            .router()
            .into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });
        let endpoint = BotEndpoint::url(&format!("http://{address}/api/messages"));
        world.teams.set_bot_endpoint(endpoint.expect("a URL"));
        Self {
            world,
            bill,
            environment,
            _doors: [table, queues],
        }
    }

    /// What a broadcast to everybody uses.
    async fn broadcasts(&self) -> Used {
        let before = self.bill.so_far();
        self.sends("broadcast", "everyone").await;
        self.world.teams.release_unread();
        self.bill.so_far() - before
    }

    /// Sends a notification and waits until everything is done.
    async fn sends(&self, id: &str, to: &str) {
        let body = notification(id, to).to_string();
        self.world.notification.sends(&body, &*self.world.clock);
        let limit = Duration::from_secs(120);
        let worked_off = tokio::time::timeout(limit, self.world.worked_off()).await;
        worked_off.expect("everything is done in time");
        assert_eq!(self.world.dead_letters(), 0);
    }
}

/// The figures of a line in the documentation's table.
fn documented(line: &str) -> [f64; 4] {
    let page = include_str!("../../docs/cost.md");
    let start = format!("| {line} |");
    let row = page.lines().find_map(|row| row.strip_prefix(&start));
    let row = row.unwrap_or_else(|| panic!("docs/cost.md has no line {line:?}"));
    let mut cells = row.split('|').map(|cell| cell.trim().replace(',', ""));
    [(); 4].map(|()| {
        let cell = cells.next().expect("four figures");
        cell.parse()
            .unwrap_or_else(|_| panic!("{cell:?} is no figure"))
    })
}

/// Nothing of it is more than the documentation says, which says not much more than it is.
fn is_as_documented(line: &str, used: Used) {
    for (used, documented) in used.figures().into_iter().zip(documented(line)) {
        assert!(
            used <= documented,
            "{line}: {used} is more than {documented}"
        );
        assert!(
            used >= documented * 0.8 - 4.0,
            "{line}: {used} is far less than {documented}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_messages_and_an_idle_hour_cost_what_the_documentation_says() {
    let metered = Metered::start(MANY).await;
    let (world, bill) = (&metered.world, &metered.bill);

    // Everything is warm when it is measured: what a cold environment asks once is no price of a message.
    let somebody = world.teams.people().swap_remove(0);
    let address = format!("aad:{}", somebody.object_id());
    metered.sends("warm", &address).await;
    let before = bill.so_far();
    for number in 0..SINGLE {
        metered.sends(&format!("alarm-{number}"), &address).await;
    }
    let alarms = (bill.so_far() - before).times(1_000.0 / f64::from(SINGLE));

    let many = metered.broadcasts().await;
    let others = Metered::start(FEW).await;
    let address = format!("aad:{}", others.world.teams.people()[0].object_id());
    others.sends("warm", &address).await;
    let few = others.broadcasts().await;
    let recipients = (many - few).times(1_000.0 / f64::from(MANY - FEW));
    let broadcast = few - recipients.times(f64::from(FEW) / 1_000.0);

    somebody.say("topics").await;
    let before = bill.so_far();
    for number in 0..SINGLE {
        somebody.say(&format!("mute topic-{number} for 1h")).await;
    }
    let inbound = (bill.so_far() - before).times(1_000.0 / f64::from(SINGLE));

    let clock = ManualClock::new(SystemClock.now());
    let environment = Environment::from_pairs(metered.environment.clone());
    let config = tasks::Config::from_environment(environment);
    let tasks = Tasks::with_clock(
        config.expect("the environment is complete"),
        Arc::new(clock.clone()),
    );
    // What the notifications above left for later comes first.
    let mut hour = Used::default();
    for hours in [1, 24] {
        clock.set(clock.now() + SignedDuration::from_hours(hours));
        let mut idle = Used::default();
        for minute in 0..=60 {
            clock.advance(Duration::from_secs(60));
            if minute == 1 {
                idle = bill.so_far();
            }
            let tick = json!({ "source": "tidings", "detail-type": "tidings.tick", "detail": {} });
            let tick = serde_json::value::to_raw_value(&tick).expect("JSON");
            let mut context = Context::default();
            let deadline = clock.now() + SignedDuration::from_secs(60);
            context.deadline = u64::try_from(deadline.as_millisecond()).expect("after 1970");
            let answer = tasks.invoke(LambdaEvent::new(tick, context)).await;
            answer.expect("the tick works");
        }
        idle = bill.so_far() - idle;
        idle.invocations = 60.0;
        hour = idle;
    }
    world.teams.release_unread();
    let lines = [
        ("1,000 recipients of a broadcast", recipients),
        ("a broadcast besides, once", broadcast),
        ("1,000 alarms to one person each", alarms),
        ("1,000 commands to the bot", inbound),
        ("an idle hour", hour),
    ];
    for (line, used) in lines {
        println!("{line}: {used:?}");
    }
    for (line, used) in lines {
        is_as_documented(line, used);
    }
}
