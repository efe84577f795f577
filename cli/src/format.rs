//! In which form a list is written, and where to.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::terminal::Terminal;

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal
    Table,
    /// For a program
    Json,
    /// For a spreadsheet
    Csv,
}

/// Where a list goes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Output {
    /// The form of the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the list into this file instead
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// Whether what is written must hold the list alone.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.format != Format::Table && self.output.is_none()
    }

    /// Whether the list is wanted whole, however long it is.
    pub(crate) fn is_whole(&self) -> bool {
        self.format != Format::Table || self.output.is_some()
    }

    /// Writes the list that `make` makes.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or the terminal is gone.
    pub(crate) fn write(
        &self,
        terminal: &mut Terminal,
        make: impl FnOnce(Format) -> String,
    ) -> anyhow::Result<()> {
        let text = make(self.format);
        match &self.output {
            None => terminal.write(&text)?,
            Some(file) => {
                let plain = anstream::adapter::strip_str(&text).to_string();
                std::fs::write(file, plain)
                    .with_context(|| format!("failed to write {}", file.display()))?;
                terminal.say(&format!("Written to {}.", file.display()))?;
            }
        }
        Ok(())
    }
}
