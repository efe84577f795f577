//! What was measured, for a terminal of 80 columns.

use std::fmt::Write as _;

use crate::goals::{Found, floor_ratio, init_ratio, judge, peak};
use crate::programs::Name;
use crate::results::Results;
use crate::samples::Samples;
use crate::table::Table;
use crate::work::Work;

const NONE: &str = "-";

/// The whole report.
pub(crate) fn report(results: &Results) -> String {
    let mut text = String::from(
        "Cells with two figures are median / least over the rounds.\n\
         Ratios (x) are of the least. CPU is the function's own. Calls are the table's.\n",
    );
    section(&mut text, "Cold start", &cold(results));
    section(&mut text, "Warm", &warm(results));
    section(
        &mut text,
        "Ten messages to a Connector that takes 50 ms",
        &slow(results),
    );
    section(&mut text, "Size and memory, MB", &weight(results));
    if !results.lives.is_empty() {
        section(&mut text, "Beside others", &lives(results));
    }
    text.push_str("\nGoals\n");
    text.push_str(&goals(results));
    text
}

fn section(text: &mut String, title: &str, table: &Table) {
    write!(text, "\n{title}\n{}", table.render()).expect("writing to a String");
}

fn two(samples: &Samples, digits: usize) -> String {
    format!(
        "{:.digits$} / {:.digits$}",
        samples.median(),
        samples.least()
    )
}

fn ratio(found: Option<f64>) -> String {
    found.map_or(NONE.to_owned(), |ratio| format!("{ratio:.2}"))
}

fn cold(results: &Results) -> Table {
    let mut table = Table::new(&[
        "",
        "init ms",
        "init CPU ms",
        "x hello",
        "CPU ms, first",
        "init + 2, M",
    ]);
    for (name, cold) in &results.cold {
        let counted = results.cold_instructions.get(name);
        table.row(vec![
            name.as_str().to_owned(),
            two(&cold.init, 2),
            two(&cold.init_cpu, 2),
            ratio(init_ratio(results, *name)),
            two(&cold.first_cpu, 2),
            counted.map_or(NONE.to_owned(), |count| {
                format!("{:.2}", *count as f64 / 1e6)
            }),
        ]);
    }
    table
}

fn warm(results: &Results) -> Table {
    let mut table = Table::new(&[
        "", "p50 ms", "CPU us", "x floor", "us/msg", "k instr", "calls",
    ]);
    for work in Work::ALL {
        let Some(warm) = results.warm.get(&work) else {
            continue;
        };
        let messages = work.messages();
        let counted = results.instructions.get(&work);
        table.row(vec![
            work.label().to_owned(),
            format!("{:.2}", warm.latency.median()),
            two(&warm.cpu, 0),
            ratio(floor_ratio(results, work)),
            match messages {
                0 => NONE.to_owned(),
                some => format!("{:.1}", warm.cpu.least() / some as f64),
            },
            counted.map_or(NONE.to_owned(), |count| (count / 1000).to_string()),
            format!("{:.1}", warm.table_calls.mean()),
        ]);
    }
    table
}

fn slow(results: &Results) -> Table {
    let mut table = Table::new(&["", "p50 ms", "without the table's time"]);
    for (work, slow) in &results.slow {
        table.row(vec![
            work.label().to_owned(),
            two(&slow.latency, 1),
            two(&slow.without_table, 1),
        ]);
    }
    table
}

fn weight(results: &Results) -> Table {
    let mut table = Table::new(&["", "unzipped", "zipped", "peak memory"]);
    for (name, size) in &results.sizes {
        let megabytes = |bytes: f64| format!("{:.2}", bytes / 1e6);
        table.row(vec![
            name.as_str().to_owned(),
            megabytes(size.unzipped as f64),
            megabytes(size.zipped as f64),
            peak(results, *name).map_or(NONE.to_owned(), megabytes),
        ]);
    }
    table
}

fn lives(results: &Results) -> Table {
    let columns = ["", "", "CPU ms, first", "CPU us, young", "CPU us, warm"];
    let mut table = Table::new(&columns);
    for ((work, name), lives) in &results.lives {
        let kind = if *work == Work::Inbound { "W1" } else { "W2" };
        table.row(vec![
            name.clone(),
            kind.to_owned(),
            two(&lives.cold, 2),
            two(&lives.young, 0),
            two(&lives.warm, 0),
        ]);
    }
    table
}

fn goals(results: &Results) -> String {
    let functions: Vec<_> = Name::FUNCTIONS.iter().map(|name| name.as_str()).collect();
    let mut text = format!("(where four figures: {})\n", functions.join(" "));
    for goal in judge(results) {
        let (figures, verdict) = match &goal.found {
            Found::Measured {
                figures,
                reached: true,
            } => (figures.as_str(), "reached"),
            Found::Measured { figures, .. } => (figures.as_str(), "MISSED"),
            Found::NotMeasured(why) => (*why, NONE),
        };
        writeln!(
            text,
            "{:<4}{:<36}{figures:<33}{verdict}",
            goal.id, goal.target
        )
        .expect("writing to a String");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::Lives;
    use crate::programs::Size;
    use crate::results::{Cold, Slow, Warm};

    fn some(figure: f64) -> Samples {
        [figure * 1.5, figure, figure * 3.0].into_iter().collect()
    }

    fn everything() -> Results {
        let mut results = Results::default();
        for (number, name) in Name::ALL.into_iter().enumerate() {
            let more = 1.0 + number as f64 / 10.0;
            let cold = Cold {
                init: some(1.21 * more),
                init_cpu: some(1.05 * more),
                first_cpu: some(1.9 * more),
            };
            results.cold.insert(name, cold);
            let size = Size {
                unzipped: (1.2e6 * more * 2.0) as u64,
                zipped: (0.5e6 * more * 2.0) as u64,
            };
            results.sizes.insert(name, size);
            results
                .cold_instructions
                .insert(name, (0.6e6 * more) as u64);
        }
        for (number, work) in Work::ALL.into_iter().enumerate() {
            let more = 1.0 + number as f64;
            let warm = Warm {
                latency: some(1.11 * more),
                cpu: some(111.0 * more),
                table_calls: some(2.0),
                memory: some(3.0e6 + number as f64 * 5e5),
            };
            results.warm.insert(work, warm);
            results.instructions.insert(work, 1_234_567);
        }
        for work in [Work::Chunk, Work::Records] {
            let slow = Slow {
                latency: some(54.0),
                without_table: some(52.1),
            };
            results.slow.insert(work, slow);
        }
        results.asked.tokens = [1.0].into_iter().collect();
        results.asked.keys = [0.0].into_iter().collect();
        for (number, (work, name)) in [
            (Work::Inbound, "messages"),
            (Work::Inbound, "another-js (bundled)"),
            (Work::Chunk, "deliver"),
            (Work::Chunk, "another-js (bundled)"),
        ]
        .into_iter()
        .enumerate()
        {
            let more = if number % 2 == 0 { 1.0 } else { 80.0 };
            let lives = Lives {
                cold: some(2.0 * more),
                young: some(200.0 * more),
                warm: some(150.0 * more),
            };
            results.lives.insert((work, name.to_owned()), lives);
        }
        results
    }

    #[test]
    fn the_report_fits_eighty_columns() {
        let report = report(&everything());
        for line in report.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        insta::assert_snapshot!(report);
    }
}
