//! Who the bot may reach, and why not.

use crate::Reply;
use crate::ids::{Kind, parse_guid};
use crate::model::{Blocking, Model, Place, Resolved};

impl Model {
    /// The place of a conversation id, if the bot may use it.
    pub(crate) fn reach(&self, conversation: &str) -> Result<(Place, Option<u64>), Reply> {
        let (place, root) = self.locate(conversation)?;
        self.admit(place)?;
        Ok((place, root))
    }

    /// The place of a conversation id, whether or not the bot may use it.
    pub(crate) fn locate(&self, conversation: &str) -> Result<(Place, Option<u64>), Reply> {
        match self.resolve(conversation) {
            Resolved::At(place, root) => {
                if let Some(root) = root
                    && self.log(place).get(root).is_none_or(|m| m.root != root)
                {
                    return Err(Reply::conversation_not_found());
                }
                Ok((place, root))
            }
            Resolved::NotFound => Err(Reply::conversation_not_found()),
            Resolved::NotForThisBot => {
                Err(Reply::bad_argument("Failed to decrypt conversation id"))
            }
        }
    }

    /// Whether the bot may use a place at all.
    pub(crate) fn admit(&self, place: Place) -> Result<(), Reply> {
        if self.disabled_by_admin {
            return Err(Reply::disabled_by_admin());
        }
        if self.bot_is_in(place) {
            Ok(())
        } else {
            Err(Reply::not_in_roster())
        }
    }

    /// Whether the bot may write there.
    pub(crate) fn admit_writing(&self, place: Place) -> Result<(), Reply> {
        self.admit(place)?;
        let Place::Personal(person) = place else {
            return Ok(());
        };
        match self.people[person as usize].blocking {
            None => Ok(()),
            Some(Blocking::MessageWritesBlocked) => Err(Reply::message_writes_blocked()),
            Some(Blocking::ConversationBlockedByUser) => Err(Reply::blocked_by_user()),
        }
    }

    /// The person whom a member id names: a `29:` id, or an object id.
    pub(crate) fn member(&self, id: &str) -> Result<Member, Reply> {
        if id.starts_with("29:") {
            return match self.sealer.open(Kind::Person, id) {
                Err(_) => Err(Reply::bad_argument("Failed to decrypt pairwise id")),
                Ok(object_id) => self
                    .person_by_object_id(object_id)
                    .map(Member::ByTeamsId)
                    .ok_or_else(|| Reply::bad_argument("Failed to decrypt pairwise id")),
            };
        }
        match parse_guid(id) {
            Some(object_id) => self
                .person_by_object_id(object_id)
                .map(Member::ByObjectId)
                .ok_or_else(Reply::not_installed),
            None => Err(Reply::bad_argument(
                "Invalid user identity in provided tenant",
            )),
        }
    }

    /// Whether a person shares a team with the bot.
    pub(crate) fn shares_a_team(&self, person: u32) -> bool {
        self.teams
            .iter()
            .any(|team| team.bot_in && !team.deleted && team.members.contains(&person))
    }

    /// Opens the chat of a person with the bot, or finds it.
    pub(crate) fn open_chat(&mut self, member: Member) -> Result<Place, Reply> {
        if self.disabled_by_admin {
            return Err(Reply::disabled_by_admin());
        }
        let person = member.index();
        let installed = self.people[person as usize].installed;
        // An id from a roster is good for the members of a team that has the bot;
        // an object id is good for a personal installation only.
        let by_team = matches!(member, Member::ByTeamsId(_)) && self.shares_a_team(person);
        if !installed && !by_team {
            return Err(Reply::not_installed());
        }
        let state = &mut self.people[person as usize];
        state.has_chat = true;
        state.opened_by_bot |= by_team;
        Ok(Place::Personal(person))
    }

    /// Where a bulk operation's entry goes: a person or a channel.
    pub(crate) fn batch_target(&mut self, id: &str) -> Result<Place, Reply> {
        let place = if id.starts_with("19:") {
            self.reach(id)?.0
        } else {
            let member = self.member(id)?;
            self.open_chat(member)?
        };
        self.admit_writing(place)?;
        Ok(place)
    }
}

/// A person, and by which kind of id they were named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    ByTeamsId(u32),
    ByObjectId(u32),
}

impl Member {
    pub(crate) fn index(self) -> u32 {
        match self {
            Self::ByTeamsId(index) | Self::ByObjectId(index) => index,
        }
    }
}
