//! Activities that Teams delivered, and what they were answered.
//!
//! Teams delivers an activity again when it had no answer in time: first the
//! same one, some 15 s later, then, half a minute after that, a copy with a new
//! id and time (protocol reference §11). A person who types `status` twice
//! makes two activities with the same content too. What tells them apart is
//! whether the first one gave Teams a reason to try again.

use std::sync::LazyLock;

use activity::{Activity, WireTime};
use aws::dynamodb::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{self, SHA256};
use serde::Serialize;

use crate::change::{Change, Written};
use crate::error::StoreError;
use crate::item::{Attributes, Item, ms, n, s};
use crate::retention::{self, EXPIRES, expires};
use crate::{Store, keys};

/// Operations on inbound activities.
#[derive(Clone, Copy, Debug)]
pub struct Inbound<'a> {
    pub(crate) store: &'a Store,
}

/// From when on a first delivery is slow, so that Teams may send a copy.
pub const SLOW: SignedDuration = SignedDuration::from_secs(10);
/// For how long after a first delivery a copy of it may come.
pub const COPIES: SignedDuration = SignedDuration::from_secs(120);

/// What an activity is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    content: String,
    exact: String,
}

impl Fingerprint {
    /// The fingerprint of an activity.
    ///
    /// The content is what a copy has in common with the first (protocol
    /// reference §11): type, name, conversation, sender, what it answers, text,
    /// value, attachments, who was added or removed, reactions, and the event
    /// in its channel data. The exact part adds id and time. An edit or a
    /// reaction that reuses a message's id has another content, so it is not
    /// that message again.
    #[must_use]
    pub fn of(activity: &Activity) -> Self {
        let mut content = Content(Vec::with_capacity(USUAL));
        content.part(&activity.activity_type);
        content.part(&activity.name);
        content.part(&activity.action);
        content.part(&activity.from.as_ref().and_then(|from| from.id.as_ref()));
        content.part(&activity.reply_to_id);
        content.part(&activity.text);
        content.part(&activity.value);
        content.part(&activity.attachments);
        content.part(&activity.members_added);
        content.part(&activity.members_removed);
        content.part(&activity.reactions_added);
        content.part(&activity.reactions_removed);
        let told = activity.channel_data.as_ref();
        for place in CHANNEL_DATA {
            content.part(&told.and_then(|told| told.0.pointer(place)));
        }
        // The conversation of a message that starts a thread carries the
        // message's own id, which a copy may have anew.
        content.part(&activity.conversation_id().map(|id| {
            let starts_it = id.thread_root().is_some() && id.thread_root() == activity.id;
            match starts_it {
                true => id.without_thread(),
                false => id.clone(),
            }
        }));
        let id = activity.id.as_ref().map_or("", |id| id.as_str());
        let time = activity.timestamp.as_ref().map_or("", WireTime::as_str);
        Self {
            content: short_hash(&content.0),
            exact: exact(id, time),
        }
    }

    /// A fingerprint from its parts.
    #[must_use]
    pub fn new(content: &str, id: &str, time: &str) -> Self {
        Self {
            content: short_hash(content.as_bytes()),
            exact: exact(id, time),
        }
    }

    /// A word for this very delivery's effects: the same whenever the same
    /// activity is delivered.
    #[must_use]
    pub fn as_word(&self) -> String {
        format!("{}.{}", self.content, self.exact)
    }

    /// The attribute that holds the entry of this very activity.
    fn entry(&self) -> String {
        format!("{ENTRY}{}", self.exact)
    }
}

/// Where in the channel data of an activity its content is.
const CHANNEL_DATA: [&str; 6] = [
    "/eventType",
    "/team/id",
    "/team/name",
    "/channel",
    "/settings",
    "/tenant",
];

/// What copies have in common, on its way into a digest.
struct Content(Vec<u8>);

/// More than what most activities have in common with a copy.
const USUAL: usize = 1024;

impl Content {
    /// Adds a part as JSON, whose objects are sorted; no JSON has a zero byte.
    fn part(&mut self, part: &impl Serialize) {
        serde_json::to_writer(&mut self.0, part).expect("an activity is made of JSON values");
        self.0.push(0);
    }
}

fn exact(id: &str, time: &str) -> String {
    short_hash(format!("{}#{id}#{time}", id.len()).as_bytes())
}

