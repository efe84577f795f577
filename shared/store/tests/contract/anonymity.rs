//! What somebody can find out who gets at everything that is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use store::{BallotCursor, ClosedResult, Occurrence, Phase, Polls, Voted};

use crate::engine::{Table, on_every_engine};
use crate::polls::{in_phase, kept_until, opened};
use crate::sample::{at, person_key, tenant};
use crate::votes::cast;

type Items = Vec<HashMap<String, AttributeValue>>;

/// Everything that is in a table.
async fn everything(table: &Table, name: &str) -> Items {
    let scanned = table.client.scan().table_name(name).send().await.unwrap();
    assert!(scanned.last_evaluated_key().is_none());
    scanned.items.unwrap_or_default()
}

fn ballot_table(table: &Table) -> String {
    format!("{}-ballots", table.store.table())
}

/// Writes the result as whoever closes does.
async fn close(polls: Polls<'_>, open: &Occurrence) -> Occurrence {
    let closing = in_phase(polls, open, Phase::Closing).await;
    polls.seal(&tenant(), &closing).await.unwrap();
    let mut texts = Vec::new();
    let mut cursor = Some(BallotCursor::default());
    while let Some(at) = cursor {
        let page = polls.ballots(&tenant(), &closing, &at, 3).await.unwrap();
        for ballot in &page.ballots {
            texts.push((page.place("q1", ballot), ballot.answers.clone()));
        }
        cursor = page.next;
    }
    texts.sort_unstable();
    let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
    polls
        .write_texts(&tenant(), &closing, "q1", &texts)
        .await
        .unwrap();
    let count = polls.tallies(&tenant(), &closing).await.unwrap();
    let result = ClosedResult {
        result: serde_json::to_string(&count.counters).unwrap(),
        added: Vec::new(),
    };
    let closed = polls.close(&tenant(), &closing, &result).await.unwrap();
    closed.unwrap()
}

#[tokio::test]
async fn the_main_table_says_who_voted_and_neither_what_nor_when() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let open = opened(polls, "secret", true).await;
        for voter in 0..20 {
            let answers = ["apples", "pears"][usize::try_from(voter % 2).unwrap()];
            cast(polls, &open, voter, 10 + i64::from(voter), answers).await;
            cast(polls, &open, voter, 100 + i64::from(voter), answers).await;
        }
        let main = everything(&table, table.store.table()).await;
        let mut times = BTreeSet::new();
        let mut voters = 0;
        for item in &main {
            let text = format!("{item:?}");
            for secret in ["apples", "pears", "q1", "TALLY", "BALLOT"] {
                assert!(!text.contains(secret), "{text}");
            }
            if item["sk"].as_s().unwrap().starts_with("VOTER#") {
                voters += 1;
                let names: BTreeSet<_> = item.keys().map(String::as_str).collect();
                assert_eq!(names, BTreeSet::from(["pk", "sk", "expires"]));
                times.insert(item["expires"].as_n().unwrap().clone());
            }
        }
        assert_eq!(voters, 20);
        let kept = kept_until(open.opened).to_string();
        assert_eq!(times, BTreeSet::from([kept]), "the same for every voter");

        // And the other table has no names.
        for item in everything(&table, &ballot_table(&table)).await {
            let text = format!("{item:?}");
            for voter in 0..20 {
                assert!(!text.contains(&person_key(voter).to_string()), "{text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn after_closing_nothing_joins_voters_with_votes() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let open = opened(polls, "secret", true).await;
        for voter in 0..12 {
            cast(polls, &open, voter, 10, &format!("text {voter}")).await;
        }
        let before = everything(&table, &ballot_table(&table)).await;
        let names: Vec<String> = before
            .iter()
            .filter_map(|item| item["sk"].as_s().unwrap().strip_prefix("BALLOT#"))
            .map(str::to_owned)
            .collect();
        assert_eq!(names.len(), 12);
        assert!(
            !polls.destroy(&tenant(), &open).await.unwrap(),
            "it is open"
        );
        let closed = close(polls, &open).await;
        assert!(polls.destroy(&tenant(), &closed).await.unwrap());
        assert!(polls.destroy(&tenant(), &closed).await.unwrap());

        let left = everything(&table, &ballot_table(&table)).await;
        assert!(left.is_empty(), "{left:?}");
        let main = format!("{:?}", everything(&table, table.store.table()).await);
        for name in &names {
            assert!(!main.contains(name.as_str()), "a ballot's name stayed");
        }
        // A vote that was on its way is not taken, and leaves nothing.
        assert_eq!(cast(polls, &open, 50, 10, "late").await, Voted::Sealed);
        let ballot = polls.ballot(&tenant(), &closed, &person_key(1)).await;
        assert_eq!(ballot.unwrap(), None);
        assert!(everything(&table, &ballot_table(&table)).await.is_empty());
        // Texts stand in an order that has nothing to do with that of the voters.
        let texts = polls
            .texts(&tenant(), &closed, "q1", 0)
            .await
            .unwrap()
            .texts;
        assert_eq!(texts.len(), 12);
        let voters: Vec<_> = {
            let mut voters: Vec<_> = (0..12).map(|n| (person_key(n), n)).collect();
            voters.sort_unstable_by_key(|(key, _)| (key.bucket(), key.clone()));
            voters
                .into_iter()
                .map(|(_, n)| format!("text {n}"))
                .collect()
        };
        let given: Vec<_> = (0..12).map(|n| format!("text {n}")).collect();
        assert!(texts != voters && texts != given, "{texts:?}");
    })
    .await;
}

