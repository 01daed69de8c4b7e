//! Reward-transformed distributions: what a nonnegative reward accumulates until absorption is itself the time to
//! absorption of a chain.
//!
//! A vertex that earns r for each unit of time is left r times as slowly. One that earns nothing is passed in no
//! time: it is eliminated, without subtraction, and where nothing else is passed there is mass at zero. In a discrete
//! chain a vertex that earns k is k vertices in a row. (Bladt and Nielsen, *Matrix-Exponential Distributions in
//! Applied Probability*, 2017, section 3.1.8; Hobolth, Bladt and Andersen, *Multivariate phase-type theory for the
//! site frequency spectrum*, 2021.)
//!
//! ```
//! use sojourn_engine::{Chain, DistributionQuery, Trace, expression, models};
//!
//! // The total length of the tree of ten samples: (1 - exp(-t/2))^9.
//! let graph = models::build("coalescent,n=10")?;
//! let reward = &expression::rewards(&graph, "state[0]")?[0];
//! let length = Trace::record(&Chain::new(&graph))?.transformed(reward)?;
//! let query = DistributionQuery { times: vec![6.0], ..DistributionQuery::default() };
//! let cdf = length.distribution(&[1.0], &query)?.points[0].cdf;
//! assert!((cdf - (1.0 - f64::exp(-3.0)).powi(9)).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod censor;
mod draft;
mod error;

use crate::chain::{ABSORBED, Chain};
use crate::graph::{Kind, MAX_VERTICES, Weight};
use crate::replay::{Initial, Rates, all_edges};
use crate::trace::Trace;
use censor::Rows;
use draft::Draft;

pub use error::TransformError;

impl Trace {
    /// The trace of what `reward` accumulates (one number a row of the graph, as in [`crate::Query`]), for every
    /// theta: rates stay linear in it. Rows keep their numbers.
    ///
    /// # Errors
    /// If a reward is negative, or not a finite number; [`TransformError::ZeroReward`] if a vertex earns nothing, and
    /// [`TransformError::Discrete`] for a discrete chain: these are transformed at one theta only, by
    /// [`Trace::transformed_at`].
    pub fn transformed(&self, reward: &[f64]) -> Result<Trace, TransformError> {
        let reward = self.nonnegative(reward)?;
        if self.kind() == Kind::Discrete {
            return Err(TransformError::Discrete);
        }
        if let Some(p) = reward.iter().position(|&r| r == 0.0) {
            return Err(TransformError::ZeroReward { row: self.position_rows[p] });
        }
        Ok(Trace::record(&slowed(self, &reward)?)?)
    }

    /// The trace of what `reward` accumulates at `theta`: it has no parameters. Rows keep their numbers; those of the
    /// further steps that a reward above one takes in a discrete chain come behind them. Vertices that earn nothing
    /// and are never left end the accumulation, as absorption does.
    ///
    /// # Errors
    /// If a reward is negative, not a finite number, or in a discrete chain no whole one; as [`Trace::evaluate`] for
    /// theta; if the chain without the vertices that earn nothing has more edges than can be kept.
    pub fn transformed_at(&self, theta: &[f64], reward: &[f64]) -> Result<Trace, TransformError> {
        let reward = self.nonnegative(reward)?;
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let edges = all_edges(self).map(|(from, to, weight)| (from, to, rates.of(weight)));
        let mut start = initial.alpha.clone();
        start.push((ABSORBED, initial.mass_at_zero));
        let mut rows = Rows::new(self.len(), edges, &start);
        rows.eliminate(|p| reward[p as usize] == 0.0)?;
        let chain = match self.kind() {
            Kind::Continuous => concrete(self, &rows, &reward)?,
            Kind::Discrete => counted(self, &rows, &reward)?,
        };
        Ok(Trace::record(&chain)?)
    }

    /// A reward by position, checked.
    fn nonnegative(&self, reward: &[f64]) -> Result<Vec<f64>, TransformError> {
        let by_position = self.rewards_by_position(&[reward.to_vec()])?.swap_remove(0);
        match by_position.iter().position(|&r| r < 0.0) {
            None => Ok(by_position),
            Some(p) => Err(TransformError::Negative { row: self.position_rows[p], value: by_position[p] }),
        }
    }
}

