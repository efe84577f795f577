//! Polls, their occurrences, and what is due for them.

use jiff::{SignedDuration, Timestamp};
use polls::{AddedChoice, OccurrenceId, PollId};
use store::{
    AddingChoice, ClosedResult, Created, Due, DueChange, NewPoll, Occurrence, Opened, Opening,
    Phase, Poll, Polls, StoreError,
};

use crate::engine::on_every_engine;
use crate::sample::{at, tenant};

pub(crate) fn poll(id: &str) -> PollId {
    id.parse().unwrap()
}

pub(crate) fn occurrence_id(id: &str, second: i64) -> OccurrenceId {
    OccurrenceId::new(poll(id), at(second))
}

/// A poll that can be asked.
pub(crate) async fn defined(polls: Polls<'_>, id: &str) {
    let id = &poll(id);
    let new = NewPoll {
        id,
        definition: "{}",
        next: None,
    };
    let created = polls.create(&tenant(), &new, &[], at(0)).await;
    assert!(!matches!(created.unwrap(), Created::Conflict));
}

/// An occurrence that is open.
pub(crate) async fn opened(polls: Polls<'_>, id: &str, anonymous: bool) -> Occurrence {
    defined(polls, id).await;
    let id = occurrence_id(id, 0);
    let opening = Opening {
        id: &id,
        anonymous,
        closes: Some(at(3600)),
    };
    match polls.open(&tenant(), &opening, &[], at(1)).await.unwrap() {
        Opened::New(occurrence) | Opened::AlreadyThere(occurrence) => occurrence,
        Opened::PollGone => panic!("nobody deletes it"),
    }
}

/// The same occurrence in another phase.
pub(crate) async fn in_phase(polls: Polls<'_>, read: &Occurrence, phase: Phase) -> Occurrence {
    let next = Occurrence {
        phase,
        ..read.clone()
    };
    let tenant = tenant();
    let changed = polls.change_occurrence(&tenant, read, &next, &[]);
    changed.await.unwrap().unwrap()
}

fn due(second: i64, what: &str) -> Due {
    Due {
        at: at(second),
        tenant: tenant(),
        poll: poll("lunch"),
        what: what.to_owned(),
    }
}

#[tokio::test]
async fn a_poll_is_created_once_and_the_same_again_is_the_same() {
    on_every_engine(|table| async move {
        let (polls, tenant, id) = (table.store.polls(), tenant(), poll("lunch"));
        let new = NewPoll {
            id: &id,
            definition: r#"{"title":"Lunch?"}"#,
            next: Some(at(60)),
        };
        let noted = [DueChange::Note(due(60, "open"))];
        let created = polls.create(&tenant, &new, &noted, at(0)).await.unwrap();
        let Created::New(poll) = created else {
            panic!("{created:?}");
        };
        assert_eq!(polls.get(&tenant, &id).await.unwrap(), Some(poll.clone()));
        let again = polls.create(&tenant, &new, &noted, at(5)).await.unwrap();
        assert_eq!(again, Created::AlreadyThere(poll.clone()));

        let other = NewPoll {
            definition: r#"{"title":"Dinner?"}"#,
            ..new
        };
        let conflict = polls.create(&tenant, &other, &[], at(6)).await.unwrap();
        assert_eq!(conflict, Created::Conflict);
        assert_eq!(polls.get(&tenant, &id).await.unwrap(), Some(poll.clone()));

        // Changed since, it is still the poll that was created so.
        let mut next = poll.clone();
        next.definition = r#"{"title":"Lunch?","coOwners":["aad:1"]}"#.to_owned();
        let changed = polls.change(&tenant, &poll, &next, &[]).await.unwrap();
        let again = polls.create(&tenant, &new, &[], at(7)).await.unwrap();
        assert_eq!(again, Created::AlreadyThere(changed.unwrap()));

        polls.delete(&tenant, &id).await.unwrap();
        polls.delete(&tenant, &id).await.unwrap();
        assert_eq!(polls.get(&tenant, &id).await.unwrap(), None);
        let list = polls.list(&tenant, None, 10).await.unwrap();
        assert_eq!(list.polls, []);
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_of_what_was_read_one_is_made() {
    on_every_engine(|table| async move {
        let (polls, tenant, id) = (table.store.polls(), tenant(), poll("lunch"));
        let new = NewPoll {
            id: &id,
            definition: "{}",
            next: Some(at(60)),
        };
        polls.create(&tenant, &new, &[], at(0)).await.unwrap();
        let read = polls.get(&tenant, &id).await.unwrap().unwrap();
        let next = |second| Poll {
            next: Some(at(second)),
            ..read.clone()
        };
        let dues = |second| [DueChange::Note(due(second, "open"))];
        let (one, other) = (next(120), next(180));
        let (dues_one, dues_other) = (dues(120), dues(180));
        let (one, other) = tokio::join!(
            polls.change(&tenant, &read, &one, &dues_one),
            polls.change(&tenant, &read, &other, &dues_other),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(u8::from(one.is_some()) + u8::from(other.is_some()), 1);
        let stands = one.or(other).unwrap();
        assert_eq!(polls.get(&tenant, &id).await.unwrap(), Some(stands.clone()));
        // What is due came with the change that was made, and only with it.
        let noted = polls.due(at(1_000), None, 10).await.unwrap();
        assert_eq!(noted.len(), 1);
        assert_eq!(Some(noted[0].at), stands.next);
    })
    .await;
}

#[tokio::test]
async fn polls_are_listed_page_by_page() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let mut names: Vec<String> = (0..7).map(|n| format!("poll-{n}")).collect();
        // One that another begins with.
        names.push("poll".to_owned());
        names.sort_unstable();
        for name in &names {
            let new = NewPoll {
                id: &poll(name),
                definition: "{}",
                next: None,
            };
            polls.create(&tenant, &new, &[], at(0)).await.unwrap();
        }
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = polls.list(&tenant, after.as_ref(), 3).await.unwrap();
            assert!(page.polls.len() <= 3);
            found.extend(page.polls.iter().map(|poll| poll.id.to_string()));
            after = page.more;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, names);
    })
    .await;
}

