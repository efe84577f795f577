//! From a request to its answer.

use std::sync::Arc;
use std::time::Duration;

use activity::{Activity, ActivityType};
use aws::{Events, Queue};
use connector::Connector;
use futures_util::future::BoxFuture;
use inbound_auth::{Authenticate, Authenticated};
use jiff::{SignedDuration, Timestamp};
use notifications::RecipientKey;
use registration::AllowedTenants;
use startup::logging::chain;
use startup::{Clock, Deadline, Metrics};
use store::{Answer, Begun, Fingerprint, Outgrown, Store, StoreError, Turn};
use work_items::Task;

use crate::config::Admins;
use crate::failure::Failure;
use crate::received::{Concern, Received};
use crate::recent::Recent;
use crate::request::{HttpRequest, Unacceptable};
use crate::response::HttpResponse;

/// What Teams waits for an answer, less what the way there and back may take.
const LONGEST_TURN: Duration = Duration::from_secs(12);
/// What is kept back at the end for noting the answer.
const RESERVE: Duration = Duration::from_millis(500);
/// How often an activity that is being handled elsewhere is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What handling an activity needs. Made once, in `main`.
pub struct Messages {
    /// Tells Teams from everybody else.
    pub authenticator: Arc<dyn Authenticate>,
    /// Whose people may use the bot.
    pub tenants: AllowedTenants,
    /// Who may decide for every channel and chat.
    pub admins: Admins,
    /// The table.
    pub store: Store,
    /// What the table was told a moment ago.
    pub recent: Recent,
    /// Teams.
    pub connector: Connector,
    /// Where slow work goes.
    pub tasks: Arc<dyn Queue>,
    /// Our bus, if there is one.
    pub events: Option<Arc<dyn Events>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What operators watch.
    pub metrics: Metrics,
}

impl Messages {
    /// Answers one request.
    ///
    /// `by` names this try: a request id. Nothing is changed or sent before the request is known to come from Teams.
    /// Every error is logged here, once; the answer never tells it.
    pub async fn respond(
        &self,
        request: &HttpRequest,
        by: &str,
        deadline: Deadline,
    ) -> HttpResponse {
        let body = match request.acceptable_body() {
            Ok(body) => body,
            Err(why) => return refused_unread(why),
        };
        let authorization = request.authorization();
        match self.authenticator.authenticate(authorization, &body).await {
            Ok(activity) => self.take(activity, request, by, deadline).await,
            Err(refusal) => {
                self.metrics.count("InboundRefused", 1);
                tracing::warn!(
                    error = chain(&refusal),
                    error.kind = refusal.error_type(),
                    correlation = request.correlation(),
                    "a request was refused"
                );
                HttpResponse::refusal(refusal.status())
            }
        }
    }

    /// Decides whether an activity concerns us, and whether it was handled before.
    async fn take(
        &self,
        activity: Authenticated<Activity>,
        request: &HttpRequest,
        by: &str,
        deadline: Deadline,
    ) -> HttpResponse {
        let told = activity.activity();
        if let Some(tenant) = told.tenant_id()
            && !self.tenants.allows(&tenant)
        {
            self.metrics.count("InboundRefused", 1);
            tracing::warn!(tenant.id = %tenant, error.kind = "TenantNotAllowed", "a request was refused");
            return HttpResponse::refusal(403);
        }
        let Some(concern) = Concern::of(told) else {
            if told.activity_type == ActivityType::MessageReaction {
                self.reacted(told).await;
            }
            return HttpResponse::empty(200);
        };
        let print = Fingerprint::of(told);
        let now = self.clock.now();
        let deadline = earlier(deadline, Deadline::after(LONGEST_TURN, now));
        let Some(received) = Received::new(activity, print.as_word(), now, deadline.less(RESERVE))
        else {
            tracing::warn!(
                error.kind = "NoConversation",
                correlation = request.correlation(),
                "an activity names no conversation or no tenant"
            );
            return HttpResponse::refusal(400);
        };
        let turn = Turn {
            by: by.to_owned(),
            began: now,
            deadline: deadline.at(),
        };
        let press = crate::invoke::pressed(&received.activity);
        // Of a vote nothing is kept but the vote.
        let handled = match press.as_ref().is_some_and(crate::poll::leaves_no_trace) {
            true => self.in_time(concern, &received).await,
            false => self.once(&print, &turn, concern, &received).await,
        };
        match handled {
            Ok(response) => response,
            Err(failure) => {
                self.metrics.count("InboundFailed", 1);
                tracing::error!(
                    error = chain(&failure),
                    error.kind = failure.error_type(),
                    correlation = request.correlation(),
                    activity.kind = received.activity.activity_type.as_str(),
                    "an activity was not handled"
                );
                crate::invoke::failed(concern, &received)
            }
        }
    }

    /// A reaction says nothing, but that whoever reacts does not block the bot any more.
    async fn reacted(&self, activity: &Activity) {
        let sender = match (activity.from_object_id(), activity.from_user_id()) {
            (Some(id), _) => RecipientKey::person(&id),
            (None, Some(user)) => RecipientKey::person_by_teams_id(&user),
            (None, None) => return,
        };
        let at = activity.timestamp.as_ref();
        let at = at.and_then(activity::WireTime::instant);
        let at = at.unwrap_or_else(|| self.clock.now());
        if let Some(tenant) = activity.tenant_id() {
            let heard = self.store.people().heard_from(&tenant, &sender, at).await;
            warn_of(heard, "a reaction was not noted");
        }
    }

