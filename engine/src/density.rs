//! The distribution of T at a parameter vector: density, cdf, survival, quantiles, where the chain is and how
//! long it was there, and the Laplace transform.
//!
//! Uniformisation is tried first: it is the only method that works with nonnegative numbers alone on a chain of any
//! size, and so the only one that keeps all digits of the tails. Its work grows with the highest rate times the
//! time, which on stiff chains is 1e26: small chains are then squared, and large ones transformed back along a
//! contour, unless that costs more, or fails, and the sweep is not too long. The answer says which.
//!
//! ```
//! use sojourn_engine::{Chain, DistributionQuery, Trace, models};
//!
//! let trace = Trace::record(&Chain::new(&models::build("coalescent,n=10")?))?;
//! let query = DistributionQuery { times: vec![1.0], quantiles: vec![0.5], ..DistributionQuery::default() };
//! let found = trace.distribution(&[1.0], &query)?;
//! assert!((found.points[0].density - 0.525692918510965).abs() < 1e-12);
//! println!("{:?}; the median is {}", found.points[0], found.quantiles[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adjoint;
mod bounds;
mod budget;
mod change;
mod complex;
mod contour;
mod derivative;
mod doubling;
mod each;
mod event;
mod flow;
mod gradient;
mod grid;
mod lanes;
mod layout;
mod likelihoods;
mod poisson;
mod prepared;
mod quantile;
mod query;
mod shifted;
mod solver;
mod spread;
mod stationary;
mod sweep;
mod tails;

use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::replay::{EvaluateError, Initial, Rates, all_edges, ending_in, reachable_traps};
use crate::scaled::ScaledNumber;
use crate::trace::Trace;
use each::at_each;
use solver::Solver;

pub use bounds::ErrorBound;
pub use contour::ContourRefusal;
pub use derivative::ParameterGradient;
pub use event::Event;
pub use gradient::PointGradient;
pub(crate) use grid::Grid;
pub(crate) use likelihoods::{Likelihoods, likelihoods};
pub use query::{Distribution, DistributionQuery, Method, Point, PointErrors, QuantileError};
pub(crate) use solver::Weighed;

/// Density, cdf and survival.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Values {
    density: ScaledNumber,
    cdf: ScaledNumber,
    survival: ScaledNumber,
}

impl Values {
    /// Returns values that are doubles.
    fn plain(density: f64, cdf: f64, survival: f64) -> Values {
        Values { density: density.into(), cdf: cdf.into(), survival: survival.into() }
    }
}

impl Trace {
    /// The distribution of T at `theta`.
    ///
    /// # Errors
    /// As [`Trace::evaluate`], traps apart; if a time is negative or not finite, a probability not between zero
    /// and one; [`EvaluateError::TooManySteps`] or [`EvaluateError::NoContour`] where no method reaches a time. Contours give no
    /// states: those of a large chain after a long time are refused though its density is not.
    pub fn distribution(
        &self,
        theta: &[f64],
        query: &DistributionQuery,
    ) -> Result<Distribution, EvaluateError> {
        // One vector has one answer.
        self.distributions(&[theta], query).swap_remove(0)
    }

    /// As [`Trace::distribution`], at each of several vectors.
    pub(crate) fn distributions(
        &self,
        thetas: &[&[f64]],
        query: &DistributionQuery,
    ) -> Vec<Result<Distribution, EvaluateError>> {
        if let Err(error) = query.check() {
            return thetas.iter().map(|_| Err(error.clone())).collect();
        }
        at_each(self, thetas, query, |solvers| {
            let each = |solver: &mut Solver<'_>| {
                let found = self.distribution_by(solver, query);
                solver.release();
                found
            };
            solvers.iter_mut().map(each).collect()
        })
    }

    fn distribution_by(
        &self,
        solver: &mut Solver<'_>,
        query: &DistributionQuery,
    ) -> Result<Distribution, EvaluateError> {
        let (rates, initial) = (solver.rates, solver.initial);
        let traps = reachable_traps(self, rates, initial);
        let ending = |class: &Vec<u32>| ending_in(self, rates, initial, class);
        let mass_in_traps = traps.iter().map(ending).fold(0.0, |sum, mass| sum + mass);
        let points = query.times.iter().map(|&t| solver.at(t)).collect::<Result<_, _>>()?;
        let quantile = |&p: &f64| quantile::quantile(solver, p, mass_in_traps);
        let quantiles = query.quantiles.iter().map(quantile).collect::<Result<Vec<_>, _>>()?;
        let (quantiles, quantile_errors) = quantiles.into_iter().unzip();
        let (mut state_probabilities, mut occupancies) = (Vec::new(), Vec::new());
        if query.state_probabilities || query.occupancies {
            for spread in solver.spreads(&query.times)? {
                state_probabilities.push(self.by_row(&spread.states));
                occupancies.push(self.by_row(&spread.visits));
            }
        }
        let asked = |asked: bool, vectors: Vec<Vec<f64>>| if asked { vectors } else { Vec::new() };
        Ok(Distribution {
            points,
            quantiles,
            quantile_errors,
            state_probabilities: asked(query.state_probabilities, state_probabilities),
            occupancies: asked(query.occupancies, occupancies),
            mass_at_zero: initial.mass_at_zero,
            mass_in_traps,
        })
    }

    /// `E[exp(-s T)]` at `theta`, for s >= 0: one replay of the chain killed at rate s everywhere, without
    /// subtraction. Where T is infinite it counts as zero, so that at s = 0 the probability of absorption is left.
    ///
    /// # Errors
    /// As [`Trace::evaluate`], infinite results apart; if s is negative or not finite.
    pub fn laplace_transform(&self, theta: &[f64], s: f64) -> Result<f64, EvaluateError> {
        if !(s >= 0.0 && s.is_finite()) {
            return Err(EvaluateError::Shift { value: s });
        }
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let mut exit = vec![0.0; self.len()];
        let exits = all_edges(self).filter(|e| e.1 == ABSORBED);
        exits.for_each(|(from, _, weight)| exit[from as usize] += rates.of(weight));
        let killing = match self.kind() {
            Kind::Continuous => s,
            // z = exp(-s) a step: (1 - z) of what stays is killed, and what moves is z times as much.
            Kind::Discrete => s.exp_m1(),
        };
        // Beyond this cap sums with rates overflow; below it the transform is too small to be represented.
        let killing = killing.min(f64::MAX / 4.0);
        let x = shifted::solve(self, &rates, killing, &[exit]);
        Ok(initial.mass_at_zero + initial.dot(&x[0]))
    }

    fn by_row(&self, by_position: &[f64]) -> Vec<f64> {
        let mut by_row = vec![0.0; self.rows()];
        self.position_rows.iter().zip(by_position).for_each(|(&row, &value)| by_row[row as usize] = value);
        by_row
    }
}
