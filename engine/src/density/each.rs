//! Distributions at many parameter vectors, several at a time.

use super::flow::Flow;
use super::lanes;
use super::layout::Layout;
use super::prepared::Prepared;
use super::query::DistributionQuery;
use super::solver::Solver;
use super::sweep::Sweeps;
use crate::replay::EvaluateError;
use crate::trace::Trace;

/// Asks at each vector, several at a time: those that have the same number of steps a unit of time, or nearly, side
/// by side. `ask` answers at several; what comes of it is in the order of the vectors.
pub(super) fn at_each<T, E: From<EvaluateError>>(
    trace: &Trace,
    thetas: &[&[f64]],
    query: &DistributionQuery,
    mut ask: impl FnMut(&mut [Solver<'_>]) -> Vec<Result<T, E>>,
) -> Vec<Result<T, E>> {
    let layout = Layout::new(trace);
    let mut results: Vec<Option<Result<T, E>>> = Vec::new();
    let mut prepared: Vec<(usize, Prepared<'_>)> = Vec::new();
    for (place, theta) in thetas.iter().enumerate() {
        let found = Prepared::new(trace, &layout, theta);
        results.push(found.map(|found| prepared.push((place, found))).err().map(|error| Err(error.into())));
    }
    prepared.sort_by(|a, b| a.1.flow.rate.total_cmp(&b.1.flow.rate));
    for several in prepared.chunks(lanes::together(trace.len())) {
        // Two are not worth the width.
        let size = if several.len() < 3 { 1 } else { several.len() };
        for few in several.chunks(size) {
            let flows: Vec<&Flow<'_>> = few.iter().map(|(_, chain)| &chain.flow).collect();
            let sweeps = Sweeps::new(&layout, &flows).share();
            let mut solvers: Vec<Solver<'_>> =
                few.iter().zip(sweeps).map(|((_, chain), sweep)| Solver::new(chain, sweep, query)).collect();
            let places = few.iter().map(|(place, _)| *place);
            places.zip(ask(&mut solvers)).for_each(|(place, found)| results[place] = Some(found));
        }
    }
    results.into_iter().flatten().collect()
}
