//! The chain of occurrences: each opening sets the next.
//!
//! Where the chain stands is in the table: `next`, and that it is due. Ticks only wake, so that one that comes twice, late
//! or never changes nothing but the hour.

use activity::ids::TenantId;
use aws::{Schedule, ScheduleName, When};
use jiff::{SignedDuration, Timestamp};
use polls::{Definition, OccurrenceId, PollId};
use serde_json::Value;
use startup::logging::chain;
use store::{Due, DueChange, Occurrence, Opened, Opening, Phase, Poll};

use crate::due::What;
use crate::error::Failure;
use crate::event::{Does, Tick};
use crate::handler::{Answer, Polling};
use crate::sweep::next_look;
use crate::when;

/// A tick may come so much before its time by this clock.
pub(crate) const EARLY: SignedDuration = SignedDuration::from_secs(5);
/// How often is looked again at what others change.
pub(crate) const TURNS: u32 = 10;

impl Polling {
    pub(crate) async fn tick(&self, tick: Tick) -> Result<Answer, Failure> {
        match (tick.does, &tick.occurrence) {
            (Does::Remind, Some(id)) => self.remind_due(&tick.tenant, id).await?,
            (Does::Close, Some(id)) => self.close_at_time(&tick.tenant, id).await?,
            _ => self.advance(&tick.tenant, &tick.poll).await?,
        }
        Ok(Answer::Done {
            poll: tick.poll,
            occurrence: tick.occurrence,
        })
    }

    /// Opens what is to be open by now, and has this done again at the next time.
    pub(crate) async fn advance(&self, tenant: &TenantId, id: &PollId) -> Result<(), Failure> {
        let mut turns = 0..TURNS;
        loop {
            turns.next().ok_or(Failure::Contended)?;
            let Some(poll) = self.store.polls().get(tenant, id).await? else {
                return Ok(());
            };
            let Some(next) = poll.next.filter(|_| !poll.deleting) else {
                return Ok(());
            };
            if next > self.soon() {
                return self.wake(tenant, id, None, Does::Open, next).await;
            }
            self.open(tenant, &poll, next).await?;
        }
    }

    /// Now, but for what clocks differ.
    pub(crate) fn soon(&self) -> Timestamp {
        let now = self.clock.now();
        now.saturating_add(EARLY).unwrap_or(now)
    }

    /// Opens an occurrence and moves the chain on, each step of it once.
    async fn open(&self, tenant: &TenantId, poll: &Poll, next: Timestamp) -> Result<(), Failure> {
        let definition = read(poll)?;
        let id = OccurrenceId::new(poll.id.clone(), next);
        let now = self.clock.now();
        let closes = when::closes(&definition, now);
        let there = self.store.polls().occurrence(tenant, &id).await?;
        let mut asleep = None;
        // What would close before it opens, because this is so late, is not asked.
        if there.is_some() || closes > now {
            let opening = Opening {
                id: &id,
                anonymous: definition.anonymous,
                closes: Some(closes),
            };
            let mut dues = vec![DueChange::Note(
                What::Close(id.clone()).at(closes, tenant, &poll.id),
            )];
            for (number, at) in reminders(&definition, now, closes) {
                let what = What::Remind(id.clone(), number);
                dues.push(DueChange::Note(what.at(at, tenant, &poll.id)));
            }
            if definition.closes.quorum.is_some() {
                let what = What::Quorum(id.clone());
                dues.push(DueChange::Note(what.at(next_look(now), tenant, &poll.id)));
            }
            let opened = match there {
                Some(there) => there,
                None => match self
                    .store
                    .polls()
                    .open(tenant, &opening, &dues, now)
                    .await?
                {
                    Opened::New(opened) => {
                        self.metrics.count("PollsOpened", 1);
                        tracing::info!(poll.occurrence = %id, "a poll was opened");
                        opened
                    }
                    Opened::AlreadyThere(there) => there,
                    // It is being deleted.
                    Opened::PollGone => return Ok(()),
                },
            };
            asleep = match self.ask(tenant, &definition, &opened).await {
                Err(Failure::Schedule(error)) => Some(error),
                asked => asked.map(|()| None)?,
            };
        }
        let following = self.following(&definition, poll, next)?;
        let moved = Poll {
            next: following,
            ..poll.clone()
        };
        let mut dues = vec![DueChange::Remove(What::Open.at(next, tenant, &poll.id))];
        if let Some(following) = following {
            dues.push(DueChange::Note(What::Open.at(following, tenant, &poll.id)));
        }
        // Moved by somebody else: whoever looks again sees how.
        self.store
            .polls()
            .change(tenant, poll, &moved, &dues)
            .await?;
        // It is asked and goes on, whether or not something wakes this function: the sweep does what is due.
        asleep.map_or(Ok(()), |error| Err(error.into()))
    }

