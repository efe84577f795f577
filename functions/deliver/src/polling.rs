//! The message of a poll: written from the poll as it is now, not as it was when it was frozen.

use std::collections::BTreeMap;

use cards::poll::{ForOwner, FreeTexts, LISTED_MOST, PollCard, VotesByName};
use cards::{Message, Reader, Standing};
use jiff::{SignedDuration, Timestamp};
use notifications::{Address, RecipientKey};
use polls::{Kind, PollNotice, PollNoticeKind, Results, Viewer};
use polls_in_table::{PollView, PollViewError};
use store::{FrozenNotification, PersonId, Store};

/// For so long a poll is shown as it was read.
const CURRENT: SignedDuration = SignedDuration::from_secs(5);

/// So many free texts at most are read for an owner's card, which has no room for more.
const TEXTS: usize = 50;

/// A poll, and what of it a notification says.
#[derive(Debug)]
pub(crate) struct PollLetter {
    pub(crate) notice: PollNotice,
    view: PollView,
    /// Absent where nobody is shown any.
    results: Option<Results>,
    written: FreeTexts,
    votes: Option<VotesByName>,
    owner: Option<RecipientKey>,
    at: Timestamp,
}

impl PollLetter {
    /// The poll of this notification; `None` when it is of none, or when there is no such poll any more.
    pub(crate) async fn open(
        store: &Store,
        frozen: &FrozenNotification,
        at: Timestamp,
    ) -> Result<Option<Self>, PollViewError> {
        let Some(notice) = PollNotice::read(&frozen.source, &frozen.id) else {
            return Ok(None);
        };
        let view = PollView::load(store, &frozen.tenant, &notice.occurrence).await?;
        let Some(view) = view else {
            return Ok(None);
        };
        let is_result = matches!(notice.kind, PollNoticeKind::Result(_));
        let to_all = view.definition.shows_results_to_all(view.standing(), at);
        let results = match is_result || to_all {
            true => Some(view.results(store).await?),
            false => None,
        };
        let owner = person(store, frozen, &view.definition.owner).await?;
        let (mut written, mut votes) = (FreeTexts::new(), None);
        if let Some(results) = results.as_ref().filter(|_| is_result) {
            written = texts(store, &view).await?;
            votes = view.votes_by_name(store, results, LISTED_MOST).await?;
        }
        Ok(Some(Self {
            notice,
            view,
            results,
            written,
            votes,
            owner,
            at,
        }))
    }

    /// Whether it was read a moment ago.
    pub(crate) fn is_current(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < CURRENT
    }

    /// When it comes too late: what asks, when the poll closes, which its owner may have moved since it was frozen.
    pub(crate) fn expires(&self, frozen: &FrozenNotification) -> Option<Timestamp> {
        match self.notice.kind {
            PollNoticeKind::Ask | PollNoticeKind::Remind(_) => self.view.closes(),
            PollNoticeKind::Result(_) => frozen.notification.expires,
        }
    }

    /// Whether this recipient reads what others do not.
    pub(crate) fn is_owner(&self, recipient: &RecipientKey) -> bool {
        self.owner.as_ref() == Some(recipient)
    }

    /// The message.
    pub(crate) fn write(
        &self,
        frozen: &FrozenNotification,
        reader: &Reader,
        is_owner: bool,
    ) -> Message {
        let view = &self.view;
        let card = PollCard {
            occurrence: &self.notice.occurrence,
            definition: &view.definition,
            added: &view.added,
            owner: &frozen.notification.actor.name,
            closes: view.closes(),
            key: &frozen.key,
            topic: &frozen.topic,
            standing: Standing::Hears,
            // Nobody: who is named here can be read by all who see the card, and would be those who have voted.
            refreshed_for: &[],
            manages: is_owner,
        };
        let standing = view.standing();
        let to_all = view.definition.shows_results_to_all(standing, self.at);
        let seen_by_all = self.results.as_ref().filter(|_| to_all);
        match self.notice.kind {
            PollNoticeKind::Result(_) => {
                let viewer = Viewer {
                    owns: is_owner,
                    voted: false,
                };
                let shown = view.definition.shows_results(viewer, standing, self.at);
                match self.results.as_ref().filter(|_| shown) {
                    Some(results) => {
                        let own = ForOwner {
                            written: Some(&self.written),
                            votes: self.votes.as_ref(),
                        };
                        card.result(reader, results, is_owner.then_some(own))
                    }
                    None => card.closed(reader, None, None),
                }
            }
            _ if !standing.is_open(self.at) => card.closed(reader, seen_by_all, None),
            PollNoticeKind::Ask => card.ask(reader, seen_by_all),
            PollNoticeKind::Remind(_) => card.remind(reader),
        }
    }
}

/// The person whom an address names, if somebody is known by it.
async fn person(
    store: &Store,
    frozen: &FrozenNotification,
    address: &Address,
) -> Result<Option<RecipientKey>, PollViewError> {
    let id = match address {
        Address::Aad(id) => return Ok(Some(RecipientKey::person(id))),
        Address::Upn(name) => PersonId::Upn(name.clone()),
        Address::Mail(mail) => PersonId::Mail(mail.clone()),
        _ => return Ok(None),
    };
    Ok(store.people().find(&frozen.tenant, &id).await?)
}

/// What was written freely, as much as a card has room for.
async fn texts(store: &Store, view: &PollView) -> Result<FreeTexts, PollViewError> {
    let mut all = BTreeMap::new();
    let questions = view.definition.questions.iter();
    for question in questions.filter(|question| matches!(question.kind, Kind::Text)) {
        let polls = store.polls();
        let page = polls.texts(&view.tenant, &view.occurrence, &question.id, 0);
        let mut texts = page.await?.texts;
        texts.truncate(TEXTS);
        all.insert(question.id.clone(), texts);
    }
    Ok(all)
}