#[tokio::test]
async fn what_is_overdue_is_found_oldest_first_until_it_is_done() {
    on_every_engine(|table| async move {
        let polls = table.store.polls();
        let later = due(200, "open");
        for due in [
            &later,
            &due(100, "close"),
            &due(50, "open"),
            &due(100, "close"),
        ] {
            polls.note_due(due).await.unwrap();
        }
        let found = polls.due(at(150), None, 10).await.unwrap();
        assert_eq!(found, [due(50, "open"), due(100, "close")]);
        let first = polls.due(at(300), None, 1).await.unwrap();
        let rest = polls.due(at(300), first.first(), 10).await.unwrap();
        assert_eq!(rest, [due(100, "close"), later.clone()]);
        assert_eq!(polls.due(at(200), Some(&later), 10).await.unwrap(), []);
        for due in &found {
            polls.remove_due(due).await.unwrap();
            polls.remove_due(due).await.unwrap();
        }
        assert_eq!(polls.due(at(300), None, 10).await.unwrap(), [later]);
    })
    .await;
}

#[tokio::test]
async fn an_occurrence_opens_once_whoever_tries() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        for anonymous in [false, true] {
            let name = if anonymous { "secret" } else { "lunch" };
            let id = occurrence_id(name, 0);
            defined(polls, name).await;
            let opening = Opening {
                id: &id,
                anonymous,
                closes: None,
            };
            let tries = (1..6).map(|second| polls.open(&tenant, &opening, &[], at(second)));
            let tries = futures_util::future::join_all(tries).await;
            let new = |tried: &&Result<Opened, StoreError>| matches!(tried, Ok(Opened::New(_)));
            assert_eq!(tries.iter().filter(new).count(), 1, "{tries:?}");
            let stands = polls.occurrence(&tenant, &id).await.unwrap().unwrap();
            for tried in tries {
                let tried = tried.unwrap();
                assert!(
                    tried == Opened::New(stands.clone())
                        || tried == Opened::AlreadyThere(stands.clone()),
                    "{tried:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_poll_that_is_deleted_or_being_deleted_nothing_opens() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let id = occurrence_id("lunch", 0);
        let opening = Opening {
            id: &id,
            anonymous: true,
            closes: None,
        };
        let gone = polls.open(&tenant, &opening, &[], at(0)).await.unwrap();
        assert_eq!(gone, Opened::PollGone);
        defined(polls, "lunch").await;
        let there = polls.get(&tenant, id.poll()).await.unwrap().unwrap();
        let deleting = Poll {
            deleting: true,
            ..there.clone()
        };
        let changed = polls.change(&tenant, &there, &deleting, &[]).await;
        assert!(changed.unwrap().is_some());
        let gone = polls.open(&tenant, &opening, &[], at(0)).await.unwrap();
        assert_eq!(gone, Opened::PollGone);
        let found = polls.occurrence(&tenant, &id).await.unwrap();
        assert_eq!(found, None);
    })
    .await;
}

