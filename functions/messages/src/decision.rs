//! Somebody answered a question about a broadcast.

use std::time::Duration;

use cards::{Decided, Message, Standing, Who, decided, notices};
use notifications::{Notice, NoticeKind};
use store::{Broadcast, BroadcastDecision, BroadcastStage, Deciding, Person};
use work_items::{GoOn, Task};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::press::{Got, shown_again};
use crate::received::Received;

impl Messages {
    /// Takes the decision that a button of one of our questions stands for, if it is the presser's to take and nobody
    /// took another before; the question's card then says what was decided.
    ///
    /// That the presser got the question is known by now. Whether they may decide is asked anew: owners change. What it
    /// is about, and who asked for it, is on the ledger.
    pub(crate) async fn decide(
        &self,
        received: &Received,
        person: &Person,
        got: &Got,
        notice: &Notice,
        verb: &str,
    ) -> Result<Message, Failure> {
        let reader = &received.reader();
        let stage = match notice.kind {
            NoticeKind::Test => return Ok(notices::test_copy(reader)),
            NoticeKind::Approval => BroadcastStage::WaitingApproval,
            NoticeKind::Rest => BroadcastStage::Held,
            // They have no buttons.
            NoticeKind::ApprovalOutcome | NoticeKind::RestOutcome => {
                return Ok(notices::too_old(reader));
            }
        };
        let decision: Option<BroadcastDecision> = verb.parse().ok();
        let Some(decision) = decision.filter(|decision| decision.stage() == stage) else {
            return Ok(notices::too_old(reader));
        };
        let ledger = self.store.ledger();
        let Some(about) = ledger.notification(&notice.about).await? else {
            return Ok(notices::too_old(reader));
        };
        let card = shown_again(received, &got.frozen, Standing::Hears);
        let topics = self.store.topics();
        let owners = topics.owners(&about.tenant, &about.topic);
        let is_admin = received
            .sender_object_id()
            .is_some_and(|id| self.admins.include(&id));
        if !is_admin && !owners.await?.contains(&person.key) {
            return Ok(decided(reader, card, Decided::NotYours));
        }
        if ledger.cancelled(&notice.about).await?.is_some() {
            return Ok(decided(reader, card, Decided::Over));
        }
        let now = self.clock.now();
        let deciding = ledger.decide(&notice.about, decision, &person.key, now);
        let broadcast = match deciding.await? {
            Deciding::NotABroadcast => return Ok(decided(reader, card, Decided::Over)),
            Deciding::OwnRequest(_) => return Ok(decided(reader, card, Decided::OwnRequest)),
            Deciding::TooLate(broadcast) => broadcast,
            Deciding::Counts(broadcast) => {
                // Again, if it was pressed again: whoever took the decision may have died before.
                let task = Task::GoOn(GoOn {
                    notification: notice.about.clone(),
                });
                self.queue([(task, Duration::ZERO)]).await?;
                self.metrics.count("Decisions", 1);
                broadcast
            }
        };
        let name = self.decider(received, &broadcast, decision).await?;
        let what = standing(person, &broadcast, decision, name.as_deref());
        Ok(decided(reader, card, what))
    }

    /// What whoever decided is called: nobody has told us names, so what stands before the `@` of their address.
    async fn decider(
        &self,
        received: &Received,
        broadcast: &Broadcast,
        decision: BroadcastDecision,
    ) -> Result<Option<String>, Failure> {
        let Some(taken) = broadcast.decided_instead_of(decision) else {
            return Ok(None);
        };
        let tenant = &received.reference.tenant;
        let person = self.store.people().get(tenant, &taken.by).await?;
        let address = person.and_then(|person| person.upn.or(person.mail));
        Ok(address.and_then(|address| address.split('@').next().map(str::to_owned)))
    }
}

/// What became of the question, as its card says it to this reader.
fn standing<'a>(
    reader: &Person,
    broadcast: &Broadcast,
    decision: BroadcastDecision,
    name: Option<&'a str>,
) -> Decided<'a> {
    let Some(taken) = broadcast.decided_instead_of(decision) else {
        let expired = broadcast.skipped == Some(notifications::SkipReason::Expired);
        let over = broadcast.stage == decision.stage();
        return match expired || over {
            true => Decided::Lapsed,
            false => Decided::Over,
        };
    };
    let who = match name {
        _ if taken.by == reader.key => Who::Reader,
        Some(name) => Who::Named(name),
        None => Who::Somebody,
    };
    match taken.what {
        BroadcastDecision::Approve => Decided::Approved(who),
        BroadcastDecision::Decline => Decided::Declined(who),
        BroadcastDecision::SendRest => Decided::RestSent(who),
        BroadcastDecision::Stop => Decided::Stopped(who),
    }
}