fn short_hash(bytes: &[u8]) -> String {
    hex(&digest::digest(&SHA256, bytes).as_ref()[..16])
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// One try to handle an activity.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Names the try: a request id. Beginning twice in one name is beginning
    /// once.
    pub by: String,
    /// When it began.
    pub began: Timestamp,
    /// When it is over for certain, finished or not.
    pub deadline: Timestamp,
}

/// What an activity was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, if it had one.
    pub body: Option<String>,
}

impl Answer {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What is to be done with a delivered activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Handle it, then [`finish`](Inbound::finish) or
    /// [`abandon`](Inbound::abandon).
    New(Outgrown),
    /// It was handled: give the same answer.
    Repeat(Answer),
    /// It is the copy of one that gave Teams a reason to try again, and that was
    /// handled, or is being handled, all the same. Do nothing; the answer is
    /// that of the first, if it has one yet.
    SuppressedCopy(Option<Answer>),
    /// The same activity is being handled right now.
    InProgress,
}

/// Old deliveries of a content, which the write that finishes the new one takes
/// along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgrown(Vec<String>);

/// For how long an answer is kept at least, unless the same content comes
/// more than [`KEPT`] times meanwhile.
const REPEATS: SignedDuration = SignedDuration::from_mins(10);
/// How many answers to one content are kept at most.
const KEPT: usize = 4;

const ENTITY: &str = "inbound activity";
/// How the attributes begin that hold one delivery each.
const ENTRY: &str = "x";

const BY: &str = "by";
const BEGAN: &str = "began";
const DEADLINE: &str = "deadline";
const STATUS: &str = "status";
const BODY: &str = "body";
/// From when until when a copy of the latest try counts as one.
const COPIES_FROM: &str = "copies_from";
const COPIES_UNTIL: &str = "copies_until";
const LATEST: &str = "latest";

/// Whether a delivery is to be handled: it is no copy of one that gave Teams a
/// reason to try again, and nobody is at it, or whoever was is out of time.
static IS_NEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "(attribute_not_exists(#entry) AND (attribute_not_exists(#{COPIES_FROM}) \
         OR #{COPIES_FROM} > :now OR #{COPIES_UNTIL} < :now)) \
         OR (attribute_exists(#entry) AND attribute_not_exists(#entry.#{STATUS}) \
         AND (#entry.#{DEADLINE} < :now OR #entry.#{BY} = :by))"
    )
});

