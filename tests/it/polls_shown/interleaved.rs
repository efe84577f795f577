//! Votes, changes, repeats and the closing, in any order and at the same time, each of them killed anywhere: what is
//! counted is each voter's last vote that was taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::join_all;
use polls::{Answer, Answers, Counted, Results};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use simulator::{BotEndpoint, Person};
use store::{BallotCursor, Occurrence};

use super::booth::{Booth, MINUTE, aad, counts};
use super::unsteady::unsteady;
use crate::bot::{answer, envelope};
use crate::stage::killed_after;

/// Enough for an anonymous poll to show its result.
const VOTERS: usize = 6;
const CHOICES: [&str; 3] = ["soup", "pie", "salad"];

/// Something that happens; killed after so many waits, if at all.
#[derive(Clone, Debug)]
enum Deed {
    /// Somebody votes, for the first time or another.
    Vote {
        voter: usize,
        choice: usize,
        killed: Option<usize>,
    },
    /// Teams delivers again what it has delivered.
    Again { which: usize, killed: Option<usize> },
    /// The owner closes.
    Close { killed: Option<usize> },
}

fn deed() -> impl Strategy<Value = Deed> {
    let killed = || prop_oneof![2 => Just(None), 1 => (1..60_usize).prop_map(Some)];
    prop_oneof![
        10 => (0..VOTERS, 0..CHOICES.len(), killed())
            .prop_map(|(voter, choice, killed)| Deed::Vote { voter, choice, killed }),
        5 => (any::<usize>(), killed()).prop_map(|(which, killed)| Deed::Again { which, killed }),
        1 => (0..150_usize).prop_map(|waits| Deed::Close { killed: (waits > 20).then_some(waits) }),
    ]
}

/// What happens: each group at the same time, one group after the other.
#[derive(Clone, Debug)]
struct Course {
    anonymous: bool,
    groups: Vec<Vec<Deed>>,
    seed: u64,
}

fn course() -> impl Strategy<Value = Course> {
    let groups = prop::collection::vec(prop::collection::vec(deed(), 1..6), 1..6);
    (any::<bool>(), groups, any::<u64>()).prop_map(|(anonymous, groups, seed)| Course {
        anonymous,
        groups,
        seed,
    })
}

/// A vote, as far as its voter knows.
#[derive(Clone, Debug)]
struct Sent {
    voter: usize,
    choice: usize,
    /// Of two votes of a voter the one with the later time is the later.
    order: usize,
    activity: Value,
    /// It was answered that it counts, or one that is later.
    taken: bool,
    /// A delivery of it was not answered: it may be counted.
    perhaps: bool,
}

/// Which choices may count for a voter: the last that was taken, and those after it whose fate nobody has told.
fn may_count(sent: &[Sent], voter: usize) -> BTreeSet<Option<usize>> {
    let own = || sent.iter().filter(move |vote| vote.voter == voter);
    let last = own()
        .filter(|vote| vote.taken)
        .max_by_key(|vote| vote.order);
    let later =
        own().filter(|vote| vote.perhaps && last.is_none_or(|last| vote.order > last.order));
    let mut may: BTreeSet<_> = later.map(|vote| Some(vote.choice)).collect();
    may.insert(last.map(|last| last.choice));
    may
}

/// Whether the counts are those of one of the votes that each voter may have.
fn is_possible(counts: [u64; 3], may: &[BTreeSet<Option<usize>>]) -> bool {
    let Some((first, rest)) = may.split_first() else {
        return counts == [0; 3];
    };
    first.iter().any(|choice| {
        let mut left = counts;
        if let Some(choice) = choice {
            match left[*choice].checked_sub(1) {
                Some(fewer) => left[*choice] = fewer,
                None => return false,
            }
        }
        is_possible(left, rest)
    })
}

fn counted(result: &Results) -> [u64; 3] {
    let Counted::Choices(choices) = &result.question("q1").unwrap().counted else {
        panic!("{result:?}");
    };
    [choices[0].count, choices[1].count, choices[2].count]
}

/// A poll among a few, whose functions may be killed.
struct Scene {
    booth: Booth,
    open: Occurrence,
    owner: Person,
    /// By voter: a press of theirs, to be made a vote.
    presses: Vec<Value>,
    /// By the activity's id: after how many waits deliveries of it are killed.
    kills: Arc<Mutex<BTreeMap<String, Vec<usize>>>>,
    sent: Mutex<Vec<Sent>>,
}

