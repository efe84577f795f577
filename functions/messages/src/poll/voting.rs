//! Votes, choices that voters add, and what follows from them.

use std::time::Duration;

use activity::ActivityId;
use cards::Message;
use jiff::{SignedDuration, Timestamp};
use notifications::Address;
use polls::{Answers, EditPace, Quorum, Refusal, Released, Results, Tally, Viewer};
use serde_json::json;
use startup::logging::chain;
use store::{AddingChoice, Vote, Voted};
use work_items::{EditPoll, Task};

use super::Answer;
use super::asked::Asked;
use crate::failure::Failure;
use crate::handler::Messages;
use crate::invoke::carried;
use crate::received::Received;

/// The `detail-type` that says that enough may have voted.
const QUORUM: &str = "tidings.poll.quorum";
/// An edit that is due for longer was forgotten by whoever had to see to it.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);

impl Messages {
    /// Takes the vote of somebody who was asked. The same again, or an older one that comes late, changes nothing.
    pub(crate) async fn vote(&self, received: &Received, asked: &Asked) -> Answer {
        let (view, reader) = (&asked.view, &received.reader());
        let definition = &view.definition;
        // Whether they have voted before is known when the vote is written.
        if let Err(why) = definition.may_vote(view.standing(), false, self.clock.now()) {
            return Ok(Err(why));
        }
        let own = asked.own();
        let (_, inputs) = carried(&received.activity);
        let answers = match Answers::read(definition, &view.added, inputs) {
            Ok(answers) => answers,
            Err(wrong) => return Ok(Ok(asked.card(&own).ask_again(reader, &wrong))),
        };
        let text = serde_json::to_string(&answers);
        let text = text.expect("answers have nothing that JSON cannot say");
        let id = received.activity.id.as_ref();
        let vote = Vote {
            voter: &asked.voter,
            at: received.at,
            activity: id.map_or("", ActivityId::as_str),
            answers: &text,
        };
        let delta = |before: Option<&str>| match before {
            None => Some(polls::delta(None, &answers)),
            Some(_) if !definition.may_change => None,
            Some(before) => {
                let before = serde_json::from_str(before).ok()?;
                Some(polls::delta(Some(&before), &answers))
            }
        };
        let polls = self.store.polls();
        let voted = polls.vote(&view.tenant, &view.occurrence, &vote, delta);
        let voted = voted.await?;
        let again = matches!(voted, Voted::Unchanged { .. });
        let counts = match voted {
            Voted::Recorded { .. } => answers,
            Voted::Unchanged { answers } => serde_json::from_str(&answers).unwrap_or_default(),
            Voted::Kept { .. } => return Ok(Err(Refusal::MayNotChange)),
            Voted::Sealed => return Ok(Err(Refusal::Closed)),
        };
        // Also when it was counted before: whoever counted it may have died before this.
        let results = self.after_vote(asked, again).await?;
        let card = asked.card(&own);
        Ok(Ok(card.voted(reader, &counts, results.as_ref())))
    }

    /// The questions again, with what the presser answered.
    pub(crate) async fn change(&self, received: &Received, asked: &Asked) -> Answer {
        let reader = &received.reader();
        let answers = self.voted(asked).await?;
        let (definition, standing) = (&asked.view.definition, asked.view.standing());
        let voted = answers.is_some();
        if let Err(why) = definition.may_vote(standing, voted, self.clock.now()) {
            return Ok(Err(why));
        }
        let own = asked.own();
        let card = asked.card(&own);
        Ok(Ok(match &answers {
            Some(answers) => card.change(reader, answers),
            None => card.ask(reader, None),
        }))
    }

    /// Where a choice can be added.
    pub(crate) fn adding(&self, received: &Received, asked: &Asked) -> Result<Message, Refusal> {
        let definition = &asked.view.definition;
        definition.may_vote(asked.view.standing(), false, self.clock.now())?;
        if !definition.may_add {
            return Err(Refusal::MayNotAdd);
        }
        let own = asked.own();
        Ok(cards::poll::adding(&received.reader(), &asked.card(&own)))
    }

    /// Adds what somebody wrote; then the poll has it.
    pub(crate) async fn add(&self, received: &Received, mut asked: Asked) -> Answer {
        let view = &asked.view;
        let definition = &view.definition;
        if let Err(why) = definition.may_vote(view.standing(), false, self.clock.now()) {
            return Ok(Err(why));
        }
        let (_, inputs) = carried(&received.activity);
        let wanted = cards::poll::added(&asked.card(&[]), inputs);
        if wanted.is_empty() {
            return Ok(Err(match definition.may_add {
                true => Refusal::AddedNothing,
                false => Refusal::MayNotAdd,
            }));
        }
        let polls = self.store.polls();
        for (question, text) in wanted {
            let add = |there: &[polls::AddedChoice]| {
                polls::choices::add(definition, there, question, &text)
            };
            match polls
                .add_choice(&view.tenant, &view.occurrence, add)
                .await?
            {
                AddingChoice::Added(_) => {}
                AddingChoice::Refused(why) => return Ok(Err(why)),
                AddingChoice::Closed => return Ok(Err(Refusal::Closed)),
            }
        }
        let added = polls.added_choices(&view.tenant, &view.occurrence).await?;
        asked.view.added = added;
        self.edit_cards(&asked, false).await;
        self.show(received, &asked).await.map(Ok)
    }

