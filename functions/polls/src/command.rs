//! What an owner wants.

use activity::ids::{ObjectId, TenantId};
use jiff::Timestamp;
use polls::command::decide;
use polls::{Change, Command, Definition, Manage, OccurrenceId, Person, Refusal};
use serde_json::Value;
use store::{DueChange, Occurrence, Phase};

use crate::closing::Why;
use crate::defining::named_after;
use crate::due::What;
use crate::error::{Failure, Refused};
use crate::event::Does;
use crate::handler::{Answer, Polling};
use crate::opening::{TURNS, read};
use crate::when;

impl Polling {
    /// Does what an owner wants, once: the same event again changes nothing more.
    pub(crate) async fn command(
        &self,
        command: &Value,
        event: &str,
    ) -> Result<Result<Answer, Refused>, Failure> {
        let command = match Command::from_value(command) {
            Ok(command) => command,
            Err(errors) => return Ok(Err(errors.into())),
        };
        let tenant = command.tenant.clone();
        let tenant = tenant.unwrap_or_else(|| self.home_tenant.clone());
        let polls = self.store.polls();
        let refused = |refusal| Ok(Err(Refused::Command(refusal)));
        let Some(poll) = polls.get(&tenant, &command.poll).await? else {
            // The same command, done before.
            return match command.does {
                Manage::Delete => Ok(Ok(done(&command, None))),
                _ => refused(Refusal::NoSuchPoll),
            };
        };
        let definition = read(&poll)?;
        let mut turns = 0..TURNS;
        loop {
            turns.next().ok_or(Failure::Contended)?;
            let id = match &command.occurrence {
                Some(id) => Some(id.clone()),
                None => {
                    let page = polls.occurrences(&tenant, &poll.id, None, 1).await?;
                    page.occurrences.into_iter().next().map(|one| one.id)
                }
            };
            let occurrence = match &id {
                Some(id) => polls.occurrence(&tenant, id).await?,
                None => None,
            };
            let standing = standing(occurrence.as_ref());
            let again = occurrence.as_ref().is_some_and(|one| one.knows(event));
            let known = self.person(&tenant, &command.by).await?;
            let by = by(&command, known.as_ref());
            let decided = decide(
                &definition,
                standing,
                command.does,
                &by.person(),
                self.clock.now(),
            );
            let change = match (decided, again, &occurrence) {
                (Err(Refusal::NotAnOwner), ..) => return refused(Refusal::NotAnOwner),
                // Decided and written before: what follows is done again.
                (_, true, Some(occurrence)) => {
                    self.follow(&tenant, &definition, occurrence).await?;
                    return Ok(Ok(done(&command, id)));
                }
                (Err(refusal), ..) => return refused(refusal),
                (Ok(change), ..) => change,
            };
            match (change, occurrence) {
                (Change::New(again), _) => {
                    let mut again = *again;
                    again.tenant = Some(tenant);
                    again.id = Some(named_after(&format!("clone {event}")));
                    return self.create(again, event).await;
                }
                (Change::Delete, _) if command.occurrence.is_none() => {
                    self.delete(&tenant, &poll.id).await?;
                    return Ok(Ok(done(&command, None)));
                }
                (_, None) => return refused(Refusal::NoSuchPoll),
                (Change::Delete, Some(occurrence)) => {
                    self.erase(&tenant, &definition, &occurrence.id).await?;
                    return Ok(Ok(done(&command, id)));
                }
                (Change::Close, Some(occurrence)) => {
                    let why = Why::Owner { command: event };
                    self.close(&tenant, &occurrence.id, why).await?;
                    return Ok(Ok(done(&command, id)));
                }
                (Change::Open { closes }, Some(occurrence)) => {
                    let opened = self.take_votes(&tenant, &occurrence, closes, event);
                    if let Some(open) = opened.await? {
                        self.follow(&tenant, &definition, &open).await?;
                        return Ok(Ok(done(&command, id)));
                    }
                }
            }
        }
    }

