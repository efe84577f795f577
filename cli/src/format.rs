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
    /// The form of the list; without it, as the name of FILE ends, else a table
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the list into this file instead
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// In which form the list is wanted: whoever writes `votes.csv` means CSV.
    fn form(&self) -> Format {
        let ending = self.output.as_deref().and_then(|file| file.extension());
        let ending = ending.and_then(|ending| ending.to_str());
        let meant = ending.and_then(|ending| Format::from_str(ending, true).ok());
        self.format.or(meant).unwrap_or(Format::Table)
    }

    /// Whether what is written must hold the list alone.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.form() != Format::Table && self.output.is_none()
    }

    /// Whether the list is wanted whole, however long it is.
    pub(crate) fn is_whole(&self) -> bool {
        self.form() != Format::Table || self.output.is_some()
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
        let text = make(self.form());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn form(format: Option<Format>, file: &str) -> Format {
        let output = Some(PathBuf::from(file));
        Output { format, output }.form()
    }

    #[test]
    fn a_file_is_written_in_the_form_that_its_name_says_unless_another_is_asked_for() {
        assert_eq!(form(None, "mood.csv"), Format::Csv);
        assert_eq!(form(None, "who/votes.JSON"), Format::Json);
        assert_eq!(form(None, "votes.txt"), Format::Table);
        assert_eq!(form(Some(Format::Json), "votes.csv"), Format::Json);
    }
}
