//! The goals, and whether what was measured reaches them.

use crate::peers::Lives;
use crate::programs::{Name, Size};
use crate::results::{Results, Warm};
use crate::work::{BURST, Work};

/// A goal beside what was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Goal {
    /// Its number.
    pub(crate) id: &'static str,
    /// What is wanted.
    pub(crate) target: &'static str,
    /// What was found.
    pub(crate) found: Found,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// Figures, and whether they reach the goal.
    Measured {
        /// The figures.
        figures: String,
        /// Whether they reach the goal.
        reached: bool,
    },
    /// Why there is no figure.
    NotMeasured(&'static str),
}

const NOT_COUNTED: Found = Found::NotMeasured("not counted (needs valgrind)");

/// Judges the goals that one machine can judge.
pub(crate) fn judge(results: &Results) -> Vec<Goal> {
    let goal = |id, target, found| Goal { id, target, found };
    vec![
        goal("G1", "init CPU <= 1.5x hello", init_cpu(results)),
        goal(
            "G1i",
            "init + 2: <= 3.0 M (messages 3.5 M)",
            cold_instructions(results),
        ),
        goal(
            "G2",
            "cold CPU <= 1/70 of the best JS's",
            others(results, |lives| lives.cold.least(), [70.0, 70.0]),
        ),
        goal("G3", "W1 CPU <= 2.5x the floor's", inbound_cpu(results)),
        goal(
            "G3",
            "W1 <= 1/7 of peers', 1/20 young",
            beside(results, Work::Inbound, [7.0, 20.0]),
        ),
        goal(
            "G3i",
            "instructions per W1 <= 1.3 M",
            instructions(results, &[Work::Inbound], 1_300_000),
        ),
        goal(
            "G4",
            "W2 CPU a message <= 8x a bare send",
            message_cpu(results),
        ),
        goal(
            "G4",
            "W2 <= 1/7 of peers', 1/10 young",
            beside(results, Work::Chunk, [7.0, 10.0]),
        ),
        goal(
            "G4i",
            "instructions a message <= 300 k",
            instructions(results, &[Work::Chunk], 300_000),
        ),
        goal(
            "G5",
            "10 at 50 ms, no store: <= 54 ms",
            batch_latency(results),
        ),
        goal("G6", "peak memory <= 12 MB", peak_memory(results)),
        goal("G7", "<= 5 MB, <= 2.3 MB zipped", sizes(results)),
        goal("G8", "10 cold sends: 1 token, 0 key reads", asked(results)),
    ]
}

/// A figure of each function, and whether each is at most its limit.
fn each(
    figure: impl Fn(Name) -> Option<f64>,
    limit: impl Fn(Name) -> f64,
    show: impl Fn(f64) -> String,
) -> Option<Found> {
    let mut figures = Vec::new();
    let mut reached = true;
    for name in Name::FUNCTIONS {
        let found = figure(name)?;
        reached &= found <= limit(name);
        figures.push(show(found));
    }
    Some(Found::Measured {
        figures: figures.join(" "),
        reached,
    })
}

/// The ratio of the least CPU times until the first event.
pub(crate) fn init_ratio(results: &Results, name: Name) -> Option<f64> {
    let least = |name| results.cold.get(&name).map(|cold| cold.init_cpu.least());
    Some(least(name)? / least(Name::Hello)?)
}

fn init_cpu(results: &Results) -> Found {
    each(
        |name| init_ratio(results, name),
        |_| 1.5,
        |ratio| format!("{ratio:.2}x"),
    )
    .unwrap_or(Found::NotMeasured("not all functions ran"))
}

fn cold_instructions(results: &Results) -> Found {
    each(
        |name| {
            results
                .cold_instructions
                .get(&name)
                .map(|count| *count as f64)
        },
        |name| if name == Name::Messages { 3.5e6 } else { 3.0e6 },
        |count| format!("{:.2}", count / 1e6),
    )
    .unwrap_or(NOT_COUNTED)
}

/// The least CPU time of an event, in microseconds.
fn cpu(results: &Results, work: Work) -> Option<f64> {
    results.warm.get(&work).map(|warm| warm.cpu.least())
}

