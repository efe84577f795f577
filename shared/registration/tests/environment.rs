//! The registration as an operator can get it right and wrong.

use activity::{Cloud, ServiceUrl, TenantId};
use entra::{AppType, Secret};
use registration::{CredentialSetting, Registration};
use startup::{ConfigError, Environment};

const LEAST: [(&str, &str); 3] = [
    ("MICROSOFT_APP_ID", "the-app"),
    ("MICROSOFT_APP_TENANT_ID", "home"),
    ("MICROSOFT_APP_PASSWORD", "open sesame"),
];

fn read(more: &[(&str, &str)]) -> Result<Registration, ConfigError> {
    // Later pairs win, so a test can empty one of the least.
    let mut env = Environment::from_pairs(LEAST.iter().chain(more).copied());
    let registration = Registration::from_environment(&mut env);
    env.finish(|| registration)
}

fn problems(more: &[(&str, &str)]) -> String {
    read(more).expect_err("something is wrong").to_string()
}

#[test]
fn the_least_is_three_variables() {
    let registration = read(&[]).unwrap();
    assert_eq!(registration.cloud, Cloud::Public);
    assert_eq!(registration.app_type, AppType::SingleTenant);
    assert_eq!(registration.authority, "https://login.microsoftonline.com");
    assert!(registration.tenants.allows(&TenantId::new("home")));
    assert!(!registration.tenants.allows(&TenantId::new("other")));
    assert_eq!(
        registration.credential,
        CredentialSetting::Password(Secret::new("open sesame"))
    );
    assert!(!format!("{registration:?}").contains("sesame"));
}

#[test]
fn a_cloud_brings_its_addresses_and_each_can_be_overridden() {
    let registration = read(&[
        ("MICROSOFT_CLOUD", "usgov"),
        ("BOT_OPENID_METADATA", "http://127.0.0.1:3979/keys"),
        ("TRUSTED_SERVICE_HOSTS", "127.0.0.1:3979"),
        ("ALLOWED_TENANTS", "*"),
        ("MICROSOFT_APP_TYPE", "MultiTenant"),
    ])
    .unwrap();
    assert_eq!(registration.authority, "https://login.microsoftonline.us");
    assert_eq!(registration.openid_metadata, "http://127.0.0.1:3979/keys");
    let trusts = |url: &str| {
        registration
            .hosts
            .trusts(&url.parse::<ServiceUrl>().unwrap())
    };
    assert!(trusts("http://127.0.0.1:3979"));
    assert!(trusts("https://smba.infra.gov.teams.microsoft.us/teams"));
    assert!(!trusts("https://smba.trafficmanager.net/teams"));
    assert!(registration.tenants.allows(&TenantId::new("anybody")));
    assert_eq!(registration.app_type, AppType::MultiTenant);
}

#[test]
fn no_credential_is_an_error_that_names_all_four() {
    assert_eq!(
        problems(&[("MICROSOFT_APP_PASSWORD", "")]),
        "configuration: MICROSOFT_APP_PASSWORD_SECRET_ID is not set, nor is MICROSOFT_APP_PASSWORD, \
         MICROSOFT_APP_CERTIFICATE_SECRET_ID or MICROSOFT_APP_FEDERATED: set exactly one"
    );
}

#[test]
fn several_credentials_are_an_error_that_names_those() {
    assert_eq!(
        problems(&[("MICROSOFT_APP_CERTIFICATE_SECRET_ID", "cert")]),
        "configuration: MICROSOFT_APP_PASSWORD is set, and so is MICROSOFT_APP_CERTIFICATE_SECRET_ID: set exactly one"
    );
}

#[test]
fn federation_is_refused_in_words() {
    let federated = |value, app_type| {
        problems(&[
            ("MICROSOFT_APP_PASSWORD", ""),
            ("MICROSOFT_APP_FEDERATED", value),
            ("MICROSOFT_APP_TYPE", app_type),
        ])
    };
    assert_eq!(
        federated("aws", ""),
        "configuration: MICROSOFT_APP_FEDERATED is not available in this version"
    );
    assert!(federated("aws", "MultiTenant").contains("needs MICROSOFT_APP_TYPE SingleTenant"));
    assert!(federated("azure", "").contains("must be aws"));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let problems = problems(&[
        ("MICROSOFT_APP_ID", ""),
        ("MICROSOFT_CLOUD", "Mars"),
        ("MICROSOFT_APP_TYPE", "UserAssignedMSI"),
        ("AZURE_AUTHORITY_HOST", "http://login.example"),
        ("TRUSTED_SERVICE_HOSTS", "*.example.com"),
    ]);
    for name in [
        "MICROSOFT_APP_ID",
        "MICROSOFT_CLOUD",
        "MICROSOFT_APP_TYPE",
        "AZURE_AUTHORITY_HOST",
        "TRUSTED_SERVICE_HOSTS",
    ] {
        assert!(problems.contains(name), "{name} in {problems}");
    }
}
