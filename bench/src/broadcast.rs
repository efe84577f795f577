//! `bench broadcast`: a whole broadcast in simulated time, and sending without limits.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use pacing::{AlarmShare, Rate, Settings};
use rehearsal::{Broadcast, Outcome, Step};

use crate::programs::{Name, Programs};
use crate::progress::Progress;
use crate::sending::{SideBySide, side_by_side};
use crate::table::Table;

/// Measures a broadcast: in simulated time with Teams' real limits, and without limits.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many people get the broadcast in simulated time.
    #[arg(long, default_value_t = 100_000)]
    people: u32,
    /// How many copies of `deliver` work at once.
    #[arg(long, default_value_t = 4)]
    copies: usize,
    /// Rehearses one case alone.
    #[arg(long, value_name = "CASE", value_parser = CASES.map(|case| case.name))]
    only: Option<String>,
    /// How many people are sent to without limits; 0: none.
    #[arg(long, default_value_t = 2_000)]
    unlimited: u32,
    /// Rounds without limits.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measures the release binaries that are there.
    #[arg(long)]
    no_build: bool,
}

/// At which rates it is sent.
struct Case {
    name: &'static str,
    what: &'static str,
    delivery: u32,
    other: u32,
    share: u32,
}

const CASES: [Case; 3] = [
    Case {
        name: "default",
        what: "45/s, 10 % for alarms alone",
        delivery: 45,
        other: 5,
        share: 10,
    },
    Case {
        name: "all",
        what: "45/s, nothing kept",
        delivery: 45,
        other: 5,
        share: 0,
    },
    // All of Teams' limit, without room beside it for what arrives unevenly.
    Case {
        name: "50",
        what: "50/s, nothing kept",
        delivery: 50,
        other: 5,
        share: 0,
    },
];

impl Case {
    fn settings(&self) -> anyhow::Result<Settings> {
        let share = AlarmShare::new(self.share)?;
        Ok(Settings::new(
            Rate::new(self.delivery)?,
            Rate::new(self.other)?,
            share,
        ))
    }

    /// What a broadcast may take of it.
    fn for_broadcasts(&self) -> f64 {
        f64::from(self.delivery - (self.delivery * self.share).div_ceil(100))
    }
}

/// Runs it, and returns the report.
pub(crate) async fn run(options: Options) -> anyhow::Result<String> {
    let mut report = String::new();
    let wanted = |case: &&Case| options.only.as_deref().is_none_or(|only| only == case.name);
    let mut rehearsed = Vec::new();
    for case in CASES.iter().filter(wanted) {
        rehearsed.push((case, rehearse(case, &options).await?));
    }
    report.push_str(&simulated(&rehearsed));
    if options.unlimited > 0 {
        let programs = Programs::find()?;
        if !options.no_build {
            for name in [Name::Notify, Name::Deliver, Name::Posts] {
                Programs::build(name)?;
            }
        }
        let mut progress = Progress::new(3 * options.rounds);
        progress.phase("without limits");
        let mut told = |what: String| progress.step(&what);
        let found = side_by_side(&programs, options.unlimited, options.rounds, &mut told).await?;
        progress.end();
        report.push_str(&unlimited(&found));
    }
    Ok(report)
}

