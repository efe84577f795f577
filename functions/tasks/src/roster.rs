//! Reading a team's roster, page by page, and forgetting it.

use std::time::Duration;

use activity::{ConversationId, ConversationKind, ConversationReference};
use aws::OutgoingMessage;
use connector::TeamsChannelAccount;
use connector::retry::{Effect, End};
use jiff::{SignedDuration, Timestamp};
use notifications::RecipientKey;
use store::{RosterMember, SeenConversation, Service, Team};
use work_items::{ForgetTeam, SendWaiting, SyncRoster, Task};

use crate::failure::Failure;
use crate::handler::{Job, Progress, Tasks};
use crate::patience::{Asked, Request};

/// Members on a page; the Connector gives no more.
const PAGE: u32 = 500;
/// Pages that one invocation reads at most: the next invocation reads on.
const PAGES: u32 = 10;
/// Channels in which something waited, of one task.
const CHANNELS_IN_A_TASK: usize = 50;
/// Members that are looked at in one step of a sweep.
const STEP: u16 = 200;
/// What a page may take. With less time left, the next invocation reads on.
const FOR_A_PAGE: Duration = Duration::from_secs(15);
/// What a step of a sweep may take.
const FOR_A_STEP: Duration = Duration::from_secs(5);

impl Tasks {
    /// Reads a team's roster from where the task says, as far as the invocation lasts.
    ///
    /// Each page is taken in before the next is asked for; reading a page again changes nothing.
    pub(crate) async fn sync_roster(
        &self,
        mut sync: SyncRoster,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let Some(team) = self.store.teams().get(&sync.team).await? else {
            return Ok(Progress::Done);
        };
        // The bot was removed meanwhile: there is nothing to read, and nothing to know.
        let Some(service) = team.service.clone() else {
            return Ok(Progress::Done);
        };
        let reading = match sync.generation {
            Some(reading) => reading,
            None => {
                if team.roster_as_of >= sync.since.or(Some(Timestamp::MAX)) {
                    return Ok(Progress::Done);
                }
                let rosters = self.store.rosters();
                let Some(reading) = rosters.begin(&sync.team, self.clock.now()).await? else {
                    return Ok(Progress::Done);
                };
                if let Some(after) = self.read_channels(&team, &service, reading, job).await? {
                    return Ok(Progress::Left(Task::SyncRoster(sync), after));
                }
                sync.generation = Some(reading);
                reading
            }
        };
        let general = ConversationId::new(sync.team.as_str());
        for _ in 0..PAGES {
            if !self.has_time(job, FOR_A_PAGE) {
                break;
            }
            let request = Request {
                tenant: &sync.tenant,
                conversation: &general,
                effect: Effect::Idempotent,
            };
            let asked = self.ask(request, job.deadline, || {
                let token = sync.continuation.as_deref();
                self.connector
                    .paged_members(&service.url, &general, Some(PAGE), token)
            });
            let asked = asked.await;
            // A place in a roster is not good for ever: then it is read from the beginning.
            let lost = matches!(
                &asked,
                Err(Failure::Refused {
                    end: End::BadRequest,
                    ..
                })
            );
            if lost && sync.continuation.take().is_some() {
                sync.generation = None;
                return Ok(Progress::Left(Task::SyncRoster(sync), Duration::ZERO));
            }
            let page = match removed(asked)? {
                Some(Asked::Answer(page)) => page,
                Some(Asked::Later(after)) => {
                    return Ok(Progress::Left(Task::SyncRoster(sync), after));
                }
                Some(Asked::Ambiguous) | None => return Ok(Progress::Done),
            };
            let members: Vec<_> = page.members.iter().filter_map(person).collect();
            let rosters = self.store.rosters();
            let taken = rosters
                .page(&sync.tenant, &sync.team, reading, &service, &members)
                .await?;
            self.metrics
                .count("MembersRead", u64::try_from(taken.members).unwrap_or(0));
            match page.continuation_token {
                Some(next) => sync.continuation = Some(next),
                None => return self.end_reading(sync, reading, job).await,
            }
        }
        Ok(Progress::Left(Task::SyncRoster(sync), Duration::ZERO))
    }

