//! A poll is to be asked.

use activity::ids::TenantId;
use notifications::{ContractErrors, Topic};
use polls::{Definition, PollId};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use store::{Created, DueChange, NewPoll};

use crate::due::What;
use crate::error::{Failure, Refused};
use crate::handler::{Answer, Polling};
use crate::when;

impl Polling {
    /// Takes a definition, once. Everything that is wrong with it is said before anything is written or scheduled.
    pub(crate) async fn define(
        &self,
        definition: &Value,
        event: &str,
    ) -> Result<Result<Answer, Refused>, Failure> {
        match Definition::from_value(definition) {
            Ok(definition) => self.create(definition, event).await,
            Err(errors) => Ok(Err(
                when::all_wrong(errors, definition, self.clock.now()).into()
            )),
        }
    }

    /// The same of a definition that was read.
    pub(crate) async fn create(
        &self,
        mut definition: Definition,
        event: &str,
    ) -> Result<Result<Answer, Refused>, Failure> {
        let tenant = definition.tenant.clone();
        let tenant = tenant.unwrap_or_else(|| self.home_tenant.clone());
        let id = definition.id.clone().unwrap_or_else(|| named_after(event));
        definition.id = Some(id.clone());
        let text = definition.to_value().to_string();
        let polls = self.store.polls();
        let now = when::second(self.clock.now());
        // Of one that was taken before, the first time may be past by now.
        let next = match polls.get(&tenant, &id).await? {
            Some(_) => None,
            None => match self.first(&tenant, &definition, now).await? {
                Ok(next) => Some(next),
                Err(errors) => return Ok(Err(errors.into())),
            },
        };
        let new = NewPoll {
            id: &id,
            definition: &text,
            next,
        };
        let dues = next.map(|next| DueChange::Note(What::Open.at(next, &tenant, &id)));
        match polls.create(&tenant, &new, dues.as_slice(), now).await? {
            Created::New(_) => {
                self.metrics.count("PollsCreated", 1);
                tracing::info!(poll.id = id.as_str(), "a poll was taken");
            }
            Created::AlreadyThere(_) => {}
            Created::Conflict => return Ok(Err(Refused::IdReused)),
        }
        self.advance(&tenant, &id).await?;
        let poll = polls.get(&tenant, &id).await?;
        let next = poll.and_then(|poll| poll.next);
        Ok(Ok(Answer::Accepted { poll: id, next }))
    }

    async fn first(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        now: jiff::Timestamp,
    ) -> Result<Result<jiff::Timestamp, ContractErrors>, Failure> {
        let topic = self.topic(tenant, definition).await?;
        let mut refused = definition.to.include.iter().filter(|to| !topic.allows(to));
        if let Some(address) = refused.next() {
            return Ok(Err(ContractErrors::one(
                "to",
                format!("an address of kind {}", address.kind()),
                "an address of the topic's audienceAllowed",
            )));
        }
        Ok(when::first(definition, now))
    }

    pub(crate) async fn topic(
        &self,
        tenant: &TenantId,
        definition: &Definition,
    ) -> Result<Topic, Failure> {
        let topic = self.store.topics().get(tenant, &definition.topic).await?;
        Ok(topic.unwrap_or_else(|| Topic::undefined(definition.topic.clone())))
    }
}

/// The id of a poll that was given none: the same for the same event.
pub(crate) fn named_after(event: &str) -> PollId {
    let hash = digest(&SHA256, event.as_bytes());
    let digits: String = hash
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let id: Result<PollId, _> = format!("p-{digits}").parse();
    id.expect("hexadecimal digits are an id")
}
