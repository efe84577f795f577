//! Figures of several rounds.

/// The figures of one thing, one for each round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Adds a figure.
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// The figure in the middle; of an even number, the lower of the two. 0 when there is none.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len().saturating_sub(1) / 2;
        sorted.get(middle).copied().unwrap_or_default()
    }

    /// The least figure: what the machine's other work disturbed least. 0 when there is none.
    pub(crate) fn least(&self) -> f64 {
        self.0.iter().copied().reduce(f64::min).unwrap_or_default()
    }

    /// The greatest figure. 0 when there is none.
    pub(crate) fn greatest(&self) -> f64 {
        self.0.iter().copied().reduce(f64::max).unwrap_or_default()
    }

    /// The mean. 0 when there is none.
    pub(crate) fn mean(&self) -> f64 {
        let count = self.0.len().max(1);
        self.0.iter().sum::<f64>() / count as f64
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_the_middle_and_the_greatest_do_not_depend_on_the_order() {
        let samples: Samples = [3.0, 1.0, 2.0, 10.0].into_iter().collect();
        assert_eq!(samples.least(), 1.0);
        assert_eq!(samples.median(), 2.0);
        assert_eq!(samples.greatest(), 10.0);
        assert_eq!(samples.mean(), 4.0);
    }

    #[test]
    fn nothing_measured_is_nothing() {
        assert!(Samples::default().is_empty());
        assert_eq!(Samples::default().median(), 0.0);
    }
}
