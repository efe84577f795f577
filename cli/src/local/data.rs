//! The folder in which a local run keeps its data.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use simulator::Simulator;

use super::engine::DATABASE_FILE;

/// Locked while a run uses the folder.
const LOCK_FILE: &str = "lock";
/// There as soon as a first run has come to its end.
const READY_FILE: &str = "ready";
/// What was said in the small Teams.
const TEAMS_FILE: &str = "teams.json";

/// The folder of `--data`, used by one run at a time.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Unlocked when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Takes the folder, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// When another run uses it, or when a first run was stopped before all its samples were played: what is there then is
    /// neither empty nor what a run can go on with.
    pub fn take(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        fs::create_dir_all(path)
            .with_context(|| format!("failed to make the data folder {shown}"))?;
        let lock = File::create(path.join(LOCK_FILE))
            .with_context(|| format!("failed to write into the data folder {shown}"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another run uses the data folder {shown}: end it, or choose another folder with --data"
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error)
                    .with_context(|| format!("failed to lock the data folder {shown}"));
            }
        }
        let folder = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        if path.join(DATABASE_FILE).exists() && !folder.is_ready() {
            bail!(
                "the first run with the data folder {shown} was stopped before its samples were all played: \
                 remove the folder and start again"
            );
        }
        Ok(folder)
    }

    /// Whether an earlier run left data to go on with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.path.join(READY_FILE).exists()
    }

    /// Keeps what was said in the small Teams: cards of this run can be pressed in the next one.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written to.
    pub fn keep(&self, teams: &Simulator) -> anyhow::Result<()> {
        let path = self.path.join(TEAMS_FILE);
        replace(&path, &teams.memory())
            .with_context(|| format!("failed to write {}", path.display()))
    }

    /// Brings back what was said in an earlier run, if it was kept.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn recall(&self, teams: &Simulator) -> anyhow::Result<()> {
        let path = self.path.join(TEAMS_FILE);
        let memory = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            read => read.with_context(|| format!("failed to read {}", path.display()))?,
        };
        teams
            .remember(&memory)
            .with_context(|| format!("failed to read {}", path.display()))
    }

    /// Notes that there is data to go on with.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written to.
    pub fn ready(&self) -> anyhow::Result<()> {
        File::create(self.path.join(READY_FILE))
            .map(drop)
            .with_context(|| format!("failed to write into {}", self.path.display()))
    }
}

/// Writes a file as a whole: whoever reads it finds the old or the new one, even if this process is killed.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, content)?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_used_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let first = DataFolder::take(&path).unwrap();
        assert!(!first.is_ready());
        let refused = DataFolder::take(&path).unwrap_err().to_string();
        assert!(refused.starts_with("another run uses"), "{refused}");
        drop(first);
        DataFolder::take(&path).unwrap();
    }

    #[test]
    fn a_first_run_that_was_stopped_halfway_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::take(folder.path()).unwrap();
        File::create(folder.path().join(DATABASE_FILE)).unwrap();
        drop(first);
        let refused = DataFolder::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("remove the folder"), "{refused}");
    }

    #[test]
    fn a_run_that_came_to_its_end_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::take(folder.path()).unwrap();
        File::create(folder.path().join(DATABASE_FILE)).unwrap();
        first.ready().unwrap();
        drop(first);
        assert!(DataFolder::take(folder.path()).unwrap().is_ready());
    }
}
