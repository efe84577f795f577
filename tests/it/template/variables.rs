//! A function's variables are those that its configuration reads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use startup::Environment;

use super::Problems;
use super::document::Template;

/// Set for every function, and read before its configuration.
const EVERYWHERE: &str = "RUST_LOG";

/// Reads a function's configuration and says whether it refused it.
type Refuses = fn(Environment) -> bool;

/// The functions by folder.
const CONFIGURATIONS: [(&str, Refuses); 4] = [
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
];

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    for (id, function) in template.functions() {
        let variables = function["Environment"]["Variables"].as_object();
        let given: BTreeSet<String> = variables
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| name != EVERYWHERE)
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
    }
    problems
}

/// What the configuration of the function in this folder asks for, Lambda's own variables apart.
fn read(folder: &str) -> Option<BTreeSet<String>> {
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let writer = Arc::clone(&asked);
    let env = Environment::from_lookup(move |name| {
        writer.lock().unwrap().insert(name.to_owned());
        None
    });
    let (_, refuses) = CONFIGURATIONS.iter().find(|(of, _)| *of == folder)?;
    assert!(refuses(env), "{folder}: nothing was given");
    let asked = asked.lock().unwrap();
    let own = asked.iter().filter(|name| !name.starts_with("AWS_"));
    Some(own.cloned().collect())
}
