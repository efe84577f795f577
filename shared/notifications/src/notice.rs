//! Notices of our own about a notification: test copies and questions.

use crate::source::{NotificationId, NotificationKey, Source};
use std::fmt;
use std::str::FromStr;

/// What a notice of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// A broadcast as its recipients will see it, for whoever asked for it.
    Test,
    /// The question whether a broadcast is sent.
    Approval,
    /// The question whether the rest of a broadcast is sent.
    Rest,
    /// What became of the question whether it is sent, for whoever asked for it.
    ApprovalOutcome,
    /// What became of the question about the rest, for whoever asked for it.
    RestOutcome,
}

/// The text is none of the words for notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of notice")]
pub struct NotANoticeKind;

impl NoticeKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Test, "test"),
        (Self::Approval, "approval"),
        (Self::Rest, "rest"),
        (Self::ApprovalOutcome, "approval-outcome"),
        (Self::RestOutcome, "rest-outcome"),
    ];

    /// The stable word on the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let known = Self::ALL.iter().find(|(kind, _)| *kind == self);
        known.map_or("", |(_, word)| word)
    }
}

impl FromStr for NoticeKind {
    type Err = NotANoticeKind;

    fn from_str(text: &str) -> Result<Self, NotANoticeKind> {
        let known = Self::ALL.iter().find(|(_, word)| *word == text);
        known.map(|(kind, _)| *kind).ok_or(NotANoticeKind)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A notice of ours: a notification of the source [`Source::Tidings`] about
/// another one. There is at most one of each kind about each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// The notification that it is about.
    pub about: NotificationKey,
    /// What it is.
    pub kind: NoticeKind,
}

impl Notice {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> NotificationId {
        NotificationId::new(format!("{}/{}", self.about, self.kind))
    }

    /// Its key on the ledger.
    #[must_use]
    pub fn key(&self) -> NotificationKey {
        NotificationKey::of(&Source::Tidings, &self.id())
    }

    /// The notice that a notification is; `None` when it is a sender's.
    #[must_use]
    pub fn read(source: &Source, id: &NotificationId) -> Option<Self> {
        if *source != Source::Tidings {
            return None;
        }
        let (about, kind) = id.as_str().split_once('/')?;
        Some(Self {
            about: about.parse().ok()?,
            kind: kind.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Notice, NoticeKind};
    use crate::source::{NotificationId, NotificationKey, Source};

    #[test]
    fn a_notice_is_known_by_its_source_and_id() {
        let about = NotificationKey::of(&Source::Queue, &NotificationId::new("1"));
        let mut keys = Vec::new();
        for (kind, _) in NoticeKind::ALL {
            let notice = Notice {
                about: about.clone(),
                kind,
            };
            let id = notice.id();
            assert_eq!(Notice::read(&Source::Tidings, &id), Some(notice.clone()));
            assert_eq!(Notice::read(&Source::Queue, &id), None, "a sender's");
            keys.push(notice.key());
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), NoticeKind::ALL.len());
        for id in ["", "test", "x/test"] {
            let id = NotificationId::new(id);
            assert_eq!(Notice::read(&Source::Tidings, &id), None);
        }
        let other = NotificationId::new(format!("{about}/other"));
        assert_eq!(Notice::read(&Source::Tidings, &other), None);
    }
}
