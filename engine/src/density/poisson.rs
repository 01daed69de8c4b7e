//! Poisson probabilities, by recurrence from the mode and normalised by their sum, as Fox and Glynn do
//! (*Computing Poisson probabilities*, 1988): no exponential that underflows, and no subtraction.

/// Relative to the mode, what lies below is left out: no number made of it could be represented.
const NEGLIGIBLE: f64 = 1e-300;

/// Probabilities of the number of steps.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// The first number with a probability worth keeping.
    pub(super) first: usize,
    /// Probability of `first`, `first + 1`, ...
    pub(super) mass: Vec<f64>,
    /// Probability of more than `first`, more than `first + 1`, ...
    pub(super) beyond: Vec<f64>,
}

impl Weights {
    /// Poisson probabilities of this mean.
    pub(super) fn poisson(mean: f64) -> Weights {
        let mode = mean.floor();
        let mut below = Vec::new();
        let (mut k, mut value) = (mode, 1.0);
        while k > 0.0 && value > NEGLIGIBLE {
            value *= k / mean;
            k -= 1.0;
            below.push(value);
        }
        let first = k as usize;
        let mut mass: Vec<f64> = below.into_iter().rev().chain([1.0]).collect();
        let (mut k, mut value) = (mode, 1.0);
        loop {
            k += 1.0;
            value *= mean / k;
            if value <= NEGLIGIBLE {
                break;
            }
            mass.push(value);
        }
        // From both ends, so that the small ones are added before the large.
        let at_mode = mode as usize - first;
        let total = mass[..at_mode].iter().sum::<f64>() + mass[at_mode..].iter().rev().sum::<f64>();
        mass.iter_mut().for_each(|w| *w /= total);
        Weights::from_mass(first, mass)
    }

    /// Exactly this number.
    pub(super) fn exactly(steps: usize) -> Weights {
        Weights::from_mass(steps, vec![1.0])
    }

    fn from_mass(first: usize, mass: Vec<f64>) -> Weights {
        let mut beyond = vec![0.0; mass.len()];
        for i in (1..mass.len()).rev() {
            beyond[i - 1] = beyond[i] + mass[i];
        }
        Weights { first, mass, beyond }
    }

    /// Probability of more than `steps`.
    pub(super) fn more_than(&self, steps: usize) -> f64 {
        if steps < self.first { 1.0 } else { self.beyond.get(steps - self.first).copied().unwrap_or(0.0) }
    }

    /// Probability of exactly `steps`.
    pub(super) fn of(&self, steps: usize) -> f64 {
        steps.checked_sub(self.first).and_then(|i| self.mass.get(i)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Weights;

    #[test]
    fn probabilities_are_those_of_the_formula_far_into_the_tails() {
        for mean in [0.0, 1e-9, 0.3, 1.0, 7.5, 100.0] {
            let weights = Weights::poisson(mean);
            let mut expected = f64::exp(-mean);
            for k in 0..400 {
                let found = weights.of(k);
                assert!(
                    (found - expected).abs() <= 1e-13 * expected,
                    "{k} of {mean}: {found:e}, not {expected:e}"
                );
                expected *= mean / (k + 1) as f64;
                if expected < 1e-290 {
                    break;
                }
            }
        }
    }

    #[test]
    fn means_of_millions_neither_overflow_nor_lose_mass() {
        for mean in [1e3, 12_345.678, 4e6] {
            let weights = Weights::poisson(mean);
            let at = |k: f64| k * weights.of(k as usize);
            let expected: f64 = (0..weights.mass.len()).map(|i| at((weights.first + i) as f64)).sum();
            assert!((expected / mean - 1.0).abs() < 1e-11, "{expected}");
            // Stirling's series at the mode.
            let k = mean.floor();
            let log =
                k * (mean / k).ln() + (k - mean) - 0.5 * (std::f64::consts::TAU * k).ln() - 1.0 / (12.0 * k);
            assert!((weights.of(k as usize) / log.exp() - 1.0).abs() < 1e-9, "{mean}");
            assert!((weights.more_than(k as usize) - 0.5).abs() < 0.02);
        }
    }
}
