//! A poll as whoever presses one of its buttons has to do with it.

use activity::{ObjectId, TenantId, UserId};
use cards::{Message, PollCard, Standing};
use futures_util::future::{Either, try_join, try_join3};
use notifications::{NotificationKey, RecipientKey, Topic};
use polls::{Answers, OccurrenceId, Person, PollNotice, PollNoticeKind, Refusal, Results, Viewer};
use polls_in_table::PollView;
use store::FrozenNotification;

use super::Answer;
use crate::failure::Failure;
use crate::handler::Messages;
use crate::press::places;
use crate::received::Received;

/// A poll, and who presses.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The poll as it is now.
    pub(crate) view: PollView,
    /// Whoever presses.
    pub(crate) voter: RecipientKey,
    /// Whether it is theirs.
    pub(crate) owns: bool,
    /// The notification that asked.
    pub(crate) key: NotificationKey,
    frozen: Option<FrozenNotification>,
    topic: Topic,
    user: Option<UserId>,
    object_id: Option<ObjectId>,
    upn: Option<String>,
    mail: Option<String>,
}

impl Messages {
    /// The poll of an occurrence; `None` when there is none, any more or ever, or nobody presses.
    pub(crate) async fn asked(
        &self,
        received: &Received,
        on: &OccurrenceId,
    ) -> Result<Option<Asked>, Failure> {
        let Some(presser) = received.sender_key() else {
            return Ok(None);
        };
        let tenant = &received.reference.tenant;
        let key = notice(tenant, on, PollNoticeKind::Ask);
        let (people, ledger) = (self.store.people(), self.store.ledger());
        let view = async { Ok::<_, Failure>(PollView::load(&self.store, tenant, on).await?) };
        let person = async { Ok(people.get(tenant, &presser).await?) };
        let frozen = async { Ok(ledger.notification(&key).await?) };
        let (view, person, frozen) = try_join3(view, person, frozen).await?;
        let Some(view) = view else {
            return Ok(None);
        };
        let frozen = frozen.filter(|frozen| frozen.tenant == *tenant);
        let topic = match &frozen {
            Some(frozen) => frozen.topic.clone(),
            None => Topic::undefined(view.definition.topic.clone()),
        };
        let (voter, upn, mail) = match person {
            Some(person) => (person.key, person.upn, person.mail),
            None => (presser, None, None),
        };
        let mut asked = Asked {
            view,
            voter,
            owns: false,
            key,
            frozen,
            topic,
            user: received.sender_user(),
            object_id: received.sender_object_id(),
            upn,
            mail,
        };
        let owner = asked.person();
        asked.owns = owner.is_some_and(|one| asked.view.definition.is_owned_by(&one));
        Ok(Some(asked))
    }

    /// Whether the presser was asked, or the place where they press: the ledger says so, never a card.
    pub(crate) async fn was_asked(
        &self,
        received: &Received,
        asked: &Asked,
    ) -> Result<bool, Failure> {
        if asked.frozen.is_none() {
            return Ok(false);
        }
        let ledger = self.store.ledger();
        let places = places(received, &asked.voter);
        let reminders = (1..).zip(&asked.view.definition.remind);
        let reminders = reminders.map(|(number, _)| PollNoticeKind::Remind(number));
        // Reminders go to whoever belongs to the audience by then.
        for kind in std::iter::once(PollNoticeKind::Ask).chain(reminders) {
            let key = notice(&asked.view.tenant, &asked.view.occurrence.id, kind);
            for place in &places {
                if ledger.recipient(&key, place).await?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What the presser voted; `None` when they did not, or nobody can tell any more.
    pub(crate) async fn voted(&self, asked: &Asked) -> Result<Option<Answers>, Failure> {
        let view = &asked.view;
        let polls = self.store.polls();
        let ballot = polls.ballot(&view.tenant, &view.occurrence, &asked.voter);
        let ballot = ballot.await?;
        Ok(ballot.and_then(|ballot| serde_json::from_str(&ballot.answers).ok()))
    }

    /// The poll as it is now for the presser. Nothing is changed or edited for it: cards ask for it by themselves.
    pub(crate) async fn show(
        &self,
        received: &Received,
        asked: &Asked,
    ) -> Result<Message, Failure> {
        let reader = &received.reader();
        let (open, answers, results) = self.seen(asked).await?;
        let own = asked.own();
        let card = asked.card(&own);
        Ok(match &answers {
            _ if !open => card.closed(reader, results.as_ref(), answers.as_ref()),
            Some(answers) => card.voted(reader, answers, results.as_ref()),
            None => card.ask(reader, results.as_ref()),
        })
    }

    /// The results, if they are for the presser by now.
    pub(crate) async fn results(&self, received: &Received, asked: &Asked) -> Answer {
        let reader = &received.reader();
        let (open, answers, results) = self.seen(asked).await?;
        let own = asked.own();
        let card = asked.card(&own);
        let Some(results) = results else {
            return Ok(Err(Refusal::NoResultsYet));
        };
        Ok(Ok(match open {
            true => card.results_so_far(reader, &results),
            false => card.closed(reader, Some(&results), answers.as_ref()),
        }))
    }

    /// Whether it is open; what the presser answered, and the results if they are for them.
    async fn seen(
        &self,
        asked: &Asked,
    ) -> Result<(bool, Option<Answers>, Option<Results>), Failure> {
        let now = self.clock.now();
        let view = &asked.view;
        let standing = view.standing();
        let shows = |voted| {
            let owns = asked.owns;
            let viewer = Viewer { owns, voted };
            view.definition.shows_results(viewer, standing, now)
        };
        // Read at once, if they may be for them at all.
        let results = match shows(true) {
            true => Either::Left(async { Ok(Some(view.results(&self.store).await?)) }),
            false => Either::Right(async { Ok::<_, Failure>(None) }),
        };
        let (answers, results) = try_join(self.voted(asked), results).await?;
        let results = results.filter(|_| shows(answers.is_some()));
        Ok((standing.is_open(now), answers, results))
    }
}

impl Asked {
    /// Whoever presses, by every name that is known.
    pub(crate) fn person(&self) -> Option<Person<'_>> {
        Some(Person {
            object_id: self.object_id.as_ref()?,
            upn: self.upn.as_deref(),
            mail: self.mail.as_deref(),
        })
    }

    /// Whom the card that answers a press refreshes itself for: whoever sees it.
    pub(crate) fn own(&self) -> Vec<&str> {
        self.user.iter().map(UserId::as_str).collect()
    }

    /// The poll, to be shown.
    pub(crate) fn card<'a>(&'a self, own: &'a [&'a str]) -> PollCard<'a> {
        let frozen = self.frozen.as_ref();
        PollCard {
            occurrence: &self.view.occurrence.id,
            definition: &self.view.definition,
            added: &self.view.added,
            owner: frozen.map_or("", |frozen| &frozen.notification.actor.name),
            closes: self.view.closes(),
            key: &self.key,
            topic: &self.topic,
            standing: Standing::Hears,
            refreshed_for: own,
            manages: self.owns,
        }
    }
}

fn notice(tenant: &TenantId, on: &OccurrenceId, kind: PollNoticeKind) -> NotificationKey {
    let occurrence = on.clone();
    PollNotice { occurrence, kind }.key(tenant)
}
