//! Where a command speaks, and whether anybody is there to answer.

use std::io::{self, BufRead, BufReader, IsTerminal as _, Write};

use anstream::adapter::strip_str;
use anyhow::anyhow;

use crate::text::words::wrapped;

/// The terminal of a command, or what stands in for one.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    asides: Box<dyn Write + Send>,
    answers: Box<dyn BufRead + Send>,
    has_person: bool,
    draws: bool,
    is_plain: bool,
}

impl Terminal {
    /// That of this process. Colour is for a terminal that has some, and not where `NO_COLOR` is set.
    #[must_use]
    pub fn of_process() -> Self {
        let draws = io::stderr().is_terminal();
        Self {
            out: Box::new(anstream::stdout()),
            asides: Box::new(anstream::stderr()),
            answers: Box::new(BufReader::new(io::stdin())),
            has_person: io::stdin().is_terminal() && draws,
            draws,
            is_plain: false,
        }
    }

    /// No terminal: what is said goes to `out` without colour, and nobody answers.
    pub fn unattended(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Box::new(out),
            asides: Box::new(io::sink()),
            answers: Box::new(io::empty()),
            has_person: false,
            draws: false,
            is_plain: true,
        }
    }

    /// The same with a person who gives these answers, one a line.
    pub fn answered(out: impl Write + Send + 'static, answers: &str) -> Self {
        Self {
            answers: Box::new(io::Cursor::new(answers.to_owned())),
            has_person: true,
            ..Self::unattended(out)
        }
    }

    /// The same with this place for what is said beside the point.
    #[must_use]
    pub fn with_asides(mut self, asides: impl Write + Send + 'static) -> Self {
        self.asides = Box::new(asides);
        self
    }

    /// Whether something can be drawn over, such as a progress bar.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.draws
    }

    /// Says a sentence, or several.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.write(&wrapped(text))?;
        self.write("\n")
    }

    /// Says a line beside what is asked for: on the standard error, so that a file or a pipe gets only the latter.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn aside(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.asides, "{}", wrapped(text))?;
        self.asides.flush()
    }

    /// Writes what is complete in itself, such as a file's content.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        if self.is_plain {
            write!(self.out, "{}", strip_str(text))?;
        } else {
            self.out.write_all(text.as_bytes())?;
        }
        self.out.flush()
    }

    /// Asks whether to go on. Anything but `y` or `yes` is a no.
    ///
    /// # Errors
    ///
    /// When nobody is there to ask, or the terminal is gone.
    pub fn agrees(&mut self, question: &str) -> anyhow::Result<bool> {
        if !self.has_person {
            return Err(anyhow!(
                "{question} Nobody is at a terminal to say so; --yes goes on without asking"
            ));
        }
        write!(self.out, "{} ", wrapped(&format!("{question} [y/N]")))?;
        self.out.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        ))
    }
}