    /// Extends, or opens again; `None` when somebody else was faster.
    async fn take_votes(
        &self,
        tenant: &TenantId,
        occurrence: &Occurrence,
        closes: Option<Timestamp>,
        event: &str,
    ) -> Result<Option<Occurrence>, Failure> {
        let id = &occurrence.id;
        let latest = when::latest(occurrence.opened);
        let closes = closes.map_or(latest, |closes| closes.min(latest));
        let again = occurrence.phase != Phase::Open;
        let mut next = Occurrence {
            closes: Some(closes),
            ..occurrence.clone()
        };
        next.note(event);
        let due = |what: What, at| what.at(at, tenant, id.poll());
        let mut dues = vec![DueChange::Note(due(What::Close(id.clone()), closes))];
        if again {
            next.phase = Phase::Open;
            next.round += 1;
            next.closing_at = None;
            next.closed_by = None;
            next.finished = false;
            dues.push(DueChange::Note(due(
                What::Reopen(id.clone()),
                occurrence.opened,
            )));
        }
        let before = occurrence.closes.filter(|_| !again);
        if let Some(before) = before.filter(|before| *before != closes) {
            dues.push(DueChange::Remove(due(What::Close(id.clone()), before)));
        }
        let polls = self.store.polls();
        let opened = polls.change_occurrence(tenant, occurrence, &next, &dues);
        let Some(opened) = opened.await? else {
            return Ok(None);
        };
        Ok(Some(opened))
    }

    /// What follows from a command that is written.
    async fn follow(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        match occurrence.phase {
            Phase::Open => self.go_on_open(tenant, definition, occurrence).await,
            Phase::Closing | Phase::Closed => self.close(tenant, &occurrence.id, Why::Time).await,
        }
    }

    /// Takes votes, shows it on the cards, and sees to the closing.
    pub(crate) async fn go_on_open(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let id = &occurrence.id;
        if occurrence.round > 0 {
            self.store.polls().unseal(tenant, occurrence).await?;
        }
        if let Some(closes) = occurrence.closes {
            self.wake(tenant, id.poll(), Some(id), Does::Close, closes)
                .await?;
        }
        let revision = format!("open-{}", occurrence.revision);
        self.replace_cards(tenant, definition, occurrence, &revision)
            .await?;
        let due = What::Reopen(id.clone()).at(occurrence.opened, tenant, id.poll());
        Ok(self.store.polls().remove_due(&due).await?)
    }

    /// Goes on with a command to take votes again, whose function died.
    pub(crate) async fn reopen(&self, tenant: &TenantId, id: &OccurrenceId) -> Result<(), Failure> {
        let found = self.found(tenant, id).await?;
        match found.filter(|(_, occurrence)| occurrence.phase == Phase::Open) {
            Some((definition, open)) => self.go_on_open(tenant, &definition, &open).await,
            None => Ok(()),
        }
    }
}

fn done(command: &Command, occurrence: Option<OccurrenceId>) -> Answer {
    Answer::Done {
        poll: command.poll.clone(),
        occurrence,
    }
}

/// A poll that was not asked yet is open, as far as its owner is concerned.
fn standing(occurrence: Option<&Occurrence>) -> polls::Standing {
    let Some(occurrence) = occurrence else {
        return polls::Standing {
            phase: polls::Phase::Open,
            closes: None,
            latest: None,
        };
    };
    polls::Standing {
        phase: match occurrence.phase {
            Phase::Open => polls::Phase::Open,
            Phase::Closing => polls::Phase::Closing,
            Phase::Closed => polls::Phase::Closed,
        },
        closes: occurrence.closes,
        latest: Some(when::latest(occurrence.opened)),
    }
}

/// Who wants it, by every name that is known.
struct By {
    object_id: ObjectId,
    upn: Option<String>,
    mail: Option<String>,
}

impl By {
    fn person(&self) -> Person<'_> {
        Person {
            object_id: &self.object_id,
            upn: self.upn.as_deref(),
            mail: self.mail.as_deref(),
        }
    }
}

fn by(command: &Command, known: Option<&store::Person>) -> By {
    use notifications::Address;
    let known_id = known.and_then(|known| known.object_id.clone());
    let (id, upn, mail) = match &command.by {
        Address::Aad(id) => (Some(id.clone()), None, None),
        Address::Upn(name) => (None, Some(name.clone()), None),
        Address::Mail(mail) => (None, None, Some(mail.clone())),
        _ => (None, None, None),
    };
    By {
        // Nobody's, when it is not known.
        object_id: id.or(known_id).unwrap_or_else(|| ObjectId::new("-")),
        upn: upn.or_else(|| known.and_then(|known| known.upn.clone())),
        mail: mail.or_else(|| known.and_then(|known| known.mail.clone())),
    }
}
