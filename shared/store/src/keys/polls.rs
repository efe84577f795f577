//! The keys of polls, in both tables.
//!
//! Voters are spread over [`SHARDS`] partitions by a hash, each with the counters of its votes beside them: so neither a
//! partition nor a counter is what everybody waits for.

use activity::ids::TenantId;
use jiff::Timestamp;
use notifications::RecipientKey;
use polls::{OccurrenceId, PollId};

use super::Key;

/// How many counters an occurrence has, and partitions of voters.
pub(crate) const SHARDS: u8 = 16;

pub(crate) fn polls_partition(tenant: &TenantId) -> String {
    format!("POLLS#{tenant}")
}

pub(crate) fn listed_poll(tenant: &TenantId, poll: &PollId) -> Key {
    Key::new(polls_partition(tenant), poll.as_str())
}

pub(crate) fn poll_partition(tenant: &TenantId, poll: &PollId) -> String {
    format!("POLL#{tenant}#{poll}")
}

pub(crate) fn poll(tenant: &TenantId, poll: &PollId) -> Key {
    Key::new(poll_partition(tenant, poll), "DEFINITION")
}

pub(crate) const OCCURRENCES: &str = "OCC#";

pub(crate) fn listed_occurrence(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(
        poll_partition(tenant, id.poll()),
        format!("{OCCURRENCES}{}", id.time()),
    )
}

fn voting_partition(tenant: &TenantId, id: &OccurrenceId) -> String {
    format!("VOTING#{tenant}#{id}")
}

pub(crate) fn occurrence(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(voting_partition(tenant, id), "STATE")
}

pub(crate) fn edits(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(voting_partition(tenant, id), "EDITS")
}

pub(crate) fn result(tenant: &TenantId, id: &OccurrenceId, round: u32) -> Key {
    Key::new(voting_partition(tenant, id), format!("RESULT#{round}"))
}

/// The partition, and what the keys of a question's pages begin with.
///
/// A question's id has no `#`.
pub(crate) fn texts(
    tenant: &TenantId,
    id: &OccurrenceId,
    round: u32,
    question: &str,
) -> (String, String) {
    (
        voting_partition(tenant, id),
        format!("TEXTS#{round}#{question}#"),
    )
}

pub(crate) fn texts_page(
    tenant: &TenantId,
    id: &OccurrenceId,
    round: u32,
    question: &str,
    page: u32,
) -> Key {
    let (partition, prefix) = texts(tenant, id, round, question);
    Key::new(partition, format!("{prefix}{page:06}"))
}

/// Everything of an occurrence in the main table but its votes, from the least sort key to the greatest.
pub(crate) fn voting(tenant: &TenantId, id: &OccurrenceId) -> String {
    voting_partition(tenant, id)
}

/// Which shard a voter of a named poll belongs to: voters stand in it in the order of chunks.
pub(crate) fn shard_of(voter: &RecipientKey) -> u8 {
    voter.bucket().0 >> 4
}

pub(crate) fn votes_partition(tenant: &TenantId, id: &OccurrenceId, shard: u8) -> String {
    format!("VOTES#{tenant}#{id}#{shard:x}")
}

/// What the sort keys of voters begin with.
pub(crate) const VOTERS: &str = "VOTER#";

/// That somebody voted; of a named poll, and what.
pub(crate) fn voter(tenant: &TenantId, id: &OccurrenceId, voter: &RecipientKey) -> Key {
    Key::new(
        votes_partition(tenant, id, shard_of(voter)),
        format!("{VOTERS}{}#{voter}", voter.bucket()),
    )
}

/// The voter that a sort key names.
pub(crate) fn voter_of(sort: &str) -> Option<RecipientKey> {
    let (_, voter) = sort.strip_prefix(VOTERS)?.split_once('#')?;
    voter.parse().ok()
}

/// In the partitions of voters, or of ballots.
pub(crate) fn tally(partition: String) -> Key {
    Key::new(partition, "TALLY")
}

/// In the main table for a named poll, in the ballot table for an anonymous one.
pub(crate) fn choices(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(voting_partition(tenant, id), "CHOICES")
}

/// In the main table for a named poll, in the ballot table for an anonymous one.
pub(crate) fn released(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(voting_partition(tenant, id), "RELEASED")
}

/// In the ballot table.
pub(crate) fn secret(tenant: &TenantId, id: &OccurrenceId) -> Key {
    Key::new(voting_partition(tenant, id), "KEY")
}

/// In the ballot table.
pub(crate) fn ballots_partition(tenant: &TenantId, id: &OccurrenceId, shard: u8) -> String {
    format!("BALLOTS#{tenant}#{id}#{shard:x}")
}

/// What the sort keys of ballots begin with.
pub(crate) const BALLOTS: &str = "BALLOT#";

/// In the ballot table.
pub(crate) fn ballot(partition: String, ballot: &str) -> Key {
    Key::new(partition, format!("{BALLOTS}{ballot}"))
}

pub(crate) const DUES: &str = "POLLDUE";

/// A time as a sort key has it: texts in the order of times.
pub(crate) fn due_time(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

/// Neither a tenant nor a poll's id has a `#`.
pub(crate) fn due(at: Timestamp, tenant: &TenantId, poll: &PollId, what: &str) -> Key {
    Key::new(
        DUES.to_owned(),
        format!("{}#{tenant}#{poll}#{what}", due_time(at)),
    )
}
