//! Whose people the bot talks to.

use std::collections::BTreeSet;

use activity::TenantId;

/// The tenants that may use the bot. Others are answered with 403.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedTenants {
    /// Every tenant.
    Any,
    /// These.
    Only(BTreeSet<TenantId>),
}

impl AllowedTenants {
    /// Reads a comma-separated list, in which `*` allows all. No list allows the home tenant.
    #[must_use]
    pub fn read(list: Option<&str>, home: &TenantId) -> Self {
        let named: BTreeSet<_> = list
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|tenant| !tenant.is_empty())
            .collect();
        if named.contains("*") {
            Self::Any
        } else if named.is_empty() {
            Self::Only([home.clone()].into())
        } else {
            let ids = named.into_iter().map(str::to_ascii_lowercase);
            Self::Only(ids.map(TenantId::new).collect())
        }
    }

    /// Whether this tenant may use the bot.
    #[must_use]
    pub fn allows(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Any => true,
            Self::Only(tenants) => tenants.contains(tenant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: Option<&str>, tenant: &str) -> bool {
        AllowedTenants::read(list, &TenantId::new("home")).allows(&TenantId::new(tenant))
    }

    #[test]
    fn the_home_tenant_alone_is_allowed_by_default() {
        for list in [None, Some(""), Some(" , ")] {
            assert!(allows(list, "home"));
            assert!(!allows(list, "other"));
        }
    }

    #[test]
    fn a_list_is_the_whole_list() {
        assert!(allows(Some("one, two"), "two"));
        assert!(allows(Some("3B5E7D10-A"), "3b5e7d10-a"), "in any case");
        assert!(!allows(Some("one, two"), "home"));
        assert!(allows(Some("*"), "anybody"));
    }
}
