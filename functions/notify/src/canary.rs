//! What the canary of a broadcast says about the rest.

use store::{CanaryResult, Tally};

/// What the canary says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing so far: look again.
    Wait,
    /// Send the rest.
    Release(CanaryResult),
    /// Hold the rest, and ask somebody.
    Hold(CanaryResult),
}

/// Judges a canary of `recipients` by how they ended so far.
///
/// Bad is whoever did not get it although it was for them: failed, blocked, unknown. Whoever is skipped (muted, left)
/// counts neither way. It is bad as soon as more than `bound_percent` are, whatever else comes. When the time for it is
/// over (`late`), whoever has no outcome counts as bad too, so that a canary that never ends holds the rest rather than
/// keeping everybody waiting for ever.
#[must_use]
pub fn judge(tally: &Tally, recipients: u64, bound_percent: u64, late: bool) -> Verdict {
    let bad = tally.all_failed() + tally.unknown;
    let open = recipients.saturating_sub(tally.ended());
    let wanted = recipients.saturating_sub(tally.all_skipped());
    let result = CanaryResult {
        recipients,
        bad,
        open,
    };
    let too_many = |bad: u64| bad * 100 > bound_percent * wanted;
    if too_many(bad) {
        return Verdict::Hold(result);
    }
    match (open, late) {
        (0, _) => Verdict::Release(result),
        (_, false) => Verdict::Wait,
        (_, true) if too_many(bad + open) => Verdict::Hold(result),
        (_, true) => Verdict::Release(result),
    }
}

#[cfg(test)]
mod tests {
    use notifications::{FailureCode, SkipReason};

    use super::*;

    fn tally(sent: u64, skipped: u64, failed: u64, unknown: u64) -> Tally {
        Tally {
            sent,
            skipped: [(SkipReason::Muted, skipped)].into(),
            failed: [(FailureCode::new("blocked-by-user"), failed)].into(),
            unknown,
            ..Tally::default()
        }
    }

    fn word(verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Wait => "wait",
            Verdict::Release(_) => "release",
            Verdict::Hold(_) => "hold",
        }
    }

    #[test]
    fn a_canary_is_judged_by_those_who_were_to_get_it() {
        for (tally, late, expected) in [
            // Of 100, with a bound of 5 %.
            (tally(95, 0, 5, 0), false, "release"),
            (tally(94, 0, 6, 0), false, "hold"),
            (tally(94, 0, 3, 3), false, "hold"),
            // Of the 20 who wanted it, one is 5 %, two are 10 %.
            (tally(19, 80, 1, 0), false, "release"),
            (tally(18, 80, 2, 0), false, "hold"),
            (tally(0, 100, 0, 0), false, "release"),
            // Not all have ended.
            (tally(10, 0, 0, 0), false, "wait"),
            (tally(10, 0, 6, 0), false, "hold"),
            // The time is over.
            (tally(95, 0, 0, 0), true, "release"),
            (tally(94, 0, 0, 0), true, "hold"),
            (tally(94, 0, 1, 0), true, "hold"),
            (tally(0, 0, 0, 0), true, "hold"),
        ] {
            assert_eq!(word(judge(&tally, 100, 5, late)), expected, "{tally:?}");
        }
    }

    #[test]
    fn a_bound_of_zero_holds_at_the_first_failure() {
        assert_eq!(word(judge(&tally(99, 0, 1, 0), 100, 0, false)), "hold");
        assert_eq!(word(judge(&tally(100, 0, 0, 0), 100, 0, false)), "release");
    }

    #[test]
    fn what_is_held_says_how_many_did_not_get_it() {
        let held = judge(&tally(50, 10, 20, 1), 100, 5, true);
        let expected = CanaryResult {
            recipients: 100,
            bad: 21,
            open: 19,
        };
        assert_eq!(held, Verdict::Hold(expected));
    }
}
