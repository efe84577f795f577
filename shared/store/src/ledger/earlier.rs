//! The tries that a recipient had before a request to send again, in front of a
//! chunk's progress: few chunks have any.

use super::bytes::{Bytes, Garbled, put_number};
use super::encoding;
use super::progress::ChunkProgress;

/// The version of a value that begins with them; what follows is one without.
const WITH_EARLIER: u8 = 3;

/// Encodes a chunk's progress.
pub(super) fn encode(progress: &ChunkProgress) -> Vec<u8> {
    let inner = encoding::encode(progress);
    if progress.recipients.iter().all(|one| one.earlier == 0) {
        return inner;
    }
    let mut out = Vec::with_capacity(inner.len() + progress.recipients.len() + 2);
    out.push(WITH_EARLIER);
    put_number(&mut out, progress.recipients.len() as u64);
    out.extend(progress.recipients.iter().map(|one| one.earlier));
    out.extend_from_slice(&inner);
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<ChunkProgress, Garbled> {
    let mut rest = Bytes::new(bytes);
    if rest.byte()? != WITH_EARLIER {
        return encoding::decode(bytes);
    }
    let count = rest.size()?;
    let earlier = rest.take(count)?;
    let mut progress = encoding::decode(rest.rest())?;
    if progress.recipients.len() != count {
        return Err(Garbled);
    }
    for (one, earlier) in progress.recipients.iter_mut().zip(earlier) {
        one.earlier = *earlier;
    }
    Ok(progress)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use notifications::{FailureCode, Outcome};

    use super::{ChunkProgress, decode, encode};

    #[test]
    fn whoever_is_tried_anew_keeps_the_tries_so_far() {
        let mut progress = ChunkProgress::untouched(3);
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        progress.tried(1);
        progress.tried(1);
        progress.end(1, Outcome::Failed(FailureCode::new("not-found")), at);
        progress.end(2, Outcome::sent(None), at);
        let reopened = progress.reopen(|outcome| matches!(outcome, Outcome::Failed(_)));
        assert_eq!(reopened, 1);
        assert_eq!(progress.unended().collect::<Vec<_>>(), [0, 1]);
        let one = progress.get(1).unwrap();
        assert_eq!((one.tries, one.earlier), (0, 2));
        assert_eq!(decode(&encode(&progress)), Ok(progress.clone()));
        let short = &encode(&progress)[..4];
        assert!(decode(short).is_err());
    }
}
