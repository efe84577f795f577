//! A flight plan, drawn.

use notifications::{Outcome, Policy};
use serde_json::json;

use super::audience::Counted;
use super::cost::money;
use super::{Looked, Without};
use crate::names::Named;
use crate::text::csv;
use crate::text::style::{ASIDE, HEAD, styled};
use crate::text::table::{self, Column};
use crate::text::words::{counted, escaped, lasting, number, time, within};

/// So many of those who would not get it are shown on a screen.
pub(super) const ROWS: usize = 20;
/// So many addresses are shown one by one.
const ADDRESSES: usize = 12;

pub(super) fn table(looked: &Looked<'_>) -> String {
    let notification = &looked.checked.incoming.notification;
    let mut text = styled(HEAD, "Flight plan") + ": nothing was sent.\n\n";
    let what = within(&escaped(&notification.what), 76);
    text.push_str(&format!("  {what}\n  topic {}", looked.checked.topic.name));
    if !looked.checked.is_defined {
        text.push_str(" (nobody defined it: it has the defaults)");
    }
    text.push_str("\n\n");
    text.push_str(&addresses(&looked.algebra.addresses));
    text.push('\n');
    text.push_str(&counts(looked));
    text.push('\n');
    text.push_str(&estimate(looked));
    if !looked.without.is_empty() {
        text.push_str("\nWho would not get it:\n\n");
        text.push_str(&without(&looked.without));
        let hidden = looked.without_all - looked.without.len() as u64;
        if hidden > 0 {
            text.push_str(&format!(
                "and {} more; all with --format csv --output FILE\n",
                number(hidden)
            ));
        }
    }
    text
}

fn addresses(addresses: &[Counted]) -> String {
    let columns = [Column::cut("to", 20), Column::number("recipients")];
    let row = |one: &Counted| vec![one.address.clone(), number(one.recipients)];
    let (few, many) = addresses.split_at(addresses.len().min(ADDRESSES));
    let mut rows: Vec<Vec<String>> = few.iter().map(row).collect();
    if !many.is_empty() {
        let sum = many.iter().filter(|one| !one.takes_away);
        let sum: u64 = sum.map(|one| one.recipients).sum();
        let and = counted(many.len() as u64, "more address", "more addresses");
        rows.push(vec![format!("and {and}"), number(sum)]);
    }
    table::table(&columns, &rows)
}

/// Lines of a number and what it counts.
fn counts(looked: &Looked<'_>) -> String {
    let (plan, algebra) = (&looked.plan, &looked.algebra);
    let mut lines: Vec<(u64, String)> = Vec::new();
    let doubles = algebra.doubles();
    let away = algebra.named.saturating_sub(plan.recipients);
    if doubles > 0 || away > 0 {
        lines.push((algebra.named + doubles, "named by an address".to_owned()));
    }
    if doubles > 0 {
        lines.push((doubles, "of them named more than once".to_owned()));
    }
    if away > 0 {
        lines.push((away, "taken away".to_owned()));
    }
    let places = plan.recipients - plan.people;
    let of_which = match places {
        0 => String::new(),
        _ => format!(
            ": {} and {}",
            counted(plan.people, "person", "people"),
            counted(places, "channel or chat", "channels and chats")
        ),
    };
    lines.push((
        plan.recipients,
        format!(
            "{}{of_which}",
            plural(plan.recipients, "recipient", "recipients")
        ),
    ));
    for (outcome, count) in &plan.without {
        let why = outcome
            .parse()
            .map_or_else(|_| escaped(outcome), |outcome| reason(&outcome));
        lines.push((*count, format!("will not get it: {why}")));
    }
    let opened = match plan.to_be_opened {
        0 => String::new(),
        count => format!(
            ", {} into a chat that has to be opened first",
            number(count)
        ),
    };
    lines.push((
        plan.messages(),
        format!("{}{opened}", plural(plan.messages(), "message", "messages")),
    ));
    let mut text = numbered(&lines);
    for nobody in looked.plan.unreachable.iter().take(ROWS) {
        let line = format!(
            "  {} leads to nobody ({})",
            escaped(&nobody.address.to_string()),
            nobody.why
        );
        text.push_str(&within(&line, 80));
        text.push('\n');
    }
    let hidden = looked.plan.unreachable.len().saturating_sub(ROWS);
    if hidden > 0 {
        text.push_str(&format!(
            "  and {} more lead to nobody\n",
            number(hidden as u64)
        ));
    }
    text
}

