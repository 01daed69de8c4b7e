//! Sums over steps with scaled weights.

use super::{ScaledSweep, StepRecord};
use crate::density::event::Operand;
use crate::scaled::ScaledNumber;

/// Poisson probabilities of 0, 1, 2, ... steps, one after another.
#[derive(Debug)]
pub(super) struct PoissonWeights {
    mean: f64,
    step: usize,
    weight: ScaledNumber,
}

impl PoissonWeights {
    /// Returns the weights of a mean, at step 0: `exp(-mean)` to two roundings.
    pub(super) fn new(mean: f64) -> PoissonWeights {
        PoissonWeights { mean, step: 0, weight: exponential(-mean) }
    }

    /// Returns the probability of exactly this many steps.
    pub(super) fn weight(&self) -> ScaledNumber {
        self.weight
    }

    /// Returns a bound on the probability of more steps: a geometric series beyond the mean, one before.
    pub(super) fn rest(&self) -> ScaledNumber {
        let next = (self.step + 1) as f64;
        if next <= self.mean {
            return ScaledNumber::ONE;
        }
        let ratio = self.mean / (next + 1.0);
        self.weight * (self.mean / next) * (1.0 / (1.0 - ratio))
    }

    /// Returns a bound on the expected number of steps beyond this one: the sum of `(j - k) w_j` over j > k.
    pub(super) fn excess(&self) -> ScaledNumber {
        let next = (self.step + 1) as f64;
        if next <= self.mean {
            return ScaledNumber::from(self.mean);
        }
        self.rest() * (1.0 / (1.0 - self.mean / (next + 1.0)))
    }

    /// Returns a bound on the sum of `(j - k)^2 w_j` over the later steps j > k.
    pub(super) fn square_excess(&self) -> ScaledNumber {
        let next = (self.step + 1) as f64;
        if next <= self.mean {
            return ScaledNumber::from(self.mean * (self.mean + 1.0));
        }
        let less = 1.0 - self.mean / (next + 1.0);
        self.rest() * (2.0 / (less * less))
    }

    /// Goes on to the next step.
    pub(super) fn advance(&mut self) {
        self.step += 1;
        self.weight = self.weight * (self.mean / self.step as f64);
    }
}

/// Returns exp(x) for x <= 0 of any size. x = n ln 2 + r, where ln 2 is the sum of two doubles of which the first has few
/// enough bits for n times it to be exact up to n = 2^20, and exact to 2^-95 of it beyond.
fn exponential(x: f64) -> ScaledNumber {
    const HIGH: f64 = 0.693_147_180_369_123_8;
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    let n = (x / std::f64::consts::LN_2).round();
    let r = (x - n * HIGH) - n * LOW;
    ScaledNumber::new(libm::exp(r), n as i64)
}

/// A sum over steps and the last of them.
#[derive(Debug, Clone, Copy)]
pub(in crate::density) struct StepSum {
    pub(in crate::density) value: ScaledNumber,
    pub(in crate::density) last: usize,
}

impl StepRecord {
    /// Returns an operand.
    pub(in crate::density) fn of(&self, operand: Operand) -> ScaledNumber {
        match operand {
            Operand::Leaving => self.leaving,
            Operand::Mass => self.mass,
            Operand::Absorbed => self.absorbed,
        }
    }
}

impl ScaledSweep<'_> {
    /// Returns the sum of an operand over the steps, weighed by the Poisson probabilities of `mean`. The terms left out
    /// sum up to at most `tolerance` of it. None where they do not within `most` steps.
    ///
    /// The terms of later steps are bounded by monotonicity: mass falls, and no more leaves in a step than `fastest` of it;
    /// of what is absorbed at most 1.
    pub(in crate::density) fn poisson_sum(
        &mut self,
        operand: Operand,
        mean: f64,
        tolerance: f64,
        most: usize,
    ) -> Option<StepSum> {
        let mut weights = PoissonWeights::new(mean);
        let mut value = ScaledNumber::ZERO;
        for step in 0..most {
            let record = self.record(step);
            value += weights.weight() * record.of(operand);
            let later = match operand {
                Operand::Leaving => record.mass * self.fastest(),
                Operand::Mass => record.mass,
                Operand::Absorbed => ScaledNumber::ONE,
            };
            // What is zero after as many steps as there are positions remains so.
            let is_zero = value.is_zero() && step >= self.len();
            if is_zero || weights.rest() * later <= value * tolerance {
                return Some(StepSum { value, last: step });
            }
            weights.advance();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{PoissonWeights, exponential};
    use crate::scaled::ScaledNumber;

    #[test]
    fn exponentials_of_millions_keep_their_digits() {
        assert_eq!(exponential(0.0), ScaledNumber::ONE);
        for x in [-1e-9, -0.5, -3.0, -100.25, -700.0] {
            assert!((exponential(x).to_f64() / f64::exp(x) - 1.0).abs() < 1e-15, "{x}");
        }
        // exp(-x)^2 = exp(-2 x), from where doubles end to far below.
        for x in [-350.0, -12_345.678, -1e6, -4e6] {
            let (once, twice) = (exponential(x), exponential(2.0 * x));
            assert!(((once * once / twice).to_f64() - 1.0).abs() < 2e-15, "{x}");
        }
    }

    #[test]
    fn the_rest_of_the_weights_is_no_less_than_they_sum_up_to() {
        for mean in [1e-100, 0.5, 20.0, 500.0] {
            let mut weights = PoissonWeights::new(mean);
            let mut all = Vec::new();
            for _ in 0..1500 {
                all.push((weights.weight(), weights.rest(), weights.excess(), weights.square_excess()));
                weights.advance();
            }
            let total: ScaledNumber = all.iter().map(|w| w.0).sum();
            assert!((total.to_f64() - 1.0).abs() < 1e-12, "{mean}: {total:?}");
            let slack = 1.0 + 1e-12;
            for k in 0..1000 {
                let rest: ScaledNumber = all[k + 1..].iter().map(|w| w.0).sum();
                assert!(rest <= all[k].1 * slack, "{k} of {mean}");
                let steps = all[k + 1..].iter().zip(1..);
                let excess: ScaledNumber = steps.clone().map(|(w, more)| w.0 * f64::from(more)).sum();
                assert!(excess <= all[k].2 * slack, "{k} of {mean}");
                let squares: ScaledNumber = steps.map(|(w, more)| w.0 * f64::from(more * more)).sum();
                assert!(squares <= all[k].3 * slack, "{k} of {mean}");
            }
        }
    }
}
