//! Covariances: with x_r = M^-1 r and lambda the expected times, Cov(r, s) = lambda . (r x_s + s x_r) - (alpha x_r)(alpha x_s),
//! and lambda . (r s) less in a discrete chain. Of what is nearly certain, as of a time of many stages, this is a small
//! difference of large numbers.

use super::equations::Solutions;
use super::{Derived, Start, Sum, WideFactors};
use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::wide::WideFloat;

impl Derived<'_> {
    /// Sums up the covariance of each pair of equations, row by row up to the diagonal.
    pub(super) fn covariance_sums<const N: usize>(
        &self,
        factors: &WideFactors<'_, N>,
        solutions: &Solutions<N>,
        start: &Start<N>,
    ) -> Vec<(usize, usize, Sum<N>)> {
        let mut time = vec![WideFloat::ZERO; self.trace.len()];
        for &(to, _, probability) in start.edges.iter().filter(|edge| edge.0 != ABSORBED) {
            time[to as usize] += probability;
        }
        factors.solve_transposed(&mut time);
        let earned: Vec<Vec<WideFloat<N>>> = (0..self.equations.len())
            .map(|q| (0..self.trace.len()).map(|p| self.multiple(&self.equations[q].0[0], p)).collect())
            .collect();
        let count = self.majorants.len();
        let pairs = (0..count).flat_map(|i| (0..=i).map(move |j| (i, j)));
        let sum = |(i, j): (usize, usize)| {
            let of = |a: usize, b: usize, own: bool| {
                let mut sum = WideFloat::ZERO;
                for (p, time) in time.iter().enumerate() {
                    let (r, s) = (earned[a][p], earned[b][p]);
                    let both = r * solutions[b][p] + s * solutions[a][p];
                    sum += *time * if own { both - r * s } else { both };
                }
                (sum, start.mean(&solutions[a]) * start.mean(&solutions[b]))
            };
            let (sum, product) = of(i, j, self.trace.kind() == Kind::Discrete);
            // A step's own reward is at most half of both.
            let (most, of_means) = of(self.majorants[i], self.majorants[j], false);
            (i, j, Sum { value: sum - product, magnitude: most + most + of_means })
        };
        pairs.map(sum).collect()
    }
}
