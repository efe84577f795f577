//! What the bench is doing, for whoever waits: a bar on a terminal, a line for each tenth elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

const WIDTH: usize = 79;
const BAR: usize = 20;

/// How far it is.
pub(crate) struct Progress {
    total: usize,
    done: usize,
    phase: String,
    on_terminal: bool,
    /// Tenths that a line was written about.
    tenths: usize,
}

impl Progress {
    /// Nothing of `total` steps is done.
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            done: 0,
            phase: String::new(),
            on_terminal: stderr().is_terminal(),
            tenths: 0,
        }
    }

    /// A new phase begins.
    pub(crate) fn phase(&mut self, phase: impl Into<String>) {
        self.phase = phase.into();
        if !self.on_terminal {
            say(&format!("{}\n", self.phase));
        }
    }

    /// A step begins.
    pub(crate) fn step(&mut self, what: &str) {
        if self.on_terminal {
            let line = self.line(what);
            say(&format!("\r{line:<WIDTH$}"));
        }
        self.done += 1;
    }

    /// So many steps are done, and this is being done.
    pub(crate) fn at(&mut self, done: usize, what: &str) {
        self.done = done;
        if self.on_terminal {
            let line = self.line(what);
            say(&format!("\r{line:<WIDTH$}"));
        } else if let Some(percent) = self.next_tenth() {
            say(&format!("{percent:>3} %: {what}\n"));
        }
    }

    /// How many percent are done, if another tenth is since this was last asked.
    fn next_tenth(&mut self) -> Option<usize> {
        let tenths = 10 * self.done.min(self.total) / self.total.max(1);
        (tenths > self.tenths).then(|| {
            self.tenths = tenths;
            10 * tenths
        })
    }

    /// All is done: the bar goes away.
    pub(crate) fn end(&self) {
        if self.on_terminal {
            say(&format!("\r{:WIDTH$}\r", ""));
        }
    }

    fn line(&self, what: &str) -> String {
        let filled = BAR * self.done.min(self.total) / self.total.max(1);
        let bar: String = (0..BAR)
            .map(|at| if at < filled { '#' } else { '.' })
            .collect();
        let line = format!("[{bar}] {}: {what}", self.phase);
        line.chars().take(WIDTH).collect()
    }
}

/// Progress that cannot be shown is no reason to stop measuring.
fn say(text: &str) {
    stderr().write_all(text.as_bytes()).ok();
    stderr().flush().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_told_once() {
        let mut progress = Progress::new(200);
        let mut told = Vec::new();
        for done in [0, 10, 20, 21, 39, 75, 200, 300] {
            progress.done = done;
            told.push(progress.next_tenth());
        }
        let expected = [None, None, Some(10), None, None, Some(30), Some(100), None];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_bar_grows_and_the_line_fits() {
        let mut progress = Progress::new(4);
        progress.phase("round 1 of 5");
        progress.step("hello");
        progress.step("messages");
        let line = progress
            .line("deliver, a chunk of ten recipients that is claimed and sent and recorded");
        assert!(line.starts_with("[##########..........] round 1 of 5: deliver"));
        assert_eq!(line.chars().count(), WIDTH);
    }
}