impl Scene {
    async fn of(anonymous: bool) -> Self {
        let booth = Booth::of(u32::try_from(VOTERS).unwrap() + 1).await;
        let mut people = booth.people();
        let owner = people.pop().unwrap();
        let to: Vec<_> = people.iter().map(aad).collect();
        booth
            .takes(json!({
                "id": "lunch", "title": "Lunch?", "owner": aad(&owner), "to": to, "anonymous": anonymous,
                "questions": [{ "id": "q1", "kind": "single", "text": "What?", "choices":
                    CHOICES.map(|id| json!({ "id": id, "text": id })) }],
                "closes": { "after": "1h" },
            }))
            .await;
        booth.settle().await;
        let open = booth.occurrence("lunch").await;
        let mut presses = Vec::new();
        for who in &people {
            let data = json!({ "tidings": { "verb": "tidings.poll.refresh", "poll": open.id } });
            let action =
                json!({ "type": "Action.Execute", "verb": "tidings.poll.refresh", "data": data });
            let value = json!({ "action": action, "trigger": "manual" });
            let shown = who
                .invoke("adaptiveCard/action", value, &booth.last(who))
                .await;
            let mut press = shown.activity;
            press["value"]["action"]["verb"] = "tidings.poll.vote".into();
            press["value"]["action"]["data"]["tidings"]["verb"] = "tidings.poll.vote".into();
            presses.push(press);
        }
        booth.bot.later(MINUTE);
        let kills = Arc::default();
        watch_for_kills(&booth, &kills);
        Self {
            booth,
            open,
            owner,
            presses,
            kills,
            sent: Mutex::default(),
        }
    }

    /// A new vote, not delivered yet; gives its number.
    fn writes(&self, voter: usize, choice: usize) -> usize {
        let mut sent = self.sent.lock().unwrap();
        let order = sent.len();
        let mut activity = self.presses[voter].clone();
        activity["id"] = format!("f:vote-{order}").into();
        let at = self.open.opened + std::time::Duration::from_millis(1 + order as u64);
        activity["timestamp"] = format!("{at:.3}").into();
        activity["value"]["action"]["data"]["answer.q1"] = CHOICES[choice].into();
        sent.push(Sent {
            voter,
            choice,
            order,
            activity,
            taken: false,
            perhaps: false,
        });
        order
    }

    async fn deliver(&self, number: usize, killed: Option<usize>) {
        let activity = self.sent.lock().unwrap()[number].activity.clone();
        if let Some(waits) = killed {
            let id = activity["id"].as_str().unwrap().to_owned();
            self.kills
                .lock()
                .unwrap()
                .entry(id)
                .or_default()
                .push(waits);
        }
        let answer = self.booth.bot.stage.teams.deliver(activity).await;
        let mut sent = self.sent.lock().unwrap();
        sent[number].taken |= counts(&answer);
        sent[number].perhaps |= answer.card().is_none();
    }

    async fn close(&self, killed: Option<usize>) {
        let by = aad(&self.owner);
        let detail = json!({ "poll": "lunch", "do": "close", "by": by });
        let event = json!({ "id": "c-1", "source": "tidings", "detail-type": "tidings.poll.command", "detail": detail });
        let closing = self.booth.polling.invoke(self.booth.invocation(&event));
        match killed {
            None => drop(closing.await.unwrap()),
            Some(waits) => {
                if let Some(answer) = killed_after(waits, closing).await {
                    answer.unwrap();
                }
            }
        }
    }

    async fn deed(&self, deed: &Deed) {
        match deed {
            Deed::Vote {
                voter,
                choice,
                killed,
            } => {
                let number = self.writes(*voter, *choice);
                self.deliver(number, *killed).await;
            }
            Deed::Again { which, killed } => {
                let there = self.sent.lock().unwrap().len();
                if there > 0 {
                    self.deliver(which % there, *killed).await;
                }
            }
            Deed::Close { killed } => self.close(*killed).await,
        }
    }

    /// Everything in both tables.
    async fn everything(&self) -> [super::attack::Copy; 2] {
        let stage = &self.booth.bot.stage;
        [stage.scan("tidings").await, stage.scan("ballots").await].map(super::attack::copy)
    }
}

/// From now on `messages` is killed where it is said to be: Teams gets no answer then.
fn watch_for_kills(booth: &Booth, kills: &Arc<Mutex<BTreeMap<String, Vec<usize>>>>) {
    let messages = Arc::new(booth.bot.messages());
    let (clock, kills) = (booth.bot.stage.clock.clone(), kills.clone());
    let endpoint = BotEndpoint::in_process(move |request: http::Request<Bytes>| {
        let (messages, clock, kills) = (messages.clone(), clock.clone(), kills.clone());
        async move {
            let activity: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let id = activity["id"].as_str().unwrap_or_default();
            let waits = kills.lock().unwrap().get_mut(id).and_then(Vec::pop);
            let envelope = envelope(&request);
            let answering = answer(&messages, &clock, &envelope);
            let answered = match waits {
                None => Some(answering.await),
                Some(waits) => killed_after(waits, answering).await,
            };
            answered.unwrap_or_else(|| {
                let mut nothing = http::Response::new(Bytes::new());
                *nothing.status_mut() = http::StatusCode::BAD_GATEWAY;
                nothing
            })
        }
    });
    booth.bot.stage.teams.set_bot_endpoint(endpoint);
}

