//! Votes: exactly counted whoever comes at once, in whatever order, and however often.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use notifications::RecipientKey;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{BallotCursor, Delta, Occurrence, Phase, Polls, Sealed, Tallies, Vote, Voted};

use crate::engine::on_every_engine;
use crate::polls::{in_phase, opened};
use crate::sample::{at, person_key, tenant};

/// How many vote.
const VOTERS: u32 = 200;
/// How many requests are under way at once: an engine in a debug build on a busy machine answers more too late.
const AT_ONCE: usize = 80;

/// Answers are one letter, which is the counter's name.
pub(crate) fn delta(old: Option<&str>, new: &str) -> Delta {
    let mut delta = Delta::new();
    *delta.entry("voters".to_owned()).or_default() += 1;
    *delta.entry(format!("q1.c.{new}")).or_default() += 1;
    if let Some(old) = old {
        *delta.entry("voters".to_owned()).or_default() -= 1;
        *delta.entry(format!("q1.c.{old}")).or_default() -= 1;
    }
    delta.retain(|_, change| *change != 0);
    delta
}

pub(crate) async fn cast(
    polls: Polls<'_>,
    occurrence: &Occurrence,
    voter: u32,
    second: i64,
    answers: &str,
) -> Voted {
    let voter = person_key(voter);
    let vote = Vote {
        voter: &voter,
        at: at(second),
        activity: "f:1",
        answers,
    };
    polls
        .vote(&tenant(), occurrence, &vote, |old| {
            Some(delta(old, answers))
        })
        .await
        .unwrap()
}

/// Every vote, counted one by one.
async fn counted(polls: Polls<'_>, occurrence: &Occurrence) -> Delta {
    let mut counters = Delta::new();
    let mut cursor = Some(BallotCursor::default());
    while let Some(at) = cursor {
        let page = polls.ballots(&tenant(), occurrence, &at, 7).await.unwrap();
        for ballot in &page.ballots {
            assert_eq!(ballot.voter.is_some(), !occurrence.anonymous);
            for (name, more) in delta(None, &ballot.answers) {
                *counters.entry(name).or_default() += more;
            }
        }
        cursor = page.next;
    }
    counters
}

async fn tallies(polls: Polls<'_>, occurrence: &Occurrence) -> Tallies {
    polls.tallies(&tenant(), occurrence).await.unwrap()
}

#[tokio::test]
async fn hundreds_who_vote_at_once_and_change_their_minds_are_counted_exactly() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous) in [("lunch", false), ("secret", true)] {
            let open = opened(polls, name, anonymous).await;
            // Each votes twice; the second vote comes first for every third, and every fourth's are
            // delivered twice.
            let letter = |voter: u32, second: i64| match (i64::from(voter) + second) % 3 {
                0 => "a",
                1 => "b",
                _ => "c",
            };
            let mut votes = Vec::new();
            for voter in 0..VOTERS {
                let mut two = [(voter, 10), (voter, 20)];
                if voter % 3 == 0 {
                    two.reverse();
                }
                votes.extend(two);
                if voter % 4 == 0 {
                    votes.extend(two);
                }
            }
            let open = &open;
            for votes in votes.chunks(AT_ONCE) {
                let casts = votes.iter().map(|(voter, second)| {
                    cast(polls, open, *voter, *second, letter(*voter, *second))
                });
                join_all(casts).await;
            }
            let mut expected = Delta::new();
            for voter in 0..VOTERS {
                for (name, more) in delta(None, letter(voter, 20)) {
                    *expected.entry(name).or_default() += more;
                }
            }
            assert_eq!(tallies(polls, open).await.counters, expected, "{name}");
            assert_eq!(counted(polls, open).await, expected, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_vote_that_is_delivered_again_or_late_changes_nothing() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous) in [("lunch", false), ("secret", true)] {
            let open = &opened(polls, name, anonymous).await;
            let first = cast(polls, open, 1, 10, "a").await;
            assert_eq!(first, Voted::Recorded { replaced: None });
            let unchanged = |answers: &str| Voted::Unchanged {
                answers: answers.to_owned(),
            };
            assert_eq!(cast(polls, open, 1, 10, "a").await, unchanged("a"));
            let replaced = Some("a".to_owned());
            let second = cast(polls, open, 1, 20, "b").await;
            assert_eq!(second, Voted::Recorded { replaced });
            assert_eq!(cast(polls, open, 1, 10, "a").await, unchanged("b"));
            let ballot = polls.ballot(&tenant(), open, &person_key(1)).await;
            assert_eq!(ballot.unwrap().unwrap().answers, "b");
            let nobody = polls.ballot(&tenant(), open, &person_key(2)).await;
            assert_eq!(nobody.unwrap(), None);
            assert_eq!(counted(polls, open).await, delta(None, "b"));
        }
    })
    .await;
}

