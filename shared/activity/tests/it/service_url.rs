//! Which service URLs are well-formed, and which may have the bot's token.

use activity::{BadHosts, Cloud, HostPolicy, ServiceUrl, ServiceUrlError};
use proptest::prelude::*;

fn parse(text: &str) -> Result<ServiceUrl, ServiceUrlError> {
    text.parse()
}

#[test]
fn the_service_urls_of_teams_are_well_formed() {
    for (text, normal) in [
        (
            "https://smba.trafficmanager.net/amer/",
            "https://smba.trafficmanager.net/amer",
        ),
        (
            "https://smba.trafficmanager.net/teams",
            "https://smba.trafficmanager.net/teams",
        ),
        (
            "https://smba.trafficmanager.net/amer-client-ss.msg/",
            "https://smba.trafficmanager.net/amer-client-ss.msg",
        ),
        (
            "https://smba.trafficmanager.net/emea/A1b2c3d4-e5f6-7890-abcd-ef1234567890/",
            "https://smba.trafficmanager.net/emea/A1b2c3d4-e5f6-7890-abcd-ef1234567890",
        ),
        (
            "HTTPS://SMBA.TrafficManager.NET/amer/",
            "https://smba.trafficmanager.net/amer",
        ),
        (
            "https://smba.trafficmanager.net:443/amer/",
            "https://smba.trafficmanager.net/amer",
        ),
        (
            "https://smba.trafficmanager.net",
            "https://smba.trafficmanager.net",
        ),
        (
            "http://localhost:56150/_connector",
            "http://localhost:56150/_connector",
        ),
        ("http://127.0.0.1:3979/", "http://127.0.0.1:3979"),
        ("http://[::1]:3979/x/", "http://[::1]:3979/x"),
    ] {
        assert_eq!(parse(text).unwrap().as_str(), normal);
    }
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "smba.trafficmanager.net/amer",
        "https:smba.trafficmanager.net/amer",
        "https:///amer",
        "https://",
        "//smba.trafficmanager.net/amer",
        "http://smba.trafficmanager.net/amer/",
        "ftp://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net./amer/",
        "https://user@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://smba.trafficmanager.net/amer?x=1",
        "https://smba.trafficmanager.net/amer#x",
        "https://smba.trafficmanager.net/amer/../x",
        "https://smba.trafficmanager.net/./amer",
        "https://smba.trafficmanager.net/amer//",
        "https://smba.trafficmanager.net//amer",
        "https://smba.trafficmanager.net/a%2fb",
        "https://smba.trafficmanager.net/%2e%2e/b",
        "https://smba.trafficmanager.net\\amer",
        "https:\\\\smba.trafficmanager.net/amer",
        "https://smba.traffic\tmanager.net/",
        " https://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net/\n",
        "https://ｓｍｂａ.trafficmanager.net/",
        "https://13.107.42.14/amer/",
        "https://[2603:1030::1]/",
        "https://0x0d6b2a0e/",
        "https://smba.trafficmanager.net:0x1bb/",
        "https://smba.trafficmanager.net:99999/",
        "http://10.0.0.1:3979/",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0:3979/",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    assert!(parse(&format!("https://a.example/{}", "a".repeat(2000))).is_err());
}

#[test]
fn a_claim_names_the_same_place_whatever_the_case_of_its_host() {
    let url = parse("https://smba.trafficmanager.net/amer/Tenant/").unwrap();
    for same in [
        "https://smba.trafficmanager.net/amer/Tenant/",
        "https://smba.trafficmanager.net/amer/Tenant",
        "https://SMBA.trafficmanager.net:443/amer/Tenant/",
    ] {
        assert!(url.matches_claim(same), "{same}");
    }
    for other in [
        "",
        "https://smba.trafficmanager.net/amer/tenant/",
        "https://smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net/amer/Tenant//",
        "https://smba.trafficmanager.net:8443/amer/Tenant/",
        "http://smba.trafficmanager.net/amer/Tenant/",
        "https://evil.example/amer/Tenant/",
    ] {
        assert!(!url.matches_claim(other), "{other}");
    }
}

