//! Teams' own bulk operations, for who they are for: many people who read the same message, one request for all.
//!
//! They are off unless asked for (`BULK_OPERATIONS`): how many people one may have, and how fast they go, is documented
//! nowhere, and of what they sent no message id is known, so that it can be neither recalled nor replaced. Whoever an
//! operation could not reach is sent to by themselves, where the answer says why.
//!
//! See protocol reference §4.8.

use std::time::Duration;

use activity::ServiceUrl;
use activity::ids::{OperationId, UserId};
use connector::retry::{Attempt, Effect, Policy};
use connector::{BatchState, ConnectorError, PersonId, PreparedActivity};
use http_client::StatusCode;
use jiff::{SignedDuration, Timestamp};
use notifications::Outcome;
use startup::logging::chain;
use store::{BulkOperation, DeliveryTarget, RecipientProgress, RecipientState};
use work_items::Lane;

use crate::pace::{Turn, Wish};
use crate::route::{Route, reader, route};
use crate::sending::Errand;

/// Whether bulk operations are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bulk {
    /// Never.
    #[default]
    Off,
    /// For the people of a broadcast.
    Users,
}

/// For fewer people an operation asks more than it saves.
const LEAST: usize = 5;
/// When an operation is asked about that does not say when.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// The longest wait until it is asked about, whatever it says.
const LONGEST: Duration = Duration::from_secs(600);
/// For how long an operation is asked about. After that, whoever is in it may have been sent to.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(6);

/// What came of asking about an operation.
enum Answer {
    /// It goes on: ask again after this time.
    GoesOn(Duration),
    /// It has sent to everybody but these.
    Sent { but: Vec<Option<String>> },
    /// It has ended, or nobody knows it: whoever is not among these may have been sent to.
    Doubtful { but: Vec<Option<String>> },
}

/// People who read the same, at one address.
struct Group {
    service_url: ServiceUrl,
    message: PreparedActivity,
    members: Vec<(usize, UserId)>,
}

