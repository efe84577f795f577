//! A function as an operating system process, and what it has used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use testbed::{Invocation, RuntimeApi};
use tokio::process::{Child, Command};

/// How long a function may take to initialise, under an instruction counter too.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an invocation may take, as the function is told.
const INVOCATION_LIMIT: Duration = Duration::from_secs(60);

/// A program to start as a function.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The binary.
    pub(crate) binary: PathBuf,
    /// What runs it, with its arguments; empty for nothing.
    pub(crate) under: Vec<String>,
    /// Its own arguments.
    pub(crate) arguments: Vec<String>,
    /// Where it runs, if that is not here.
    pub(crate) folder: Option<PathBuf>,
    /// Its environment, all of it.
    pub(crate) environment: Vec<(String, String)>,
    /// Whether its log is shown.
    pub(crate) shows_log: bool,
}

/// A running function.
pub(crate) struct FunctionProcess {
    child: Child,
    pid: u32,
    api: RuntimeApi,
    invoked: std::sync::atomic::AtomicU64,
    /// From the start of the process to its first request for an event.
    pub(crate) initialised_after: Duration,
    /// The CPU time of the initialisation.
    pub(crate) init_cpu: Duration,
}

impl FunctionProcess {
    /// Starts a function and waits until it asks for its first event.
    pub(crate) async fn start(program: &Program) -> anyhow::Result<Self> {
        let api = RuntimeApi::start(INVOCATION_LIMIT).await?;
        let mut command = command(program);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address());
        let started = Instant::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {}", program.binary.display()))?;
        let pid = child.id().context("the process has no id")?;
        let initialised = tokio::time::timeout(PATIENCE, api.asked(1));
        tokio::select! {
            initialised = initialised => initialised.context("the function never asked for an event")??,
            status = child.wait() => {
                bail!("{} ended before its first event: {}", program.binary.display(), status?);
            }
        }
        let initialised_after = started.elapsed();
        let mut process = Self {
            child,
            pid,
            api,
            invoked: 0.into(),
            initialised_after,
            init_cpu: Duration::ZERO,
        };
        process.init_cpu = process.cpu_when_idle().await?;
        Ok(process)
    }

    /// Hands an event to the function and waits for the answer.
    pub(crate) async fn invoke(&self, event: Bytes) -> anyhow::Result<Invocation> {
        self.invoked
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(self.api.invoke(event).await?)
    }

    /// The CPU time used until the function sleeps, waiting for its next event.
    ///
    /// The scheduler adds a slice to a thread's clock when the slice ends, so a thread that still
    /// runs is not read.
    pub(crate) async fn cpu_when_idle(&self) -> anyhow::Result<Duration> {
        let answered = self.invoked.load(std::sync::atomic::Ordering::Relaxed);
        self.api.asked(answered + 1).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = cpu(self.pid)?;
            tokio::time::sleep(Duration::from_micros(500)).await;
            if sleeps(self.pid)? && cpu(self.pid)? == before {
                return Ok(before);
            }
            if Instant::now() > deadline {
                bail!("the function does not come to rest");
            }
        }
    }

    /// The peak of its resident memory, in bytes.
    pub(crate) fn peak_memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let kib: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse().ok())
            .context("/proc has no VmHWM")?;
        Ok(kib * 1024)
    }

    /// Asks the process to end, and waits until it has: an instruction counter writes its figures then.
    pub(crate) async fn terminate(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| anyhow!("not a process id: {}", self.pid))?;
        kill_process(pid, Signal::TERM)?;
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .context("the function did not end")??;
        Ok(())
    }

    /// Ends the process.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .await
            .context("failed to end the function")
    }
}

fn command(program: &Program) -> Command {
    let mut command = match program.under.split_first() {
        None => Command::new(&program.binary),
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program.binary);
            command
        }
    };
    let variables = program.environment.iter();
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    command
        .args(&program.arguments)
        .env_clear()
        .envs(variables.map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if !program.shows_log {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    command
}

/// The time all threads of a process have spent on a processor, by the scheduler's own count.
fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in threads(pid)? {
        let text = fs::read_to_string(thread.join("schedstat"))?;
        let first = text.split_whitespace().next().unwrap_or_default();
        nanoseconds += first.parse::<u64>().context("schedstat has no number")?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Whether every thread of a process sleeps.
fn sleeps(pid: u32) -> anyhow::Result<bool> {
    for thread in threads(pid)? {
        let stat = fs::read_to_string(thread.join("stat"))?;
        // The name before it may hold anything, brackets included.
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
        if !state.is_some_and(|state| state.starts_with('S')) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn threads(pid: u32) -> anyhow::Result<Vec<PathBuf>> {
    let folder = format!("/proc/{pid}/task");
    let threads = fs::read_dir(Path::new(&folder)).context("the function is gone")?;
    threads.map(|thread| Ok(thread?.path())).collect()
}
