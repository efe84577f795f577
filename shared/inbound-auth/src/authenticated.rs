use activity::{Activity, ConversationReference, ServiceUrl};

/// Something that Teams said, and that nobody else can have said.
///
/// Only this crate makes one, after every check has passed; so a function that
/// takes it needs no check of its own.
#[derive(Clone, Debug)]
pub struct Authenticated<T> {
    value: T,
    service_url: ServiceUrl,
}

impl<T> Authenticated<T> {
    pub(crate) fn new(value: T, service_url: ServiceUrl) -> Self {
        Self { value, service_url }
    }

    /// Where answers go: signed for by the token, and trusted by the host policy.
    #[must_use]
    pub fn service_url(&self) -> &ServiceUrl {
        &self.service_url
    }
}

impl Authenticated<Activity> {
    /// The activity.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.value
    }

    /// The activity, by value.
    #[must_use]
    pub fn into_activity(self) -> Activity {
        self.value
    }

    /// The reference to the activity's conversation, with a verified service URL (`A7560`).
    ///
    /// `None` when the activity names no conversation or no tenant.
    #[must_use]
    pub fn reference(&self) -> Option<ConversationReference> {
        ConversationReference::from_verified(&self.value, self.service_url.clone())
    }
}