impl Errand<'_> {
    /// Asks about the chunk's bulk operations, then starts those that fit. Returns when to look again while any goes on.
    ///
    /// Whoever is not in an operation afterwards is for [`attempt`](Self::attempt).
    pub(crate) async fn bulk(&self, open: &[usize]) -> Option<Duration> {
        let running = self.progress().bulk().to_vec();
        let mut wait: Option<Duration> = None;
        for operation in running {
            match self.ask(&operation).await {
                Answer::GoesOn(after) => wait = Some(wait.map_or(after, |wait| wait.min(after))),
                Answer::Sent { but } => self.settle(&operation, &but, false),
                Answer::Doubtful { but } => self.settle(&operation, &but, true),
            }
        }
        if self.deliver.bulk == Bulk::Users && self.chunk.lane == Lane::Broadcast {
            for group in self.groups(open) {
                if self.start(group).await {
                    wait = Some(wait.map_or(ASK_AGAIN, |wait| wait.min(ASK_AGAIN)));
                }
            }
        }
        wait
    }

    /// Whoever of these has no outcome and is in no bulk operation.
    pub(crate) fn left_over(&self, open: &[usize]) -> std::vec::IntoIter<usize> {
        let progress = self.progress();
        let is_left = |index: &usize| {
            let ended = |one: &RecipientProgress| matches!(one.state, RecipientState::Ended { .. });
            !progress.is_in_bulk(*index) && !progress.get(*index).is_some_and(ended)
        };
        let left: Vec<usize> = open.iter().copied().filter(is_left).collect();
        left.into_iter()
    }

    async fn ask(&self, operation: &BulkOperation) -> Answer {
        let now = self.deliver.clock.now();
        let given_up = now.duration_since(operation.since) > GIVE_UP;
        let Ok(service_url) = operation.service_url.parse::<ServiceUrl>() else {
            return Answer::Doubtful { but: Vec::new() };
        };
        if !self.has_turn().await {
            return Answer::GoesOn(ASK_AGAIN);
        }
        let batch = self.deliver.connector.batch(&service_url);
        let asked = async {
            let status = batch.status(&operation.id).await?;
            let ended = match &status.state {
                BatchState::Completed => false,
                BatchState::Failed => true,
                BatchState::Provisioning | BatchState::Ongoing | BatchState::Other(_) => {
                    if self.letter.cancellation.is_noted() {
                        // What it has sent stays sent; how it ends is asked all the same. One that has ended would refuse.
                        batch.cancel(&operation.id).await?;
                    }
                    let wish = status.retry_after.as_ref().and_then(|at| at.instant());
                    return Ok(Answer::GoesOn(until(wish, now)));
                }
            };
            let mut but = Vec::new();
            let mut token = None;
            loop {
                let page = batch
                    .failed_entries(&operation.id, token.as_deref())
                    .await?;
                // Somebody whom it could not reach and does not name may be anybody.
                but.extend(page.entries.into_iter().map(|entry| entry.id));
                token = page.continuation_token;
                if token.is_none() {
                    break;
                }
            }
            Ok(match ended {
                true => Answer::Doubtful { but },
                false => Answer::Sent { but },
            })
        };
        match self.in_time(asked).await {
            Ok(Answer::GoesOn(_)) | Err(_) if given_up => Answer::Doubtful { but: Vec::new() },
            Ok(answer) => answer,
            Err(Some(error)) if is_unknown(&error) => Answer::Doubtful { but: Vec::new() },
            Err(error) => {
                tracing::warn!(
                    notification.key = self.chunk.notification.as_str(),
                    error = error.as_ref().map(|error| chain(error)),
                    "a bulk operation could not be asked about"
                );
                Answer::GoesOn(ASK_AGAIN)
            }
        }
    }

    /// Takes an operation's result over. Whoever it did not reach is open again, and is sent to by themselves.
    ///
    /// `but` are the ids of those. When one of them is nobody's, nobody is believed to have been reached.
    fn settle(&self, operation: &BulkOperation, but: &[Option<String>], doubtful: bool) {
        let users: Vec<(usize, Option<UserId>)> = operation
            .recipients
            .iter()
            .map(|index| (*index, self.user(*index)))
            .collect();
        let is =
            |user: &Option<UserId>, id: &str| user.as_ref().is_some_and(|user| user.as_str() == id);
        let named = |id: &Option<String>| {
            let id = id.as_deref();
            id.is_some_and(|id| users.iter().any(|(_, user)| is(user, id)))
        };
        let doubtful = doubtful || !but.iter().all(named);
        self.progress().bulk_ended(&operation.id);
        for (index, user) in &users {
            let failed = but.iter().flatten().any(|id| is(user, id));
            if failed {
                self.deliver.metrics.count("BulkFailed", 1);
            } else if doubtful || user.is_none() {
                self.progress().doubt(*index);
            } else {
                let maybe_twice = self.progress().may_have_arrived(*index);
                let sent = Outcome::Sent {
                    activity: None,
                    maybe_twice,
                };
                self.end(*index, sent);
            }
        }
    }

    /// The people to whom nothing was tried so far, by what they read and where.
    fn groups(&self, open: &[usize]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for index in open.iter().copied() {
            let Some((service_url, user)) = self.fits(index) else {
                continue;
            };
            let recipient = &self.chunk.recipients[index];
            let Ok(message) = self
                .letter
                .to(recipient, &reader(recipient, self.target(index)))
            else {
                continue;
            };
            let same =
                |group: &&mut Group| group.service_url == service_url && group.message == message;
            match groups.iter_mut().find(same) {
                Some(group) => group.members.push((index, user)),
                None => groups.push(Group {
                    service_url,
                    message,
                    members: vec![(index, user)],
                }),
            }
        }
        groups.retain(|group| group.members.len() >= LEAST);
        groups
    }

    fn fits(&self, index: usize) -> Option<(ServiceUrl, UserId)> {
        {
            let progress = self.progress();
            let one = progress.get(index)?;
            let untouched = one.state == RecipientState::Open && one.tries == 0;
            if !untouched || progress.is_in_bulk(index) {
                return None;
            }
        }
        let target = self.target(index);
        if self.decided(index, target).is_some() {
            return None;
        }
        let recipient = self.chunk.recipients.get(index)?;
        match route(recipient, target, self.deliver.home.as_ref()) {
            Route::Conversation { service_url, .. } => Some((service_url, self.user(index)?)),
            Route::Open { .. } | Route::Removed | Route::Nowhere(_) => None,
        }
    }

    /// Starts an operation. False: nobody is in one, and each is sent to by themselves.
    async fn start(&self, group: Group) -> bool {
        if !self.has_turn().await || self.deliver.is_cancelled(self.letter).await {
            return false;
        }
        let batch = self.deliver.connector.batch(&group.service_url);
        let users = group.members.iter().map(|(_, user)| PersonId::from(user));
        let tenant = &self.chunk.tenant;
        let started = self.in_time(batch.send_to_users(tenant, users, &group.message));
        let started: Result<OperationId, Option<ConnectorError>> = started.await;
        let members = group.members.iter().map(|(index, _)| *index);
        let mut progress = self.progress();
        match started {
            Ok(id) => {
                self.deliver.metrics.count("BulkStarted", 1);
                progress.bulk_started(BulkOperation {
                    id,
                    service_url: group.service_url.to_string(),
                    since: self.deliver.clock.now(),
                    recipients: members.collect(),
                });
                true
            }
            Err(error) => {
                let doubtful = error.as_ref().is_none_or(may_have_begun);
                tracing::warn!(
                    notification.key = self.chunk.notification.as_str(),
                    doubtful,
                    error = error.as_ref().map(|error| chain(error)),
                    "a bulk operation could not be started, each is sent to by themselves"
                );
                for index in members.filter(|_| doubtful) {
                    progress.tried(index);
                    progress.doubt(index);
                }
                false
            }
        }
    }

    /// Waits for the turn of a request that is no delivery.
    async fn has_turn(&self) -> bool {
        let deliver = self.deliver;
        let patience = self.shift.sends_until.time_left(deliver.clock.now());
        let wish = Wish {
            tenant: &self.chunk.tenant,
            conversation: None,
            lane: self.chunk.lane,
            patience,
        };
        !patience.is_zero() && matches!(deliver.pacer.turn(wish).await, Turn::Now)
    }

    /// The result, if it comes before the invocation has to end; `None` if it does not.
    async fn in_time<T>(
        &self,
        request: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, Option<ConnectorError>> {
        let now = self.deliver.clock.now();
        let left = self.shift.answers_until.time_left(now);
        match tokio::time::timeout(left, request).await {
            Ok(result) => result.map_err(Some),
            Err(_) => Err(None),
        }
    }

    fn target(&self, index: usize) -> Option<&DeliveryTarget> {
        let recipient = self.chunk.recipients.get(index)?;
        self.targets?.get(recipient)
    }

    /// The id that an operation knows a recipient by.
    fn user(&self, index: usize) -> Option<UserId> {
        match self.target(index)? {
            DeliveryTarget::Person(person) => person.user.clone(),
            DeliveryTarget::Conversation { .. } | DeliveryTarget::Elsewhere => None,
        }
    }
}

/// How long until the time that Teams wishes, within reason.
fn until(wish: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = wish.map_or(ASK_AGAIN, |at| {
        Duration::try_from(at.duration_since(now)).unwrap_or_default()
    });
    wait.clamp(Duration::from_secs(1), LONGEST)
}

/// Whether Teams says that it knows no such operation.
fn is_unknown(error: &ConnectorError) -> bool {
    matches!(error, ConnectorError::Rejected(rejection) if rejection.status == StatusCode::NOT_FOUND)
}

fn may_have_begun(error: &ConnectorError) -> bool {
    Attempt {
        outcome: error.outcome(),
        effect: Effect::Post,
        policy: Policy::AtMostOnce,
        attempt: 1,
        retry_after: None,
        time_left: Duration::ZERO,
        jitter: 0.0,
    }
    .may_have_arrived()
}
