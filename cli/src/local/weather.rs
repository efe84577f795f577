//! What goes wrong on purpose: the fault file of a run, and what came of it.

use std::path::Path;

use anyhow::Context as _;
use simulator::{FaultFile, PersonCount, Simulator};

/// At most so many people are named.
const NAMED: usize = 10;

/// Lets go wrong from now on what a file says.
///
/// # Errors
///
/// When there is no such file, or it has a mistake: the line, what was found and what was expected.
pub fn begin(teams: &Simulator, path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read the fault file {}", path.display()))?;
    let file = FaultFile::read(&text);
    file.and_then(|file| teams.use_fault_file(&file))
        .with_context(|| format!("failed to use the fault file {}", path.display()))
}

/// The faults that were met, whom a message reached twice, and whom none.
pub fn told(teams: &Simulator) -> String {
    let mut text = "What went wrong on purpose:\n\n".to_owned();
    for met in teams.faults_met() {
        text.push_str(&format!(
            "  {:>6} ×  {} (line {})\n",
            met.times, met.what, met.line
        ));
    }
    let traffic = teams.traffic();
    text.push_str(&format!(
        "\nRequests to Teams: {}, of which {} were answered 429.\n",
        traffic.requests,
        traffic.throttled()
    ));
    text.push_str(&named("The same message twice", &teams.doubled()));
    text.push_str(&named("Without any message", &teams.without_a_message()));
    text
}

fn named(what: &str, people: &[PersonCount]) -> String {
    if people.is_empty() {
        return format!("{what}: nobody.\n");
    }
    let some: Vec<&str> = people.iter().take(NAMED).map(|p| p.name.as_str()).collect();
    let more = match people.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{what}: {}{more}.\n", some.join(", "))
}