#[tokio::test]
async fn where_votes_must_not_be_changed_the_first_stays() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let open = opened(polls, "lunch", false).await;
        let voter = person_key(1);
        let vote = |second, answers| Vote {
            voter: &voter,
            at: at(second),
            activity: "f:1",
            answers,
        };
        let once = |answers: &'static str| {
            move |old: Option<&str>| old.is_none().then(|| delta(None, answers))
        };
        let (tenant, one, other) = (tenant(), vote(10, "a"), vote(20, "b"));
        let (one, other) = tokio::join!(
            polls.vote(&tenant, &open, &one, once("a")),
            polls.vote(&tenant, &open, &other, once("b")),
        );
        let recorded = |voted: &Voted| matches!(voted, Voted::Recorded { replaced: None });
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(recorded(&one) ^ recorded(&other), "{one:?} {other:?}");
        let stands = polls.ballot(&tenant, &open, &voter).await.unwrap().unwrap();
        assert_eq!(
            tallies(polls, &open).await.counters,
            delta(None, &stands.answers)
        );
    })
    .await;
}

#[tokio::test]
async fn every_vote_that_was_taken_is_in_the_sealed_count_and_none_is_taken_after() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous) in [("lunch", false), ("secret", true)] {
            let open = &opened(polls, name, anonymous).await;
            let closing = async {
                // Somewhere in the middle of the votes.
                let some = async || {
                    let counters = tallies(polls, open).await.counters;
                    counters.get("voters").copied().unwrap_or_default()
                };
                while some().await < 20 {}
                polls.seal(&tenant(), open).await.unwrap()
            };
            let votes = (0..VOTERS).map(|voter| cast(polls, open, voter, 10, "a"));
            let votes = stream::iter(votes).buffer_unordered(AT_ONCE);
            let (voted, sealed) = tokio::join!(votes.collect::<Vec<_>>(), closing);
            assert_eq!(sealed, Sealed::Yes);
            let taken = voted
                .iter()
                .filter(|voted| matches!(voted, Voted::Recorded { .. }))
                .count();
            let refused = voted
                .iter()
                .filter(|voted| **voted == Voted::Sealed)
                .count();
            assert_eq!(u32::try_from(taken + refused).unwrap(), VOTERS);
            let count = tallies(polls, open).await;
            assert!(count.sealed);
            assert_eq!(count.counters["voters"], i64::try_from(taken).unwrap());
            assert_eq!(counted(polls, open).await, count.counters);
            assert_eq!(cast(polls, open, 999, 10, "a").await, Voted::Sealed);
            assert_eq!(tallies(polls, open).await, count);
        }
    })
    .await;
}

#[tokio::test]
async fn an_occurrence_that_is_opened_again_takes_votes_and_no_late_seal_stops_it() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let open = opened(polls, "lunch", false).await;
        cast(polls, &open, 1, 10, "a").await;
        polls.seal(&tenant, &open).await.unwrap();
        let closed = in_phase(polls, &open, Phase::Closed).await;
        assert_eq!(cast(polls, &closed, 2, 10, "a").await, Voted::Sealed);

        let again = Occurrence {
            phase: Phase::Open,
            round: 1,
            ..closed.clone()
        };
        let again = polls.change_occurrence(&tenant, &closed, &again, &[]);
        let again = again.await.unwrap().unwrap();
        polls.unseal(&tenant, &again).await.unwrap();
        assert_eq!(polls.seal(&tenant, &open).await.unwrap(), Sealed::Stale);
        let second = cast(polls, &again, 2, 10, "a").await;
        assert_eq!(second, Voted::Recorded { replaced: None });

        // Nor does a late opening break the next seal.
        assert_eq!(polls.seal(&tenant, &again).await.unwrap(), Sealed::Yes);
        polls.unseal(&tenant, &again).await.unwrap();
        assert_eq!(cast(polls, &again, 3, 10, "a").await, Voted::Sealed);
        assert_eq!(tallies(polls, &again).await.counters["voters"], 2);
    })
    .await;
}

#[tokio::test]
async fn who_has_voted_is_known_whether_votes_are_secret_or_not() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous) in [("lunch", false), ("secret", true)] {
            let open = opened(polls, name, anonymous).await;
            for voter in 0..130_u32 {
                if voter % 2 == 0 {
                    cast(polls, &open, voter, 10, "a").await;
                }
            }
            let asked: Vec<RecipientKey> = (0..130).map(person_key).collect();
            let voted = polls.voted(&tenant(), &open.id, &asked).await.unwrap();
            for (number, voter) in asked.iter().enumerate() {
                assert_eq!(voted.contains(voter), number % 2 == 0, "{number}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_vote_costs_five_units_and_a_secret_one_eight() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous, most) in [("lunch", false, 5.0), ("secret", true, 8.0)] {
            let open = opened(polls, name, anonymous).await;
            cast(polls, &open, 1, 10, "a").await;
            table.meter.reset();
            cast(polls, &open, 2, 10, "a").await;
            let spent = table.meter.take();
            assert!(
                spent.units <= most && spent.requests <= 3,
                "{name}: {spent:?}"
            );
        }
    })
    .await;
}

