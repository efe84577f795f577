//! What the simulator can be asked for over HTTP, and how the address says it.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Operation {
    /// `POST /{tenant}/oauth2/v2.0/token`: an app token.
    Token,
    /// The OpenID metadata document of the Bot Service.
    OpenIdMetadata,
    /// The keys with which Teams signs.
    SigningKeys,
    /// `POST v3/conversations`
    CreateConversation,
    /// `POST v3/conversations/{id}/activities`
    Send,
    /// `POST v3/conversations/{id}/activities/{id}`
    Reply,
    /// `PUT v3/conversations/{id}/activities/{id}`
    Update,
    /// `DELETE v3/conversations/{id}/activities/{id}`
    Delete,
    /// `GET v3/conversations/{id}/pagedmembers`
    PagedMembers,
    /// `GET v3/conversations/{id}/members`
    Members,
    /// `GET v3/conversations/{id}/members/{id}`
    Member,
    /// `GET v3/conversations/{id}/activities/{id}/members`
    ActivityMembers,
    /// `PUT v3/conversations/{id}/activities/{id}/reactions/{type}`
    AddReaction,
    /// `DELETE v3/conversations/{id}/activities/{id}/reactions/{type}`
    RemoveReaction,
    /// `GET v3/teams/{id}`
    Team,
    /// `GET v3/teams/{id}/conversations`
    TeamChannels,
    /// `GET v1/meetings/{id}`
    Meeting,
    /// `GET v1/meetings/{id}/participants/{id}`
    MeetingParticipant,
    /// `POST v1/meetings/{id}/notification`
    MeetingNotification,
    /// `POST v3/batch/conversation/users`
    BatchUsers,
    /// `POST v3/batch/conversation/tenant`
    BatchTenant,
    /// `POST v3/batch/conversation/team`
    BatchTeam,
    /// `POST v3/batch/conversation/channels`
    BatchChannels,
    /// `GET v3/batch/conversation/{id}`
    BatchState,
    /// `GET v3/batch/conversation/failedentries/{id}`
    BatchFailedEntries,
    /// `DELETE v3/batch/conversation/{id}`
    BatchCancel,
    /// `GET v3/attachments/{id}`
    Attachment,
    /// `GET v3/attachments/{id}/views/{view}`
    AttachmentView,
    /// An operation of the Bot Framework that Teams does not support.
    NotSupported,
    /// Nothing that Teams knows.
    Unknown,
}

impl Operation {
    /// Whether it is the Connector's: neither Entra's, nor one for keys, nor nobody's.
    pub(crate) fn is_of_the_connector(self) -> bool {
        !matches!(
            self,
            Self::Token | Self::OpenIdMetadata | Self::SigningKeys | Self::Unknown
        )
    }
}

/// A request's address, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) operation: Operation,
    /// The first id: a conversation, team, meeting, operation, attachment or authority.
    pub(crate) first: String,
    /// The second id: an activity, member, participant or view.
    pub(crate) second: String,
    /// The third: the type of a reaction.
    pub(crate) third: String,
}

/// The first path segments under which the Connector answers. Real service
/// URLs have a region and the tenant's id, or `teams` alone.
const REGIONS: [&str; 5] = ["teams", "amer", "emea", "apac", "in"];

impl Address {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let segments: Vec<String> = path
            .strip_prefix('/')
            .unwrap_or(path)
            .trim_end_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let found = match segments.as_slice() {
            [region, rest @ ..] if REGIONS.contains(region) => match rest {
                ["v3" | "v1", ..] => connector(method, rest),
                [tenant, rest @ ..] if !tenant.is_empty() => connector(method, rest),
                _ => None,
            },
            [tenant, "oauth2", "v2.0", "token"] if method == Method::POST => {
                Some((Operation::Token, *tenant, "", ""))
            }
            [
                "v1",
                ".well-known",
                "openidconfiguration" | "openid-configuration",
            ] if method == Method::GET => Some((Operation::OpenIdMetadata, "", "", "")),
            ["v1", ".well-known", "keys"] if method == Method::GET => {
                Some((Operation::SigningKeys, "", "", ""))
            }
            _ => None,
        };
        let (operation, first, second, third) = found.unwrap_or((Operation::Unknown, "", "", ""));
        Self {
            operation,
            first: first.to_owned(),
            second: second.to_owned(),
            third: third.to_owned(),
        }
    }
}

type Found<'a> = Option<(Operation, &'a str, &'a str, &'a str)>;