impl Inbound<'_> {
    /// Says what to do with a delivered activity, and notes that it is being
    /// done.
    ///
    /// All deliveries of one content share an item, so that this is a single
    /// conditional write whatever arrives at the same time.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn begin(&self, print: &Fingerprint, turn: &Turn) -> Result<Begun, StoreError> {
        let entry = Item::from([
            (BY.to_owned(), s(turn.by.as_str())),
            (BEGAN.to_owned(), ms(turn.began)),
            (DEADLINE.to_owned(), ms(turn.deadline)),
        ]);
        let written = Change::update(keys::inbound(&print.content))
            .set_to("#entry = :entry")
            .alias("entry", &print.entry())
            .value("entry", AttributeValue::M(entry))
            .set(LATEST, s(print.exact.as_str()))
            .set(COPIES_FROM, ms(turn.began + SLOW))
            .set(COPIES_UNTIL, ms(turn.began + COPIES))
            .set(EXPIRES, expires(turn.began, retention::INBOUND))
            .only_if(IS_NEW.as_str())
            .value("now", ms(turn.began))
            .value("by", s(turn.by.as_str()))
            .write_returning(self.store, ReturnValue::AllNew)
            .await?;
        match written {
            Written::Done(item) => Ok(Begun::New(outgrown(&item, print, turn))),
            Written::Refused(item) => refusal(&item, print),
        }
    }

    /// Notes what an activity was answered, and drops what
    /// [`begin`](Self::begin) found outgrown, so that the item of a content that
    /// comes again and again stays small.
    ///
    /// After a slow answer, or one that was no success, copies are suppressed
    /// for a while.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn finish(
        &self,
        print: &Fingerprint,
        turn: &Turn,
        answer: &Answer,
        outgrown: &Outgrown,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settled = answer.is_success() && now - SLOW <= turn.began;
        if settled {
            let only_this = self
                .answered(print, answer, outgrown)
                .remove(COPIES_FROM)
                .remove(COPIES_UNTIL)
                .only_if(format!(
                    "attribute_exists(#entry) AND #{LATEST} = :{LATEST}"
                ))
                .value(LATEST, s(print.exact.as_str()))
                .write(self.store)
                .await?;
            if only_this.is_done() {
                return Ok(());
            }
        }
        // A later try with the same content has its own time for copies.
        self.answered(print, answer, outgrown)
            .only_if("attribute_exists(#entry)")
            .write(self.store)
            .await?;
        Ok(())
    }

    fn answered(&self, print: &Fingerprint, answer: &Answer, outgrown: &Outgrown) -> Change {
        let change = Change::update(keys::inbound(&print.content))
            .alias("entry", &print.entry())
            .set_to(&format!("#entry.#{STATUS} = :{STATUS}"))
            .value(STATUS, n(answer.status));
        let old = outgrown.0.iter();
        let change = old.fold(change, |change, name| change.remove(name));
        match &answer.body {
            Some(body) => change
                .set_to(&format!("#entry.#{BODY} = :{BODY}"))
                .value(BODY, s(body.as_str())),
            None => change,
        }
    }

    /// Takes a beginning back: nothing was changed or sent, and whoever
    /// delivers the activity again, as it is or as a copy, finds it new.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn abandon(&self, print: &Fingerprint, turn: &Turn) -> Result<(), StoreError> {
        Change::update(keys::inbound(&print.content))
            .alias("entry", &print.entry())
            .remove("entry")
            .remove(COPIES_FROM)
            .remove(COPIES_UNTIL)
            .only_if(format!(
                "#entry.#{BY} = :{BY} AND attribute_not_exists(#entry.#{STATUS})"
            ))
            .value(BY, s(turn.by.as_str()))
            .write(self.store)
            .await?;
        Ok(())
    }
}

/// The entries that are old, and that nobody begins again meanwhile.
fn outgrown(item: &Item, print: &Fingerprint, turn: &Turn) -> Outgrown {
    let this = print.entry();
    let mut ended: Vec<(Timestamp, &String, bool)> = item
        .iter()
        .filter(|(name, _)| name.starts_with(ENTRY) && **name != this)
        .filter_map(|(name, value)| {
            let entry = Attributes::of(ENTITY, value.as_m().ok()?);
            // Whoever died over it is out of time; somebody may have begun anew until Teams gave it up.
            let over = entry.has(STATUS) || entry.time(DEADLINE)? + REPEATS < turn.began;
            over.then_some((entry.time(BEGAN)?, name, entry.has(BODY)))
        })
        .collect();
    ended.sort_unstable();
    // One with a body, which every write of the item pays for, goes as soon as nobody asks for it
    // any more.
    let too_many = ended.len().saturating_sub(KEPT);
    let old = ended
        .into_iter()
        .enumerate()
        .filter(|(position, (began, _, has_body))| {
            *position < too_many || (*has_body && *began < turn.began - REPEATS)
        })
        .map(|(_, (_, name, _))| name.clone());
    Outgrown(old.collect())
}

fn refusal(item: &Item, print: &Fingerprint) -> Result<Begun, StoreError> {
    let answer_of = |name: &str| -> Result<Option<Answer>, StoreError> {
        let Some(entry) = item.get(name).and_then(|value| value.as_m().ok()) else {
            return Ok(None);
        };
        let read = Attributes::of(ENTITY, entry);
        let Some(status) = read.number(STATUS) else {
            return Ok(None);
        };
        Ok(Some(Answer {
            status: u16::try_from(status).map_err(|_| read.unreadable(STATUS))?,
            body: read.text(BODY).map(str::to_owned),
        }))
    };
    if item.contains_key(&print.entry()) {
        return Ok(match answer_of(&print.entry())? {
            Some(answer) => Begun::Repeat(answer),
            None => Begun::InProgress,
        });
    }
    let latest = Attributes::of(ENTITY, item).text(LATEST);
    let first = match latest {
        Some(exact) => answer_of(&format!("{ENTRY}{exact}"))?,
        None => None,
    };
    Ok(Begun::SuppressedCopy(first))
}
