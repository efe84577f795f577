//! Saying something in the conversation that an activity came from.

use std::future::Future;
use std::time::Duration;

use activity::{ActivityId, ActivityInput, ChannelAccount};
use cards::Message;
use connector::retry::{Attempt, Decision, Effect, End, Policy, decide};
use connector::{ConnectorError, PreparedActivity, SentActivity};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::Received;
use startup::logging::chain;

/// What another try may take, once a wait is over.
const FOR_A_TRY: Duration = Duration::from_secs(2);

/// How saying something ended, when sending the activity again would not make it better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It was said.
    Yes,
    /// It was not, and never will be; or it may have been, and must not be twice.
    No(End),
}

impl Messages {
    /// Answers where the activity came from: in a channel in its thread, and to its sender alone if they alone saw it.
    ///
    /// An answer that may have arrived is not sent again (reference §5.4): nobody is answered twice.
    pub(crate) async fn answer(
        &self,
        received: &Received,
        message: Message,
    ) -> Result<(), Failure> {
        let targeted = received.activity.is_targeted();
        self.say(received, message, targeted).await
    }

    /// Tells the sender alone, also where others read along.
    pub(crate) async fn answer_privately(
        &self,
        received: &Received,
        message: Message,
    ) -> Result<(), Failure> {
        self.say(received, message, !received.is_personal()).await
    }

    async fn say(
        &self,
        received: &Received,
        message: Message,
        targeted: bool,
    ) -> Result<(), Failure> {
        let mut input = ActivityInput::message_card(message.card, message.summary);
        if !targeted {
            let rendered = PreparedActivity::new(&input);
            let rendered = rendered.map_err(|error| Failure::Answer(error.into()))?;
            return self.post(received, &rendered).await;
        }
        let Some(conversation) = received.activity.conversation_id() else {
            return Ok(());
        };
        let url = &received.reference.service_url;
        let sender = received.activity.from.as_ref();
        input.recipient = sender
            .and_then(|sender| sender.id.clone())
            .map(ChannelAccount::from_id);
        let said = self
            .try_until_late(received, Effect::Post, || {
                self.connector.send_targeted(url, conversation, &input)
            })
            .await?;
        noted(said, "an answer did not arrive");
        Ok(())
    }

    /// Posts where the activity came from, for everybody who reads there.
    pub(crate) async fn post(
        &self,
        received: &Received,
        rendered: &PreparedActivity,
    ) -> Result<(), Failure> {
        let Some(conversation) = received.activity.conversation_id() else {
            return Ok(());
        };
        let url = &received.reference.service_url;
        let said = self
            .try_until_late(received, Effect::Post, || {
                self.connector.send(url, conversation, rendered)
            })
            .await?;
        noted(said, "an answer did not arrive");
        Ok(())
    }

    /// Replaces the message that a button stood on, for everybody who reads it. Returns whether it did.
    pub(crate) async fn replace(
        &self,
        received: &Received,
        card: &ActivityId,
        message: Message,
    ) -> Result<bool, Failure> {
        let input = ActivityInput::message_card(message.card, message.summary);
        let Some(conversation) = received.activity.conversation_id() else {
            return Ok(false);
        };
        let url = &received.reference.service_url;
        let said = self
            .try_until_late(received, Effect::Idempotent, || {
                self.connector.update(url, conversation, card, &input)
            })
            .await?;
        noted(said, "a card was not replaced");
        Ok(said == Said::Yes)
    }

    /// Tries, and tries again as long as that can help and the turn lasts.
    async fn try_until_late<F, Fut>(
        &self,
        received: &Received,
        effect: Effect,
        once: F,
    ) -> Result<Said, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<SentActivity, ConnectorError>>,
    {
        let mut attempt = 1;
        loop {
            let left = received.deadline.time_left(self.clock.now());
            let error = match tokio::time::timeout(left, once()).await {
                Ok(Ok(_)) => return Ok(Said::Yes),
                Ok(Err(error)) => error,
                // It is on its way, or lost: nobody can tell.
                Err(_) => return Ok(Said::No(End::Ambiguous)),
            };
            let now = self.clock.now();
            let decision = decide(&Attempt {
                outcome: error.outcome(),
                effect,
                policy: Policy::AtMostOnce,
                attempt,
                retry_after: error.retry_after(),
                time_left: received.deadline.time_left(now).saturating_sub(FOR_A_TRY),
                jitter: f64::from(now.subsec_nanosecond().unsigned_abs()) / 1e9,
            });
            match decision {
                Decision::Wait(wait) => self.clock.sleep(wait).await,
                Decision::HandBack { .. } => return Err(Failure::Answer(error)),
                Decision::Stop(End::Exhausted | End::Misconfigured) => {
                    return Err(Failure::Answer(error));
                }
                Decision::Stop(end) => {
                    tracing::debug!(error = chain(&error), "Teams refused");
                    return Ok(Said::No(end));
                }
            }
            attempt += 1;
        }
    }
}

fn noted(said: Said, what: &'static str) {
    if let Said::No(end) = said {
        tracing::warn!(error.kind = end.as_str(), "{what}");
    }
}