fn numbered(lines: &[(u64, String)]) -> String {
    let width = lines.iter().map(|(count, _)| number(*count).len()).max();
    let width = width.unwrap_or(0);
    lines
        .iter()
        .map(|(count, what)| format!("  {:>width$}  {what}\n", number(*count)))
        .collect()
}

fn plural<'a>(count: u64, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

fn estimate(looked: &Looked<'_>) -> String {
    let Looked {
        estimate,
        plan,
        rates,
        ..
    } = looked;
    if plan.messages() == 0 {
        return "Nobody would get a message.\n".to_owned();
    }
    let mut text = String::new();
    if let Some(at) = looked.checked.incoming.notification.not_before {
        text.push_str(&format!("Not before {}.\n", time(at)));
    }
    if rates.needs_approval(plan.recipients) {
        text.push_str(&format!(
            "With more than {} recipients a second person has to agree, in Teams.\n",
            number(rates.approval_above)
        ));
    }
    text.push_str(&format!(
        "Takes about {}, at {} messages a second.\n",
        lasting(estimate.duration()),
        rate(estimate.rate)
    ));
    text.push_str(&format!(
        "Costs about {} on AWS.\n",
        money(estimate.dollars())
    ));
    let parts = format!(
        "(table {:.4}, queues {:.4}, functions {:.4}, egress {:.4}: docs/cost.md)",
        estimate.table, estimate.queues, estimate.functions, estimate.egress
    );
    text.push_str(&styled(ASIDE, &parts));
    text.push('\n');
    if looked.checked.topic.policy == Policy::AtMostOnce {
        text.push_str("At most once: what may have arrived is not sent again.\n");
    }
    text
}

fn rate(rate: f64) -> String {
    let text = format!("{rate:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A reason in words that say what to do about it.
fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped(reason) => reason.to_string(),
        Outcome::Failed(code) => escaped(code.as_str()),
        other => other.group().to_owned(),
    }
}

fn without(all: &[Named<Without>]) -> String {
    let columns = [
        Column::cut("who", 20),
        Column::text("outcome"),
        Column::cut("why", 12),
    ];
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            let outcome = &one.about.outcome;
            vec![
                one.name.clone(),
                outcome.group().to_owned(),
                reason(outcome),
            ]
        })
        .collect();
    table::table(&columns, &rows)
}

pub(super) fn json(looked: &Looked<'_>) -> String {
    let plan = &looked.plan;
    let without: Vec<_> = looked
        .without
        .iter()
        .map(|one| {
            json!({
                "recipient": one.about.recipient, "name": one.name,
                "outcome": one.about.outcome.group(), "why": reason(&one.about.outcome),
            })
        })
        .collect();
    let unreachable: Vec<_> = plan
        .unreachable
        .iter()
        .map(|one| json!({ "address": one.address.to_string(), "why": one.why }))
        .collect();
    let document = json!({
        "id": looked.checked.incoming.id, "key": looked.checked.incoming.key,
        "topic": looked.checked.topic.name,
        "addresses": looked.algebra.addresses,
        "named": looked.algebra.named, "doubles": looked.algebra.doubles(),
        "takenAway": looked.algebra.named.saturating_sub(plan.recipients),
        "recipients": plan.recipients, "people": plan.people,
        "toBeOpened": plan.to_be_opened, "messages": plan.messages(),
        "needsApproval": looked.rates.needs_approval(plan.recipients),
        "estimate": looked.estimate, "dollars": looked.estimate.dollars(),
        "without": without, "unreachable": unreachable,
    });
    format!("{document:#}\n")
}

pub(super) fn csv(looked: &Looked<'_>) -> String {
    let mut text = csv::record(["recipient", "name", "outcome", "why"]);
    for one in &looked.without {
        text.push_str(&csv::record([
            one.about.recipient.as_str(),
            &one.name,
            one.about.outcome.group(),
            &reason(&one.about.outcome),
        ]));
    }
    for one in &looked.plan.unreachable {
        let address = one.address.to_string();
        text.push_str(&csv::record([
            &address,
            &address,
            "failed",
            one.why.as_str(),
        ]));
    }
    text
}