    /// Handles an activity, unless it was handled before: then the answer is the same again.
    async fn once(
        &self,
        print: &Fingerprint,
        turn: &Turn,
        concern: Concern,
        received: &Received,
    ) -> Result<HttpResponse, Failure> {
        let outgrown = match self.begin(print, turn, received.deadline).await? {
            Begun::New(outgrown) => outgrown,
            Begun::Repeat(answer) => return Ok(self.repeated(Some(answer))),
            Begun::SuppressedCopy(answer) => return Ok(self.repeated(answer)),
            // Teams should come again: by then the other try has an answer, or has died.
            Begun::InProgress => return Ok(HttpResponse::empty(503)),
        };
        match self.in_time(concern, received).await {
            Ok(response) => {
                self.note(print, turn, &response, &outgrown).await;
                Ok(response)
            }
            Err(failure) => {
                if failure.is_over() {
                    self.abandon(print, turn).await;
                }
                Err(failure)
            }
        }
    }

    /// Handles an activity while Teams waits.
    fn in_time<'a>(
        &'a self,
        concern: Concern,
        received: &'a Received,
    ) -> BoxFuture<'a, Result<HttpResponse, Failure>> {
        // Boxed: what handles is large, and what calls it is small.
        Box::pin(async move {
            let left = received.deadline.time_left(self.clock.now());
            let handled = tokio::time::timeout(left, self.handle(concern, received)).await;
            handled.unwrap_or(Err(Failure::OutOfTime))
        })
    }

    /// Begins, or waits until whoever is at it has ended or run out of time.
    async fn begin(
        &self,
        print: &Fingerprint,
        turn: &Turn,
        deadline: Deadline,
    ) -> Result<Begun, StoreError> {
        let mut turn = turn.clone();
        loop {
            let begun = match self.store.inbound().begin(print, &turn).await {
                // Somebody pressed the same button hundreds of times today: better twice than never.
                Err(StoreError::TooLarge) => return Ok(Begun::New(Outgrown::default())),
                begun => begun?,
            };
            let left = deadline.time_left(self.clock.now());
            if begun != Begun::InProgress || left <= LOOK_AGAIN {
                return Ok(begun);
            }
            self.clock.sleep(LOOK_AGAIN).await;
            turn.began = self.clock.now();
        }
    }

    async fn handle(&self, concern: Concern, received: &Received) -> Result<HttpResponse, Failure> {
        match concern {
            Concern::Message | Concern::Edit => self.message(received).await?,
            Concern::Invoke => return self.answer_invoke(received).await,
            Concern::Installation => self.installation(received).await?,
            Concern::Conversation => self.conversation(received).await?,
        }
        Ok(HttpResponse::empty(200))
    }

    fn repeated(&self, answer: Option<Answer>) -> HttpResponse {
        self.metrics.count("InboundRepeats", 1);
        match answer {
            Some(Answer {
                status,
                body: Some(body),
            }) => HttpResponse::json(status, body),
            Some(Answer { status, body: None }) => HttpResponse::empty(status),
            None => HttpResponse::empty(200),
        }
    }

    /// Notes the answer, for when the activity comes again. It was given all the same if that fails.
    async fn note(
        &self,
        print: &Fingerprint,
        turn: &Turn,
        response: &HttpResponse,
        outgrown: &Outgrown,
    ) {
        let answer = Answer {
            status: response.status_code,
            body: (!response.body.is_empty()).then(|| response.body.clone()),
        };
        let now = self.clock.now();
        let inbound = self.store.inbound();
        let noted = inbound.finish(print, turn, &answer, outgrown, now).await;
        warn_of(noted, "an answer was not noted");
    }

    async fn abandon(&self, print: &Fingerprint, turn: &Turn) {
        let abandoned = self.store.inbound().abandon(print, turn).await;
        warn_of(abandoned, "a beginning was not taken back");
    }

    /// Queues work for later; it is certain when this returns.
    pub(crate) async fn queue(
        &self,
        tasks: impl IntoIterator<Item = (Task, Duration)>,
    ) -> Result<(), Failure> {
        let messages: Vec<_> = tasks
            .into_iter()
            .map(|(task, delay)| aws::OutgoingMessage::new(task.to_body()).delayed(delay))
            .collect();
        if !messages.is_empty() {
            self.tasks.send(messages).await?;
        }
        Ok(())
    }
}

fn earlier(one: Deadline, other: Deadline) -> Deadline {
    if one.at() < other.at() { one } else { other }
}

fn refused_unread(why: Unacceptable) -> HttpResponse {
    HttpResponse::refusal(match why {
        Unacceptable::Elsewhere => 404,
        Unacceptable::NotPost => 405,
        Unacceptable::TooLarge => 413,
        Unacceptable::Undecodable => 400,
    })
}

fn warn_of(result: Result<(), StoreError>, what: &'static str) {
    if let Err(error) = result {
        tracing::warn!(
            error = chain(&error),
            error.kind = error.error_type(),
            "{what}"
        );
    }
}

/// The time `wait` after `now`, for what ends by itself.
pub(crate) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
