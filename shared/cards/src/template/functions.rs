//! The functions that templates may call.

use super::evaluate::{Scope, equal, holds, number, value};
use super::expression::{Expression, Unreadable};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Calls a function; `None` when what it was given makes no value.
///
/// # Errors
///
/// [`Unreadable`]: there is no such function.
pub(super) fn call(
    name: &str,
    arguments: &[Expression],
    scope: &Scope<'_>,
) -> Result<Option<Value>, Unreadable> {
    // `if` looks at one branch only.
    if name == "if" {
        let [condition, yes, no] = arguments else {
            return Err(Unreadable);
        };
        let branch = if holds(value(condition, scope)?.as_ref()) {
            yes
        } else {
            no
        };
        return value(branch, scope);
    }
    let mut given = Vec::with_capacity(arguments.len());
    for argument in arguments {
        given.push(value(argument, scope)?);
    }
    let first = given.first().and_then(Option::as_ref);
    let second = given.get(1).and_then(Option::as_ref);
    let text = |at: usize| given.get(at).and_then(Option::as_ref).map(shown);
    let by_text = |change: fn(String) -> String| text(0).map(change).map(Value::String);
    Ok(match name {
        "equals" => Some(equal(first, second).into()),
        "not" => Some((!holds(first)).into()),
        "and" => Some(given.iter().all(|one| holds(one.as_ref())).into()),
        "or" => Some(given.iter().any(|one| holds(one.as_ref())).into()),
        "exists" => Some(first.is_some_and(|value| !value.is_null()).into()),
        "empty" => Some((count(first) == 0).into()),
        "count" | "length" => Some(count(first).into()),
        "first" => first.and_then(|list| list.get(0)).cloned(),
        "last" => first
            .and_then(Value::as_array)
            .and_then(|list| list.last())
            .cloned(),
        "contains" => Some(contains(first, second).into()),
        "concat" => {
            let parts: Vec<String> = given.iter().flatten().map(shown).collect();
            Some(parts.concat().into())
        }
        "join" => {
            let list = first.and_then(Value::as_array);
            let parts = list.map(|list| list.iter().map(shown).collect::<Vec<_>>());
            parts.map(|parts| {
                parts
                    .join(&text(1).unwrap_or_else(|| ", ".to_owned()))
                    .into()
            })
        }
        "string" => by_text(|text| text),
        "toUpper" => by_text(|text| text.to_uppercase()),
        "toLower" => by_text(|text| text.to_lowercase()),
        "trim" => by_text(|text| text.trim().to_owned()),
        "replace" => match (text(0), text(1), text(2)) {
            (Some(text), Some(old), Some(new)) if !old.is_empty() => replaced(&text, &old, &new),
            _ => None,
        },
        "substring" => substring(first, second, given.get(2).and_then(Option::as_ref)),
        "round" => first
            .and_then(Value::as_f64)
            .map(f64::round)
            .and_then(number),
        "formatNumber" => format_number(first, second),
        "formatDateTime" => format_time(first, text(1).as_deref()),
        _ => return Err(Unreadable),
    })
}

/// The most text that one call may make; a template calls within calls.
const LARGEST: usize = 64 * 1024;

fn replaced(text: &str, old: &str, new: &str) -> Option<Value> {
    let size = text.len() + text.matches(old).count() * new.len();
    (size <= LARGEST).then(|| text.replace(old, new).into())
}

/// A value as text: a text as it is, anything else as JSON.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn count(value: Option<&Value>) -> usize {
    match value {
        Some(Value::String(text)) => text.chars().count(),
        Some(Value::Array(list)) => list.len(),
        Some(Value::Object(map)) => map.len(),
        _ => 0,
    }
}

fn contains(all: Option<&Value>, one: Option<&Value>) -> bool {
    match (all, one) {
        (Some(Value::String(all)), Some(Value::String(one))) => all.contains(one.as_str()),
        (Some(Value::Array(all)), one) => all.iter().any(|each| equal(Some(each), one)),
        (Some(Value::Object(all)), Some(Value::String(name))) => all.contains_key(name),
        _ => false,
    }
}

fn substring(text: Option<&Value>, from: Option<&Value>, most: Option<&Value>) -> Option<Value> {
    let at = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let text = text.and_then(Value::as_str)?;
    let from = at(from?)?;
    let most = match most {
        Some(most) => at(most)?,
        None => usize::MAX,
    };
    let part: String = text.chars().skip(from).take(most).collect();
    Some(part.into())
}

/// With so many digits after the point, and commas between thousands.
fn format_number(value: Option<&Value>, digits: Option<&Value>) -> Option<Value> {
    let value = value.and_then(Value::as_f64)?;
    let digits = digits.and_then(Value::as_u64).unwrap_or(2).min(15);
    let plain = format!("{:.*}", usize::try_from(digits).ok()?, value.abs());
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    if value < 0.0 {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    Some(out.into())
}

/// Writes an RFC 3339 time in UTC with the letters of the Adaptive Expressions
/// function of the same name; without a format, as RFC 3339.
fn format_time(time: Option<&Value>, format: Option<&str>) -> Option<Value> {
    let time: Timestamp = time.and_then(Value::as_str)?.parse().ok()?;
    let time = time.to_zoned(TimeZone::UTC);
    let Some(format) = format else {
        return Some(time.timestamp().to_string().into());
    };
    let mut out = String::new();
    let mut rest = format;
    // Longer runs of a letter before shorter ones.
    let letters = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("M", "%-m"),
        ("dddd", "%A"),
        ("ddd", "%a"),
        ("dd", "%d"),
        ("d", "%-d"),
        ("HH", "%H"),
        ("H", "%-H"),
        ("hh", "%I"),
        ("h", "%-I"),
        ("mm", "%M"),
        ("m", "%-M"),
        ("ss", "%S"),
        ("s", "%-S"),
        ("tt", "%p"),
    ];
    'more: while let Some(first) = rest.chars().next() {
        for (run, directive) in letters {
            if let Some(after) = rest.strip_prefix(run) {
                out.push_str(&time.strftime(directive).to_string());
                rest = after;
                continue 'more;
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    Some(out.into())
}
