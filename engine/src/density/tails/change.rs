//! Derivatives in the tails: forwards, one parameter at a time, with the magnitudes of all that was added up.
//!
//! `d v_(k+1) = d v_k P + v_k dP`. Beside it goes the same sum of the magnitudes of its terms,
//! `a_(k+1) = a_k P + v_k |dP|`, where |dP| has the sum of the magnitudes of what leaves in the place of staying. Every term is a product of nonnegative numbers
//! with one coefficient, so the error of d v is at most gamma a, with the gamma of the sweep and what the coefficients of a row
//! add to it. No bound of the derivative itself follows from less.

use super::sum::PoissonWeights;
use super::{ScaledFlow, ScaledSweep};
use crate::density::change::Slope;
use crate::density::event::Operand;
use crate::scaled::ScaledNumber;

/// A number, or a vector of them, as derivative and as magnitude.
#[derive(Debug, Clone, Copy, Default)]
struct Signed {
    value: ScaledNumber,
    magnitude: ScaledNumber,
}

impl Signed {
    fn of(value: f64, magnitude: f64) -> Signed {
        Signed { value: value.into(), magnitude: magnitude.into() }
    }

    fn add(&mut self, factor: ScaledNumber, term: Signed) {
        self.value += factor * term.value;
        self.magnitude += factor * term.magnitude;
    }
}

/// Derivatives of what is known of a chain after a number of steps.
#[derive(Debug, Clone, Copy, Default)]
struct RecordChange {
    leaving: Signed,
    mass: Signed,
    absorbed: Signed,
}

/// A derivative and the bound on its absolute error.
#[derive(Debug, Clone, Copy)]
pub(in crate::density) struct BoundedDerivative {
    pub(in crate::density) value: ScaledNumber,
    pub(in crate::density) error: ScaledNumber,
}

/// Derivatives with respect to one parameter, step by step.
#[derive(Debug)]
pub(in crate::density) struct ScaledSlopes<'s> {
    slope: &'s Slope,
    v: Vec<ScaledNumber>,
    change: Vec<Signed>,
    records: Vec<RecordChange>,
    /// Most that one step adds to the magnitude of what it starts from.
    most: ScaledNumber,
    /// Most edges that leave a position: roundings of what leaves it.
    degree: f64,
}

