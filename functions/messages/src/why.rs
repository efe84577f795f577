//! Why a notification came.

use cards::why::{self, Reason, Why};
use cards::{Message, Reader};
use notifications::outcome::Outcome;
use notifications::{Address, Recipient, RecipientKey, Subscription};
use store::{FrozenNotification, Person, RecipientState};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::press::{Got, places};
use crate::received::Received;

/// How far back `why` looks.
const DAYS: u8 = 3;
/// How many notifications `why` looks at, newest first.
const NOTIFICATIONS: u16 = 15;

impl Messages {
    /// Why the last notification came here. In a thread it is the one that the thread hangs on.
    pub(crate) async fn why_last(
        &self,
        received: &Received,
        reader: &Reader,
        key: &RecipientKey,
    ) -> Result<Message, Failure> {
        let tenant = &received.reference.tenant;
        let ledger = self.store.ledger();
        let now = self.clock.now();
        let root = received
            .activity
            .conversation_id()
            .and_then(activity::ConversationId::thread_root);
        let mut last = None;
        for recent in ledger.recent(tenant, now, DAYS, NOTIFICATIONS).await? {
            for recipient in places(received, key) {
                let Some(record) = ledger.recipient(&recent.key, &recipient).await? else {
                    continue;
                };
                let RecipientState::Ended {
                    outcome: Outcome::Sent { activity, .. },
                    ..
                } = record.progress.state
                else {
                    continue;
                };
                let is_root = root.is_some() && activity == root;
                if is_root || last.is_none() {
                    last = Some((recent.key.clone(), recipient));
                }
                if is_root || root.is_none() {
                    break;
                }
            }
            if last.is_some() && root.is_none() {
                break;
            }
        }
        let Some((notification, recipient)) = last else {
            return Ok(why::nothing(reader));
        };
        let Some(frozen) = ledger.notification(&notification).await? else {
            return Ok(why::nothing(reader));
        };
        let person = match received.is_personal() {
            true => self.store.people().get(tenant, key).await?,
            false => None,
        };
        let got = Got { frozen, recipient };
        self.explained(received, person.as_ref(), &got).await
    }

    /// Why this notification came to this person, or to the place where they see it.
    pub(crate) async fn why(
        &self,
        received: &Received,
        person: &Person,
        got: &Got,
    ) -> Result<Message, Failure> {
        self.explained(received, Some(person), got).await
    }

    async fn explained(
        &self,
        received: &Received,
        person: Option<&Person>,
        got: &Got,
    ) -> Result<Message, Failure> {
        let reader = &received.reader();
        let frozen = &got.frozen;
        let because = because(frozen, person, &got.recipient);
        let team = match &because {
            Because::Roster(id) => self.store.teams().get(id).await?,
            _ => None,
        };
        let reason = match &because {
            Because::Named => Reason::Named,
            Because::Topic { subscribed: true } => Reason::Subscribed,
            Because::Topic { subscribed: false } => Reason::SubscribedByDefault,
            Because::Everyone => Reason::Everyone,
            Because::Alias(name) => Reason::Alias(name),
            Because::Roster(_) => Reason::Member {
                team: team.as_ref().and_then(|team| team.name.as_deref()),
            },
        };
        let texts = frozen.notification.texts(reader.locale.as_ref());
        let source = frozen.source.to_string();
        Ok(why::card(
            reader,
            &Why {
                what: texts.what,
                topic: &frozen.topic,
                reason,
                source: &source,
                sent: Some(frozen.accepted_at),
            },
        ))
    }
}

/// Through which address of the notification somebody got it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Because {
    Named,
    Topic { subscribed: bool },
    Alias(String),
    Roster(activity::TeamId),
    Everyone,
}

/// The most particular address that can have led to the recipient: their own, an alias, the topic they follow, a team,
/// everyone.
fn because(
    frozen: &FrozenNotification,
    person: Option<&Person>,
    recipient: &RecipientKey,
) -> Because {
    let audience = frozen.notification.audience();
    let include = &audience.include;
    if include
        .iter()
        .any(|address| names(address, person, recipient))
    {
        return Because::Named;
    }
    let preference = person.map(|person| person.preferences.about(&frozen.topic.name));
    let subscribed = preference
        .is_none_or(|preference| preference.subscription == Some(Subscription::Subscribed));
    let by_topic = include
        .iter()
        .any(|address| matches!(address, Address::Topic(_)));
    if by_topic && subscribed {
        return Because::Topic { subscribed };
    }
    let is_person = recipient.is_person();
    let mut others = include.iter().filter_map(|address| match address {
        Address::Alias(name) => Some(Because::Alias(name.clone())),
        Address::Roster(team) if is_person => Some(Because::Roster(team.clone())),
        Address::Everyone if is_person => Some(Because::Everyone),
        _ => None,
    });
    others.next().unwrap_or(match by_topic {
        true => Because::Topic { subscribed },
        false => Because::Named,
    })
}

fn names(address: &Address, person: Option<&Person>, recipient: &RecipientKey) -> bool {
    let is = |known: Option<&String>, asked: &str| {
        known.is_some_and(|known| known.eq_ignore_ascii_case(asked))
    };
    match address {
        Address::Upn(upn) => is(person.and_then(|person| person.upn.as_ref()), upn),
        Address::Mail(mail) => is(person.and_then(|person| person.mail.as_ref()), mail),
        Address::User(user) => match recipient.recipient() {
            Recipient::PersonByTeamsId(own) => own == *user,
            _ => person.is_some_and(|person| person.user.as_ref() == Some(user)),
        },
        _ => address.recipient().as_ref() == Some(recipient),
    }
}