/// What each voter's ballot says.
async fn ballots(scene: &Scene, closed: &Occurrence) -> BTreeMap<String, usize> {
    let polls = scene.booth.bot.stage.store.polls();
    let tenant = scene.booth.bot.stage.teams.tenant().into();
    let mut all = BTreeMap::new();
    let mut cursor = Some(BallotCursor::default());
    while let Some(at) = cursor {
        let page = polls.ballots(&tenant, closed, &at, 100).await.unwrap();
        for ballot in page.ballots {
            let answers: Answers = serde_json::from_str(&ballot.answers).unwrap();
            let Answer::Choices(chosen) = &answers.0["q1"] else {
                panic!("{answers:?}");
            };
            let choice = CHOICES.iter().position(|choice| *choice == chosen[0]);
            let twice = all.insert(ballot.voter.unwrap().to_string(), choice.unwrap());
            assert_eq!(twice, None, "two ballots of one voter");
        }
        cursor = page.next;
    }
    all
}

async fn runs(course: &Course) -> Result<(), TestCaseError> {
    let scene = Scene::of(course.anonymous).await;
    for (number, group) in (0_u64..).zip(&course.groups) {
        let deeds = (0_u64..).zip(group).map(|(place, deed)| {
            let seed = course.seed.wrapping_add(number * 1_000 + place);
            unsteady(seed, scene.deed(deed))
        });
        join_all(deeds).await;
        scene.booth.bot.later(MINUTE / 60);
    }
    scene.close(None).await;
    let closed = scene.booth.occurrence("lunch").await;
    let result = scene.booth.result(&closed).await;
    let sent = scene.sent.lock().unwrap().clone();
    let may: Vec<_> = (0..VOTERS).map(|voter| may_count(&sent, voter)).collect();
    if course.anonymous && result.voters < 5 {
        prop_assert!(result.question("q1").is_none());
        let most = may
            .iter()
            .filter(|may| **may != BTreeSet::from([None]))
            .count();
        let least = may.iter().filter(|may| !may.contains(&None)).count();
        prop_assert!(
            (least as u64..=most as u64).contains(&result.voters),
            "{result:?}, {may:?}"
        );
    } else {
        let counted = counted(&result);
        prop_assert_eq!(counted.iter().sum::<u64>(), result.voters);
        prop_assert!(
            is_possible(counted, &may),
            "{:?} is none of {:?}",
            counted,
            may
        );
    }
    if !course.anonymous {
        let ballots = ballots(&scene, &closed).await;
        let mut recount = [0; 3];
        ballots.values().for_each(|choice| recount[*choice] += 1);
        prop_assert_eq!(recount, counted(&result), "each ballot is counted once");
        for (voter, may) in may.iter().enumerate() {
            let id = scene.presses[voter]["from"]["aadObjectId"]
                .as_str()
                .unwrap();
            let ballot = ballots.iter().find(|(key, _)| key.contains(id));
            let ballot = ballot.map(|(_, choice)| *choice);
            prop_assert!(
                may.contains(&ballot),
                "{:?} of voter {} is none of {:?}",
                ballot,
                voter,
                may
            );
        }
    }

    // Afterwards nothing that anybody sends changes anything.
    let before = scene.everything().await;
    for voter in 0..VOTERS {
        scene.writes(voter, 0);
    }
    let all = scene.sent.lock().unwrap().clone();
    for vote in all {
        let answer = scene.booth.bot.stage.teams.deliver(vote.activity).await;
        prop_assert!(
            answer.card().is_some() && !counts(&answer),
            "refused in a card"
        );
    }
    scene.close(None).await;
    prop_assert_eq!(before, scene.everything().await);
    Ok(())
}

/// `PROPTEST_CASES` asks for more.
#[test]
fn whatever_is_killed_repeated_or_comes_with_the_closing_each_voters_last_vote_is_counted() {
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default().cases,
        None => 12,
    };
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ran = runner.run(&course(), |course| runtime.block_on(runs(&course)));
    ran.unwrap();
}

#[test]
fn a_count_without_a_vote_that_was_taken_is_impossible() {
    let vote = |voter, choice, order, taken, perhaps| Sent {
        voter,
        choice,
        order,
        activity: Value::Null,
        taken,
        perhaps,
    };
    let sent = [
        vote(0, 0, 0, true, false),
        vote(0, 1, 1, true, false),
        vote(1, 2, 2, true, false),
        vote(1, 0, 3, false, true),
        vote(2, 2, 4, false, false),
    ];
    let may: Vec<_> = (0..3).map(|voter| may_count(&sent, voter)).collect();
    let possible = [[0, 1, 1], [1, 1, 0]];
    for one in 0..3 {
        for other in 0..3 {
            for third in 0..3 {
                let counts = [one, other, third];
                assert_eq!(
                    is_possible(counts, &may),
                    possible.contains(&counts),
                    "{counts:?}"
                );
            }
        }
    }
}
