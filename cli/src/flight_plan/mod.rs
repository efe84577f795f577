//! `tidings send --dry-run`: what would happen, before anything does.

mod audience;
mod cost;
mod screen;

use anyhow::anyhow;
use notifications::{Outcome, RecipientKey};
use startup::{Clock as _, Environment, SystemClock};
use store::FlightPlan;

use crate::deployment::Deployment;
use crate::format::{Format, Output};
use crate::names;
use crate::progress::Waiting;
use crate::send_command::Checked;
use crate::terminal::Terminal;
use crate::text::words::counted;

use audience::Algebra;
use cost::{Estimate, Load};

/// The rates of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rates {
    /// `DELIVERY_RATE`: messages a second.
    delivery: f64,
    /// `OTHER_RATE`: everything else a second, opening conversations included.
    other: f64,
    /// `ALARM_SHARE`: per cent of the rate that a broadcast cannot take.
    alarm_share: f64,
    /// `BROADCAST_APPROVAL_ABOVE`: with more recipients a second person has to agree; 0 is never.
    approval_above: u64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            delivery: 45.0,
            other: 5.0,
            alarm_share: 10.0,
            approval_above: 1_000,
        }
    }
}

impl Rates {
    /// Reads the variables that are set; the defaults are those of the template.
    pub(crate) fn from_environment(environment: &Environment) -> anyhow::Result<Self> {
        let number = |name: &'static str, default: f64| match environment.optional(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite() && *number >= 0.0)
                .ok_or_else(|| anyhow!("{name}: expected a number of 0 or more")),
        };
        let default = Self::default();
        let positive = |name, default| match number(name, default)? {
            rate if rate > 0.0 => Ok(rate),
            _ => Err(anyhow!("{name}: expected a number above 0")),
        };
        Ok(Self {
            delivery: positive("DELIVERY_RATE", default.delivery)?,
            other: positive("OTHER_RATE", default.other)?,
            alarm_share: number("ALARM_SHARE", default.alarm_share)?.min(99.0),
            approval_above: match environment.optional("BROADCAST_APPROVAL_ABOVE") {
                None => default.approval_above,
                Some(text) => text.parse().map_err(|_| {
                    anyhow!("BROADCAST_APPROVAL_ABOVE: expected a whole number of 0 or more")
                })?,
            },
        })
    }

    /// What is left of the rate for a broadcast.
    fn broadcast(&self) -> f64 {
        self.delivery * (100.0 - self.alarm_share) / 100.0
    }

    fn needs_approval(&self, recipients: u64) -> bool {
        self.approval_above > 0 && recipients > self.approval_above
    }
}

/// Somebody who would not get it.
struct Without {
    recipient: RecipientKey,
    outcome: Outcome,
}

/// Everything that the screen shows.
struct Looked<'a> {
    checked: &'a Checked,
    algebra: Algebra,
    plan: FlightPlan,
    estimate: Estimate,
    rates: Rates,
    without: Vec<names::Named<Without>>,
    /// How many there are of whom `without` holds the first.
    without_all: u64,
}

/// Looks ahead and shows it. Nothing is written.
pub(crate) async fn run(
    deployment: &Deployment,
    checked: &Checked,
    rates: Rates,
    output: &Output,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let Deployment { store, .. } = deployment;
    let notification = &checked.incoming.notification;
    let waiting = Waiting::begin(terminal, "looking up recipients");
    let algebra = audience::count(
        store,
        &checked.tenant,
        &checked.topic,
        &notification.audience(),
    )
    .await?;
    // A file gets everybody; a screen, no more than it can show.
    let most = match output.is_whole() {
        true => usize::MAX,
        false => screen::ROWS,
    };
    let mut without = Vec::new();
    let mut without_all = 0;
    let plan = store
        .audiences()
        .flight_plan(
            &checked.tenant,
            &checked.topic,
            notification,
            SystemClock.now(),
            |so_far, more| {
                waiting.tell(&counted(so_far.recipients, "recipient", "recipients"));
                for (recipient, outcome) in more {
                    without_all += 1;
                    if without.len() < most {
                        without.push(Without {
                            recipient: recipient.clone(),
                            outcome: outcome.clone(),
                        });
                    }
                }
            },
        )
        .await?;
    let without = names::named(store, &checked.tenant, without, |one| &one.recipient).await?;
    waiting.end();
    let load = Load {
        recipients: plan.recipients,
        messages: plan.messages(),
        to_be_opened: plan.to_be_opened,
        bytes: serde_json::to_vec(notification).map_or(0, |json| json.len()),
        policy: checked.topic.policy,
    };
    let looked = Looked {
        checked,
        algebra,
        estimate: Estimate::of(&load, &rates),
        plan,
        rates,
        without,
        without_all,
    };
    output.write(terminal, |format| match format {
        Format::Table => screen::table(&looked),
        Format::Json => screen::json(&looked),
        Format::Csv => screen::csv(&looked),
    })
}