/// What happens to an occurrence.
#[derive(Clone, Debug)]
enum Happens {
    /// A voter votes, or changes their vote; it may be delivered again.
    Vote {
        voter: u32,
        second: i64,
        letter: u8,
    },
    Seal,
    OpenAgain,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        20 => (0..6_u32, 1..9_i64).prop_map(|(voter, second)| Happens::Vote {
            voter,
            second,
            // The same activity always says the same.
            letter: u8::try_from((i64::from(voter) * 7 + second) % 3).unwrap_or_default(),
        }),
        1 => Just(Happens::Seal),
        1 => Just(Happens::OpenAgain),
    ]
}

/// Some things happen at once, then some others.
#[tokio::test]
async fn whatever_happens_at_once_the_counters_are_those_of_the_votes_that_stand() {
    let story = prop::collection::vec(prop::collection::vec(happens(), 1..12), 1..8);
    let mut runner = TestRunner::deterministic();
    let stories: Vec<_> = (0..12)
        .map(|_| story.new_tree(&mut runner).unwrap().current())
        .collect();
    on_every_engine(|table| {
        let stories = stories.clone();
        async move {
            let polls = table.store.polls();
            for (number, story) in stories.iter().enumerate() {
                let anonymous = number % 2 == 0;
                let open = opened(polls, &format!("story-{number}"), anonymous).await;
                tell(polls, open, story).await;
            }
        }
    })
    .await;
}

async fn tell(polls: Polls<'_>, mut occurrence: Occurrence, story: &[Vec<Happens>]) {
    // By voter: the latest vote that was recorded.
    let mut stands: BTreeMap<u32, (i64, String)> = BTreeMap::new();
    for together in story {
        let mut sealed = false;
        if together.iter().any(|one| matches!(one, Happens::OpenAgain)) {
            let next = Occurrence {
                round: occurrence.round + 1,
                ..occurrence.clone()
            };
            let tenant = tenant();
            let changed = polls.change_occurrence(&tenant, &occurrence, &next, &[]);
            occurrence = changed.await.unwrap().unwrap();
        }
        let now = &occurrence;
        let all = together.iter().map(|one| async move {
            match one {
                Happens::Vote {
                    voter,
                    second,
                    letter,
                } => {
                    let answers = char::from(b'a' + letter).to_string();
                    let voted = cast(polls, now, *voter, *second, &answers).await;
                    match voted {
                        Voted::Recorded { .. } => Some((*voter, (*second, answers))),
                        _ => None,
                    }
                }
                Happens::Seal => {
                    polls.seal(&tenant(), now).await.unwrap();
                    None
                }
                Happens::OpenAgain => {
                    polls.unseal(&tenant(), now).await.unwrap();
                    None
                }
            }
        });
        for (voter, vote) in join_all(all).await.into_iter().flatten() {
            let latest = stands.entry(voter).or_insert_with(|| vote.clone());
            if vote.0 > latest.0 {
                *latest = vote;
            }
        }
        sealed |= tallies(polls, now).await.sealed;
        if sealed {
            let late = cast(polls, now, 77, 99, "a").await;
            assert_eq!(late, Voted::Sealed, "{story:?}");
        }
        let mut expected = Delta::new();
        for (_, answers) in stands.values() {
            for (name, more) in delta(None, answers) {
                *expected.entry(name).or_default() += more;
            }
        }
        assert_eq!(tallies(polls, now).await.counters, expected, "{story:?}");
        assert_eq!(counted(polls, now).await, expected, "{story:?}");
    }
}

#[tokio::test]
async fn a_walk_through_named_votes_says_whose_each_is_and_when_they_last_voted_and_of_secret_ones_neither()
 {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let named = opened(polls, "lunch", false).await;
        cast(polls, &named, 1, 10, "a").await;
        cast(polls, &named, 1, 30, "b").await;
        cast(polls, &named, 2, 20, "a").await;
        let secret = opened(polls, "secret", true).await;
        cast(polls, &secret, 1, 10, "a").await;
        let mut seen = Vec::new();
        for occurrence in [&named, &secret] {
            let mut cursor = Some(BallotCursor::default());
            while let Some(at) = cursor {
                let page = polls.ballots(&tenant(), occurrence, &at, 1).await.unwrap();
                seen.extend(page.ballots.into_iter().map(|b| (b.voter, b.at, b.answers)));
                cursor = page.next;
            }
        }
        seen.sort();
        let mut expected = vec![
            (None, None, "a".to_owned()),
            (Some(person_key(1)), Some(at(30)), "b".to_owned()),
            (Some(person_key(2)), Some(at(20)), "a".to_owned()),
        ];
        expected.sort();
        assert_eq!(seen, expected);
    })
    .await;
}
