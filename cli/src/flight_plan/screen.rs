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
use crate::text::words::{counted, escaped, lasting, number, plural, time, within};

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
        estimate.rate
    ));
    text.push_str(&format!("Costs {} on AWS.\n", money(estimate.dollars())));
    if estimate.dollars() >= 0.01 {
        let parts = format!(
            "(table ${:.3}, queues ${:.3}, functions ${:.3}, egress ${:.3}: docs/cost.md)",
            estimate.table, estimate.queues, estimate.functions, estimate.egress
        );
        text.push_str(&styled(ASIDE, &parts));
        text.push('\n');
    }
    if looked.checked.topic.policy == Policy::AtMostOnce {
        text.push_str("At most once: what may have arrived is not sent again.\n");
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight_plan::Rates;
    use crate::flight_plan::audience::Algebra;
    use crate::flight_plan::cost::{Estimate, Load};
    use crate::send_command::Checked;
    use activity::TenantId;
    use notifications::{Carrier, FailureCode, SkipReason, Topic, Unwrapped, envelope};
    use std::collections::BTreeMap;
    use store::{FlightPlan, Unreachable};

    fn checked(what: &str) -> Checked {
        let text = json!({ "topic": "deploys", "what": what, "id": "deploy-215", "to": ["everyone"],
            "item": { "name": "checkout" }, "actor": { "name": "CI" } });
        let carrier = Carrier::queue("m", None);
        let Ok(Unwrapped::Notification(incoming)) =
            envelope::unwrap(text.to_string().as_bytes(), &carrier)
        else {
            panic!("it keeps the contract");
        };
        Checked {
            tenant: TenantId::new("t"),
            topic: Topic::undefined("deploys".parse().unwrap()),
            is_defined: true,
            incoming: *incoming,
        }
    }

    fn looked<'a>(checked: &'a Checked, addresses: &[(&str, u64)], plan: FlightPlan) -> Looked<'a> {
        let addresses: Vec<Counted> = addresses
            .iter()
            .map(|(address, recipients)| Counted {
                address: (*address).to_owned(),
                takes_away: address.starts_with('-'),
                recipients: *recipients,
            })
            .collect();
        let largest = addresses.iter().filter(|one| !one.takes_away);
        let named = largest.map(|one| one.recipients).max().unwrap_or(0);
        let load = Load {
            recipients: plan.recipients,
            messages: plan.messages(),
            to_be_opened: plan.to_be_opened,
            bytes: 1_000,
            policy: checked.topic.policy,
            everyone: true,
        };
        Looked {
            checked,
            estimate: Estimate::of(&load, &Rates::default()),
            algebra: Algebra { addresses, named },
            plan,
            rates: Rates::default(),
            without: Vec::new(),
            without_all: 0,
        }
    }

    fn drawn(looked: &Looked<'_>) -> String {
        let text = anstream::adapter::strip_str(&table(looked)).to_string();
        for line in text.lines() {
            assert!(textwrap::core::display_width(line) <= 80, "{line}");
        }
        text
    }

    #[test]
    fn a_plan_for_a_hundred_thousand_fits_a_screen() {
        let checked = checked(
            "Deployed checkout v215 to production, and 東京 too, and all that goes with it, everywhere",
        );
        let plan = FlightPlan {
            recipients: 99_999,
            people: 99_997,
            to_be_opened: 120,
            without: BTreeMap::from([
                ("f:blocked-by-user".to_owned(), 3),
                ("k:muted".to_owned(), 80),
                ("k:unsubscribed".to_owned(), 40),
            ]),
            unreachable: vec![Unreachable {
                address: "upn:a-name-that-goes-on-and-on@a-department.with-a-name.contoso.example"
                    .parse()
                    .unwrap(),
                why: FailureCode::new("unreachable-unknown-person"),
            }],
        };
        let addresses = [
            ("everyone", 100_001),
            (
                "roster:19:7c1e5a0platformgeneral-of-a-team-with-a-very-long-id-indeed@thread.tacv2",
                12,
            ),
            ("-upn:ben@contoso.example", 1),
        ];
        let mut looked = looked(&checked, &addresses, plan);
        looked.without = vec![Named {
            about: Without {
                recipient: "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01".parse().unwrap(),
                outcome: Outcome::Skipped(SkipReason::Muted),
            },
            name: "ana@contoso.example".to_owned(),
        }];
        looked.without_all = 123;
        insta::assert_snapshot!(drawn(&looked), @r"
        Flight plan: nothing was sent.

          Deployed checkout v215 to production, and 東京 too, and all that goes with …
          topic deploys

        to                                                                    recipients
        everyone                                                                 100,001
        roster:19:7c1e5a0platformgeneral-of-a-team-with-a-very-long-id-inde…          12
        -upn:ben@contoso.example                                                       1

          100,013  named by an address
               12  of them named more than once
                2  taken away
           99,999  recipients: 99,997 people and 2 channels and chats
                3  will not get it: blocked-by-user
               80  will not get it: muted
               40  will not get it: unsubscribed
           99,876  messages, 120 into a chat that has to be opened first
          upn:a-name-that-goes-on-and-on@a-department.with-a-name.contoso.example leads…

        With more than 1,000 recipients a second person has to agree, in Teams.
        Takes about 41 min 37 s, at 40 messages a second.
        Costs about $0.06 on AWS.
        (table $0.009, queues $0.001, functions $0.009, egress $0.043: docs/cost.md)

        Who would not get it:

        who                  outcome  why
        ana@contoso.example  skipped  muted
        and 122 more; all with --format csv --output FILE
        ");
    }

    #[test]
    fn a_plan_for_one_and_for_nobody_is_short() {
        let checked = checked("Hello");
        let one = FlightPlan {
            recipients: 1,
            people: 1,
            ..FlightPlan::default()
        };
        let addresses = [("upn:ana@contoso.example", 1)];
        insta::assert_snapshot!(drawn(&looked(&checked, &addresses, one)), @r"
        Flight plan: nothing was sent.

          Hello
          topic deploys

        to                       recipients
        upn:ana@contoso.example           1

          1  recipient
          1  message

        Takes about 1 s, at 45 messages a second.
        Costs under $0.01 on AWS.
        ");
        let nobody = looked(&checked, &[("everyone", 0)], FlightPlan::default());
        insta::assert_snapshot!(drawn(&nobody), @r"
        Flight plan: nothing was sent.

          Hello
          topic deploys

        to        recipients
        everyone           0

          0  recipients
          0  messages

        Nobody would get a message.
        ");
    }
}
