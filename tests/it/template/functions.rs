//! Functions can be built, start, and keep their logs.

use serde_json::Value;

use super::Problems;
use super::document::{Template, listed, root, target};

pub(super) fn check(template: &Template) -> Problems {
    let mut problems = Vec::new();
    for (id, function) in template.functions() {
        let mut wrong = |what: String| problems.push(format!("{id}: {what}"));
        if function["Runtime"] != "provided.al2023" {
            wrong(format!("unknown runtime {}", function["Runtime"]));
        }
        for architecture in architectures(template, &function["Architectures"]) {
            if architecture != "arm64" && architecture != "x86_64" {
                wrong(format!("unknown architecture {architecture}"));
            }
        }
        if template.resource(id)["Metadata"]["BuildMethod"] != "rust-cargolambda" {
            wrong("is not built with rust-cargolambda".to_owned());
        }
        // Folder, package and binary have one name, so that SAM finds the binary.
        let folder = function["CodeUri"].as_str().unwrap_or_default();
        let package = folder.strip_prefix("functions/").unwrap_or("?");
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml"));
        if !manifest.is_ok_and(|text| text.contains(&format!("name = \"{package}\""))) {
            wrong(format!("there is no package {package} in {folder}"));
        }
        if !(1..=900).contains(&function["Timeout"].as_u64().unwrap_or_default()) {
            wrong(format!("time-out {}", function["Timeout"]));
        }
        if function["FunctionUrlConfig"].is_object()
            && function["ReservedConcurrentExecutions"].is_null()
        {
            wrong("is public without reserved concurrency".to_owned());
        }
        let logs = target(&function["LoggingConfig"]["LogGroup"]).unwrap_or_default();
        if template.resource(logs)["Properties"]["RetentionInDays"].is_null() {
            wrong("has no log group with a retention".to_owned());
        }
        let asynchronous = Template::events(&function, "ScheduleV2").next().is_some();
        let on_failure = &function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"];
        if asynchronous && target(&on_failure["Destination"]).is_none() {
            wrong("is invoked asynchronously without an on-failure destination".to_owned());
        }
    }
    problems
}

/// The architectures a function can have: those of the parameter, if it refers to one.
fn architectures(template: &Template, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for architecture in listed(value) {
        match target(architecture) {
            Some(parameter) => {
                let allowed = &template.section("Parameters")[parameter]["AllowedValues"];
                found.extend(listed(allowed).iter().map(|value| text(value)));
            }
            None => found.push(text(architecture)),
        }
    }
    if found.is_empty() {
        found.push("none".to_owned());
    }
    found
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
