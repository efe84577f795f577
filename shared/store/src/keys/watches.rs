//! The keys of what is watched.

use activity::ids::TenantId;

use super::Key;

pub(crate) fn watches(tenant: &TenantId) -> String {
    format!("WATCHES#{tenant}")
}

pub(crate) fn watch(tenant: &TenantId, id: &str) -> Key {
    Key::new(watches(tenant), id)
}

pub(crate) fn watch_state(tenant: &TenantId, id: &str) -> Key {
    Key::new(format!("WATCH#{tenant}#{id}"), "STATE")
}

pub(crate) fn watch_answer(tenant: &TenantId, request: &str) -> Key {
    Key::new(format!("WATCHANSWER#{tenant}#{request}"), "ANSWER")
}
