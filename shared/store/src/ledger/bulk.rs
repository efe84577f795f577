//! Teams' own bulk operations that some recipients of a chunk are in.
//!
//! They stand in front of a chunk's progress: few chunks have any, and none
//! when it is complete. Whoever is in one is open, and neither sent to nor in
//! doubt: what becomes of them is asked of the operation.

use activity::ids::OperationId;
use jiff::Timestamp;

use super::bytes::{Bytes, Garbled, put_number, put_text};
use super::earlier;
use super::progress::ChunkProgress;

/// The version of a value that begins with them; what follows is one without.
const WITH_BULK: u8 = 4;

/// One bulk operation, and who of the chunk is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOperation {
    /// The id that Teams gave it.
    pub id: OperationId,
    /// Where it was started, and is asked about.
    pub service_url: String,
    /// When it was started, to the second.
    pub since: Timestamp,
    /// Whoever is in it, by index.
    pub recipients: Vec<usize>,
}

impl ChunkProgress {
    /// The bulk operations that have not ended.
    #[must_use]
    pub fn bulk(&self) -> &[BulkOperation] {
        &self.bulk
    }

    /// Whether a recipient's message is in the hands of a bulk operation.
    #[must_use]
    pub fn is_in_bulk(&self, index: usize) -> bool {
        self.bulk.iter().any(|one| one.recipients.contains(&index))
    }

    /// Notes that an operation was started for these recipients.
    pub fn bulk_started(&mut self, operation: BulkOperation) {
        self.bulk.push(operation);
    }

    /// Notes that an operation has ended, or is not asked about any more.
    /// Whoever was in it is open.
    pub fn bulk_ended(&mut self, id: &OperationId) {
        self.bulk.retain(|one| one.id != *id);
    }
}

/// Encodes a chunk's progress.
pub(super) fn encode(progress: &ChunkProgress) -> Vec<u8> {
    let inner = earlier::encode(progress);
    if progress.bulk.is_empty() {
        return inner;
    }
    let mut out = vec![WITH_BULK];
    put_number(&mut out, progress.bulk.len() as u64);
    for operation in &progress.bulk {
        put_text(&mut out, operation.id.as_str());
        put_text(&mut out, &operation.service_url);
        put_number(&mut out, operation.since.as_second().max(0).unsigned_abs());
        put_number(&mut out, operation.recipients.len() as u64);
        for index in &operation.recipients {
            put_number(&mut out, *index as u64);
        }
    }
    out.extend_from_slice(&inner);
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<ChunkProgress, Garbled> {
    let mut rest = Bytes::new(bytes);
    if rest.byte()? != WITH_BULK {
        return earlier::decode(bytes);
    }
    let mut bulk = Vec::new();
    for _ in 0..rest.size()? {
        let id = OperationId::new(rest.text()?);
        let service_url = rest.text()?.to_owned();
        let second = i64::try_from(rest.number()?).map_err(|_| Garbled)?;
        let since = Timestamp::from_second(second).map_err(|_| Garbled)?;
        let mut recipients = Vec::new();
        for _ in 0..rest.size()? {
            recipients.push(rest.size()?);
        }
        bulk.push(BulkOperation {
            id,
            service_url,
            since,
            recipients,
        });
    }
    let mut progress = earlier::decode(rest.rest())?;
    let there = progress.recipients.len();
    let known = |one: &BulkOperation| one.recipients.iter().all(|index| *index < there);
    if !bulk.iter().all(known) {
        return Err(Garbled);
    }
    progress.bulk = bulk;
    Ok(progress)
}

#[cfg(test)]
mod tests {
    use activity::ids::OperationId;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::{BulkOperation, ChunkProgress, decode, encode};

    fn operation(id: &str, recipients: &[usize]) -> BulkOperation {
        BulkOperation {
            id: OperationId::new(id),
            service_url: "https://smba.trafficmanager.net/emea".to_owned(),
            since: Timestamp::from_second(1_790_000_000).unwrap(),
            recipients: recipients.to_vec(),
        }
    }

    #[test]
    fn whoever_is_in_an_operation_is_not_put_in_doubt_by_a_crash() {
        let mut progress = ChunkProgress::untouched(3);
        progress.bulk_started(operation("a", &[0, 2]));
        progress.doubt_all();
        assert!(!progress.is_in_doubt(0) && progress.is_in_doubt(1) && !progress.is_in_doubt(2));
        assert!(!progress.is_complete(), "they have no outcome yet");
        progress.bulk_ended(&OperationId::new("a"));
        progress.doubt_all();
        assert!(progress.is_in_doubt(0));
    }

    #[test]
    fn operations_read_back_and_cost_nothing_where_there_are_none() {
        let mut progress = ChunkProgress::untouched(20);
        let plain = encode(&progress);
        progress.bulk_started(operation("a", &[0, 2, 19]));
        progress.bulk_started(operation("b", &[1]));
        assert_eq!(decode(&encode(&progress)), Ok(progress.clone()));
        progress.bulk_ended(&OperationId::new("a"));
        progress.bulk_ended(&OperationId::new("b"));
        assert_eq!(encode(&progress), plain);
    }

    #[test]
    fn an_operation_over_somebody_who_is_not_there_is_garbled() {
        let mut progress = ChunkProgress::untouched(2);
        progress.bulk_started(operation("a", &[2]));
        assert!(decode(&encode(&progress)).is_err());
    }

    proptest! {
        #[test]
        fn garbled_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [&[super::WITH_BULK][..], &bytes].concat();
            if let Ok(progress) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&progress)), Ok(progress));
            }
        }
    }
}