/// Simulated time passes on one thread.
async fn rehearse(case: &Case, options: &Options) -> anyhow::Result<(Outcome, Duration)> {
    let broadcast = Broadcast {
        people: options.people,
        copies: options.copies,
        pacing: Some(case.settings()?),
        ..Broadcast::default()
    };
    let what = case.what;
    let rehearsing = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let steps = usize::try_from(broadcast.people)?;
        let mut progress = Progress::new(2 * steps);
        progress.phase(what);
        let mut shown = 0;
        let mut told = |step: Step| {
            let (done, what) = match step {
                Step::Known(known) => (known, "become known"),
                Step::Sent(sent) => (u64::from(broadcast.people) + sent, "were sent to"),
            };
            // A bar that is drawn for each message takes longer than the message.
            let now = done * 200 / u64::from(broadcast.people).max(1);
            if now != shown {
                shown = now;
                let of_these = if matches!(step, Step::Known(_)) {
                    done
                } else {
                    done - u64::from(broadcast.people)
                };
                progress.at(
                    usize::try_from(done).unwrap_or(steps),
                    &format!("{of_these} people {what}"),
                );
            }
        };
        let began = Instant::now();
        let outcome = runtime.block_on(broadcast.run(&mut told))?;
        progress.end();
        anyhow::Ok((outcome, began.elapsed()))
    };
    tokio::task::spawn_blocking(rehearsing)
        .await
        .context("the rehearsal panicked")?
}

fn simulated(rehearsed: &[(&Case, (Outcome, Duration))]) -> String {
    let Some((_, (first, _))) = rehearsed.first() else {
        return String::new();
    };
    let mut table = Table::new(&["", "msg/s", "of it", "429", "lost", "twice", "took"]);
    for (case, (outcome, _)) in rehearsed {
        table.row(vec![
            case.what.to_owned(),
            format!("{:.2}", outcome.rate()),
            format!("{:.2} %", 100.0 * outcome.rate() / case.for_broadcasts()),
            format!("{:.3} %", 100.0 * outcome.throttled_part()),
            outcome.missing.to_string(),
            outcome.doubles.to_string(),
            minutes(outcome.took),
        ]);
    }
    let machine: Duration = rehearsed.iter().map(|(_, (_, took))| *took).sum();
    format!(
        "A broadcast to {} people in simulated time, with Teams' real limits\n\n{}\n\
         Wanted: at least 98 % of the rate, less than 0.1 % of requests answered 429.\n\
         The machine took {}.\n",
        first.people,
        table.render(),
        minutes(machine),
    )
}

fn unlimited(found: &SideBySide) -> String {
    let mut table = Table::new(&["", "messages/s", "CPU us/message"]);
    for (name, speed) in [
        ("bare reqwest loop", &found.bare),
        ("deliver", &found.deliver),
    ] {
        table.row(vec![
            name.to_owned(),
            format!("{:.0} / {:.0}", speed.rate.median(), speed.rate.greatest()),
            format!("{:.0} / {:.0}", speed.cpu.median(), speed.cpu.least()),
        ]);
    }
    table.row(vec![
        "ratio of the best".to_owned(),
        format!(
            "{:.2}",
            found.deliver.rate.greatest() / found.bare.rate.greatest()
        ),
        format!("{:.2}", found.deliver.cpu.least() / found.bare.cpu.least()),
    ]);
    format!(
        "\n{} messages without limits, one process each, 16 at once (median / best)\n\n{}",
        found.messages,
        table.render()
    )
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::Speed;

    #[test]
    fn the_report_fits_eighty_columns() {
        let outcome = Outcome {
            people: 100_000,
            missing: 0,
            doubles: 0,
            took: Duration::from_secs(2_500),
            first_after: Duration::from_millis(400),
            requests: 100_000,
            throttled: 12,
            busiest_second: 50,
            delayed: 0,
            dead_letters: 0,
            faults: Vec::new(),
        };
        let took = Duration::from_secs(240);
        let rehearsed: Vec<_> = CASES
            .iter()
            .map(|case| (case, (outcome.clone(), took)))
            .collect();
        let some = |figure: f64| Speed {
            rate: [figure, 2.0 * figure].into_iter().collect(),
            cpu: [figure, 2.0 * figure].into_iter().collect(),
        };
        let found = SideBySide {
            messages: 2_000,
            bare: some(4_000.0),
            deliver: some(1_000.0),
        };
        let report = simulated(&rehearsed) + &unlimited(&found);
        for line in report.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        insta::assert_snapshot!(report);
    }
}
