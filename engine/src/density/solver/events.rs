//! Likelihoods of events, each by the method that answers for its last time.

use super::{CONTOUR_RELATIVE, Solver};
use crate::density::bounds::ErrorBound;
use crate::density::budget::{MOST_WORK, sweeps};
use crate::density::contour::ContourRefusal;
use crate::density::event::{Event, Form};
use crate::density::query::Method;
use crate::density::sweep::SumReach;
use crate::graph::Kind;
use crate::replay::EvaluateError;
use crate::scaled::ScaledNumber;

/// The likelihood of an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Likelihood {
    /// A probability, or a density.
    pub(crate) value: ScaledNumber,
    pub(crate) method: Method,
    /// Bound on the relative error, to first order.
    pub(crate) error: f64,
}

impl Solver<'_> {
    /// The likelihood of an event whose times are whole in a discrete chain.
    pub(in crate::density) fn event(&mut self, event: Event) -> Result<Likelihood, EvaluateError> {
        let steps = event.last() * self.flow.rate;
        let quick = match self.flow.kind {
            Kind::Discrete => MOST_WORK,
            Kind::Continuous => self.before_contours,
        };
        if sweeps(self.flow, steps, quick) || event == Event::At(0.0) {
            return Ok(self.swept(event));
        }
        let last = event.last();
        if self.flow.kind == Kind::Discrete || self.squaring.is_quick(self.flow, last) {
            return self.doubled_event(event);
        }
        let found = self.contour_event(event).map(|(value, error)| {
            let value = ScaledNumber::from(value);
            let error = ErrorBound::Absolute(error).relative(value);
            Likelihood { value, method: Method::Contour, error }
        });
        if let Ok(likelihood) = found
            && likelihood.error <= CONTOUR_RELATIVE
        {
            return Ok(likelihood);
        }
        if self.squaring.is_possible(self.flow, last, 0) {
            return self.doubled_event(event);
        }
        match found {
            Ok(likelihood) => Ok(likelihood),
            Err(_) if sweeps(self.flow, steps, MOST_WORK) => Ok(self.swept(event)),
            Err(refusal) => Err(self.no_contour(last, refusal)),
        }
    }

    fn swept(&mut self, event: Event) -> Likelihood {
        let form = Form::new(self.flow, event, self.has_atom());
        let (value, looked) = self.sweep.form(&form, self.tolerance, SumReach::Value);
        let rounding = self.rounding(looked.last().max(1) as f64 + event.last() * self.flow.rate);
        let (method, truncation) = match self.flow.kind {
            Kind::Discrete => (Method::Powers, 0.0),
            Kind::Continuous => (Method::Uniformisation, self.tolerance),
        };
        let (method, error) = self.stationary(method, looked.last());
        let plain = Likelihood { value: value.into(), method, error: error + truncation + rounding };
        if self.is_plain_event(event, plain.value, ScaledNumber::ONE) {
            return plain;
        }
        // Nothing is known where even scaled numbers do not tell.
        self.tail_event(event).unwrap_or(Likelihood { error: f64::INFINITY, ..plain })
    }

    fn doubled_event(&mut self, event: Event) -> Result<Likelihood, EvaluateError> {
        let rate = self.flow.rate;
        let (value, last) = match event {
            Event::At(t) => {
                let before = if self.flow.kind == Kind::Discrete { t - 1.0 } else { t };
                let place = self.doubled(before)?;
                (self.squares().leaving(&place) * rate, place)
            }
            Event::Until(t) => {
                let place = self.doubled(t)?;
                (place.absorbed + self.flow.mass_at_zero.into(), place)
            }
            Event::After(t) => {
                let place = self.doubled(t)?;
                (place.left(), place)
            }
            Event::Between { after, until } => {
                // From where the chain is after the earlier time: nothing is subtracted.
                let earlier = self.doubled(after)?;
                let later = self.doubled_from(&earlier.anew(), until - after, false)?;
                (later.absorbed, later)
            }
        };
        let error = self.squares().event_error(event, &last, value);
        Ok(Likelihood { value, method: Method::Doubling, error })
    }

    /// Returns the likelihood by contours, and a bound on its error.
    fn contour_event(&mut self, event: Event) -> Result<(f64, f64), ContourRefusal> {
        let found = self.contour_at(event.last())?;
        match event {
            Event::At(_) => Ok((found.density, found.density_error)),
            Event::Until(_) => Ok((found.cdf, found.cdf_error)),
            Event::After(_) => Ok((found.survival, found.survival_error)),
            Event::Between { after: 0.0, .. } => Ok((found.cdf - self.initial.mass_at_zero, found.cdf_error)),
            Event::Between { after, .. } => {
                let earlier = self.contour_at(after)?;
                Ok(earlier.until(&found))
            }
        }
    }

    /// Whether T may be zero, at this theta or another.
    pub(super) fn has_atom(&self) -> bool {
        self.trace.start.iter().any(|e| e.0 == crate::chain::ABSORBED)
    }
}
