use std::fmt;

use activity::{AccountId, ObjectId, TenantId, UserId};
use serde::Deserialize;

/// A person, by either of the ids that a conversation can be opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PersonId<'a> {
    /// The id by which this bot knows them, `29:…`.
    Teams(&'a UserId),
    /// Their Entra object id. It works only if they have the app.
    Entra(&'a ObjectId),
}

impl<'a> PersonId<'a> {
    /// The id as it stands on the wire; an object id goes without any prefix.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Teams(id) => id.as_str(),
            Self::Entra(id) => id.as_str(),
        }
    }
}

impl<'a> From<&'a UserId> for PersonId<'a> {
    fn from(id: &'a UserId) -> Self {
        Self::Teams(id)
    }
}

impl<'a> From<&'a ObjectId> for PersonId<'a> {
    fn from(id: &'a ObjectId) -> Self {
        Self::Entra(id)
    }
}

/// How to look somebody up in a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKey<'a> {
    /// By an id.
    Id(PersonId<'a>),
    /// By user principal name.
    Upn(&'a str),
}

impl<'a> MemberKey<'a> {
    pub(crate) fn as_str(self) -> &'a str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Upn(upn) => upn,
        }
    }
}

impl<'a, T: Into<PersonId<'a>>> From<T> for MemberKey<'a> {
    fn from(id: T) -> Self {
        Self::Id(id.into())
    }
}

/// A member of a roster. Debug output has only ids.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct TeamsChannelAccount {
    /// `29:…` for a person, `28:…` for a bot.
    pub id: Option<AccountId>,
    /// Entra object id; anonymous people in meetings have none.
    pub object_id: Option<ObjectId>,
    /// Display name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// User principal name.
    pub user_principal_name: Option<String>,
    /// The tenant of the person, which for guests is not the team's.
    pub tenant_id: Option<TenantId>,
    /// `user`, `guest` or `anonymous`.
    pub user_role: Option<String>,
}

impl TeamsChannelAccount {
    /// The member as a person; bots and members without an id are none.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.id.as_ref()?.user()
    }

    /// Whether this is somebody in a meeting without an account.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        let role = self.user_role.as_deref();
        role.is_some_and(|role| role.eq_ignore_ascii_case("anonymous"))
    }
}

impl fmt::Debug for TeamsChannelAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamsChannelAccount")
            .field("id", &self.id)
            .field("object_id", &self.object_id)
            .finish_non_exhaustive()
    }
}

/// Both spellings of the object id, and sometimes both at once.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<AccountId>,
    object_id: Option<ObjectId>,
    aad_object_id: Option<ObjectId>,
    name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    email: Option<String>,
    user_principal_name: Option<String>,
    tenant_id: Option<TenantId>,
    user_role: Option<String>,
}

impl From<Wire> for TeamsChannelAccount {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            object_id: wire.object_id.or(wire.aad_object_id),
            name: wire.name,
            given_name: wire.given_name,
            surname: wire.surname,
            email: wire.email,
            user_principal_name: wire.user_principal_name,
            tenant_id: wire.tenant_id,
            user_role: wire.user_role,
        }
    }
}
