//! `template.yaml`, where the linters do not look.
//!
//! Inside SAM resources `sam validate --lint` and cfn-lint accept references to nothing, batch sizes that are no
//! numbers, unknown runtimes and schedules that never fire. Each rule here has a fault below that it must find.

mod contract;
mod document;
mod faults;
mod functions;
mod permissions;
mod queues;
mod references;
mod schedules;
mod variables;

use document::Template;

/// What is wrong, one sentence each.
type Problems = Vec<String>;

/// Every rule, over one template.
fn problems(template: &Template) -> Problems {
    let rules = [
        contract::check,
        functions::check,
        permissions::check,
        queues::check,
        references::check,
        schedules::check,
        variables::check,
    ];
    rules.into_iter().flat_map(|rule| rule(template)).collect()
}

#[test]
fn the_template_keeps_every_rule() {
    let problems = problems(&Template::of_project());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
