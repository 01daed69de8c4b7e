//! A chain at a parameter vector, made ready for what is asked of its distribution.

use super::flow::Flow;
use super::layout::Layout;
use crate::replay::{EvaluateError, Initial, Rates};
use crate::trace::Trace;

/// A trace at a parameter vector.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) trace: &'a Trace,
    pub(super) theta: &'a [f64],
    pub(super) rates: Rates,
    pub(super) initial: Initial,
    pub(super) flow: Flow<'a>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(
        trace: &'a Trace,
        layout: &'a Layout,
        theta: &'a [f64],
    ) -> Result<Prepared<'a>, EvaluateError> {
        let rates = Rates::new(trace, theta)?;
        let initial = Initial::new(trace, &rates)?;
        let flow = Flow::new(trace, layout, &rates, &initial);
        Ok(Prepared { trace, theta, rates, initial, flow })
    }
}
