//! Chance that can be had again.

use startup::{Clock as _, SystemClock};

/// Numbers from a seed (SplitMix64).
pub(super) struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// By a seed that nobody used before, or the one that the tests were compiled with.
    pub(super) fn new() -> Self {
        let given = option_env!("TIDINGS_SEED").map(|seed| seed.parse().expect("a number"));
        let time = SystemClock.now().as_nanosecond();
        Self::of(given.unwrap_or_else(|| u64::try_from(time).unwrap_or_default() % 1_000_000))
    }

    fn of(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What the numbers depend on.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Numbers of their own for a part, however many another part takes.
    pub(super) fn branch(&mut self) -> Self {
        Self::of(self.next())
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