    /// When it is asked after `next`: what was missed meanwhile is not asked any more.
    fn following(
        &self,
        definition: &Definition,
        poll: &Poll,
        next: Timestamp,
    ) -> Result<Option<Timestamp>, Failure> {
        let schedule = when::schedule(definition, poll.created_at).map_err(Failure::Definition)?;
        let after = next.max(self.clock.now());
        Ok(schedule.and_then(|schedule| schedule.next_after(after)))
    }

    /// Asks whom the poll is for, once, and sets what wakes this function for the occurrence.
    async fn ask(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let closes = occurrence.closes.filter(|closes| *closes > now);
        let Some(closes) = closes.filter(|_| occurrence.phase == Phase::Open) else {
            return Ok(());
        };
        self.send_ask(tenant, definition, occurrence).await?;
        let id = &occurrence.id;
        self.wake(tenant, id.poll(), Some(id), Does::Close, closes)
            .await?;
        for (_, at) in reminders(definition, occurrence.opened, closes) {
            if at > now {
                self.wake_for_reminder(tenant, id, at).await?;
            }
        }
        Ok(())
    }

    async fn wake_for_reminder(
        &self,
        tenant: &TenantId,
        id: &OccurrenceId,
        at: Timestamp,
    ) -> Result<(), Failure> {
        self.set(
            tenant,
            id.poll(),
            Some(id),
            Does::Remind,
            at,
            &reminder_name(tenant, id, at),
        )
        .await
    }

    /// Sets the schedule that wakes this function. Setting it again moves it.
    pub(crate) async fn wake(
        &self,
        tenant: &TenantId,
        poll: &PollId,
        occurrence: Option<&OccurrenceId>,
        does: Does,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let name = match occurrence {
            Some(id) => close_name(tenant, id),
            None => open_name(tenant, poll),
        };
        self.set(tenant, poll, occurrence, does, at, &name).await
    }

    async fn set(
        &self,
        tenant: &TenantId,
        poll: &PollId,
        occurrence: Option<&OccurrenceId>,
        does: Does,
        at: Timestamp,
        name: &ScheduleName,
    ) -> Result<(), Failure> {
        let tick = Tick {
            tenant: tenant.clone(),
            poll: poll.clone(),
            occurrence: occurrence.cloned(),
            does,
        };
        let input = serde_json::to_string(&tick).expect("a tick has nothing that JSON cannot say");
        let schedule = Schedule {
            name: name.clone(),
            when: When::At(at),
            input,
        };
        Ok(self.schedules.set(schedule).await?)
    }

    /// Removes what would wake this function for an occurrence. What cannot be removed wakes it for nothing.
    pub(crate) async fn let_sleep(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        occurrence: &Occurrence,
    ) {
        let id = &occurrence.id;
        self.remove(&close_name(tenant, id)).await;
        for (_, at) in reminders(definition, occurrence.opened, Timestamp::MAX) {
            self.remove(&reminder_name(tenant, id, at)).await;
        }
    }

    /// The same for what would open the next.
    pub(crate) async fn let_sleep_for_good(&self, tenant: &TenantId, poll: &PollId) {
        self.remove(&open_name(tenant, poll)).await;
    }

    async fn remove(&self, name: &ScheduleName) {
        if let Err(error) = self.schedules.remove(name).await {
            tracing::warn!(
                schedule.name = name.as_str(),
                error = chain(&error),
                "a schedule that is not needed any more was not removed"
            );
        }
    }
}

/// The stored definition.
pub(crate) fn read(poll: &Poll) -> Result<Definition, Failure> {
    let value: Value = serde_json::from_str(&poll.definition).unwrap_or_default();
    Definition::from_value(&value).map_err(Failure::Definition)
}

/// Each reminder before the closing: its number, from 1, and when.
pub(crate) fn reminders(
    definition: &Definition,
    opened: Timestamp,
    closes: Timestamp,
) -> Vec<(u32, Timestamp)> {
    let times = (1..).zip(&definition.remind).filter_map(|(number, after)| {
        let after = SignedDuration::try_from(*after).ok()?;
        Some((number, opened.checked_add(after).ok()?))
    });
    times.filter(|(_, at)| *at < closes).collect()
}

/// What is due of the reminders of an occurrence.
pub(crate) fn reminders_due(
    tenant: &TenantId,
    definition: &Definition,
    occurrence: &Occurrence,
) -> Vec<Due> {
    let id = &occurrence.id;
    let all = reminders(definition, occurrence.opened, Timestamp::MAX).into_iter();
    all.map(|(number, at)| What::Remind(id.clone(), number).at(at, tenant, id.poll()))
        .collect()
}

fn open_name(tenant: &TenantId, poll: &PollId) -> ScheduleName {
    ScheduleName::of(&format!("poll/{poll}/open/{tenant}"))
}

fn close_name(tenant: &TenantId, id: &OccurrenceId) -> ScheduleName {
    ScheduleName::of(&format!("poll/{id}/close/{tenant}"))
}

fn reminder_name(tenant: &TenantId, id: &OccurrenceId, at: Timestamp) -> ScheduleName {
    ScheduleName::of(&format!("poll/{id}/remind/{}/{tenant}", at.as_second()))
}
