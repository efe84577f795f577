//! A function as an operating system process, and what it has used.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::runtime_api::RuntimeApi;

/// A running function.
pub struct FunctionProcess {
    child: Child,
    pid: u32,
    api: RuntimeApi,
    /// From the start of the process to its first request for an event.
    pub initialised_after: Duration,
    /// The CPU time of the initialisation.
    pub init_cpu: Duration,
}

impl FunctionProcess {
    /// Starts `binary` with `environment` alone and waits until it asks for its first event.
    pub async fn start(binary: &Path, environment: &[(String, String)]) -> anyhow::Result<Self> {
        let api = RuntimeApi::start().await?;
        let started = Instant::now();
        let mut child = Command::new(binary)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("failed to start {}", binary.display()))?;
        let pid = child.id().ok_or_else(|| anyhow!("the process has no id"))?;
        tokio::select! {
            () = api.initialised() => {}
            status = child.wait() => {
                return Err(anyhow!("{} ended before its first event: {}", binary.display(), status?));
            }
        }
        let initialised_after = started.elapsed();
        let init_cpu = cpu(pid)?;
        Ok(Self {
            child,
            pid,
            api,
            initialised_after,
            init_cpu,
        })
    }

    /// Hands an event to the function and waits for the answer.
    pub async fn invoke(&self, event: Value) -> anyhow::Result<Value> {
        self.api.invoke(event).await
    }

    /// The CPU time used so far.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(self.pid)
    }

    /// The peak of its resident memory, in bytes.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let kib: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse().ok())
            .context("/proc has no VmHWM")?;
        Ok(kib * 1024)
    }

    /// Ends the process.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("failed to end the function")
    }
}

/// The time all threads of a process have spent on a processor, by the scheduler's own count.
fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path: PathBuf = thread?.path().join("schedstat");
        let text = fs::read_to_string(path)?;
        let first = text.split_whitespace().next().unwrap_or_default();
        nanoseconds += first.parse::<u64>().context("schedstat has no number")?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
