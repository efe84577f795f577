//! What a test stages: deliveries of its own, tokens, keys, faults.

use std::sync::Arc;

use serde_json::Value;

use crate::limits::Throttle;
use crate::{
    Credential, Delivery, Fault, FaultFile, FaultFileError, Faults, FaultsMet, InboundToken,
    Limits, Operation, Simulator,
};

impl Simulator {
    /// Sends the same activity again, with the same id and timestamp.
    pub async fn redeliver(&self, delivery: &Delivery) -> Delivery {
        self.shared.deliver(delivery.activity.clone()).await
    }

    /// Sends an activity of the same content again, with a new id and timestamp.
    pub async fn redeliver_as_new(&self, delivery: &Delivery) -> Delivery {
        let activity = self.shared.renewed(&delivery.activity);
        self.shared.deliver(activity).await
    }

    /// Sends any activity to the bot, exactly as it is, with a good token.
    pub async fn deliver(&self, activity: Value) -> Delivery {
        self.shared.deliver(activity).await
    }

    /// Sends any bytes to the bot, with any `Authorization` or none.
    pub async fn deliver_raw(
        &self,
        body: impl Into<bytes::Bytes>,
        authorization: Option<&str>,
    ) -> Delivery {
        self.shared.deliver_raw(body.into(), authorization).await
    }

    /// A good token for the bot, to be changed into a bad one.
    #[must_use]
    pub fn inbound_token(&self) -> InboundToken {
        self.shared.inbound_token()
    }

    /// Signs with another key from now on. The old one stays published or does not.
    pub fn rotate_signing_keys(&self, keep_old: bool) {
        self.shared.signing().rotate(keep_old);
    }

    /// Refuses every app token that was issued until now.
    pub fn revoke_app_tokens(&self) {
        self.shared.issued_tokens().revoke_all();
    }

    /// An app token for the Connector that the token endpoint did not have to be asked for.
    #[must_use]
    pub fn connector_token(&self) -> String {
        self.shared.connector_token()
    }

    /// Changes what the application may prove itself with, as a rotation of
    /// secrets does.
    pub fn set_credentials(&self, credentials: Vec<Credential>) {
        self.shared.model().bot.credentials = credentials;
    }

    /// The admin of the tenant disables the bot, or enables it again.
    pub fn disable_bot(&self, disabled: bool) {
        self.shared.model().disabled_by_admin = disabled;
    }

    /// Throttles like this from now on. What was served until now is forgotten.
    pub fn set_limits(&self, limits: Limits) {
        *self.shared.throttle() = Throttle::new(limits);
    }

    /// The next request of this kind goes wrong like this. Faults lined up for
    /// the same kind are used one after the other.
    pub fn fail_next(&self, operation: Operation, fault: Fault) {
        self.shared.script.push(operation, None, fault);
    }

    /// The next request of this kind about this conversation goes wrong like this.
    pub fn fail_next_in(&self, conversation: &str, operation: Operation, fault: Fault) {
        self.shared
            .script
            .push(operation, Some(conversation.to_owned()), fault);
    }

    /// Puts a fault file to use, from this moment of the simulator's clock; the
    /// one before is forgotten. What was lined up and a source of faults go
    /// first.
    ///
    /// # Errors
    ///
    /// [`FaultFileError`]: the file names somebody or something that is not in this world.
    pub fn use_fault_file(&self, file: &FaultFile) -> Result<(), FaultFileError> {
        self.shared.use_faults(Some(file))
    }

    /// How often each rule of the fault file in use was met.
    #[must_use]
    pub fn faults_met(&self) -> Vec<FaultsMet> {
        self.shared.faults_met()
    }

    /// How many of the faults lined up are left.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.shared.script.left()
    }

    /// Forgets the faults lined up.
    pub fn clear_faults(&self) {
        self.shared.script.clear();
    }

    /// Decides from now on what goes wrong, where nothing was lined up.
    pub fn set_faults(&self, faults: Option<Arc<dyn Faults>>) {
        *self
            .shared
            .faults
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = faults;
    }
}