fn connector<'a>(method: &Method, path: &[&'a str]) -> Found<'a> {
    use Operation as Op;
    let method = method.as_str();
    let none = "";
    Some(match (method, path) {
        ("POST", ["v3", "conversations"]) => (Op::CreateConversation, none, none, none),
        ("GET", ["v3", "conversations"])
        | (
            "POST",
            ["v3", "conversations", _, "activities", "history"]
            | ["v3", "conversations", _, "attachments"],
        )
        | ("DELETE", ["v3", "conversations", _, "members", _]) => {
            (Op::NotSupported, none, none, none)
        }
        ("POST", ["v3", "conversations", c, "activities"]) => (Op::Send, c, none, none),
        ("POST", ["v3", "conversations", c, "activities", a]) => (Op::Reply, c, a, none),
        ("PUT", ["v3", "conversations", c, "activities", a]) => (Op::Update, c, a, none),
        ("DELETE", ["v3", "conversations", c, "activities", a]) => (Op::Delete, c, a, none),
        ("GET", ["v3", "conversations", c, "pagedmembers" | "pagedMembers"]) => {
            (Op::PagedMembers, c, none, none)
        }
        ("GET", ["v3", "conversations", c, "members"]) => (Op::Members, c, none, none),
        ("GET", ["v3", "conversations", c, "members", m]) => (Op::Member, c, m, none),
        ("GET", ["v3", "conversations", c, "activities", a, "members"]) => {
            (Op::ActivityMembers, c, a, none)
        }
        ("PUT", ["v3", "conversations", c, "activities", a, "reactions", r]) => {
            (Op::AddReaction, c, a, r)
        }
        ("DELETE", ["v3", "conversations", c, "activities", a, "reactions", r]) => {
            (Op::RemoveReaction, c, a, r)
        }
        ("GET", ["v3", "teams", t]) => (Op::Team, t, none, none),
        ("GET", ["v3", "teams", t, "conversations"]) => (Op::TeamChannels, t, none, none),
        ("GET", ["v1", "meetings", m]) => (Op::Meeting, m, none, none),
        ("GET", ["v1", "meetings", m, "participants", p]) => (Op::MeetingParticipant, m, p, none),
        ("POST", ["v1", "meetings", m, "notification"]) => (Op::MeetingNotification, m, none, none),
        ("POST", ["v3", "batch", "conversation", "users"]) => (Op::BatchUsers, none, none, none),
        ("POST", ["v3", "batch", "conversation", "tenant"]) => (Op::BatchTenant, none, none, none),
        ("POST", ["v3", "batch", "conversation", "team"]) => (Op::BatchTeam, none, none, none),
        ("POST", ["v3", "batch", "conversation", "channels"]) => {
            (Op::BatchChannels, none, none, none)
        }
        ("GET", ["v3", "batch", "conversation", "failedentries", o]) => {
            (Op::BatchFailedEntries, o, none, none)
        }
        ("GET", ["v3", "batch", "conversation", o]) => (Op::BatchState, o, none, none),
        ("DELETE", ["v3", "batch", "conversation", o]) => (Op::BatchCancel, o, none, none),
        ("GET", ["v3", "attachments", a]) => (Op::Attachment, a, none, none),
        ("GET", ["v3", "attachments", a, "views", v]) => (Op::AttachmentView, a, v, none),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, path: &str) -> (Operation, String, String) {
        let address = Address::of(&method.parse().unwrap(), path);
        (address.operation, address.first, address.second)
    }

    #[test]
    fn ids_may_be_percent_encoded_or_raw() {
        let expected = (
            Operation::Update,
            "19:a@thread.tacv2;messageid=1".to_owned(),
            "17".to_owned(),
        );
        assert_eq!(
            of(
                "PUT",
                "/teams/v3/conversations/19%3Aa%40thread.tacv2%3Bmessageid%3D1/activities/17"
            ),
            expected
        );
        assert_eq!(
            of(
                "PUT",
                "/emea/7d9b1f6c-2f0e-4c1b-9a52-3f1d5c8e0a11/v3/conversations/19:a@thread.tacv2;messageid=1/activities/17"
            ),
            expected
        );
    }

    #[test]
    fn a_trailing_slash_is_accepted_and_a_double_one_is_not() {
        assert_eq!(
            of("POST", "/teams/v3/batch/conversation/users/").0,
            Operation::BatchUsers
        );
        assert_eq!(of("POST", "/teams//v3/conversations").0, Operation::Unknown);
        assert_eq!(
            of("POST", "/teams/x//v3/conversations").0,
            Operation::Unknown
        );
    }

    #[test]
    fn the_token_endpoint_names_its_authority() {
        assert_eq!(
            of("POST", "/botframework.com/oauth2/v2.0/token"),
            (
                Operation::Token,
                "botframework.com".to_owned(),
                String::new()
            )
        );
        assert_eq!(
            of("GET", "/botframework.com/oauth2/v2.0/token").0,
            Operation::Unknown
        );
    }
}
