//! Rates and initial probabilities at a parameter vector.

use super::EvaluateError;
use crate::chain::ABSORBED;
use crate::graph::{Kind, WeightTable};
use crate::trace::{Block, Trace};

/// Rounding below which a rate counts as zero, in units of the sum of its terms' magnitudes: a rate such as
/// `theta0 - theta1` at equal parameters is zero, not 1e-17 or -1e-17.
pub(super) const SNAP: f64 = 4.0 * f64::EPSILON;

/// The value of each distinct weight.
#[derive(Debug)]
pub(crate) struct Rates {
    pub(super) values: Vec<f64>,
    /// Of each row of quotients, what they are divided by.
    pub(super) totals: Vec<f64>,
}

impl Rates {
    /// Evaluates every weight of a trace.
    pub(crate) fn new(trace: &Trace, theta: &[f64]) -> Result<Rates, EvaluateError> {
        let (found, expected) = (theta.len(), trace.parameters());
        if found != expected {
            return Err(EvaluateError::ThetaLength { found, expected });
        }
        if let Some(index) = theta.iter().position(|t| !t.is_finite()) {
            return Err(EvaluateError::ThetaNotFinite { index, value: theta[index] });
        }
        let forms = 0..trace.weights.forms() as u32;
        let values = forms.map(|w| value(&trace.weights, w, theta)).collect();
        let mut rates = Rates { values, totals: Vec::new() };
        if let Some(weight) = rates.values.iter().position(|r| !(*r >= 0.0 && r.is_finite())) {
            return Err(rates.blame(trace, weight as u32));
        }
        rates.divide(trace)?;
        match trace.kind() {
            Kind::Discrete => rates.check_row_sums(trace)?,
            Kind::Continuous => rates.check_overflow(trace)?,
        }
        Ok(rates)
    }

    /// Divides the weights of each normalised row by their total, w_k / s with s = sum of m_k w_k; all are zero where
    /// that is. Quotients come behind the forms.
    fn divide(&mut self, trace: &Trace) -> Result<(), EvaluateError> {
        let (quotients, forms) = (trace.weights.quotients(), self.values.len());
        for (range, terms) in quotients.iter() {
            let total = terms.iter().fold(0.0, |sum, &(form, count)| sum + f64::from(count) * self.of(form));
            if !total.is_finite() {
                let number = (forms + range.start) as u32;
                let mut edges = all_edges(trace).chain(all_loops(trace));
                let vertex = edges
                    .find(|edge| edge.2 == number)
                    .map_or(trace.start_row, |edge| trace.position_rows[edge.0 as usize]);
                let what = format!("the sum of the weights out of vertex {vertex}");
                return Err(EvaluateError::Overflow { what });
            }
            self.totals.push(total);
            for &(form, _) in terms {
                let weight = self.of(form);
                self.values.push(if total == 0.0 { 0.0 } else { weight / total });
            }
        }
        Ok(())
    }

    /// The rate out of a vertex must be a finite number, or its time would come out as zero. Elimination does
    /// not raise these sums.
    fn check_overflow(&self, trace: &Trace) -> Result<(), EvaluateError> {
        // No row has more edges than 32 bits count: sums of rates below this bound are finite.
        if self.values.iter().all(|&rate| rate <= f64::MAX / 4_294_967_296.0) {
            return Ok(());
        }
        let mut sums = vec![0.0; trace.len()];
        all_edges(trace).for_each(|(from, _, weight)| sums[from as usize] += self.of(weight));
        match sums.iter().position(|sum| !sum.is_finite()) {
            None => Ok(()),
            Some(p) => {
                let what = format!("the sum of the rates out of vertex {}", trace.position_rows[p]);
                Err(EvaluateError::Overflow { what })
            }
        }
    }

    /// Value of a weight.
    pub(crate) fn of(&self, weight: u32) -> f64 {
        self.values[weight as usize]
    }

    /// Names an edge that has an impossible rate.
    fn blame(&self, trace: &Trace, weight: u32) -> EvaluateError {
        let forms = trace.weights.forms() as u32;
        // A form may be that of an edge, or what one is made of by division.
        let is_of = |number: u32| {
            number == weight
                || number >= forms && trace.weights.quotients().of((number - forms) as usize).0 == weight
        };
        let edge = all_edges(trace).chain(all_loops(trace)).find(|e| is_of(e.2));
        if edge.is_none()
            && let Some(sum) = self.start_mass_above_one(trace, weight)
        {
            return EvaluateError::StartMass { start: trace.start_row, sum };
        }
        let row = |p: u32| (p != ABSORBED).then(|| trace.position_rows[p as usize]);
        let (from, to) = match edge {
            Some((from, to, _)) => (row(from).unwrap_or(trace.start_row), row(to)),
            None => (trace.start_row, None), // a weight that only the start has
        };
        EvaluateError::Rate { from, to, value: self.of(weight) }
    }

