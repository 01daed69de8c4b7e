//! Numeric elimination of one component in which vertices that cannot be left may occur.

use super::super::Rates;
use crate::symbolic::Factors;
use crate::trace::Trace;

/// L, U and D of one component. Kept from component to component, so that memory is taken once.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Values of L, in the plan's order.
    pub(crate) lower: Vec<f64>,
    /// Values of U, in the plan's order.
    pub(crate) upper: Vec<f64>,
    /// D: what leaves each vertex once those before it are eliminated.
    pub(crate) diagonal: Vec<f64>,
    /// What leaves the component from each vertex, through eliminated vertices included.
    leaving: Vec<f64>,
    /// The row at work, by column; zero between rows.
    row: Vec<f64>,
}

impl Workspace {
    /// Eliminates the component whose positions begin at `first` and whose edges have the weights
    /// `inner`.
    pub(crate) fn eliminate(
        &mut self,
        trace: &Trace,
        rates: &Rates,
        factors: &Factors,
        first: usize,
        inner: &[u32],
    ) {
        let size = factors.edges.first.len() - 1;
        self.lower.resize(factors.lower.columns.len(), 0.0);
        self.upper.resize(factors.upper.columns.len(), 0.0);
        self.diagonal.resize(size, 0.0);
        self.leaving.resize(size, 0.0);
        self.row.clear();
        self.row.resize(size, 0.0);
        for k in 0..size {
            let edges = factors.edges.range(k);
            for (&column, &weight) in factors.edges.columns[edges.clone()].iter().zip(&inner[edges]) {
                self.row[column as usize] = rates.of(weight);
            }
            let boundary = trace.boundary.of(first + k).map(|(_, w)| rates.of(w)).sum();
            self.eliminate_row(factors, k, boundary);
        }
    }

    fn eliminate_row(&mut self, factors: &Factors, k: usize, boundary: f64) {
        let mut leaving = boundary;
        let row = self.row.as_mut_slice();
        let range = factors.lower.range(k);
        for (&i, lower) in factors.lower.columns[range.clone()].iter().zip(&mut self.lower[range]) {
            let i = i as usize;
            let rate = std::mem::take(&mut row[i]);
            if self.diagonal[i] == 0.0 {
                // What enters i never comes back: it leaves for good, at the rate itself.
                *lower = rate;
                leaving += rate;
                continue;
            }
            let l = rate / self.diagonal[i];
            *lower = l;
            leaving += l * self.leaving[i];
            let range = factors.upper.range(i);
            for (&j, &u) in factors.upper.columns[range.clone()].iter().zip(&self.upper[range]) {
                row[j as usize] += l * u;
            }
        }
        row[k] = 0.0; // a self-loop costs no time
        let mut diagonal = leaving;
        let range = factors.upper.range(k);
        for (&j, upper) in factors.upper.columns[range.clone()].iter().zip(&mut self.upper[range]) {
            *upper = std::mem::take(&mut row[j as usize]);
            diagonal += *upper;
        }
        self.leaving[k] = leaving;
        self.diagonal[k] = diagonal;
    }

    /// Solves for one right-hand side: `x` holds it, and the solution after, which is `trapped` of the vertex and
    /// what has accumulated where it cannot be left. A product with zero is zero, even if the other factor is
    /// infinite.
    pub(crate) fn solve(&self, factors: &Factors, x: &mut [f64], trapped: impl Fn(usize, f64) -> f64) {
        for k in 0..x.len() {
            let range = factors.lower.range(k);
            let mut y = x[k];
            for (&i, &l) in factors.lower.columns[range.clone()].iter().zip(&self.lower[range]) {
                let i = i as usize;
                y += product(l, if self.diagonal[i] == 0.0 { trapped(i, x[i]) } else { x[i] });
            }
            x[k] = y;
        }
        for k in (0..x.len()).rev() {
            let range = factors.upper.range(k);
            let mut y = x[k];
            for (&j, &u) in factors.upper.columns[range.clone()].iter().zip(&self.upper[range]) {
                y += product(u, x[j as usize]);
            }
            x[k] = if self.diagonal[k] == 0.0 { trapped(k, y) } else { y / self.diagonal[k] };
        }
    }
}

/// A product that is zero where a factor is, even if the other is infinite.
pub(crate) fn product(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}