#[test]
fn a_cloud_trusts_its_own_hosts_by_exact_name() {
    let public = HostPolicy::for_cloud(Cloud::Public);
    for trusted in [
        "https://smba.trafficmanager.net/amer/",
        "https://SMBA.trafficmanager.net:443/amer/",
        "https://smba.infra.gcc.teams.microsoft.com/teams",
    ] {
        assert!(public.trusts(&parse(trusted).unwrap()), "{trusted}");
    }
    for untrusted in [
        "https://evil.trafficmanager.net/amer/",
        "https://x.smba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net:8443/amer/",
        "https://smba.infra.gov.teams.microsoft.us/teams",
        "https://localhost/",
        "http://127.0.0.1:3979/",
    ] {
        let error = ServiceUrl::parse_trusted(untrusted, &public).unwrap_err();
        assert!(
            matches!(error, ServiceUrlError::Untrusted { .. }),
            "{untrusted}"
        );
    }
    let dod = HostPolicy::for_cloud(Cloud::UsGovDoD);
    assert!(dod.trusts(&parse("https://smba.infra.dod.teams.microsoft.us/teams").unwrap()));
    assert!(!dod.trusts(&parse("https://smba.infra.gov.teams.microsoft.us/teams").unwrap()));
}

#[test]
fn an_operator_adds_hosts_by_exact_name() {
    let policy = HostPolicy::for_cloud(Cloud::China)
        .with_hosts(" connector.example , proxy.example:8443,, 127.0.0.1:3979,localhost,[::1]:1 ")
        .unwrap();
    for trusted in [
        "https://connector.example/",
        "https://proxy.example:8443/x",
        "http://127.0.0.1:3979/",
        "https://127.0.0.1:3979/",
        "http://localhost:1/",
        "http://localhost/",
        "http://[::1]:1/",
    ] {
        assert!(policy.trusts(&parse(trusted).unwrap()), "{trusted}");
    }
    for untrusted in [
        "https://connector.example:8443/",
        "https://proxy.example/",
        "https://sub.connector.example/",
        "http://127.0.0.1:3980/",
        "http://[::1]:2/",
    ] {
        assert!(!policy.trusts(&parse(untrusted).unwrap()), "{untrusted}");
    }
}

#[test]
fn every_bad_entry_is_named() {
    let bad = [
        "*.example",
        "https://a.example",
        "a.example/x",
        "10.0.0.1",
        "a.example:x",
        "a b",
        "a@b.example",
        "a.example.",
        "[::2]",
    ];
    let list = format!("good.example,{}", bad.join(","));
    let named = HostPolicy::loopback().with_hosts(&list).unwrap_err();
    assert_eq!(named, BadHosts(bad.map(str::to_owned).to_vec()));
}

proptest! {
    #[test]
    fn reading_never_panics_and_reads_its_own_output(text in "(https?://)?[a-z0-9.:/@%?#\\\\\\[\\]-]{0,40}") {
        if let Ok(url) = parse(&text) {
            prop_assert_eq!(parse(url.as_str()).unwrap(), url.clone());
            prop_assert!(!url.as_str().ends_with('/'));
            prop_assert!(url.matches_claim(&text));
        }
    }

    #[test]
    fn only_the_listed_host_is_trusted(label in "[a-z0-9-]{0,8}", tail in "(\\.[a-z]{2,5})?") {
        let host = format!("{label}smba.trafficmanager.net{tail}");
        if let Ok(url) = parse(&format!("https://{host}/amer/")) {
            let trusted = HostPolicy::for_cloud(Cloud::Public).trusts(&url);
            prop_assert_eq!(trusted, host == "smba.trafficmanager.net");
        }
    }
}
