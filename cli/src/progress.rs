//! What is shown while somebody waits: drawn over on a terminal, now and then a line elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::Terminal;

/// Something whose end is not known.
pub(crate) struct Waiting {
    bar: ProgressBar,
    what: &'static str,
}

impl Waiting {
    /// Begins to wait. Where nothing can be drawn, nothing is said.
    pub(crate) fn begin(terminal: &Terminal, what: &'static str) -> Self {
        let bar = match terminal.draws() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        bar.enable_steady_tick(Duration::from_millis(120));
        bar.set_message(what);
        Self { bar, what }
    }

    /// How far it is.
    pub(crate) fn tell(&self, how_far: &str) {
        self.bar.set_message(format!("{}: {how_far}", self.what));
    }

    /// Takes it off the screen.
    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
    }
}

/// A bar for something whose length is known.
pub(crate) fn bar(terminal: &Terminal) -> ProgressBar {
    if !terminal.draws() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:24} {percent:>3} %  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
