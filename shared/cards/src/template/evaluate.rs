//! Putting data into texts and expressions.

use super::expression::{self, Expression, Operator, Unreadable};
use super::functions;
use serde_json::{Number, Value};

/// The data that an expression sees.
pub(super) struct Scope<'a> {
    root: &'a Value,
    data: &'a Value,
    index: Option<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn root(data: &'a Value) -> Self {
        Self {
            root: data,
            data,
            index: None,
        }
    }

    /// The scope of an element with `$data`; the index of a list around it
    /// stays visible.
    pub(super) fn inner(&self, data: &'a Value, index: Option<usize>) -> Self {
        Self {
            root: self.root,
            data,
            index: index.or(self.index),
        }
    }
}

/// Puts data into a text. A text that is one `${…}` alone becomes the value
/// itself; an expression whose data is lacking stays as it was written, and
/// `\${` is a plain `${`.
pub(super) fn text(text: &str, scope: &Scope<'_>) -> Result<Value, Unreadable> {
    if let Some(inner) = text.strip_prefix("${")
        && let Ok((expression, "")) = expression::read(inner)
    {
        return Ok(value(&expression, scope)?.unwrap_or_else(|| text.into()));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('\\') {
            out.push_str(before);
            out.push_str("${");
            rest = &from[2..];
            continue;
        }
        out.push_str(before);
        let (expression, after) = expression::read(&from[2..])?;
        match value(&expression, scope)? {
            Some(found) => out.push_str(&functions::shown(&found)),
            None => out.push_str(&from[..from.len() - after.len()]),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(Value::String(out))
}

/// The value of an expression; `None` when the data lacks it.
pub(super) fn value(
    expression: &Expression,
    scope: &Scope<'_>,
) -> Result<Option<Value>, Unreadable> {
    Ok(match expression {
        Expression::Literal(literal) => Some(literal.clone()),
        Expression::Name(name) => match name.as_str() {
            "$root" => Some(scope.root.clone()),
            "$data" => Some(scope.data.clone()),
            "$index" => scope.index.map(Value::from),
            _ => scope.data.get(name).cloned(),
        },
        Expression::Property(of, name) => match &**of {
            // The commonest paths, without a copy of the whole data.
            Expression::Name(start) if start == "$root" => scope.root.get(name).cloned(),
            Expression::Name(start) if start == "$data" => scope.data.get(name).cloned(),
            _ => value(of, scope)?.and_then(|of| of.get(name).cloned()),
        },
        Expression::Element(of, key) => {
            let (of, key) = (value(of, scope)?, value(key, scope)?);
            match (of, key) {
                (Some(of), Some(Value::String(key))) => of.get(key).cloned(),
                (Some(of), Some(key)) => key
                    .as_u64()
                    .and_then(|at| of.get(usize::try_from(at).ok()?).cloned()),
                _ => None,
            }
        }
        Expression::Not(inner) => Some(Value::Bool(!holds(value(inner, scope)?.as_ref()))),
        Expression::Negative(inner) => {
            let inner = value(inner, scope)?;
            inner.and_then(|inner| number(-inner.as_f64()?))
        }
        Expression::Binary(operator, left, right) => binary(*operator, left, right, scope)?,
        Expression::Call(name, arguments) => functions::call(name, arguments, scope)?,
    })
}

fn binary(
    operator: Operator,
    left: &Expression,
    right: &Expression,
    scope: &Scope<'_>,
) -> Result<Option<Value>, Unreadable> {
    let left = value(left, scope)?;
    match operator {
        Operator::And if !holds(left.as_ref()) => return Ok(Some(Value::Bool(false))),
        Operator::Or if holds(left.as_ref()) => return Ok(Some(Value::Bool(true))),
        _ => {}
    }
    let right = value(right, scope)?;
    let numbers = || {
        let left = left.as_ref().and_then(Value::as_f64)?;
        Some((left, right.as_ref().and_then(Value::as_f64)?))
    };
    let compare = |fits: fn(std::cmp::Ordering) -> bool| {
        let ordering = match (&left, &right) {
            (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
            _ => numbers().and_then(|(left, right)| left.partial_cmp(&right)),
        };
        Some(Value::Bool(ordering.is_some_and(fits)))
    };
    let calculate = |by: fn(f64, f64) -> f64| {
        let (left, right) = numbers()?;
        number(by(left, right))
    };
    Ok(match operator {
        Operator::And | Operator::Or => Some(Value::Bool(holds(right.as_ref()))),
        Operator::Equal => Some(Value::Bool(equal(left.as_ref(), right.as_ref()))),
        Operator::NotEqual => Some(Value::Bool(!equal(left.as_ref(), right.as_ref()))),
        Operator::Less => compare(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => compare(std::cmp::Ordering::is_le),
        Operator::Greater => compare(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => compare(std::cmp::Ordering::is_ge),
        Operator::Plus => match numbers() {
            Some((left, right)) => number(left + right),
            None => join(left.as_ref(), right.as_ref()),
        },
        Operator::Join => join(left.as_ref(), right.as_ref()),
        Operator::Minus => calculate(|left, right| left - right),
        Operator::Times => calculate(|left, right| left * right),
        Operator::Divide => calculate(|left, right| left / right),
        Operator::Remainder => calculate(|left, right| left % right),
    })
}

fn join(left: Option<&Value>, right: Option<&Value>) -> Option<Value> {
    let text = |value: Option<&Value>| value.map(functions::shown).unwrap_or_default();
    Some(Value::String(text(left) + &text(right)))
}

/// Numbers are equal by value, and lacking is equal to null.
pub(super) fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// Whether a value holds as a condition: everything but false, null and what
/// is lacking.
pub(super) fn holds(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Bool(false)))
}

/// A number as short as it can be written: 3, not 3.0.
pub(super) fn number(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}
