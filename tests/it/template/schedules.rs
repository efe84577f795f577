//! Schedule expressions that EventBridge takes.

use super::Problems;
use super::document::Template;

pub(super) fn check(template: &Template) -> Problems {
    let mut expressions = Vec::new();
    for (id, function) in template.functions() {
        for (name, event) in Template::events(&function, "ScheduleV2") {
            expressions.push((format!("{id}, {name}"), event["ScheduleExpression"].clone()));
        }
        for (name, event) in Template::events(&function, "Schedule") {
            expressions.push((format!("{id}, {name}"), event["Schedule"].clone()));
        }
    }
    for kind in ["AWS::Events::Rule", "AWS::Scheduler::Schedule"] {
        for (id, resource) in template.resources(kind) {
            let expression = &resource["Properties"]["ScheduleExpression"];
            if !expression.is_null() {
                expressions.push((id.clone(), expression.clone()));
            }
        }
    }
    expressions
        .into_iter()
        .filter(|(_, expression)| !expression.as_str().is_some_and(is_schedule))
        .map(|(place, expression)| format!("{place}: no schedule is {expression}"))
        .collect()
}

/// `rate(1 minute)`, `rate(5 minutes)`, `cron(…)` with six fields, `at(yyyy-mm-ddThh:mm:ss)`.
///
/// See "EventBridge Scheduler, Schedule types".
fn is_schedule(expression: &str) -> bool {
    let inside = |kind: &str| {
        let rest = expression.strip_prefix(kind)?;
        rest.strip_prefix('(')?.strip_suffix(')')
    };
    if let Some(rate) = inside("rate") {
        let Some((count, unit)) = rate.split_once(' ') else {
            return false;
        };
        let units = match count.parse::<u32>() {
            Ok(0) | Err(_) => return false,
            Ok(1) => ["minute", "hour", "day"],
            Ok(_) => ["minutes", "hours", "days"],
        };
        return units.contains(&unit);
    }
    if let Some(cron) = inside("cron") {
        let fields: Vec<_> = cron.split(' ').collect();
        // One of day of month and day of week must be left open.
        return fields.len() == 6
            && fields.iter().all(|field| !field.is_empty())
            && (fields[2] == "?") != (fields[4] == "?");
    }
    inside("at").is_some_and(|at| at.len() == 19 && at.as_bytes()[10] == b'T')
}

#[test]
fn schedules_are_told_from_what_looks_like_one() {
    for good in [
        "rate(1 minute)",
        "rate(5 minutes)",
        "cron(0 9 ? * MON-FRI *)",
        "at(2026-11-23T09:00:00)",
    ] {
        assert!(is_schedule(good), "{good}");
    }
    for bad in [
        "rate(5 minute)",
        "rate(1 minutes)",
        "rate(0 minutes)",
        "rate(1minute)",
        "cron(* * * * *)",
        "cron(0 9 * * MON *)",
        "every minute",
        "at(tomorrow)",
    ] {
        assert!(!is_schedule(bad), "{bad}");
    }
}
