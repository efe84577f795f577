//! How a recipient is reached.

use activity::ConversationKind;
use activity::Provenance;
use activity::ServiceUrl;
use activity::ids::{ConversationId, ObjectId, UserId};
use cards::{Place, Reader};
use notifications::{FailureCode, Outcome, Recipient, RecipientKey, SkipReason};
use store::{DeliveryTarget, Person, Reach, Service};

/// How a recipient is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// In a conversation that is there.
    Conversation {
        /// Where the Connector is.
        service_url: ServiceUrl,
        /// Where to post.
        conversation: ConversationId,
    },
    /// In a personal conversation that has to be opened first.
    Open {
        /// Where the Connector is.
        service: Service,
        /// With whom.
        person: Known,
    },
    /// Not until they have the app, which they removed.
    Removed,
    /// Not at all.
    Nowhere(Outcome),
}

/// A person, by an id with which a conversation can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// By the id that Teams gave this bot. A member of a team that has the app can be written to by it.
    ByTeams(UserId),
    /// By Entra object id, if they have the app themselves.
    ByEntra(ObjectId),
}

/// Chooses the route to a recipient, from what the table says about them, if it knows them.
///
/// `home` is where the configured cloud's Connector is when nothing better is known; absent where none is documented.
#[must_use]
pub fn route(
    recipient: &RecipientKey,
    target: Option<&DeliveryTarget>,
    home: Option<&ServiceUrl>,
) -> Route {
    match target {
        Some(DeliveryTarget::Person(person)) => to_person(person, home),
        Some(DeliveryTarget::Conversation { conversation, .. }) if conversation.archived => {
            failed("team-archived")
        }
        Some(target @ DeliveryTarget::Conversation { .. }) => {
            match (target.reference(), target.conversation_id()) {
                (Some(reference), Some(conversation)) => Route::Conversation {
                    service_url: reference.service_url.clone(),
                    conversation: conversation.clone(),
                },
                _ => Route::Removed,
            }
        }
        // To try it at the cloud's own address would tell one tenant's news to another.
        Some(DeliveryTarget::Elsewhere) => failed("other-tenant"),
        None => match (recipient.recipient(), home) {
            (_, None) => failed("no-service-url"),
            (Recipient::Person(id), Some(home)) => open(well_known(home), Known::ByEntra(id)),
            (Recipient::PersonByTeamsId(id), Some(home)) => {
                open(well_known(home), Known::ByTeams(id))
            }
            (Recipient::Conversation(id) | Recipient::Thread(id), Some(home)) => {
                Route::Conversation {
                    service_url: home.clone(),
                    conversation: id,
                }
            }
        },
    }
}

fn to_person(person: &Person, home: Option<&ServiceUrl>) -> Route {
    if person.blocked.is_some() {
        return failed(connector::retry::End::BlockedByUser.as_str());
    }
    match &person.reach {
        Reach::Conversation(reference) => Route::Conversation {
            service_url: reference.service_url.clone(),
            conversation: reference.conversation.clone(),
        },
        Reach::Removed => Route::Removed,
        Reach::NotYet => {
            let service = person.service.clone().or_else(|| home.map(well_known));
            let id = match (&person.user, &person.object_id) {
                (Some(user), _) => Some(Known::ByTeams(user.clone())),
                (None, Some(id)) => Some(Known::ByEntra(id.clone())),
                (None, None) => None,
            };
            match (service, id) {
                (Some(service), Some(person)) => open(service, person),
                (None, _) => failed("no-service-url"),
                (_, None) => Route::Nowhere(Outcome::Skipped(SkipReason::UnknownRecipient)),
            }
        }
    }
}

fn open(service: Service, person: Known) -> Route {
    Route::Open { service, person }
}

pub(crate) fn well_known(url: &ServiceUrl) -> Service {
    Service {
        url: url.clone(),
        provenance: Provenance::WellKnown,
    }
}

fn failed(code: &str) -> Route {
    Route::Nowhere(Outcome::Failed(FailureCode::new(code)))
}

/// Who reads what is sent to this recipient.
#[must_use]
pub fn reader(recipient: &RecipientKey, target: Option<&DeliveryTarget>) -> Reader {
    let kind = match (target, recipient.recipient()) {
        (Some(DeliveryTarget::Person(person)), _) => {
            return Reader {
                locale: person.locale.clone(),
                place: Place::Personal,
            };
        }
        (_, Recipient::Person(_) | Recipient::PersonByTeamsId(_)) => {
            Some(ConversationKind::Personal)
        }
        (Some(DeliveryTarget::Conversation { conversation, .. }), _) => Some(conversation.kind),
        (_, Recipient::Conversation(id) | Recipient::Thread(id)) => id.kind(),
    };
    Reader {
        locale: None,
        place: match kind {
            Some(ConversationKind::Personal) => Place::Personal,
            Some(ConversationKind::GroupChat) => Place::Chat,
            Some(ConversationKind::Channel) | None => Place::Channel,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> ServiceUrl {
        "https://smba.trafficmanager.net/teams".parse().unwrap()
    }

    fn key(text: &str) -> RecipientKey {
        text.parse().unwrap()
    }

    #[test]
    fn whom_the_table_does_not_know_is_tried_at_the_clouds_own_address() {
        let Route::Open { service, person } = route(&key("p:ana"), None, Some(&home())) else {
            panic!("a conversation can be opened by object id");
        };
        assert_eq!(service.provenance, Provenance::WellKnown);
        assert_eq!(person, Known::ByEntra("ana".into()));
        let Route::Open { person, .. } = route(&key("i:29:1a"), None, Some(&home())) else {
            panic!("a conversation can be opened by the id that Teams gave");
        };
        assert_eq!(person, Known::ByTeams("29:1a".into()));
        assert_eq!(
            route(&key("c:19:a@thread.tacv2"), None, Some(&home())),
            Route::Conversation {
                service_url: home(),
                conversation: "19:a@thread.tacv2".into(),
            }
        );
    }

    #[test]
    fn a_channel_of_another_tenant_is_told_nothing() {
        let elsewhere = Some(&DeliveryTarget::Elsewhere);
        assert_eq!(
            route(&key("c:19:a@thread.tacv2"), elsewhere, Some(&home())),
            failed("other-tenant")
        );
    }

    #[test]
    fn where_no_address_is_documented_nobody_unknown_is_reached() {
        assert_eq!(route(&key("p:ana"), None, None), failed("no-service-url"));
    }

    #[test]
    fn an_unknown_place_is_read_by_the_shape_of_its_id() {
        let place = |text| reader(&key(text), None).place;
        assert_eq!(place("c:19:a@thread.tacv2"), Place::Channel);
        assert_eq!(place("t:19:a@thread.tacv2;messageid=1"), Place::Channel);
        assert_eq!(place("c:19:a@thread.v2"), Place::Chat);
        assert_eq!(place("p:ana"), Place::Personal);
    }
}
