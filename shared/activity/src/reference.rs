use std::fmt;

use serde::{Deserialize, Serialize};

use crate::activity::Activity;
use crate::cloud::Cloud;
use crate::conversation::ConversationKind;
use crate::ids::{BotId, ConversationId, ObjectId, TeamId, TenantId, UserId};
use crate::service_url::ServiceUrl;

/// Where a service URL is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A verified activity brought it (`A7560`).
    Verified,
    /// It is the configured cloud's own, for conversations that were never
    /// heard from. A verified one replaces it.
    WellKnown,
}

/// The stored address of a conversation: all it takes to send there later
/// (protocol reference §6.2).
///
/// One is made from a verified activity, which `inbound-auth` does, or from the
/// cloud's well-known service URL with [`ConversationReference::well_known`].
/// Names are not part of it, and the thread is not part of its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConversationReference {
    /// The conversation, without a thread.
    pub conversation: ConversationId,
    /// What sort of conversation it is.
    pub kind: ConversationKind,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where to send. May change: each verified activity brings the current one.
    pub service_url: ServiceUrl,
    /// Where the service URL is known from.
    pub provenance: Provenance,
    /// The person of a personal conversation, as this bot knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The same person by Entra object id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<ObjectId>,
    /// The bot; user ids are valid for it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotId>,
    /// The team of a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The person's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl ConversationReference {
    /// The reference that an activity brings, once its token was verified and
    /// its service URL trusted.
    ///
    /// Only `inbound-auth` can know that; everybody else gets the reference from
    /// its `Authenticated<Activity>`. `None` when the activity names no
    /// conversation or no tenant.
    #[must_use]
    pub fn from_verified(activity: &Activity, service_url: ServiceUrl) -> Option<Self> {
        let conversation = activity.conversation.as_ref()?;
        let kind = conversation.kind();
        let personal = kind == ConversationKind::Personal;
        Some(Self {
            conversation: conversation.id.as_ref()?.without_thread(),
            kind,
            tenant: activity.tenant_id()?,
            service_url,
            provenance: Provenance::Verified,
            user: activity.from_user_id().filter(|_| personal),
            object_id: activity.from_object_id().filter(|_| personal),
            bot: activity.bot_id(),
            team: activity.team().map(|team| team.id),
            locale: activity.sender_locale().filter(|_| personal),
        })
    }

    /// A reference that was stored, read back from its parts; what else was
    /// stored of it is set on the value.
    ///
    /// Only what was a reference when it was stored may become one this way.
    #[must_use]
    pub fn from_stored(
        conversation: ConversationId,
        kind: ConversationKind,
        tenant: TenantId,
        service_url: ServiceUrl,
        provenance: Provenance,
    ) -> Self {
        Self {
            conversation,
            kind,
            tenant,
            service_url,
            provenance,
            user: None,
            object_id: None,
            bot: None,
            team: None,
            locale: None,
        }
    }

    /// The personal conversation that the bot has just opened, at a service URL
    /// that it knew from there. The first verified activity replaces it.
    #[must_use]
    pub fn opened(
        conversation: ConversationId,
        tenant: TenantId,
        service_url: ServiceUrl,
        provenance: Provenance,
    ) -> Self {
        Self::from_stored(
            conversation,
            ConversationKind::Personal,
            tenant,
            service_url,
            provenance,
        )
    }

    /// A reference at the cloud's well-known service URL, for a conversation
    /// that was never heard from.
    ///
    /// `None` where no such URL is documented (China).
    #[must_use]
    pub fn well_known(
        cloud: Cloud,
        tenant: TenantId,
        conversation: ConversationId,
        kind: ConversationKind,
    ) -> Option<Self> {
        Some(Self {
            conversation: conversation.without_thread(),
            kind,
            tenant,
            service_url: cloud.well_known_service_url()?,
            provenance: Provenance::WellKnown,
            user: None,
            object_id: None,
            bot: None,
            team: None,
            locale: None,
        })
    }
}

impl Cloud {
    /// The service URL for proactive use when none is known.
    ///
    /// `None` where none is documented (China).
    #[must_use]
    pub fn well_known_service_url(self) -> Option<ServiceUrl> {
        let text = self.endpoints().service_url?;
        Some(
            text.parse()
                .expect("the table's URLs are well-formed, which a test checks"),
        )
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::WellKnown => "well-known",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_channels_reference_is_the_channel_and_has_nobody_in_it() {
        let activity: Activity = serde_json::from_value(json!({
            "type": "message",
            "locale": "es-ES",
            "from": { "id": "29:ada", "aadObjectId": "a6de2a64" },
            "recipient": { "id": "28:bot" },
            "conversation": {
                "id": "19:c@thread.tacv2;messageid=17",
                "conversationType": "channel",
            },
            "channelData": { "tenant": { "id": "contoso" }, "team": { "id": "19:t" } },
        }))
        .unwrap();
        let url: ServiceUrl = "https://smba.trafficmanager.net/amer/".parse().unwrap();
        let reference = ConversationReference::from_verified(&activity, url).unwrap();
        assert_eq!(reference.conversation, "19:c@thread.tacv2".into());
        assert_eq!(reference.tenant, "contoso".into());
        assert_eq!(reference.team, Some("19:t".into()));
        assert_eq!(reference.provenance, Provenance::Verified);
        assert_eq!((reference.user, reference.locale), (None, None));
    }

    #[test]
    fn a_reference_reads_back_as_it_was_stored() {
        let reference = ConversationReference::well_known(
            Cloud::Public,
            "contoso".into(),
            "a:1".into(),
            ConversationKind::Personal,
        )
        .unwrap();
        let stored = serde_json::to_string(&reference).unwrap();
        assert_eq!(
            stored,
            r#"{"conversation":"a:1","kind":"personal","tenant":"contoso","serviceUrl":"https://smba.trafficmanager.net/teams","provenance":"well-known"}"#
        );
        let read: ConversationReference = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, reference);
    }

    #[test]
    fn china_has_no_well_known_url() {
        let none = ConversationReference::well_known(
            Cloud::China,
            "t".into(),
            "a:1".into(),
            ConversationKind::Personal,
        );
        assert_eq!(none, None);
    }
}
