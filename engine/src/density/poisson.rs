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

    /// The first number j with a worthwhile probability that one Poisson number of mean `from` is at most j and
    /// another, which is the first and as many more as come in between, `more` in the mean, is above j; and these
    /// probabilities from there on.
    ///
    /// Where less than one is expected in between, they are summed over how many come: nothing is subtracted, and the
    /// relative error is one of rounding. Else they are differences of tails, on the side where the tails are small:
    /// the probability is at least 0.6 of that of `from` being exactly j, so the error is below
    /// `4 sqrt(from + more)` roundings.
    pub(super) fn between(from: f64, more: f64) -> (usize, Vec<f64>) {
        if more <= 0.0 {
            return (0, Vec::new());
        }
        let start = Weights::poisson(from);
        if more < 1.0 {
            let more = Weights::poisson(more);
            let (first, many) = (start.first, more.mass.len());
            let mut sums = vec![0.0; start.mass.len() + many];
            for (i, mass) in start.mass.iter().enumerate() {
                (0..many).for_each(|d| sums[i + d] += mass * more.more_than(d));
            }
            return (first, sums);
        }
        let end = Weights::poisson(from + more);
        let (start_up_to, end_up_to) = (start.up_to(), end.up_to());
        let at = |weights: &Weights, up_to: &[f64], k: usize| match k.checked_sub(weights.first) {
            None => 0.0,
            Some(i) => up_to.get(i).copied().unwrap_or(1.0),
        };
        let middle = (from + more / 2.0) as usize;
        let probability = |k: usize| {
            let difference = match k < middle {
                true => at(&start, &start_up_to, k) - at(&end, &end_up_to, k),
                false => end.more_than(k) - start.more_than(k),
            };
            f64::max(difference, 0.0)
        };
        (start.first, (start.first..end.first + end.mass.len()).map(probability).collect())
    }

    /// Probability of at most `first`, at most `first + 1`, ...
    fn up_to(&self) -> Vec<f64> {
        let mut sum = 0.0;
        let mut add = |mass: &f64| {
            sum += mass;
            sum
        };
        self.mass.iter().map(&mut add).collect()
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
    fn what_lies_between_two_times_keeps_its_digits_however_short_it_is() {
        // The integral of the Poisson probability of j from one mean to the other, by Gauss and Legendre.
        let nodes = [
            (0.183_434_642_495_649_8, 0.362_683_783_378_362),
            (0.525_532_409_916_329, 0.313_706_645_877_887_3),
            (0.796_666_477_413_626_7, 0.222_381_034_453_374_47),
            (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
        ];
        for (from, more) in [(2.0, 0.5), (3.0, 1e-9), (40.0, 0.9), (40.0, 1.1), (900.0, 1.5), (900.0, 0.01)] {
            let more = (from + more) - from;
            let (first, found) = Weights::between(from, more);
            let at = |mean: f64, k: usize| Weights::poisson(mean).of(k);
            let near = (from as usize).saturating_sub(30)..from as usize + 30;
            for k in near.filter(|k| *k >= first) {
                let halves = [from + more / 4.0, from + 3.0 * more / 4.0];
                let integral = |middle: f64| -> f64 {
                    let term = |(x, w): &(f64, f64)| {
                        w * (at(middle - x * more / 4.0, k) + at(middle + x * more / 4.0, k))
                    };
                    nodes.iter().map(term).sum::<f64>() * more / 4.0
                };
                let expected: f64 = halves.into_iter().map(integral).sum();
                let found = found[k - first];
                assert!(
                    (found - expected).abs() <= 1e-11 * expected,
                    "{k} between {from} and {more} more: {found:e}, not {expected:e}"
                );
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
