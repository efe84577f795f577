//! Results on a terminal.

use super::bars::{Bar, Bars, Outcome, withheld};
use crate::text::style::{GOOD, HEAD, styled};
use crate::text::words::{COLUMNS, counted, escaped, number, plural, within, wrapped};
use textwrap::core::display_width;

/// Labels take so many columns at most; what is longer is cut.
const LABEL: usize = 28;
/// What stands behind a bar: `1,234 votes  100.0 %`.
const FIGURES: usize = 20;
const BAR: usize = COLUMNS - 2 - LABEL - 2 - FIGURES;
/// So many free texts are shown; a file has them all.
const TEXTS: usize = 10;

/// The results, question by question, within the columns of a terminal.
pub(super) fn results(outcome: &Outcome<'_>) -> String {
    let mut text = styled(HEAD, &within(&escaped(&outcome.definition.title), COLUMNS)) + "\n";
    let voters = outcome.results.voters;
    text.push_str(&match outcome.results.asked {
        Some(asked) => format!("{} of {} voted\n", number(voters), number(asked)),
        None => format!("{} voted\n", counted(voters, "person", "people")),
    });
    if let Some(why) = withheld(outcome.results) {
        text.push_str(&format!("\n{}\n", wrapped(&why)));
    }
    for bars in outcome.bars() {
        text.push('\n');
        text.push_str(&question(&bars));
    }
    text
}

fn question(bars: &Bars) -> String {
    let asked = within(&escaped(&bars.question), COLUMNS);
    let mut text = styled(HEAD, &asked) + "\n";
    if let Some(note) = &bars.note {
        text.push_str(&format!("  {}\n", within(&escaped(note), COLUMNS - 2)));
    }
    let labels = bars.bars.iter().map(|bar| width(&bar.label));
    let label = labels.max().unwrap_or_default().min(LABEL);
    let longest = bars.bars.iter().map(|bar| bar.value).max();
    for bar in &bars.bars {
        text.push_str(&line(bar, bars.unit, label, longest.unwrap_or_default()));
    }
    for written in bars.texts.iter().take(TEXTS) {
        text.push_str(&format!("  “{}”\n", within(&escaped(written), COLUMNS - 4)));
    }
    if let Some(more @ 1..) = bars.texts.len().checked_sub(TEXTS) {
        text.push_str(&format!(
            "  and {} more: --format csv has them all\n",
            number(more as u64)
        ));
    }
    if bars.bars.is_empty() && bars.texts.is_empty() {
        text.push_str(&format!(
            "  {}\n",
            counted(bars.answered, "answer", "answers")
        ));
    }
    text
}

fn line(bar: &Bar, unit: &str, label: usize, longest: u64) -> String {
    let shown = within(&escaped(&bar.label), label);
    let pad = " ".repeat(label.saturating_sub(display_width(&shown)));
    let one = unit.trim_end_matches('s');
    let figures = format!("{} {}", number(bar.value), plural(bar.value, one, unit));
    let figures = match bar.percent {
        Some(percent) => format!("{figures}  {percent:.1} %"),
        None => figures,
    };
    let drawn = drawn(bar.value, longest);
    // Figures line up behind the longest bar.
    let room = " ".repeat(BAR.saturating_sub(display_width(&drawn)));
    let drawn = styled(GOOD, &drawn);
    format!("  {shown}{pad}  {drawn}{room} {figures}\n")
}

/// A bar in eighths of a column, so that small differences show.
fn drawn(value: u64, longest: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let whole = 8 * BAR as u128;
    let eighths = u128::from(value) * whole / u128::from(longest.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(usize::MAX);
    // Who got something is not shown as who got nothing.
    let eighths = if value > 0 { eighths.max(1) } else { 0 };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn width(label: &str) -> usize {
    display_width(&escaped(label))
}