/// The chain of a trace, each vertex left more slowly by the factor of its reward.
fn slowed(trace: &Trace, reward: &[f64]) -> Result<Chain, TransformError> {
    let mut draft = Draft::new(trace, trace.rows, trace.parameters());
    let mut edges: Vec<(u32, u32, u32)> = all_edges(trace).collect();
    edges.sort_unstable();
    for (from, to, weight) in edges {
        let by = reward[from as usize];
        let divided = |x: f64| quotient(trace, from, x, by);
        let coefficients = trace.weights.coefficients(weight).iter().map(|&c| divided(c));
        let coefficients = coefficients.collect::<Result<Vec<f64>, _>>()?;
        let base = divided(trace.weights.base(weight))?;
        draft.edge(from, to, Draft::weight(base, &coefficients));
    }
    for &(to, weight) in &trace.start {
        draft.start(to, trace.weights.get(weight));
    }
    (0..trace.len() as u32).for_each(|p| draft.vertex(p, trace.position_rows[p as usize]));
    Ok(draft.finish())
}

/// The same of what elimination left, at one theta.
fn concrete(trace: &Trace, rows: &Rows, reward: &[f64]) -> Result<Chain, TransformError> {
    let mut draft = Draft::new(trace, trace.rows, 0);
    for p in rows.left() {
        draft.vertex(p, trace.position_rows[p as usize]);
        for (to, rate) in rows.of(p) {
            draft.edge(p, to, Weight::Constant(quotient(trace, p, rate, reward[p as usize])?));
        }
        if rows.of(p).next().is_none() {
            draft.edge(p, ABSORBED, Draft::NEVER);
        }
    }
    rows.start().for_each(|(to, probability)| draft.start(to, Weight::Constant(probability)));
    Ok(draft.finish())
}

/// What elimination left of a discrete chain, each vertex as many steps as its reward says.
fn counted(trace: &Trace, rows: &Rows, reward: &[f64]) -> Result<Chain, TransformError> {
    let mut further = 0.0;
    for p in rows.left() {
        let (row, value) = (trace.position_rows[p as usize], reward[p as usize]);
        if value.fract() != 0.0 {
            return Err(TransformError::NotWhole { row, value });
        }
        further += value - 1.0;
    }
    let total = trace.rows() as f64 + further;
    if total > MAX_VERTICES as f64 {
        return Err(TransformError::TooManyRows { rows: total, limit: MAX_VERTICES });
    }
    let mut draft = Draft::new(trace, total as u32, 0);
    // Further steps are numbered behind all positions and all rows.
    let (mut next, mut next_row) = (trace.len() as u32, trace.rows);
    for p in rows.left() {
        draft.vertex(p, trace.position_rows[p as usize]);
        let mut at = p;
        for _ in 1..reward[p as usize] as u32 {
            draft.vertex(next, next_row);
            draft.edge(at, next, Weight::Constant(1.0));
            (at, next, next_row) = (next, next + 1, next_row + 1);
        }
        // Rounding in the elimination may have brought a sum a little above one.
        let sum = rows.of(p).fold(0.0, |sum, (_, probability)| sum + probability);
        let scale = f64::max(sum, 1.0);
        for (to, probability) in rows.of(p) {
            draft.edge(at, to, Weight::Constant(probability / scale));
        }
        // What the row of a single step lacks to one stays there anyway.
        if at == p && sum == 0.0 {
            draft.edge(p, ABSORBED, Draft::NEVER);
        } else if at != p && sum < 1.0 {
            draft.edge(at, p, Weight::Constant(1.0 - sum));
        }
    }
    rows.start().for_each(|(to, probability)| draft.start(to, Weight::Constant(probability)));
    Ok(draft.finish())
}

/// A rate divided by a reward, where doubles can tell.
fn quotient(trace: &Trace, position: u32, rate: f64, reward: f64) -> Result<f64, TransformError> {
    let quotient = rate / reward;
    match quotient.is_normal() || rate == 0.0 {
        true => Ok(quotient),
        false => {
            let row = trace.position_rows[position as usize];
            Err(TransformError::OutOfRange { row, rate, reward })
        }
    }
}
