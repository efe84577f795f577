//! Instructions, counted by valgrind: they repeat within a fraction of a percent, whatever else the machine does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use tempfile::TempDir;

use crate::measure::{Bench, check};
use crate::process::{FunctionProcess, Program};
use crate::programs::Name;
use crate::results::Results;
use crate::work::Work;

/// Events of a cold start.
const FEW: usize = 2;
/// Events after which a process has met everybody, and how many more the longer run has.
const WARM: usize = 12;
const MORE: usize = 20;
/// After so long nothing of what another process was granted counts any more.
const UNTIL_ALONE: Duration = Duration::from_secs(3);

/// Whether valgrind is installed.
pub(crate) fn can_be_counted() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

impl Bench {
    /// Counts the initialisation and two of the smallest events.
    pub(crate) async fn count_cold(
        &mut self,
        name: Name,
        keep: Option<&Path>,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        let events = self.smallest(name, FEW).await?;
        let program = self.program(name);
        let file = File::new(keep, &format!("{}-cold", name.as_str()))?;
        // An environment that starts alone: where others send, it has to read what they take, and a count says whether they did.
        tokio::time::sleep(UNTIL_ALONE).await;
        let counted = count(&program, Work::first_of(name), events, &file).await?;
        results.cold_instructions.insert(name, counted);
        Ok(())
    }

    /// Counts one event, as the difference between a longer and a shorter run.
    pub(crate) async fn count_warm(
        &mut self,
        work: Work,
        keep: Option<&Path>,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        let program = self.program(work.program());
        let few = self.events(work, WARM).await?;
        let few = count(&program, work, few, &File::new(None, "few")?).await?;
        let many = self.events(work, WARM + MORE).await?;
        let file = File::new(keep, &format!("{work:?}").to_lowercase())?;
        let many = count(&program, work, many, &file).await?;
        let each = many.saturating_sub(few) / MORE as u64;
        results.instructions.insert(work, each);
        Ok(())
    }
}

/// A file for callgrind; it goes away with the value, unless it is to be kept.
struct File {
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl File {
    fn new(keep: Option<&Path>, name: &str) -> anyhow::Result<Self> {
        let name = format!("callgrind.{name}");
        if let Some(folder) = keep {
            fs::create_dir_all(folder)?;
            let path = folder.join(name);
            return Ok(Self {
                path,
                _folder: None,
            });
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(name);
        let _folder = Some(folder);
        Ok(Self { path, _folder })
    }
}

async fn count(
    program: &Program,
    work: Work,
    events: Vec<Bytes>,
    file: &File,
) -> anyhow::Result<u64> {
    let program = Program {
        under: vec![
            "valgrind".to_owned(),
            "--tool=callgrind".to_owned(),
            format!("--callgrind-out-file={}", file.path.display()),
        ],
        ..program.clone()
    };
    let process = FunctionProcess::start(&program).await?;
    for event in events {
        check(work, &process.invoke(event).await?)?;
    }
    process.cpu_when_idle().await?;
    process.terminate().await?;
    read(&file.path)
}

fn read(file: &Path) -> anyhow::Result<u64> {
    let text = fs::read_to_string(file).context("valgrind wrote nothing")?;
    total(&text).context("valgrind's file has no total")
}

/// The sum that callgrind writes at the end of its file.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| {
        line.strip_prefix("totals:")
            .or_else(|| line.strip_prefix("summary:"))
    })?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_first_number_after_its_word() {
        assert_eq!(
            total("events: Ir\nfn=(1)\n1 2\ntotals: 591234\n"),
            Some(591_234)
        );
        assert_eq!(total("events: Ir\n"), None);
    }
}