    /// What follows from a vote: what an anonymous poll shows moves on, a quorum is reached, a card that many see is
    /// edited. Gives the results, if they are for the voter.
    async fn after_vote(&self, asked: &Asked, again: bool) -> Result<Option<Results>, Failure> {
        let (view, now) = (&asked.view, self.clock.now());
        let definition = &view.definition;
        let anonymous = view.occurrence.anonymous;
        let viewer = Viewer {
            owns: asked.owns,
            voted: true,
        };
        let shows = definition.shows_results(viewer, view.standing(), now);
        let to_all = definition.shows_results_to_all(view.standing(), now);
        // What its owner opened again is closed by no quorum.
        let quorum = definition.closes.quorum.is_some() && view.occurrence.round == 0;
        if !(shows || to_all || quorum || anonymous) {
            return Ok(None);
        }
        let polls = self.store.polls();
        let counted = polls.tallies(&view.tenant, &view.occurrence).await?;
        let tally = Tally::from(counted.counters);
        let moved = match anonymous {
            true => self.release(asked, &tally).await?,
            false => true,
        };
        if quorum {
            self.look_for_quorum(asked, &tally).await;
        }
        if to_all && (moved || again) {
            self.edit_cards(asked, again).await;
        }
        Ok(match shows {
            false => None,
            true if anonymous => Some(view.results(&self.store).await?),
            true => Some(Results::of(definition, &view.added, &tally, None)),
        })
    }

    /// Lets an anonymous poll show more, when a step is full. `true`: there is more to be seen now.
    async fn release(&self, asked: &Asked, tally: &Tally) -> Result<bool, Failure> {
        let view = &asked.view;
        let polls = self.store.polls();
        let read = polls.released(&view.tenant, &view.occurrence).await?;
        let before: Released = read
            .text
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let Some(next) = before.next(&view.definition, tally) else {
            return Ok(false);
        };
        let text = serde_json::to_string(&next);
        let text = text.expect("counters have nothing that JSON cannot say");
        let released = polls.release(&view.tenant, &view.occurrence, &read, &text);
        Ok(released.await? && next.shown != before.shown)
    }

    /// Says on our bus that enough have voted, if they have. The vote counts, whether or not that can be said: whoever
    /// votes next says it.
    async fn look_for_quorum(&self, asked: &Asked, tally: &Tally) {
        let view = &asked.view;
        let said = async {
            let of = match view.definition.closes.quorum {
                Some(Quorum::Percent(_)) => {
                    let plan = self.store.ledger().plan(&asked.key).await?;
                    plan.is_complete().then_some(plan.recipients)
                }
                _ => None,
            };
            let closes = view.definition.closes;
            if !closes.quorum_reached(tally.voters(), of) {
                return Ok(());
            }
            let detail = json!({ "tenant": view.tenant, "occurrence": view.occurrence.id });
            self.publish(QUORUM, &detail).await
        };
        warn_of(said.await, "nobody was told that enough have voted");
    }

    /// Has the cards edited that many see, where it was sent: soon, and once for all that vote until then.
    ///
    /// `again`: somebody else saw to that before, and may have died on the way. An edit that is asked for twice is made once.
    async fn edit_cards(&self, asked: &Asked, again: bool) {
        let view = &asked.view;
        let mut addresses = view.definition.to.include.iter();
        if !addresses.any(may_be_shared) {
            return;
        }
        let queued = async {
            let (polls, now) = (self.store.polls(), self.clock.now());
            let (tenant, id) = (&view.tenant, &view.occurrence.id);
            let edits = polls.edits(tenant, id).await?;
            let forgotten = now.saturating_sub(OVERDUE).unwrap_or(Timestamp::MIN);
            let under_way = edits.due.filter(|due| *due >= forgotten);
            if under_way.is_some() && !again {
                return Ok(());
            }
            let pace: Option<EditPace> = edits
                .pace
                .as_deref()
                .and_then(|pace| serde_json::from_str(pace).ok());
            let (next, _) = EditPace::next(pace, now);
            let due = under_way.unwrap_or(next);
            if under_way.is_none() && !polls.edit_due(tenant, id, due, now).await? {
                return Ok(());
            }
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            let notification = asked.key.clone();
            let task = Task::EditPoll(EditPoll { notification });
            self.queue([(task, wait)]).await
        };
        warn_of(queued.await, "the card of a poll is not edited");
    }
}

/// Whether an address may lead to a channel or chat.
fn may_be_shared(address: &Address) -> bool {
    match address {
        Address::Channel(_)
        | Address::Thread(_)
        | Address::Chat(_)
        | Address::Topic(_)
        | Address::Alias(_) => true,
        Address::Aad(_)
        | Address::Upn(_)
        | Address::Mail(_)
        | Address::User(_)
        | Address::Roster(_)
        | Address::Everyone => false,
    }
}

/// The vote counts all the same. Nothing is said of whose it is, or of what poll.
fn warn_of(done: Result<(), Failure>, what: &'static str) {
    if let Err(error) = done {
        tracing::error!(
            error = chain(&error),
            error.kind = error.error_type(),
            "{what}"
        );
    }
}
