//! A flight plan: what a notification would do, before it is sent.

use std::collections::BTreeMap;

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::{
    Address, FailureCode, Importance, Notification, Outcome, RecipientKey, SkipReason, Topic,
    wanted,
};

use crate::audience::Audiences;
use crate::delivery::{DeliveryTarget, Wanted};
use crate::error::StoreError;
use crate::ledger::Unreachable;
use crate::person::Reach;

/// How many recipients are looked up together.
const TOGETHER: usize = 100;

/// Who would get a notification, who would not, and why.
///
/// It is what the table says at the moment. Whether Teams takes each message
/// shows when it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlightPlan {
    /// Everybody in the audience after the set algebra, each once: those in
    /// [`without`](Self::without) too.
    pub recipients: u64,
    /// How many of these are people; the others are channels, chats and threads.
    pub people: u64,
    /// How many of these have no conversation with the bot yet: it is opened
    /// first, or fails as `not-installed`.
    pub to_be_opened: u64,
    /// How many would end without a message, by the outcome that the ledger
    /// would have: `k:muted`, `f:blocked-by-user`, …
    pub without: BTreeMap<String, u64>,
    /// Addresses of `to` that lead to nobody, and why.
    pub unreachable: Vec<Unreachable>,
}

impl FlightPlan {
    /// How many messages would be sent.
    #[must_use]
    pub fn messages(&self) -> u64 {
        let without: u64 = self.without.values().sum();
        self.recipients.saturating_sub(without)
    }

    fn count(&mut self, recipient: &RecipientKey, stands: Result<bool, Outcome>) {
        self.recipients += 1;
        self.people += u64::from(recipient.is_person());
        match stands {
            Ok(there) => self.to_be_opened += u64::from(!there),
            Err(outcome) => *self.without.entry(outcome.to_string()).or_default() += 1,
        }
    }
}

impl Audiences<'_> {
    /// Looks ahead: walks through the audience of a notification as planning
    /// would, and counts. Nothing is written.
    ///
    /// `seen` is called now and then with the counts so far, for whoever waits,
    /// and with those who were found since the last call and would end without a
    /// message; memory stays the same however large the audience is. Costs half
    /// a read unit a recipient, a tenth of that for everyone.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn flight_plan(
        &self,
        tenant: &TenantId,
        topic: &Topic,
        notification: &Notification,
        now: Timestamp,
        mut seen: impl FnMut(&FlightPlan, &[(RecipientKey, Outcome)]),
    ) -> Result<FlightPlan, StoreError> {
        let audience = notification.audience();
        let close = audience.include.contains(&Address::Everyone);
        let resolved = self.resolve(tenant, topic, &audience).await?;
        let mut plan = FlightPlan {
            unreachable: resolved.unreachable,
            ..FlightPlan::default()
        };
        let mut walk = self.walk(tenant, resolved.include, resolved.exclude, None);
        let at = notification.not_before.map_or(now, |due| due.max(now));
        loop {
            let found = walk.next(TOGETHER).await?;
            let wanted = Wanted {
                tenant,
                recipients: &found.recipients,
                close,
            };
            let mut read = self.store.read_for_delivery([wanted], [], []).await?;
            let targets = read.targets.remove(tenant).unwrap_or_default();
            let mut without = Vec::new();
            for recipient in &found.recipients {
                let stands = stands(
                    topic,
                    notification.importance,
                    notification.expires,
                    targets.get(recipient),
                    at,
                );
                if let Err(outcome) = &stands {
                    without.push((recipient.clone(), outcome.clone()));
                }
                plan.count(recipient, stands);
            }
            seen(&plan, &without);
            if found.finished {
                return Ok(plan);
            }
        }
    }
}

/// Whether there is a conversation with a recipient, or how the message would
/// end without one.
fn stands(
    topic: &Topic,
    importance: Importance,
    expires: Option<Timestamp>,
    target: Option<&DeliveryTarget>,
    now: Timestamp,
) -> Result<bool, Outcome> {
    let preference = target
        .map(|target| target.preferences().about(&topic.name))
        .unwrap_or_default();
    wanted(topic, importance, expires, &preference, now).map_err(Outcome::Skipped)?;
    let failed = |code: &str| Err(Outcome::Failed(FailureCode::new(code)));
    match target {
        None => Ok(false),
        Some(DeliveryTarget::Elsewhere) => failed("other-tenant"),
        Some(DeliveryTarget::Person(person)) => match person.reach {
            _ if person.blocked.is_some() => failed("blocked-by-user"),
            Reach::Conversation(_) => Ok(true),
            Reach::NotYet => Ok(false),
            Reach::Removed => Err(Outcome::Skipped(SkipReason::NotInstalled)),
        },
        Some(DeliveryTarget::Conversation { conversation, .. }) => {
            if conversation.archived {
                return failed("team-archived");
            }
            match conversation.reference {
                Some(_) => Ok(true),
                None => Err(Outcome::Skipped(SkipReason::NotInstalled)),
            }
        }
    }
}
