//! `tidings send --dry-run`: what would happen, before anything does.

mod audience;
mod cost;
mod screen;

use std::fmt::Display;
use std::str::FromStr;

use anyhow::anyhow;
use notifications::{Address, Outcome, RecipientKey};
use pacing::{AlarmShare, Line, Rate};
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

/// What a deployment is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    /// `DELIVERY_RATE`, `OTHER_RATE` and `ALARM_SHARE`, as `deliver` reads them.
    pace: pacing::Settings,
    /// `BROADCAST_APPROVAL_ABOVE`: with more recipients a second person has to agree; 0 is never.
    approval_above: u64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            pace: pacing::Settings::default(),
            approval_above: 1_000,
        }
    }
}

impl Rates {
    /// Reads the variables that are set; the defaults are those of the template.
    pub(crate) fn from_environment(environment: &Environment) -> anyhow::Result<Self> {
        let default = Self::default();
        Ok(Self {
            pace: pacing::Settings::new(
                parsed(environment, "DELIVERY_RATE", Rate::DELIVERY)?,
                parsed(environment, "OTHER_RATE", Rate::OTHER)?,
                parsed(environment, "ALARM_SHARE", AlarmShare::USUAL)?,
            ),
            approval_above: parsed(
                environment,
                "BROADCAST_APPROVAL_ABOVE",
                default.approval_above,
            )?,
        })
    }

    /// Messages a second for so many recipients: a broadcast leaves some for alarms.
    fn of(&self, recipients: u64) -> u32 {
        match recipients > notify::planning::FEW {
            true => self.pace.of(Line::Main),
            false => self.pace.delivery(),
        }
    }

    /// Conversations that are opened in a second, and whatever else is no message.
    fn other(&self) -> u32 {
        self.pace.of(Line::Other)
    }

    fn needs_approval(&self, recipients: u64) -> bool {
        self.approval_above > 0 && recipients > self.approval_above
    }
}

fn parsed<T: FromStr<Err: Display>>(
    environment: &Environment,
    variable: &'static str,
    default: T,
) -> anyhow::Result<T> {
    match environment.optional(variable) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|error| anyhow!("{variable}: {error}")),
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
        everyone: notification.audience().include.contains(&Address::Everyone),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_those_that_deliver_reads() {
        let nothing = Environment::from_lookup(|_| None);
        let rates = Rates::from_environment(&nothing).unwrap();
        assert_eq!(rates, Rates::default());
        assert_eq!((rates.of(100), rates.of(101), rates.other()), (45, 40, 5));
        assert!(rates.needs_approval(1_001) && !rates.needs_approval(1_000));
        let never = Environment::from_pairs([("BROADCAST_APPROVAL_ABOVE", "0")]);
        let never = Rates::from_environment(&never).unwrap();
        assert!(!never.needs_approval(1_000_000));
    }

    #[test]
    fn a_rate_that_is_none_is_named() {
        let wrong = Environment::from_pairs([("ALARM_SHARE", "most")]);
        let error = Rates::from_environment(&wrong).unwrap_err().to_string();
        assert!(error.starts_with("ALARM_SHARE: found \"most\""), "{error}");
    }
}