#[tokio::test]
async fn two_answers_of_one_ballot_stand_in_places_that_have_nothing_in_common() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let mut orders = BTreeMap::new();
        for name in ["secret", "other"] {
            let open = opened(polls, name, true).await;
            for voter in 0..30 {
                cast(polls, &open, voter, 10, &format!("{voter:02}")).await;
            }
            for question in ["q1", "q2"] {
                let mut places = Vec::new();
                let mut cursor = Some(BallotCursor::default());
                while let Some(at) = cursor {
                    let page = polls.ballots(&tenant(), &open, &at, 50).await.unwrap();
                    for ballot in &page.ballots {
                        places.push((page.place(question, ballot), ballot.answers.clone()));
                    }
                    cursor = page.next;
                }
                places.sort_unstable();
                let order: Vec<_> = places.into_iter().map(|(_, voter)| voter).collect();
                orders.insert((name, question), order);
            }
        }
        let distinct: BTreeSet<_> = orders.values().collect();
        assert_eq!(distinct.len(), 4, "by question, and by poll");
    })
    .await;
}

#[tokio::test]
async fn a_closing_that_dies_anywhere_is_ended_by_the_next() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let open = opened(polls, "secret", true).await;
        for voter in 0..40 {
            cast(polls, &open, voter, 10, "a").await;
        }
        let closed = close(polls, &open).await;
        let result = polls.result(&tenant(), &open.id, 0).await.unwrap();
        // Dropped after each request in turn, until nothing is left to do.
        for waits in 1.. {
            if dropped_after(waits, polls.destroy(&tenant(), &closed)).await {
                break;
            }
        }
        let left = everything(&table, &ballot_table(&table)).await;
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(polls.result(&tenant(), &open.id, 0).await.unwrap(), result);
    })
    .await;
}

/// Whether it came to its end before it waited so often.
async fn dropped_after(waits: usize, future: impl Future) -> bool {
    let mut future = std::pin::pin!(future);
    let mut left = waits;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn what_is_erased_leaves_nothing_in_either_table() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        for (name, anonymous) in [("lunch", false), ("secret", true)] {
            let open = opened(polls, name, anonymous).await;
            for voter in 0..60 {
                cast(polls, &open, voter, 10, "a").await;
            }
            polls
                .edit_due(&tenant(), &open.id, at(20), at(19))
                .await
                .unwrap();
            let closed = close(polls, &open).await;
            polls.erase(&tenant(), &closed).await.unwrap();
            polls.erase(&tenant(), &closed).await.unwrap();
            polls.delete(&tenant(), open.id.poll()).await.unwrap();
        }
        for name in [table.store.table(), &ballot_table(&table)] {
            let left = everything(&table, name).await;
            assert!(left.is_empty(), "{left:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_shown_meanwhile_is_released_by_one_at_a_time_and_goes_with_the_ballots() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let open = opened(polls, "secret", true).await;
        let nothing = polls.released(&tenant, &open).await.unwrap();
        assert_eq!(nothing.text, None);
        let (one, other) = tokio::join!(
            polls.release(&tenant, &open, &nothing, "one"),
            polls.release(&tenant, &open, &nothing, "other"),
        );
        assert!(one.unwrap() ^ other.unwrap());
        let first = polls.released(&tenant, &open).await.unwrap();
        assert!(
            !polls
                .release(&tenant, &open, &nothing, "late")
                .await
                .unwrap()
        );
        assert!(polls.release(&tenant, &open, &first, "next").await.unwrap());
        let next = polls.released(&tenant, &open).await.unwrap();
        assert_eq!(next.text.as_deref(), Some("next"));

        let closed = close(polls, &open).await;
        polls.destroy(&tenant, &closed).await.unwrap();
        assert!(!polls.release(&tenant, &open, &next, "late").await.unwrap());
        assert_eq!(polls.released(&tenant, &open).await.unwrap().text, None);
        assert!(everything(&table, &ballot_table(&table)).await.is_empty());
    })
    .await;
}