#[tokio::test]
async fn occurrences_are_listed_the_latest_first() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        defined(polls, "mood").await;
        for day in 0..5 {
            let id = occurrence_id("mood", day * 86_400);
            let opening = Opening {
                id: &id,
                anonymous: false,
                closes: None,
            };
            polls.open(&tenant, &opening, &[], at(0)).await.unwrap();
        }
        let (mut found, mut before, mood) = (Vec::new(), None, poll("mood"));
        loop {
            let page = polls.occurrences(&tenant, &mood, before.as_ref(), 2);
            let page = page.await.unwrap();
            found.extend(page.occurrences.into_iter().map(|one| one.id));
            before = page.more;
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<_> = (0..5)
            .rev()
            .map(|day| occurrence_id("mood", day * 86_400))
            .collect();
        assert_eq!(found, expected);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_close_one_closes_and_what_follows_is_due_with_it() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let open = opened(polls, "lunch", false).await;
        let closing = |by: &str| Occurrence {
            phase: Phase::Closing,
            closed_by: Some(by.to_owned()),
            closing_at: Some(at(10)),
            ..open.clone()
        };
        let (ana, ben) = (closing("ana"), closing("ben"));
        let noted = [DueChange::Note(due(10, "close"))];
        let (one, other) = tokio::join!(
            polls.change_occurrence(&tenant, &open, &ana, &noted),
            polls.change_occurrence(&tenant, &open, &ben, &noted),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(u8::from(one.is_some()) + u8::from(other.is_some()), 1);
        let stands = polls.occurrence(&tenant, &open.id).await.unwrap();
        assert_eq!(stands, one.or(other));
        assert_eq!(polls.due(at(99), None, 9).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn choices_are_added_up_to_a_limit_and_not_after_the_seal() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        for name in ["lunch", "secret"] {
            let open = opened(polls, name, name == "secret").await;
            let choice = |number: usize| AddedChoice {
                question: "q1".to_owned(),
                id: format!("x{number}"),
                text: format!("Soup {number}"),
            };
            let adding = (0..8).map(|_| {
                polls.add_choice(&tenant, &open, |there: &[AddedChoice]| match there.len() {
                    5.. => Err("full"),
                    number => Ok(choice(number)),
                })
            });
            let added = futures_util::future::join_all(adding).await;
            let full = |one: &&Result<AddingChoice<&str>, _>| {
                matches!(one, Ok(AddingChoice::Refused("full")))
            };
            assert_eq!(added.iter().filter(full).count(), 3, "{added:?}");
            let there = polls.added_choices(&tenant, &open).await.unwrap();
            assert_eq!(there, (0..5).map(choice).collect::<Vec<_>>());
            let again = polls.add_choice(&tenant, &open, |_| Ok::<_, ()>(choice(2)));
            assert_eq!(again.await.unwrap(), AddingChoice::Added(choice(2)));

            polls.seal(&tenant, &open).await.unwrap();
            let late = polls.add_choice(&tenant, &open, |_| Ok::<_, ()>(choice(9)));
            assert_eq!(late.await.unwrap(), AddingChoice::Closed);
        }
    })
    .await;
}