/// How much more CPU an event takes than the floor that does the same.
pub(crate) fn floor_ratio(results: &Results, work: Work) -> Option<f64> {
    Some(cpu(results, work)? / cpu(results, work.floor()?)?)
}

fn inbound_cpu(results: &Results) -> Found {
    at_most(floor_ratio(results, Work::Inbound), 2.5, |ratio| {
        format!("{ratio:.2}x")
    })
}

fn message_cpu(results: &Results) -> Found {
    let message = |work: Work| Some(cpu(results, work)? / work.messages() as f64);
    let ratio = |work| Some(message(work)? / (cpu(results, Work::Burst)? / BURST as f64));
    at_most(ratio(Work::Chunk), 8.0, |ratio| format!("{ratio:.1}x"))
}

fn at_most(found: Option<f64>, limit: f64, show: impl Fn(f64) -> String) -> Found {
    found.map_or(Found::NotMeasured("did not run"), |found| Found::Measured {
        figures: show(found),
        reached: found <= limit,
    })
}

fn instructions(results: &Results, works: &[Work], limit: u64) -> Found {
    let of_one = |work: &Work| {
        let counted = results.instructions.get(work)?;
        Some(counted / work.messages().max(1) as u64)
    };
    let counted: Option<Vec<u64>> = works.iter().map(of_one).collect();
    counted.map_or(NOT_COUNTED, |counted| Found::Measured {
        figures: counted
            .iter()
            .map(|count| format!("{} k", count / 1000))
            .collect::<Vec<_>>()
            .join(" "),
        reached: counted.iter().all(|count| *count <= limit),
    })
}

fn batch_latency(results: &Results) -> Found {
    let slow = results.slow.get(&Work::Chunk);
    at_most(slow.map(|slow| slow.without_table.least()), 54.0, |found| {
        format!("{found:.1} ms")
    })
}

/// The greatest peak of any run of a program, in bytes.
pub(crate) fn peak(results: &Results, name: Name) -> Option<f64> {
    let of_program = |(work, _): &(&Work, &Warm)| work.program() == name;
    let runs = results.warm.iter().filter(of_program);
    runs.map(|(_, warm)| warm.memory.greatest())
        .reduce(f64::max)
}

fn peak_memory(results: &Results) -> Found {
    each(
        |name| peak(results, name),
        |_| 12e6,
        |bytes| format!("{:.1}", bytes / 1e6),
    )
    .unwrap_or(Found::NotMeasured("not all functions ran"))
}

fn sizes(results: &Results) -> Found {
    let sizes: Option<Vec<Size>> = Name::FUNCTIONS
        .iter()
        .map(|name| results.sizes.get(name).copied())
        .collect();
    sizes.map_or(Found::NotMeasured("not all were built"), |sizes| {
        Found::Measured {
            figures: sizes
                .iter()
                .map(|size| {
                    format!(
                        "{:.1}/{:.1}",
                        size.unzipped as f64 / 1e6,
                        size.zipped as f64 / 1e6
                    )
                })
                .collect::<Vec<_>>()
                .join(" "),
            reached: sizes
                .iter()
                .all(|size| size.unzipped <= 5_000_000 && size.zipped <= 2_300_000),
        }
    })
}

/// How often what ours used goes into what the best of the others used.
fn times(results: &Results, work: Work, used: impl Fn(&Lives) -> f64) -> Option<f64> {
    let ours = work.program().as_str();
    let of_work = |(key, _): &(&(Work, String), &Lives)| key.0 == work && key.1 != ours;
    let others = results.lives.iter().filter(of_work);
    let best = others.map(|(_, lives)| used(lives)).reduce(f64::min)?;
    Some(best / used(results.lives.get(&(work, ours.to_owned()))?))
}

fn at_least<const N: usize>(found: [Option<f64>; N], limits: [f64; N]) -> Found {
    let mut figures = Vec::new();
    let mut reached = true;
    for (times, limit) in found.into_iter().zip(limits) {
        let Some(times) = times else {
            return Found::NotMeasured("no peer was given (--peers)");
        };
        reached &= times >= limit;
        figures.push(format!("1/{times:.1}"));
    }
    Found::Measured {
        figures: figures.join(" "),
        reached,
    }
}

