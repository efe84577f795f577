//! What is sent because of a poll: notifications of our own.

use crate::ids::OccurrenceId;
use activity::ids::TenantId;
use notifications::{NotificationId, NotificationKey, Source};

/// A notification that one occurrence of a poll leads to. There is at most one of each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PollNotice {
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// What it is.
    pub kind: PollNoticeKind,
}

/// What a notification of a poll is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PollNoticeKind {
    /// The questions, for everybody who is asked.
    Ask,
    /// The same once more, for those who have not answered: which reminder, from 1.
    Remind(u32),
    /// What came of it, in this round: 0, or how often it was opened again.
    Result(u32),
}

impl PollNotice {
    /// Its id, of its own within a tenant.
    #[must_use]
    pub fn id(&self) -> NotificationId {
        let occurrence = &self.occurrence;
        NotificationId::new(match self.kind {
            PollNoticeKind::Ask => format!("{occurrence}/ask"),
            PollNoticeKind::Remind(number) => format!("{occurrence}/remind/{number}"),
            PollNoticeKind::Result(0) => format!("{occurrence}/result"),
            PollNoticeKind::Result(round) => format!("{occurrence}/result/{round}"),
        })
    }

    /// Its key on the ledger. Polls of two tenants may have the same id, and be asked in the same second.
    #[must_use]
    pub fn key(&self, tenant: &TenantId) -> NotificationKey {
        let id = format!("{tenant}/{}", self.id());
        NotificationKey::of(&Source::Tidings, &NotificationId::new(id))
    }

    /// The poll's notification that a notification is; `None` when it is another.
    #[must_use]
    pub fn read(source: &Source, id: &NotificationId) -> Option<Self> {
        if *source != Source::Tidings {
            return None;
        }
        let (occurrence, kind) = id.as_str().split_once('/')?;
        let occurrence = occurrence.parse().ok()?;
        let kind = match kind.split_once('/') {
            None if kind == "ask" => PollNoticeKind::Ask,
            None if kind == "result" => PollNoticeKind::Result(0),
            Some(("remind", number)) => PollNoticeKind::Remind(number.parse().ok()?),
            Some(("result", round)) => PollNoticeKind::Result(round.parse().ok()?),
            _ => return None,
        };
        Some(Self { occurrence, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::{PollNotice, PollNoticeKind};
    use notifications::{NotificationId, Source};

    #[test]
    fn a_notice_reads_back_from_its_id_and_each_of_each_tenant_has_its_own_key() {
        let mut keys = Vec::new();
        for kind in [
            PollNoticeKind::Ask,
            PollNoticeKind::Remind(1),
            PollNoticeKind::Remind(2),
            PollNoticeKind::Result(0),
            PollNoticeKind::Result(1),
        ] {
            let occurrence = "lunch@20261124T120000Z".parse().unwrap();
            let notice = PollNotice { occurrence, kind };
            assert_eq!(
                PollNotice::read(&Source::Tidings, &notice.id()),
                Some(notice.clone())
            );
            assert_eq!(PollNotice::read(&Source::Queue, &notice.id()), None);
            for tenant in ["t", "t/t", "u"] {
                keys.push(notice.key(&tenant.into()));
            }
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 15);
        for id in [
            "",
            "lunch/ask",
            "lunch@20261124T120000Z/x",
            "lunch@20261124T120000Z/remind/x",
        ] {
            let id = NotificationId::new(id);
            assert_eq!(PollNotice::read(&Source::Tidings, &id), None);
        }
    }
}