#[tokio::test]
async fn an_edit_falls_to_one_of_many_votes_and_to_another_when_that_one_died() {
    on_every_engine(|table| async move {
        let (polls, tenant, id) = (table.store.polls(), tenant(), occurrence_id("lunch", 0));
        let asks = (0..10).map(|_| polls.edit_due(&tenant, &id, at(5), at(4)));
        let yours = futures_util::future::join_all(asks).await;
        assert_eq!(
            yours.iter().filter(|mine| *mine.as_ref().unwrap()).count(),
            1
        );
        let read = polls.edits(&tenant, &id).await.unwrap();
        assert_eq!((read.due, read.number), (Some(at(5)), 0));
        let begins = (0..3).map(|_| polls.begin_edit(&tenant, &id, &read, "1 of 1200", at(5)));
        let begun = futures_util::future::join_all(begins).await;
        let begun: Vec<_> = begun.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(begun.len(), 1);
        assert_eq!(begun[0].number, 1);
        let read = polls.edits(&tenant, &id).await.unwrap();
        assert_eq!((read.due, read.pace.as_deref()), (None, Some("1 of 1200")));
        assert_eq!(
            polls
                .begin_edit(&tenant, &id, &read, "", at(6))
                .await
                .unwrap(),
            None
        );

        // Votes after it make the next one due; one that nobody makes is not waited for.
        assert!(polls.edit_due(&tenant, &id, at(7), at(6)).await.unwrap());
        assert!(!polls.edit_due(&tenant, &id, at(8), at(60)).await.unwrap());
        assert!(
            polls
                .edit_due(&tenant, &id, at(301), at(300))
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_result_and_its_texts_stay_as_they_were_written() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let open = opened(polls, "lunch", false).await;
        let texts: Vec<String> = (0..2_500)
            .map(|number| format!("{number} {}", "word ".repeat(number % 40)))
            .collect();
        for _ in 0..2 {
            polls
                .write_texts(&tenant, &open, "q1", &texts)
                .await
                .unwrap();
        }
        let other = ["apart".to_owned()];
        polls
            .write_texts(&tenant, &open, "q10", &other)
            .await
            .unwrap();
        let (mut found, mut next) = (Vec::new(), Some(0));
        while let Some(page) = next {
            let page = polls.texts(&tenant, &open, "q1", page).await.unwrap();
            found.extend(page.texts);
            next = page.next;
        }
        assert_eq!(found, texts);
        let none = polls.texts(&tenant, &open, "q2", 0).await.unwrap();
        assert_eq!((none.texts.len(), none.next), (0, None));

        let result = ClosedResult {
            result: r#"{"voters":3}"#.to_owned(),
            added: vec![AddedChoice {
                question: "q1".to_owned(),
                id: "x1".to_owned(),
                text: "Soup".to_owned(),
            }],
        };
        assert_eq!(polls.result(&tenant, &open.id, 0).await.unwrap(), None);
        let closed = polls.close(&tenant, &open, &result).await.unwrap().unwrap();
        assert_eq!(closed.phase, Phase::Closed);

        // Whoever counted the same later, of what was left by then, changes nothing.
        let less = ClosedResult {
            result: r#"{"voters":1}"#.to_owned(),
            added: Vec::new(),
        };
        let late = polls.close(&tenant, &open, &less).await.unwrap();
        assert_eq!(late, None);
        let few = &texts[..1];
        polls.write_texts(&tenant, &open, "q1", few).await.unwrap();
        let first = polls.texts(&tenant, &open, "q1", 0).await.unwrap();
        assert!(first.texts.len() > 1);
        let there = polls.result(&tenant, &open.id, 0).await.unwrap();
        assert_eq!(there, Some(result));
        assert_eq!(polls.result(&tenant, &open.id, 1).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn without_a_ballot_table_named_polls_work_and_anonymous_ones_say_what_is_missing() {
    on_every_engine(|table| async move {
        let store = store::Store::new(table.clients.dynamodb(), table.store.table());
        opened(store.polls(), "lunch", false).await;
        let id = occurrence_id("secret", 0);
        let opening = Opening {
            id: &id,
            anonymous: true,
            closes: None,
        };
        let refused = store.polls().open(&tenant(), &opening, &[], at(0)).await;
        assert!(matches!(refused, Err(StoreError::NoBallotTable)));
        assert_eq!(
            store.polls().occurrence(&tenant(), &id).await.unwrap(),
            None
        );
    })
    .await;
}

/// How long the store keeps an occurrence, from its opening.
pub(crate) fn kept_until(opened: Timestamp) -> i64 {
    let kept: SignedDuration = store::retention::POLL;
    opened.as_second() + kept.as_secs()
}

#[tokio::test]
async fn no_text_is_written_of_what_somebody_has_changed_since() {
    on_every_engine(|table| async move {
        let (polls, tenant) = (table.store.polls(), tenant());
        let open = opened(polls, "lunch", false).await;
        let closing = in_phase(polls, &open, Phase::Closing).await;
        // Somebody erases it meanwhile.
        let erased = in_phase(polls, &closing, Phase::Closed).await;
        let texts = ["because".to_owned()];
        polls
            .write_texts(&tenant, &closing, "why", &texts)
            .await
            .unwrap();
        let written = polls.texts(&tenant, &erased, "why", 0).await.unwrap();
        assert_eq!(written.texts, Vec::<String>::new());
        polls
            .write_texts(&tenant, &erased, "why", &texts)
            .await
            .unwrap();
        let written = polls.texts(&tenant, &erased, "why", 0).await.unwrap();
        assert_eq!(written.texts, texts);
    })
    .await;
}
