//! A function's variables are those that its configuration reads and its README lists.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use startup::Environment;

use super::Problems;
use super::document::{Template, root};

/// Set for every function, and read before its configuration: by the C library, and by the log.
const EVERYWHERE: [&str; 2] = ["GLIBC_TUNABLES", "RUST_LOG"];

/// Reads a function's configuration and says whether it refused it.
type Refuses = fn(Environment) -> bool;

/// The functions by folder.
const CONFIGURATIONS: [(&str, Refuses); 6] = [
    ("functions/messages", |env| {
        messages::Config::from_environment(env).is_err()
    }),
    ("functions/notify", |env| {
        notify::Config::from_environment(env).is_err()
    }),
    ("functions/deliver", |env| {
        deliver::Config::from_environment(env).is_err()
    }),
    ("functions/tasks", |env| {
        tasks::Config::from_environment(env).is_err()
    }),
    ("functions/polls", |env| {
        polling::Config::from_environment(env).is_err()
    }),
    ("functions/watch", |env| {
        watch::Config::from_environment(env).is_err()
    }),
];

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    for (id, function) in template.functions() {
        let variables = function["Environment"]["Variables"].as_object();
        let given: BTreeSet<String> = variables
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| !EVERYWHERE.contains(&name.as_str()))
            .collect();
        let folder = function["CodeUri"].as_str().unwrap_or_default();
        let Some(read) = read(folder) else {
            problems.push(format!("{id}: nobody knows what {folder} reads"));
            continue;
        };
        for name in read.difference(&given) {
            problems.push(format!("{id}: reads {name}, which is not given"));
        }
        for name in given.difference(&read) {
            problems.push(format!("{id}: is given {name}, which it does not read"));
        }
        let listed = listed_in_readme(folder);
        let registration =
            asked(|mut env| registration::Registration::from_environment(&mut env).is_none());
        for name in given.difference(&listed) {
            // The READMEs point to the one of `registration` for what is read there.
            if !registration.contains(name) {
                problems.push(format!("{id}: its README does not list {name}"));
            }
        }
        for name in listed.difference(&given) {
            problems.push(format!("{id}: its README lists {name}, which is not given"));
        }
    }
    problems
}

/// The variables in the first column of the README's table.
fn listed_in_readme(folder: &str) -> BTreeSet<String> {
    let path = root().join(folder).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap_or_default();
    let table = readme.split("## Variables").nth(1).unwrap_or_default();
    let table = table.split("\n## ").next().unwrap_or_default();
    let cells = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| !EVERYWHERE.contains(name) && !name.ends_with('…'))
        .map(str::to_owned)
        .collect()
}

/// What the configuration of the function in this folder asks for, Lambda's own variables apart.
fn read(folder: &str) -> Option<BTreeSet<String>> {
    let (_, refuses) = CONFIGURATIONS.iter().find(|(of, _)| *of == folder)?;
    Some(asked(refuses))
}

/// What is asked for by a reader that is given nothing.
fn asked(refuses: impl FnOnce(Environment) -> bool) -> BTreeSet<String> {
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let writer = Arc::clone(&asked);
    let env = Environment::from_lookup(move |name| {
        writer.lock().unwrap().insert(name.to_owned());
        None
    });
    assert!(refuses(env), "nothing was given");
    let asked = asked.lock().unwrap();
    let own = asked.iter().filter(|name| !name.starts_with("AWS_"));
    own.cloned().collect()
}