    /// Sum of the start's other weights, where this one is what they lack to one, and is negative.
    fn start_mass_above_one(&self, trace: &Trace, weight: u32) -> Option<f64> {
        let others: f64 = trace.start.iter().filter(|s| s.1 != weight).map(|s| self.of(s.1)).sum();
        let lacking = trace.start.contains(&(ABSORBED, weight)) && self.of(weight) < 0.0;
        let is_rest = (1.0 - others - self.of(weight)).abs() <= 1e-9 * others.abs();
        (lacking && is_rest).then_some(others)
    }

    /// A row of probabilities may sum to one, and to no more.
    fn check_row_sums(&self, trace: &Trace) -> Result<(), EvaluateError> {
        let mut sums = vec![0.0; trace.len()];
        let mut terms = vec![0u32; trace.len()];
        for (from, _, weight) in all_edges(trace).chain(all_loops(trace)) {
            sums[from as usize] += self.of(weight);
            terms[from as usize] += 1;
        }
        let above = (0..trace.len()).find(|&p| sums[p] > 1.0 + f64::from(terms[p]) * SNAP);
        above.map_or(Ok(()), |p| Err(EvaluateError::RowSum { vertex: trace.position_rows[p], sum: sums[p] }))
    }
}

/// Value of a weight: base plus products in the order of the parameters.
fn value(weights: &WeightTable, weight: u32, theta: &[f64]) -> f64 {
    let base = weights.base(weight);
    let (mut sum, mut magnitude) = (base, base.abs());
    for (c, t) in weights.coefficients(weight).iter().zip(theta) {
        if *c != 0.0 {
            let product = c * t;
            sum += product;
            magnitude += product.abs();
        }
    }
    // An infinite sum is no rounding: it is left for the caller to refuse.
    if sum.is_finite() && sum.abs() <= SNAP * magnitude { 0.0 } else { sum }
}

/// Every self-loop of a discrete chain as (position left, position entered, weight).
fn all_loops(trace: &Trace) -> impl Iterator<Item = (u32, u32, u32)> {
    trace.loops.iter().map(|&(p, weight)| (p, p, weight))
}

/// Every edge as (position left, position entered or absorbed, weight).
pub(crate) fn all_edges(trace: &Trace) -> impl Iterator<Item = (u32, u32, u32)> {
    let boundary = (0..trace.len()).flat_map(|p| trace.boundary.of(p).map(move |(t, w)| (p as u32, t, w)));
    let inner = trace.blocks.iter().filter_map(|&block| match block {
        Block::Acyclic { .. } => None,
        Block::Cyclic { first, plan, first_edge } => Some((first, plan, first_edge)),
    });
    let inner = inner.flat_map(move |(first, plan, first_edge)| {
        let edges = &trace.factors(plan).edges;
        (0..trace.plans[plan as usize].size()).flat_map(move |k| {
            edges.range(k).map(move |e| {
                let weight = trace.inner_weights[first_edge as usize + e];
                (first + k as u32, first + edges.columns[e], weight)
            })
        })
    });
    boundary.chain(inner)
}

/// Initial probabilities.
#[derive(Debug)]
pub(crate) struct Initial {
    /// (position, probability) where positive.
    pub(crate) alpha: Vec<(u32, f64)>,
    /// Probability that absorption comes at once.
    pub(crate) mass_at_zero: f64,
}

impl Initial {
    /// The start's weights divided by their sum.
    pub(crate) fn new(trace: &Trace, rates: &Rates) -> Result<Initial, EvaluateError> {
        let sum: f64 = trace.start.iter().map(|&(_, w)| rates.of(w)).sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(EvaluateError::NoInitialProbability { start: trace.start_row, sum });
        }
        let mut initial = Initial { alpha: Vec::new(), mass_at_zero: 0.0 };
        for &(to, weight) in &trace.start {
            let probability = rates.of(weight) / sum;
            if to == ABSORBED {
                initial.mass_at_zero += probability;
            } else if probability > 0.0 {
                initial.alpha.push((to, probability));
            }
        }
        Ok(initial)
    }

    /// alpha . x
    pub(crate) fn dot(&self, x: &[f64]) -> f64 {
        self.alpha.iter().map(|&(p, a)| a * x[p as usize]).sum()
    }
}
