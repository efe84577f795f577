//! What is measured: built as it is deployed, each on its own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A program that answers Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// The empty function.
    Hello,
    /// The bare work on bare libraries.
    Work,
    /// A bare loop that posts. Measured beside a broadcast alone.
    Posts,
    /// `messages`.
    Messages,
    /// `notify`.
    Notify,
    /// `deliver`.
    Deliver,
    /// `tasks`.
    Tasks,
}

impl Name {
    /// All, the floor first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Hello,
        Self::Work,
        Self::Messages,
        Self::Notify,
        Self::Deliver,
        Self::Tasks,
    ];

    /// Those that are deployed.
    pub(crate) const FUNCTIONS: [Self; 4] =
        [Self::Messages, Self::Notify, Self::Deliver, Self::Tasks];

    /// The binary's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Work => "work",
            Self::Posts => "posts",
            Self::Messages => "messages",
            Self::Notify => "notify",
            Self::Deliver => "deliver",
            Self::Tasks => "tasks",
        }
    }

    /// The program of this name.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let named = |name: &Self| name.as_str() == text;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| format!("there is no program {text}"))
    }

    fn package(self) -> &'static str {
        match self {
            Self::Hello | Self::Work | Self::Posts => "floor",
            other => other.as_str(),
        }
    }
}

/// The folder of the release binaries.
pub(crate) struct Programs(PathBuf);

/// What a program weighs, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// As it lies in `/var/task`.
    pub(crate) unzipped: u64,
    /// As it is uploaded.
    pub(crate) zipped: u64,
}

impl Programs {
    /// Finds where Cargo puts release binaries.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let output = Command::new("cargo")
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .context("failed to run cargo")?;
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"].as_str();
        Ok(Self(
            Path::new(target.context("cargo metadata names no target folder")?).join("release"),
        ))
    }

    /// Builds a program by itself: Cargo unifies features over everything it builds together, and
    /// a function must not be measured with features that it is not deployed with.
    pub(crate) fn build(name: Name) -> anyhow::Result<()> {
        let status = Command::new("cargo")
            .args(["build", "--release", "-p", name.package()])
            .args(["--bin", name.as_str()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .context("failed to run cargo")?;
        ensure!(status.success(), "{} was not built", name.as_str());
        Ok(())
    }

    /// Where a program's binary is.
    pub(crate) fn binary(&self, name: Name) -> PathBuf {
        self.0.join(name.as_str())
    }

    /// What a program weighs.
    pub(crate) fn size(&self, name: Name) -> anyhow::Result<Size> {
        let path = self.binary(name);
        let bytes = fs::read(&path)
            .with_context(|| format!("{} is missing: run without --no-build", path.display()))?;
        // What a zip file adds for its one entry is some hundred bytes.
        let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
        zip.write_all(&bytes)?;
        Ok(Size {
            unzipped: bytes.len() as u64,
            zipped: zip.finish()?.len() as u64,
        })
    }
}
