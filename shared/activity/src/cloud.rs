use std::fmt;
use std::str::FromStr;

/// A Microsoft cloud: which hosts a bot there signs in to, hears from and speaks to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Public,
    /// US government community cloud: the public login, its own Connector host.
    Gcc,
    /// US government GCC High.
    UsGov,
    /// US Department of Defense.
    UsGovDoD,
    /// China, run by 21Vianet.
    China,
}

/// The addresses of a [`Cloud`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Host of the Entra authority.
    pub login_host: &'static str,
    /// The authority's path segment for legacy multi-tenant bots.
    pub multi_tenant_segment: &'static str,
    /// Scope of an app token for the Connector.
    pub connector_scope: &'static str,
    /// Where the signing keys of inbound tokens are announced.
    pub openid_metadata: &'static str,
    /// Issuer of inbound tokens.
    pub inbound_issuer: &'static str,
    /// Microsoft Graph, without a version.
    pub graph_endpoint: &'static str,
    /// Scope of an app token for Microsoft Graph.
    pub graph_scope: &'static str,
    /// Service URL for proactive use when none is known; China has none documented.
    pub service_url: Option<&'static str>,
    /// Hosts of service URLs that may get the bot's token, by exact name.
    pub service_hosts: &'static [&'static str],
}

/// Protocol reference §1.5 and §2.10. Public and GCC share login, scope and
/// issuer, so a bot in either meets people of both and trusts both hosts.
const PUBLIC: Endpoints = Endpoints {
    login_host: "login.microsoftonline.com",
    multi_tenant_segment: "botframework.com",
    connector_scope: "https://api.botframework.com/.default",
    openid_metadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    inbound_issuer: "https://api.botframework.com",
    graph_endpoint: "https://graph.microsoft.com",
    graph_scope: "https://graph.microsoft.com/.default",
    service_url: Some("https://smba.trafficmanager.net/teams"),
    service_hosts: &[
        "smba.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
    ],
};

const GCC: Endpoints = Endpoints {
    service_url: Some("https://smba.infra.gcc.teams.microsoft.com/teams"),
    ..PUBLIC
};

const US_GOV: Endpoints = Endpoints {
    login_host: "login.microsoftonline.us",
    multi_tenant_segment: "MicrosoftServices.onmicrosoft.us",
    connector_scope: "https://api.botframework.us/.default",
    openid_metadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    inbound_issuer: "https://api.botframework.us",
    graph_endpoint: "https://graph.microsoft.us",
    graph_scope: "https://graph.microsoft.us/.default",
    service_url: Some("https://smba.infra.gov.teams.microsoft.us/teams"),
    service_hosts: &["smba.infra.gov.teams.microsoft.us"],
};

const US_GOV_DOD: Endpoints = Endpoints {
    graph_endpoint: "https://dod-graph.microsoft.us",
    graph_scope: "https://dod-graph.microsoft.us/.default",
    service_url: Some("https://smba.infra.dod.teams.microsoft.us/teams"),
    service_hosts: &["smba.infra.dod.teams.microsoft.us"],
    ..US_GOV
};

const CHINA: Endpoints = Endpoints {
    login_host: "login.partner.microsoftonline.cn",
    multi_tenant_segment: "microsoftservices.partner.onmschina.cn",
    connector_scope: "https://api.botframework.azure.cn/.default",
    openid_metadata: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
    inbound_issuer: "https://api.botframework.azure.cn",
    graph_endpoint: "https://microsoftgraph.chinacloudapi.cn",
    graph_scope: "https://microsoftgraph.chinacloudapi.cn/.default",
    service_url: None,
    service_hosts: &[],
};

impl Cloud {
    /// Every cloud, in the order of the contract.
    pub const ALL: [Self; 5] = [
        Self::Public,
        Self::Gcc,
        Self::UsGov,
        Self::UsGovDoD,
        Self::China,
    ];

    /// The cloud's name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::Gcc => "GCC",
            Self::UsGov => "USGov",
            Self::UsGovDoD => "USGovDoD",
            Self::China => "China",
        }
    }

    /// The cloud's addresses.
    #[must_use]
    pub fn endpoints(self) -> &'static Endpoints {
        match self {
            Self::Public => &PUBLIC,
            Self::Gcc => &GCC,
            Self::UsGov => &US_GOV,
            Self::UsGovDoD => &US_GOV_DOD,
            Self::China => &CHINA,
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cloud {
    type Err = UnknownCloud;

    /// Reads a name in any case, as Microsoft's SDKs do.
    fn from_str(name: &str) -> Result<Self, UnknownCloud> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.name().eq_ignore_ascii_case(name))
            .ok_or(UnknownCloud)
    }
}

/// The name is not a cloud's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the cloud: expected Public, GCC, USGov, USGovDoD or China")]
pub struct UnknownCloud;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceUrl;

    #[test]
    fn names_are_read_in_any_case() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.name().to_lowercase().parse(), Ok(cloud));
            assert_eq!(cloud.name().to_uppercase().parse(), Ok(cloud));
        }
        assert_eq!("Germany".parse::<Cloud>(), Err(UnknownCloud));
    }

    #[test]
    fn each_well_known_service_url_is_on_a_trusted_host_of_its_cloud() {
        for cloud in Cloud::ALL {
            if let Some(url) = cloud.endpoints().service_url {
                let url: ServiceUrl = url.parse().unwrap();
                assert!(crate::HostPolicy::for_cloud(cloud).trusts(&url), "{cloud}");
            }
        }
    }
}