    /// Whoever no page showed has left. What is left of that is done by reading the last page again.
    async fn end_reading(
        &self,
        sync: SyncRoster,
        reading: Timestamp,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        if !self.sweep(&sync.team, reading, job).await? {
            return Ok(Progress::Left(Task::SyncRoster(sync), Duration::ZERO));
        }
        self.store.rosters().finish(&sync.team, reading).await?;
        tracing::info!(team.id = %sync.team, "a roster was read");
        Ok(Progress::Done)
    }

    /// Removes whom nothing has mentioned since `reading`; whether there was time for all of it.
    async fn sweep(
        &self,
        team: &activity::TeamId,
        reading: Timestamp,
        job: Job<'_>,
    ) -> Result<bool, Failure> {
        let mut after = None;
        loop {
            if !self.has_time(job, FOR_A_STEP) {
                return Ok(false);
            }
            let rosters = self.store.rosters();
            let next = rosters.sweep(team, reading, after.as_ref(), STEP).await?;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(true),
            }
        }
    }

    /// Remembers the team's channels. Gives the time to wait if Teams wants that.
    async fn read_channels(
        &self,
        team: &Team,
        service: &Service,
        at: Timestamp,
        job: Job<'_>,
    ) -> Result<Option<Duration>, Failure> {
        let general = ConversationId::new(team.id.as_str());
        let request = Request {
            tenant: &team.tenant,
            conversation: &general,
            effect: Effect::Idempotent,
        };
        let asked = self.ask(request, job.deadline, || {
            self.connector.team_channels(&service.url, &team.id)
        });
        let channels = match removed(asked.await)? {
            Some(Asked::Answer(channels)) => channels,
            Some(Asked::Later(after)) => return Ok(Some(after)),
            Some(Asked::Ambiguous) | None => return Ok(None),
        };
        let mut awaited = Vec::new();
        for channel in channels {
            let mut reference = ConversationReference::from_stored(
                ConversationId::new(channel.id.as_str()),
                ConversationKind::Channel,
                team.tenant.clone(),
                service.url.clone(),
                service.provenance,
            );
            reference.team = Some(team.id.clone());
            let seen = SeenConversation {
                reference,
                name: channel.name,
                at,
            };
            let remembered = self.store.conversations().remember(&seen).await?;
            let key = RecipientKey::conversation(&remembered.conversation.id);
            if self.store.waits().any(&team.tenant, &key).await? {
                awaited.push(key);
            }
        }
        for channels in awaited.chunks(CHANNELS_IN_A_TASK) {
            let task = Task::SendWaiting(SendWaiting {
                tenant: team.tenant.clone(),
                recipients: channels.to_vec(),
            });
            let message = OutgoingMessage::new(task.to_body());
            self.queues.task.send(vec![message]).await?;
        }
        Ok(None)
    }

    /// Forgets the members of a team that the bot was removed from; what was learned later stays.
    pub(crate) async fn forget_team(
        &self,
        forget: ForgetTeam,
        job: Job<'_>,
    ) -> Result<Progress, Failure> {
        let just_after = forget.at + SignedDuration::from_millis(1);
        if self.sweep(&forget.team, just_after, job).await? {
            return Ok(Progress::Done);
        }
        Ok(Progress::Left(Task::ForgetTeam(forget), Duration::ZERO))
    }

    fn has_time(&self, job: Job<'_>, needed: Duration) -> bool {
        job.deadline.time_left(self.clock.now()) > needed
    }
}

/// The bot is not in the team, or the team is no more: an activity tells so, or has told. Not a failure.
fn removed<T>(asked: Result<Asked<T>, Failure>) -> Result<Option<Asked<T>>, Failure> {
    match asked {
        Err(Failure::Refused {
            end: End::BotRemoved | End::ConversationGone | End::NotFound,
            ..
        }) => Ok(None),
        asked => asked.map(Some),
    }
}

/// A member who is somebody: not a bot, and not a guest of a meeting without an account.
fn person(account: &TeamsChannelAccount) -> Option<RosterMember> {
    if account.is_anonymous() {
        return None;
    }
    let user = account.user_id();
    if user.is_none() && account.object_id.is_none() {
        return None;
    }
    Some(RosterMember {
        object_id: account.object_id.clone(),
        user,
        upn: account.user_principal_name.clone(),
        mail: account.email.clone(),
    })
}
