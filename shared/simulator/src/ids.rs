//! The opaque ids of Teams.
//!
//! Real `29:` (person) and `a:` (personal chat) ids are encrypted for one bot:
//! nobody else can use them, and nobody can read them. The simulator's are
//! made the same way: a keyed tag and the masked object id, so that the same
//! person has the same id after a restart, a bot cannot guess one, and an id
//! made for another bot is recognised as such instead of as unknown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};

/// What an opaque id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `29:…`, a person.
    Person,
    /// `a:…`, the personal chat of a person with the bot.
    PersonalChat,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Person => "29:1",
            Self::PersonalChat => "a:1",
        }
    }

    /// How long the sealed part is: about what real ids have.
    fn length(self) -> usize {
        match self {
            Self::Person => 65,
            Self::PersonalChat => 97,
        }
    }
}

/// Why an opaque id could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotForThisBot;

/// Seals and opens the ids of one bot.
#[derive(Clone)]
pub(crate) struct Sealer {
    tag: hmac::Key,
    mask: hmac::Key,
}

const TAG: usize = 32;

impl Sealer {
    pub(crate) fn for_bot(app_id: &str) -> Self {
        let key = |purpose: &str| {
            let seed = digest::digest(
                &digest::SHA256,
                format!("{purpose}\0{}", app_id.to_ascii_lowercase()).as_bytes(),
            );
            hmac::Key::new(hmac::HMAC_SHA256, seed.as_ref())
        };
        Self {
            tag: key("tag"),
            mask: key("mask"),
        }
    }

    /// The id of this kind for the person with this object id.
    pub(crate) fn seal(&self, kind: Kind, object_id: u128) -> String {
        let plain = object_id.to_be_bytes();
        let tag = self.tag_of(kind, &plain);
        let mask = hmac::sign(&self.mask, tag.as_ref());
        let mut sealed = Vec::with_capacity(kind.length());
        sealed.extend_from_slice(tag.as_ref());
        sealed.extend(plain.iter().zip(mask.as_ref()).map(|(p, m)| p ^ m));
        // The rest of the length that real ids have carries nothing.
        let filler = hmac::sign(&self.mask, &sealed);
        let filler_again = hmac::sign(&self.mask, filler.as_ref());
        sealed.extend(filler.as_ref().iter().chain(filler_again.as_ref()));
        sealed.truncate(kind.length());
        format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The object id in an id of this kind.
    pub(crate) fn open(&self, kind: Kind, id: &str) -> Result<u128, NotForThisBot> {
        let sealed = id
            .strip_prefix(kind.prefix())
            .and_then(|body| URL_SAFE_NO_PAD.decode(body).ok())
            .filter(|sealed| sealed.len() == kind.length())
            .ok_or(NotForThisBot)?;
        let mask = hmac::sign(&self.mask, &sealed[..TAG]);
        let mut plain = [0; 16];
        for (index, byte) in plain.iter_mut().enumerate() {
            *byte = sealed[TAG + index] ^ mask.as_ref()[index];
        }
        let object_id = u128::from_be_bytes(plain);
        if self.seal(kind, object_id) == id {
            Ok(object_id)
        } else {
            Err(NotForThisBot)
        }
    }

    fn tag_of(&self, kind: Kind, plain: &[u8; 16]) -> hmac::Tag {
        let mut input = kind.prefix().as_bytes().to_vec();
        input.extend_from_slice(plain);
        hmac::sign(&self.tag, &input)
    }
}

/// Writes a GUID as Microsoft does: lower case, with hyphens.
pub(crate) fn guid(value: u128) -> String {
    let hex = format!("{value:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Reads a GUID in any case, with hyphens.
pub(crate) fn parse_guid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if !well_formed {
        return None;
    }
    u128::from_str_radix(&text.replace('-', ""), 16).ok()
}

/// A fresh random GUID (version 4).
pub(crate) fn new_guid() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system has random numbers");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    guid(u128::from_be_bytes(bytes))
}

/// A GUID that always is the same for the same name.
pub(crate) fn named_guid(name: &str) -> u128 {
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    u128::from_be_bytes(bytes)
}

/// The channel and the thread root in a conversation id.
///
/// `19:…@thread.tacv2;messageid=1776390257332` names a thread of a channel;
/// without the suffix the id names the channel itself.
pub(crate) fn split_thread(conversation: &str) -> (&str, Option<&str>) {
    match conversation.split_once(';') {
        Some((channel, suffix)) => (channel, suffix.strip_prefix("messageid=")),
        None => (conversation, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: u128 = 0x3b5e_7d10_8c1f_4d4e_9c55_0a1b_2c3d_4e01;

    #[test]
    fn an_id_opens_to_the_person_it_was_sealed_for() {
        let sealer = Sealer::for_bot("0f6a9c3e-51d2-4b7e-8f34-6c2b1a9d7e55");
        for kind in [Kind::Person, Kind::PersonalChat] {
            let id = sealer.seal(kind, ANA);
            assert_eq!(sealer.open(kind, &id), Ok(ANA));
            assert_eq!(sealer.seal(kind, ANA), id, "stable");
        }
    }

    #[test]
    fn an_id_of_another_bot_does_not_open() {
        let ours = Sealer::for_bot("0f6a9c3e-51d2-4b7e-8f34-6c2b1a9d7e55");
        let theirs = Sealer::for_bot("11111111-1111-4111-8111-111111111111");
        let id = theirs.seal(Kind::Person, ANA);
        assert_eq!(ours.open(Kind::Person, &id), Err(NotForThisBot));
    }

    #[test]
    fn a_changed_id_does_not_open() {
        let sealer = Sealer::for_bot("bot");
        let id = sealer.seal(Kind::PersonalChat, ANA);
        let changed = format!("{}A", &id[..id.len() - 1]);
        if changed != id {
            assert_eq!(
                sealer.open(Kind::PersonalChat, &changed),
                Err(NotForThisBot)
            );
        }
        assert!(sealer.open(Kind::Person, &id).is_err());
        assert!(sealer.open(Kind::PersonalChat, "a:1").is_err());
    }

    #[test]
    fn guids_are_read_in_any_case_and_written_in_lower_case() {
        let text = "3B5E7D10-8c1f-4d4e-9c55-0a1b2c3d4e01";
        assert_eq!(parse_guid(text), Some(ANA));
        assert_eq!(guid(ANA), text.to_ascii_lowercase());
        assert_eq!(parse_guid("3b5e7d108c1f4d4e9c550a1b2c3d4e01"), None);
        assert_eq!(parse_guid(&new_guid()).map(guid).map(|g| g.len()), Some(36));
    }

    #[test]
    fn a_thread_is_split_from_its_channel() {
        assert_eq!(
            split_thread("19:x@thread.tacv2;messageid=17"),
            ("19:x@thread.tacv2", Some("17"))
        );
        assert_eq!(
            split_thread("19:x@thread.tacv2"),
            ("19:x@thread.tacv2", None)
        );
    }
}
