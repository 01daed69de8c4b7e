//! Likelihoods of events at parameter vectors, and gradients of sums of them, several vectors side by side.

use super::derivative::ParameterGradient;
use super::each::at_each;
use super::event::Event;
use super::query::DistributionQuery;
use super::solver::{Likelihood, Solver, Weighed, gradients, remember};
use crate::replay::EvaluateError;
use crate::trace::Trace;

/// What gives the likelihoods of events at a parameter vector.
pub(crate) struct Likelihoods<'s, 'a>(&'s mut Solver<'a>);

impl Likelihoods<'_, '_> {
    /// The likelihood of an event.
    pub(crate) fn of(&mut self, event: Event) -> Result<Likelihood, EvaluateError> {
        let event = event.of_kind(self.0.flow.kind);
        self.0.event(event)
    }
}

/// Makes a value of the likelihoods of these events at each vector. Beside it `value` gives events, what their
/// likelihoods were and factors; if `with_gradient`, `finish` is given the gradient of the sum of these likelihoods,
/// each times its factor.
pub(crate) fn likelihoods<T, E: From<EvaluateError>>(
    trace: &Trace,
    thetas: &[&[f64]],
    events: &[Event],
    with_gradient: bool,
    value: impl Fn(Likelihoods<'_, '_>) -> Result<(T, Vec<Weighed>), E>,
    finish: impl Fn(T, ParameterGradient) -> T,
) -> Vec<Result<T, E>> {
    let times = events.iter().map(|event| event.last()).collect();
    let query = DistributionQuery { times, ..DistributionQuery::default() };
    at_each(trace, thetas, &query, |solvers| {
        if with_gradient {
            remember(solvers, events);
        }
        let found: Vec<_> = solvers.iter_mut().map(|solver| value(Likelihoods(solver))).collect();
        if !with_gradient {
            return found.into_iter().map(|found| found.map(|(value, _)| value)).collect();
        }
        let kind = trace.kind();
        let weighed = |found: &Result<(T, Vec<Weighed>), E>| {
            let events = found.iter().flat_map(|(_, events)| events);
            events.map(|&(event, value, factor)| (event.of_kind(kind), value, factor)).collect()
        };
        let weighed: Vec<Vec<Weighed>> = found.iter().map(weighed).collect();
        let gradients = gradients(solvers, &weighed);
        let values = found.into_iter().map(|found| found.map(|(value, _)| value));
        values.zip(gradients).map(|(value, gradient)| Ok(finish(value?, gradient?.plain()))).collect()
    })
}
