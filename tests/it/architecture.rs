//! Who may import whom: the table of `docs/ARCHITECTURE.md`, kept true.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crate → the crates of ours that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("activity", &[]),
    ("http-client", &[]),
    ("jwt", &[]),
    ("recurrence", &[]),
    ("startup", &[]),
    ("aws", &["http-client"]),
    ("notifications", &["activity"]),
    ("pacing", &["activity"]),
    ("poll-rules", &["activity", "notifications"]),
    ("work-items", &["activity", "notifications"]),
    ("cards", &["activity", "notifications", "poll-rules"]),
    ("sources", &["activity", "cards", "notifications"]),
    ("entra", &["activity", "http-client", "jwt"]),
    ("inbound-auth", &["activity", "http-client", "jwt"]),
    ("connector", &["activity", "entra", "http-client"]),
    (
        "store",
        &[
            "activity",
            "aws",
            "notifications",
            "pacing",
            "poll-rules",
            "work-items",
        ],
    ),
    ("sdk-clients", &["aws", "http-client"]),
    ("keys-in-table", &["inbound-auth", "startup", "store"]),
    (
        "delivery-events",
        &["aws", "notifications", "store", "work-items"],
    ),
    (
        "pacing-in-table",
        &["activity", "pacing", "startup", "store"],
    ),
    (
        "polls-in-table",
        &["activity", "notifications", "poll-rules", "store"],
    ),
    (
        "registration",
        &["activity", "aws", "entra", "http-client", "startup"],
    ),
    ("runtime-api", &["http-client", "startup"]),
    ("simulator", &["activity", "http-client", "jwt"]),
    ("testbed", &["http-client"]),
];

const FUNCTIONS: &[&str] = &["messages", "notify", "deliver", "tasks", "polls", "watch"];

/// Foreign crate → the crates of ours in which it may appear.
const FOREIGN: &[(&str, &[&str])] = &[
    ("hyper-util", &["http-client", "floor"]),
    ("hyper-rustls", &["http-client"]),
    ("reqwest", &["floor"]),
    ("rustls", &["http-client"]),
    ("jsonwebtoken", &["jwt"]),
    ("croner", &["recurrence"]),
    ("rrule", &["recurrence"]),
    ("aws-sigv4", &["aws"]),
    ("aws-sdk-dynamodb", &["sdk-clients"]),
    ("aws-sdk-scheduler", &[]),
    ("aws-sdk-sqs", &["sdk-clients", "tidings"]),
    (
        "dynoxide-rs",
        &["tidings", "integration-tests", "rehearsal"],
    ),
];

struct Workspace {
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Workspace {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        let metadata: Value =
            serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
        let packages = metadata["packages"].as_array().expect("packages");
        let dependencies = packages
            .iter()
            .map(|package| {
                let name = package["name"].as_str().expect("a package has a name");
                let normal = package["dependencies"].as_array().expect("dependencies");
                let normal = normal
                    .iter()
                    .filter(|dependency| dependency["kind"].is_null())
                    .filter_map(|dependency| dependency["name"].as_str())
                    .map(str::to_owned)
                    .collect();
                (name.to_owned(), normal)
            })
            .collect();
        Self { dependencies }
    }

    fn ours(&self, package: &str) -> BTreeSet<&str> {
        self.dependencies[package]
            .iter()
            .map(String::as_str)
            .filter(|name| self.dependencies.contains_key(*name))
            .collect()
    }
}

#[test]
fn every_shared_crate_uses_only_the_crates_the_table_allows() {
    let workspace = Workspace::read();
    for (package, allowed) in MAY_USE {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let surplus: Vec<_> = workspace
            .ours(package)
            .difference(&allowed)
            .copied()
            .collect();
        assert!(surplus.is_empty(), "{package} must not use {surplus:?}");
    }
}

#[test]
fn every_package_is_in_the_table() {
    let workspace = Workspace::read();
    let known: BTreeSet<&str> = MAY_USE
        .iter()
        .map(|(package, _)| *package)
        .chain(FUNCTIONS.iter().copied())
        .chain([
            "tidings",
            "integration-tests",
            "bench",
            "floor",
            "rehearsal",
        ])
        .collect();
    let unknown: Vec<_> = workspace
        .dependencies
        .keys()
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "add to the table of who may import whom: {unknown:?}"
    );
}

#[test]
fn a_function_uses_neither_another_function_nor_the_simulator_nor_the_sdk() {
    let workspace = Workspace::read();
    for function in FUNCTIONS {
        let used = workspace.ours(function);
        for banned in FUNCTIONS
            .iter()
            .chain(&["simulator", "sdk-clients", "testbed", "tidings"])
        {
            assert!(!used.contains(banned), "{function} must not use {banned}");
        }
    }
}

#[test]
fn a_foreign_crate_appears_only_where_the_table_lists_it() {
    let workspace = Workspace::read();
    for (foreign, homes) in FOREIGN {
        for (package, dependencies) in &workspace.dependencies {
            if dependencies.contains(*foreign) {
                assert!(
                    homes.contains(&package.as_str()),
                    "{package} must not use {foreign}"
                );
            }
        }
    }
}

#[test]
fn pure_crates_know_no_network_no_clock_and_no_process_environment() {
    let workspace = Workspace::read();
    for package in [
        "activity",
        "notifications",
        "poll-rules",
        "work-items",
        "cards",
    ] {
        for foreign in ["tokio", "hyper", "http-client", "tracing", "axum", "uuid"] {
            let used = workspace.dependencies[package].contains(foreign);
            assert!(!used, "{package} is pure and must not use {foreign}");
        }
    }
}

/// The mode without tokens is for a listener on loopback; no function may name it.
#[test]
fn no_function_can_be_put_into_the_mode_without_tokens() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions");
    let mut searched = 0;
    for function in FUNCTIONS {
        for file in
            std::fs::read_dir(format!("{root}/{function}/src")).expect("a function has sources")
        {
            let path = file.expect("a readable folder").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).expect("a readable source");
                assert!(
                    !source.contains("LoopbackOnly"),
                    "{} names LoopbackOnly",
                    path.display()
                );
                searched += 1;
            }
        }
    }
    assert!(searched >= FUNCTIONS.len(), "no sources were searched");
}
