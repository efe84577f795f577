//! When a broadcast is one, and what it takes.

use std::time::Duration;

use activity::ids::ObjectId;
use startup::Environment;

/// What an operator set about broadcasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcasts {
    /// Above so many recipients a second person approves; 0: never.
    pub approval_above: u64,
    /// How much of a broadcast goes first, in percent; 0: nothing does.
    pub canary_percent: u64,
    /// Above so many recipients there is a canary.
    pub canary_above: u64,
    /// How much of a canary may fail, in percent, before the rest is held.
    pub canary_bound_percent: u64,
    /// How many messages a second are delivered, to say how long it takes.
    pub rate: u64,
    /// Who may decide about every broadcast.
    pub admins: Vec<ObjectId>,
}

impl Default for Broadcasts {
    fn default() -> Self {
        Self {
            approval_above: 1_000,
            canary_percent: 1,
            canary_above: 1_000,
            canary_bound_percent: 5,
            rate: 45,
            admins: Vec::new(),
        }
    }
}

impl Broadcasts {
    /// No approvals and no canaries.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            approval_above: 0,
            canary_percent: 0,
            ..Self::default()
        }
    }

    /// Reads `BROADCAST_APPROVAL_ABOVE`, `CANARY_PERCENT`, `CANARY_ABOVE`, `CANARY_BOUND_PERCENT`, `DELIVERY_RATE` and
    /// `ADMINS`. `None` when one cannot be used; the environment has noted it.
    pub fn from_environment(env: &mut Environment) -> Option<Self> {
        let default = Self::default();
        let approval_above = env.parsed_or("BROADCAST_APPROVAL_ABOVE", default.approval_above);
        let canary_percent = percent(env, "CANARY_PERCENT", default.canary_percent);
        let canary_above = env.parsed_or("CANARY_ABOVE", default.canary_above);
        let bound = percent(env, "CANARY_BOUND_PERCENT", default.canary_bound_percent);
        let rate: Option<u64> = env.parsed_or("DELIVERY_RATE", default.rate);
        if rate == Some(0) {
            env.problem("DELIVERY_RATE", "is not at least 1");
        }
        let admins = env.optional("ADMINS").unwrap_or_default();
        let admins = admins.split(',').map(str::trim).filter(|id| !id.is_empty());
        Some(Self {
            admins: admins.map(ObjectId::new).collect(),
            approval_above: approval_above?,
            canary_percent: canary_percent?,
            canary_above: canary_above?,
            canary_bound_percent: bound?,
            rate: rate?,
        })
    }

    /// Whether a second person has to approve so many messages.
    #[must_use]
    pub fn needs_approval(&self, recipients: u64) -> bool {
        self.approval_above > 0 && recipients > self.approval_above
    }

    /// How many chunks of a broadcast go first; 0: all go together.
    #[must_use]
    pub fn canary_chunks(&self, recipients: u64, chunks: u64) -> u64 {
        if self.canary_percent == 0 || recipients <= self.canary_above {
            return 0;
        }
        let some = (recipients * self.canary_percent).div_ceil(100);
        // Chunks are full but for a few.
        let chunk = recipients.div_ceil(chunks.max(1)).max(1);
        let first = some.div_ceil(chunk).max(1);
        if first < chunks { first } else { 0 }
    }

    /// How long so many messages take.
    #[must_use]
    pub fn lasts(&self, recipients: u64) -> Duration {
        Duration::from_secs(recipients.div_ceil(self.rate.max(1)))
    }
}

fn percent(env: &mut Environment, name: &'static str, default: u64) -> Option<u64> {
    let percent = env.parsed_or(name, default)?;
    if percent > 100 {
        env.problem(name, "is not a percentage from 0 to 100");
        return None;
    }
    Some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approval_is_asked_above_the_bound_and_never_at_zero() {
        let some = Broadcasts::default();
        assert!(!some.needs_approval(1_000));
        assert!(some.needs_approval(1_001));
        assert!(!Broadcasts::plain().needs_approval(u64::MAX));
    }

    #[test]
    fn a_canary_is_a_percentage_in_whole_chunks() {
        let some = Broadcasts::default();
        assert_eq!(some.canary_chunks(1_000, 50), 0, "not above the bound");
        assert_eq!(some.canary_chunks(1_001, 51), 1);
        assert_eq!(some.canary_chunks(1_000_000, 50_000), 500);
        assert_eq!(some.canary_chunks(10_000, 2_000), 20);
        assert_eq!(Broadcasts::plain().canary_chunks(1_000_000, 50_000), 0);
        let all = Broadcasts {
            canary_percent: 100,
            ..some
        };
        assert_eq!(all.canary_chunks(2_000, 100), 0, "the canary is everybody");
    }

    #[test]
    fn the_settings_are_read_with_their_defaults_and_bounds() {
        let read = |pairs: &[(&str, &str)]| {
            let mut env = Environment::from_pairs(pairs.iter().copied());
            let read = Broadcasts::from_environment(&mut env);
            (read, env.finish(|| Some(())).err())
        };
        let (plain, problems) = read(&[]);
        assert_eq!(plain, Some(Broadcasts::default()));
        assert!(problems.is_none());
        let (set, _) = read(&[
            ("BROADCAST_APPROVAL_ABOVE", "0"),
            ("CANARY_PERCENT", "10"),
            ("CANARY_ABOVE", "200"),
            ("CANARY_BOUND_PERCENT", "2"),
            ("DELIVERY_RATE", "30"),
            ("ADMINS", " a-1, ,b-2"),
        ]);
        let set = set.expect("all can be used");
        assert_eq!(
            (set.approval_above, set.canary_percent, set.canary_above),
            (0, 10, 200)
        );
        assert_eq!((set.canary_bound_percent, set.rate), (2, 30));
        assert_eq!(set.admins, ["a-1", "b-2"].map(ObjectId::new));
        let (_, problems) = read(&[
            ("BROADCAST_APPROVAL_ABOVE", "many"),
            ("CANARY_PERCENT", "101"),
            ("DELIVERY_RATE", "0"),
        ]);
        let problems = problems.expect("three cannot be used").problems;
        let named: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        assert_eq!(
            named,
            [
                "BROADCAST_APPROVAL_ABOVE",
                "CANARY_PERCENT",
                "DELIVERY_RATE"
            ]
        );
    }

    #[test]
    fn a_million_take_six_hours_and_a_bit() {
        let hours = Broadcasts::default().lasts(1_000_000).as_secs() / 3_600;
        assert_eq!(hours, 6);
    }
}
