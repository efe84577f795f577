//! The few colours there are; whoever writes them strips them where they are not wanted.

use anstyle::{AnsiColor, Effects, Style};

/// What went as it should.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What somebody should look at.
pub const POOR: Style = AnsiColor::Yellow.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// A heading.
pub const HEAD: Style = Style::new().effects(Effects::BOLD);
/// What is said beside the point.
pub const ASIDE: Style = Style::new().effects(Effects::DIMMED);

/// The text in this style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
