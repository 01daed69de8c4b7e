//! Poisson probabilities, by recurrence from the mode and normalised by their sum, as Fox and Glynn do
//! (*Computing Poisson probabilities*, 1988): no exponential that underflows, and no subtraction.

use std::ops::Range;

/// Relative to the mode, what lies below is left out: no number made of it could be represented.
const NEGLIGIBLE: f64 = 1e-300;

/// What may be missing of the sum of all weights, relative to it.
pub(super) const MISSING: f64 = 1e-18;

/// The same where the rest is to be weighed as far as weights go.
pub(super) const LEAST: f64 = 1e-290;

/// After how many terms a walk asks whether it may end.
const OFTEN: usize = 8;

/// A sum over steps, each weighed by a Poisson probability. Weights are multiples of that of the mode until it is known
/// what they all sum up to.
pub(super) trait Sum {
    /// Adds the term of a step.
    fn add(&mut self, step: usize, weight: f64);

    /// Whether the terms after this step may be left out: their weights sum up to `rest` at most.
    fn may_end(&self, step: usize, rest: f64) -> bool;

    /// Whether the terms up to this step may be left out: their weights sum up to `rest` at most.
    fn may_begin(&self, step: usize, rest: f64) -> bool;

    /// What may be missing of the sum of all weights, relative to it.
    fn missing(&self) -> f64 {
        MISSING
    }
}

/// What a sum over steps has come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Walk {
    /// The steps whose terms were added.
    pub(super) steps: Range<usize>,
    /// The sum of all weights.
    pub(super) total: f64,
    /// The sum of the weights of later steps.
    pub(super) later: f64,
    /// The sum of the weights of earlier steps.
    pub(super) earlier: f64,
}

/// Adds up terms from the mode of the Poisson distribution upwards and then downwards, as far as they count.
pub(super) fn walk(mean: f64, sum: &mut impl Sum) -> Walk {
    let mode = mean as usize;
    let (mut k, mut weight, mut total) = (mode, 1.0, 0.0);
    let (mut end, mut later) = (None, 0.0);
    loop {
        total += weight;
        match end {
            Some(_) => later += weight,
            None => sum.add(k, weight),
        }
        weight *= mean / (k + 1) as f64;
        k += 1;
        if !(k - mode).is_multiple_of(OFTEN) && weight > NEGLIGIBLE {
            continue;
        }
        // The weights after the next one fall at least as fast as it does.
        let rest = weight / (1.0 - mean / (k + 1) as f64);
        if end.is_none() && (weight <= NEGLIGIBLE || sum.may_end(k - 1, rest)) {
            end = Some(k);
        }
        if end.is_some() && rest <= sum.missing() * total {
            break;
        }
    }
    let (mut begin, mut earlier) = (None, 0.0);
    (k, weight) = (mode, 1.0);
    while k > 0 {
        weight *= k as f64 / mean;
        k -= 1;
        if (mode - k).is_multiple_of(OFTEN) || weight <= NEGLIGIBLE {
            let rest = weight / (1.0 - k as f64 / mean);
            if begin.is_none() && (weight <= NEGLIGIBLE || sum.may_begin(k, rest)) {
                begin = Some(k + 1);
            }
            if begin.is_some() && rest <= sum.missing() * total {
                break;
            }
        }
        match begin {
            Some(_) => earlier += weight,
            None => sum.add(k, weight),
        }
        total += weight;
    }
    Walk { steps: begin.unwrap_or(0)..end.unwrap_or(k), total, later, earlier }
}

/// The Poisson probabilities of the steps of a walk.
pub(super) fn probabilities(mean: f64, walk: &Walk) -> Vec<f64> {
    let mode = mean as usize;
    let Range { start, end } = walk.steps;
    let mut mass = vec![0.0; end - start];
    let mut put = |k: usize, weight: f64| mass[k - start] = weight / walk.total;
    let mut weight = 1.0;
    for k in mode..end {
        put(k, weight);
        weight *= mean / (k + 1) as f64;
    }
    weight = 1.0;
    for k in (start..mode).rev() {
        weight *= (k + 1) as f64 / mean;
        put(k, weight);
    }
    mass
}

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
    use super::{Sum, Weights, probabilities, walk};

    /// Takes all terms that can be represented.
    struct All(f64);

    impl Sum for All {
        fn add(&mut self, _: usize, weight: f64) {
            self.0 += weight;
        }

        fn may_end(&self, _: usize, _: f64) -> bool {
            false
        }

        fn may_begin(&self, _: usize, _: f64) -> bool {
            false
        }
    }

    /// Takes terms until the rest is less than this much of them.
    struct Most(f64, f64);

    impl Sum for Most {
        fn add(&mut self, _: usize, weight: f64) {
            self.0 += weight;
        }

        fn may_end(&self, _: usize, rest: f64) -> bool {
            rest <= self.1 * self.0
        }

        fn may_begin(&self, _: usize, rest: f64) -> bool {
            rest <= self.1 * self.0
        }
    }

    #[test]
    fn a_walk_over_all_steps_meets_the_probabilities_of_the_formula() {
        for mean in [0.0, 1e-9, 0.3, 1.0, 7.5, 100.0, 5000.25] {
            let weights = Weights::poisson(mean);
            let mut all = All(0.0);
            let found = walk(mean, &mut all);
            assert_eq!((found.later, found.earlier), (0.0, 0.0), "{mean}");
            assert!((all.0 / found.total - 1.0).abs() < 1e-13, "{mean}");
            let all = weights.first..weights.first + weights.mass.len();
            assert!(found.steps.start.abs_diff(all.start) <= 1 && found.steps.end == all.end, "{found:?}");
            for (k, p) in found.steps.clone().zip(probabilities(mean, &found)) {
                let expected = weights.of(k);
                assert!((p - expected).abs() <= 1e-13 * expected, "{k} of {mean}: {p:e}, not {expected:e}");
            }
        }
    }

    #[test]
    fn what_a_walk_leaves_out_is_weighed_and_is_no_more_than_was_allowed() {
        for mean in [0.0, 0.3, 7.5, 1000.5, 3e6] {
            let mut most = Most(0.0, 1e-6);
            let found = walk(mean, &mut most);
            let missing = found.total - most.0;
            let weighed = found.later + found.earlier;
            assert!((weighed - missing).abs() <= 1e-13 * found.total, "{mean}: {weighed:e}, not {missing:e}");
            assert!(weighed <= 2e-6 * found.total, "{mean}: {weighed:e}");
            let sum: f64 = probabilities(mean, &found).iter().sum();
            assert!((sum + weighed / found.total - 1.0).abs() < 1e-12, "{mean}: {sum}");
            // Few steps: within some five standard deviations and a half.
            assert!((found.steps.len() as f64) < 11.0 * mean.sqrt() + 25.0, "{mean}: {found:?}");
        }
    }

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