fn others(results: &Results, used: impl Fn(&Lives) -> f64, limits: [f64; 2]) -> Found {
    let of = |work| times(results, work, &used);
    at_least([of(Work::Inbound), of(Work::Chunk)], limits)
}

fn beside(results: &Results, work: Work, limits: [f64; 2]) -> Found {
    let warm = times(results, work, |lives| lives.warm.least());
    let young = times(results, work, |lives| lives.young.least());
    at_least([warm, young], limits)
}

fn asked(results: &Results) -> Found {
    let (tokens, keys) = (&results.asked.tokens, &results.asked.keys);
    if tokens.is_empty() {
        return Found::NotMeasured("did not run");
    }
    Found::Measured {
        figures: format!("{} and {}", tokens.greatest(), keys.greatest()),
        reached: tokens.least() == 1.0 && tokens.greatest() == 1.0 && keys.greatest() == 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Cold;
    use crate::samples::Samples;

    fn found(results: &Results, id: &str) -> Found {
        let goals = judge(results);
        goals
            .into_iter()
            .find(|goal| goal.id == id)
            .expect("a goal")
            .found
    }

    fn warm(cpu: f64) -> Warm {
        Warm {
            cpu: [cpu * 2.0, cpu].into_iter().collect(),
            ..Warm::default()
        }
    }

    #[test]
    fn nothing_measured_reaches_no_goal() {
        for goal in judge(&Results::default()) {
            assert!(matches!(goal.found, Found::NotMeasured(_)), "{goal:?}");
        }
    }

    #[test]
    fn one_function_over_the_limit_misses_the_goal_of_all() {
        let mut results = Results::default();
        for (name, cpu) in [
            (Name::Hello, 1.0),
            (Name::Messages, 1.4),
            (Name::Notify, 1.5),
            (Name::Deliver, 1.6),
            (Name::Tasks, 1.2),
        ] {
            let cold = Cold {
                init_cpu: [cpu, 9.0].into_iter().collect(),
                ..Cold::default()
            };
            results.cold.insert(name, cold);
        }
        let figures = "1.40x 1.50x 1.60x 1.20x".to_owned();
        assert_eq!(
            found(&results, "G1"),
            Found::Measured {
                figures,
                reached: false
            }
        );
    }

    #[test]
    fn ours_is_compared_with_the_best_of_the_others() {
        let mut results = Results::default();
        for (work, name, used) in [
            (Work::Inbound, "messages", 2.0),
            (Work::Inbound, "good", 140.0),
            (Work::Inbound, "better", 100.0),
            (Work::Chunk, "deliver", 1.0),
            (Work::Chunk, "good", 71.0),
        ] {
            let used: Samples = [used, used * 2.0].into_iter().collect();
            let lives = Lives {
                cold: used.clone(),
                young: used.clone(),
                warm: used,
            };
            results.lives.insert((work, name.to_owned()), lives);
        }
        let figures = "1/50.0 1/71.0".to_owned();
        assert_eq!(
            found(&results, "G2"),
            Found::Measured {
                figures,
                reached: false
            }
        );
    }

    #[test]
    fn a_message_is_compared_with_a_bare_send() {
        let mut results = Results::default();
        results.warm.insert(Work::Burst, warm(10.0 * BURST as f64));
        results.warm.insert(Work::Chunk, warm(800.0));
        let figures = "8.0x".to_owned();
        assert_eq!(
            found(&results, "G4"),
            Found::Measured {
                figures,
                reached: true
            }
        );
    }

    #[test]
    fn one_process_with_two_tokens_misses_the_goal() {
        let mut results = Results::default();
        results.asked.tokens = [1.0, 2.0].into_iter().collect();
        results.asked.keys = [0.0, 0.0].into_iter().collect();
        let figures = "2 and 0".to_owned();
        assert_eq!(
            found(&results, "G8"),
            Found::Measured {
                figures,
                reached: false
            }
        );
    }
}