impl<'s> ScaledSlopes<'s> {
    /// Returns the derivatives of a chain that begins where the sweep does.
    pub(in crate::density) fn new(chain: &ScaledFlow<'_>, slope: &'s Slope) -> ScaledSlopes<'s> {
        let v: Vec<ScaledNumber> = chain.flow.start.iter().map(|&a| a.into()).collect();
        let of = |(&value, &magnitude): (&f64, &f64)| Signed::of(value, magnitude);
        let change: Vec<Signed> = slope.start.iter().zip(&slope.start_magnitudes).map(of).collect();
        let layout = chain.flow.layout;
        let degrees = layout.first.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0);
        let mut slopes = ScaledSlopes {
            slope,
            v,
            change,
            records: Vec::new(),
            most: slope.most(layout).into(),
            degree: (degrees + 1) as f64,
        };
        let absorbed = of((&slope.mass_at_zero, &slope.zero_magnitude));
        slopes.keep(chain, absorbed);
        slopes
    }

    fn keep(&mut self, chain: &ScaledFlow<'_>, absorbed: Signed) {
        let (mut leaving, mut mass) = (Signed::default(), Signed::default());
        for (p, &change) in self.change.iter().enumerate() {
            leaving.add(chain.exit[p], change);
            leaving.add(self.v[p], Signed::of(self.slope.exit[p], self.slope.exit_magnitudes[p]));
            mass.add(ScaledNumber::ONE, change);
        }
        self.records.push(RecordChange { leaving, mass, absorbed });
    }

    fn advance(&mut self, chain: &ScaledFlow<'_>) {
        let layout = chain.flow.layout;
        let staying = |p: usize| {
            let mut sum = Signed::default();
            sum.add(chain.stay[p], self.change[p]);
            sum.add(self.v[p], Signed::of(-self.slope.out[p], self.slope.out_magnitudes[p]));
            sum
        };
        let mut next: Vec<Signed> = (0..self.v.len()).map(staying).collect();
        for p in 0..self.v.len() {
            for e in layout.first[p]..layout.first[p + 1] {
                let to = &mut next[layout.to[e] as usize];
                to.add(chain.probabilities[layout.weight[e] as usize], self.change[p]);
                to.add(self.v[p], Signed::of(self.slope.edges[e], self.slope.edge_magnitudes[e]));
            }
        }
        let mut after = vec![ScaledNumber::ZERO; self.v.len()];
        chain.step(&self.v, &mut after);
        (self.v, self.change) = (after, next);
        let last = self.records[self.records.len() - 1];
        let mut absorbed = last.absorbed;
        absorbed.add(ScaledNumber::ONE, last.leaving);
        self.keep(chain, absorbed);
    }

    fn reach(&mut self, chain: &ScaledFlow<'_>, step: usize) -> RecordChange {
        while self.records.len() <= step {
            self.advance(chain);
        }
        self.records[step]
    }

    fn operand(record: &RecordChange, operand: Operand) -> Signed {
        match operand {
            Operand::Leaving => record.leaving,
            Operand::Mass => record.mass,
            Operand::Absorbed => record.absorbed,
        }
    }

    /// Returns the bound relative to the magnitudes of a sum over the steps up to `last`.
    fn rounding(&self, sweep: &ScaledSweep<'_>, last: usize, mean: f64) -> f64 {
        sweep.rounding(last, mean) + (self.degree + 8.0) * f64::EPSILON
    }

    /// Returns the derivative of an operand after exactly so many steps.
    pub(in crate::density) fn at_step(
        &mut self,
        sweep: &ScaledSweep<'_>,
        operand: Operand,
        step: usize,
    ) -> BoundedDerivative {
        let record = self.reach(&sweep.chain, step);
        let found = ScaledSlopes::operand(&record, operand);
        let rounding = self.rounding(sweep, step, 0.0);
        BoundedDerivative { value: found.value, error: found.magnitude * rounding }
    }

    /// Returns the derivative of a sum over steps, weighed by the Poisson probabilities of `mean`, up to the step `last`
    /// where the terms of the sum itself could be left out, and on until its own can: `tolerance` relative to the magnitudes.
    ///
    /// After step k the magnitude of a later derivative is at most that after k and, for each step more, `most` of the
    /// mass; of what is absorbed, which is the sum of what leaves, as much again in each of the steps in between.
    pub(in crate::density) fn poisson_sum(
        &mut self,
        sweep: &mut ScaledSweep<'_>,
        operand: Operand,
        mean: f64,
        (tolerance, last): (f64, usize),
    ) -> BoundedDerivative {
        let mut weights = PoissonWeights::new(mean);
        let mut sum = Signed::default();
        let mut step = 0;
        loop {
            let change = self.reach(&sweep.chain, step);
            sum.add(weights.weight(), ScaledSlopes::operand(&change, operand));
            let mass = sweep.record(step).mass;
            let later = match operand {
                Operand::Absorbed => {
                    let (grows, starts) = (self.most * mass, change.mass.magnitude);
                    let leaves = weights.excess() * (starts + grows) + weights.square_excess() * grows;
                    weights.rest() * change.absorbed.magnitude + leaves
                }
                _ => weights.rest() * change.mass.magnitude + weights.excess() * (self.most * mass),
            };
            let is_over = later <= sum.magnitude * tolerance || (sum.magnitude.is_zero() && later.is_zero());
            // A derivative that is zero throughout has no magnitude to be compared with.
            if (step >= last && is_over) || step > 4 * last + 1000 {
                let rounding = self.rounding(sweep, step, mean);
                return BoundedDerivative { value: sum.value, error: sum.magnitude * rounding + later };
            }
            weights.advance();
            step += 1;
        }
    }
}
