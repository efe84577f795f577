//! The words of what is due.

use activity::ids::TenantId;
use jiff::Timestamp;
use polls::{OccurrenceId, PollId};
use store::Due;

/// Something that is to be done for a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Open the next occurrence.
    Open,
    /// Remind for this time, from 1.
    Remind(OccurrenceId, u32),
    /// Close, or do what follows from it.
    Close(OccurrenceId),
    /// Look whether enough have voted: whoever took the last vote may have died before saying so.
    Quorum(OccurrenceId),
    /// Take votes again.
    Reopen(OccurrenceId),
    /// Remove an occurrence.
    Erase(OccurrenceId),
    /// Remove the poll.
    Delete,
}

impl What {
    pub(crate) fn at(&self, at: Timestamp, tenant: &TenantId, poll: &PollId) -> Due {
        Due {
            at: Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at),
            tenant: tenant.clone(),
            poll: poll.clone(),
            what: match self {
                Self::Open => "open".to_owned(),
                Self::Remind(id, number) => format!("remind/{}/{number}", id.time()),
                Self::Close(id) => format!("close/{}", id.time()),
                Self::Quorum(id) => format!("quorum/{}", id.time()),
                Self::Reopen(id) => format!("reopen/{}", id.time()),
                Self::Erase(id) => format!("erase/{}", id.time()),
                Self::Delete => "delete".to_owned(),
            },
        }
    }

    /// `None`: written by a version that knew more.
    pub(crate) fn read(due: &Due) -> Option<Self> {
        let mut parts = due.what.split('/');
        let word = parts.next()?;
        let time = parts.next();
        let id = || format!("{}@{}", due.poll, time?).parse().ok();
        match word {
            "open" => Some(Self::Open),
            "remind" => Some(Self::Remind(id()?, parts.next()?.parse().ok()?)),
            "close" => id().map(Self::Close),
            "quorum" => id().map(Self::Quorum),
            "reopen" => id().map(Self::Reopen),
            "erase" => id().map(Self::Erase),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_reads_back_as_it_was_written() {
        let id: OccurrenceId = "lunch@20261124T120000Z".parse().unwrap();
        for what in [
            What::Open,
            What::Remind(id.clone(), 2),
            What::Close(id.clone()),
            What::Quorum(id.clone()),
            What::Reopen(id.clone()),
            What::Erase(id.clone()),
            What::Delete,
        ] {
            let due = what.at(Timestamp::UNIX_EPOCH, &TenantId::new("t"), id.poll());
            assert_eq!(What::read(&due), Some(what));
        }
        let other = Due {
            what: "sing/20261124T120000Z".to_owned(),
            ..What::Open.at(Timestamp::UNIX_EPOCH, &TenantId::new("t"), id.poll())
        };
        assert_eq!(What::read(&other), None);
    }
}
