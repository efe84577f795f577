use std::str::FromStr;

use activity::{AppId, Cloud, TenantId};
use url::{Host, Url};

/// A bot's application registration, and the authority that issues its tokens.
#[derive(Clone, Debug)]
pub struct Registration {
    pub(crate) app_id: AppId,
    pub(crate) tenant: TenantId,
    pub(crate) app_type: AppType,
    pub(crate) cloud: Cloud,
    /// The cloud's, unless it is another one.
    authority: Option<Url>,
}

impl Registration {
    /// An application whose home is `tenant`, registered in `cloud`.
    #[must_use]
    pub fn new(cloud: Cloud, app_id: AppId, tenant: TenantId, app_type: AppType) -> Self {
        Self {
            app_id,
            tenant,
            app_type,
            cloud,
            authority: None,
        }
    }

    /// The same with another authority host, such as `https://login.example`.
    ///
    /// # Errors
    ///
    /// [`BadAuthority`]: not an `https` URL without user info, query and
    /// fragment. `http` is taken for this machine only: the credential goes
    /// there.
    pub fn with_authority(mut self, host: &str) -> Result<Self, BadAuthority> {
        self.authority = Some(authority(host).ok_or(BadAuthority)?);
        Ok(self)
    }

    /// Where tokens for the Connector are issued. The application's type
    /// decides, not the tenant of whoever gets a message (protocol reference
    /// §1.1).
    pub(crate) fn connector_tenant(&self) -> &str {
        match self.app_type {
            AppType::SingleTenant => self.tenant.as_str(),
            AppType::MultiTenant => self.cloud.endpoints().multi_tenant_segment,
        }
    }

    pub(crate) fn token_url(&self, tenant: &str) -> Url {
        let of_the_cloud = || {
            let host = self.cloud.endpoints().login_host;
            let url = Url::parse(&format!("https://{host}/"));
            url.expect("the table of clouds has plain host names")
        };
        let mut url = self.authority.clone().unwrap_or_else(of_the_cloud);
        url.path_segments_mut()
            .expect("an authority is an http or https URL")
            .pop_if_empty()
            .extend([tenant, "oauth2", "v2.0", "token"]);
        url
    }
}

fn authority(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    (plain && safe).then_some(url)
}

/// Which authority issues the bot's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppType {
    /// The home tenant.
    #[default]
    SingleTenant,
    /// The Bot Framework's own tenant. No new registration can have this type,
    /// existing ones keep working.
    MultiTenant,
}

impl FromStr for AppType {
    type Err = UnknownAppType;

    fn from_str(name: &str) -> Result<Self, UnknownAppType> {
        [
            ("SingleTenant", Self::SingleTenant),
            ("MultiTenant", Self::MultiTenant),
        ]
        .into_iter()
        .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
        .ok_or(UnknownAppType)
    }
}

/// The name is not an application type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the application type: expected SingleTenant or MultiTenant")]
pub struct UnknownAppType;

/// The authority is not one that a credential may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "failed to read the authority: expected https://host without query (http for this machine only)"
)]
pub struct BadAuthority;

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(cloud: Cloud, app_type: AppType) -> Registration {
        Registration::new(cloud, "app".into(), "home".into(), app_type)
    }

    #[test]
    fn each_cloud_and_type_has_its_authority() {
        let url = |cloud, app_type| {
            let registration = registration(cloud, app_type);
            let url = registration.token_url(registration.connector_tenant());
            String::from(url)
        };
        for (cloud, app_type, expected) in [
            (
                Cloud::Public,
                AppType::SingleTenant,
                "login.microsoftonline.com/home",
            ),
            (
                Cloud::Public,
                AppType::MultiTenant,
                "login.microsoftonline.com/botframework.com",
            ),
            (
                Cloud::Gcc,
                AppType::SingleTenant,
                "login.microsoftonline.com/home",
            ),
            (
                Cloud::Gcc,
                AppType::MultiTenant,
                "login.microsoftonline.com/botframework.com",
            ),
            (
                Cloud::UsGov,
                AppType::SingleTenant,
                "login.microsoftonline.us/home",
            ),
            (
                Cloud::UsGov,
                AppType::MultiTenant,
                "login.microsoftonline.us/MicrosoftServices.onmicrosoft.us",
            ),
            (
                Cloud::UsGovDoD,
                AppType::SingleTenant,
                "login.microsoftonline.us/home",
            ),
            (
                Cloud::UsGovDoD,
                AppType::MultiTenant,
                "login.microsoftonline.us/MicrosoftServices.onmicrosoft.us",
            ),
            (
                Cloud::China,
                AppType::SingleTenant,
                "login.partner.microsoftonline.cn/home",
            ),
            (
                Cloud::China,
                AppType::MultiTenant,
                "login.partner.microsoftonline.cn/microsoftservices.partner.onmschina.cn",
            ),
        ] {
            assert_eq!(
                url(cloud, app_type),
                format!("https://{expected}/oauth2/v2.0/token")
            );
        }
    }

    #[test]
    fn a_tenant_stays_one_segment() {
        let url = registration(Cloud::Public, AppType::SingleTenant).token_url("a/b?c");
        assert_eq!(url.path(), "/a%2Fb%3Fc/oauth2/v2.0/token");
    }

    #[test]
    fn an_authority_is_https_or_this_machine() {
        let at = |host: &str| {
            registration(Cloud::Public, AppType::SingleTenant)
                .with_authority(host)
                .map(|r| String::from(r.token_url("t")))
        };
        for (host, expected) in [
            (
                "https://login.example",
                "https://login.example/t/oauth2/v2.0/token",
            ),
            (
                "https://login.example/",
                "https://login.example/t/oauth2/v2.0/token",
            ),
            (
                "https://login.example/base",
                "https://login.example/base/t/oauth2/v2.0/token",
            ),
            (
                "http://127.0.0.1:3979",
                "http://127.0.0.1:3979/t/oauth2/v2.0/token",
            ),
            (
                "http://localhost:1/",
                "http://localhost:1/t/oauth2/v2.0/token",
            ),
            ("http://[::1]:1/", "http://[::1]:1/t/oauth2/v2.0/token"),
        ] {
            assert_eq!(at(host).as_deref(), Ok(expected), "{host}");
        }
        for host in [
            "",
            "login.example",
            "http://login.example",
            "http://localhost.example",
            "https://user@login.example",
            "https://login.example/?x=1",
            "https://login.example/#x",
            "ftp://login.example",
            "data:x",
        ] {
            assert_eq!(at(host), Err(BadAuthority), "{host}");
        }
    }

    #[test]
    fn application_types_are_read_in_any_case() {
        assert_eq!("singletenant".parse(), Ok(AppType::SingleTenant));
        assert_eq!("MULTITENANT".parse(), Ok(AppType::MultiTenant));
        assert_eq!("UserAssignedMSI".parse::<AppType>(), Err(UnknownAppType));
    }
}
