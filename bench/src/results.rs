//! What was measured.

use std::collections::BTreeMap;

use crate::peers::Lives;
use crate::programs::{Name, Size};
use crate::samples::Samples;
use crate::work::Work;

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// Cold starts, by program.
    pub(crate) cold: BTreeMap<Name, Cold>,
    /// Sizes, by program.
    pub(crate) sizes: BTreeMap<Name, Size>,
    /// Warm runs, by what was done.
    pub(crate) warm: BTreeMap<Work, Warm>,
    /// Batches against a Connector that takes its time.
    pub(crate) slow: BTreeMap<Work, Slow>,
    /// Instructions of the initialisation and the two smallest events, by program.
    pub(crate) cold_instructions: BTreeMap<Name, u64>,
    /// Instructions of one event, by what was done.
    pub(crate) instructions: BTreeMap<Work, u64>,
    /// What cold starts asked for beside the messages.
    pub(crate) asked: Asked,
    /// Lives of ours beside those of others, by what was done and by whom.
    pub(crate) lives: BTreeMap<(Work, String), Lives>,
}

/// Cold starts of one program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cold {
    /// Milliseconds until it asked for its first event.
    pub(crate) init: Samples,
    /// Milliseconds of CPU until then.
    pub(crate) init_cpu: Samples,
    /// Milliseconds of CPU until the first event was answered.
    pub(crate) first_cpu: Samples,
}

/// Warm runs of one kind of work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warm {
    /// The median latency of each run, in milliseconds.
    pub(crate) latency: Samples,
    /// Microseconds of CPU for each event.
    pub(crate) cpu: Samples,
    /// Calls of the table for each event.
    pub(crate) table_calls: Samples,
    /// The peak of resident memory, in bytes.
    pub(crate) memory: Samples,
}

/// Batches against a Connector that takes its time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slow {
    /// The median latency of each run, in milliseconds.
    pub(crate) latency: Samples,
    /// The same, without the time in which a call of the table was open.
    pub(crate) without_table: Samples,
}

/// What cold starts asked for beside the messages, for each process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Tokens, by a process that sent ten messages at once.
    pub(crate) tokens: Samples,
    /// OpenID metadata and signing keys, by the same.
    pub(crate) keys: Samples,
}
