//! What is below the doubles: see [`crate::density::tails`].

use super::events::Likelihood;
use super::{Answer, Solver};
use crate::density::Values;
use crate::density::bounds::{ErrorBound, PointBounds};
use crate::density::budget::{MOST_STEPS, MOST_WORK};
use crate::density::change::{PointChange, Slope};
use crate::density::derivative::ScaledGradient;
use crate::density::event::{Event, Operand};
use crate::density::query::Method;
use crate::density::spread::Spread;
use crate::density::tails::{BoundedDerivative, PLAIN, ScaledSlopes, ScaledSweep, StepSum};
use crate::graph::Kind;
use crate::scaled::ScaledNumber;

/// Multiplications of scaled numbers that take as long as one of doubles that are.
const DEARER: f64 = 10.0;

/// Share of the tolerance of a value that its derivatives may lack.
const SHARE: f64 = 1e-3;

impl<'a> Solver<'a> {
    /// Whether an ordinary sweep tells all three values: see [`PLAIN`].
    pub(super) fn is_plain(&self, values: &Values) -> bool {
        let least = ScaledNumber::from(PLAIN);
        // Derivatives of the density are added up as doubles, rate and all.
        let density = values.density / self.unit() >= least && values.density >= least;
        density && values.cdf >= least && values.survival >= least
    }

    /// Whether an ordinary sweep tells the likelihood of an event, and its gradient times a factor.
    pub(super) fn is_plain_event(&self, event: Event, value: ScaledNumber, factor: ScaledNumber) -> bool {
        let unit = if matches!(event, Event::At(_)) { self.unit() } else { ScaledNumber::ONE };
        let (least, most) = (ScaledNumber::from(PLAIN), ScaledNumber::from(1.0 / PLAIN));
        value / unit >= least && value >= least && factor.abs() <= most
    }

    /// The rate of uniformisation of a continuous chain: what a density is of.
    fn unit(&self) -> ScaledNumber {
        match self.flow.kind {
            Kind::Continuous => self.flow.rate.into(),
            Kind::Discrete => ScaledNumber::ONE,
        }
    }

    fn scaled(&mut self) -> &mut ScaledSweep<'a> {
        let (trace, rates, flow) = (self.trace, self.rates, self.flow);
        self.scaled.get_or_insert_with(|| ScaledSweep::new(trace, rates, flow))
    }

    /// Most steps that may be taken with scaled numbers.
    fn most_scaled_steps(&self) -> usize {
        (MOST_WORK / DEARER / self.flow.work()).min(MOST_STEPS) as usize
    }

    /// An operand after so many steps, or at the time by which so many are expected; none where that takes too long.
    fn tail(&mut self, operand: Operand, steps: f64) -> Option<StepSum> {
        let most = self.most_scaled_steps();
        if steps > most as f64 {
            return None;
        }
        let tolerance = self.tolerance;
        match self.flow.kind {
            Kind::Continuous => self.scaled().poisson_sum(operand, steps, tolerance, most),
            Kind::Discrete => {
                let last = steps as usize;
                Some(StepSum { value: self.scaled().record(last).of(operand), last })
            }
        }
    }

    /// The bound on the relative error of such a sum.
    fn tail_error(&self, last: usize, steps: f64) -> f64 {
        let mean = if self.flow.kind == Kind::Continuous { steps } else { 0.0 };
        let truncation = if self.flow.kind == Kind::Continuous { self.tolerance } else { 0.0 };
        truncation + self.scaled.as_ref().map_or(0.0, |sweep| sweep.rounding(last, mean))
    }

    /// Density, cdf and survival after so many steps, or at the time by which so many are expected, where `plain` is what
    /// an ordinary sweep gave. What would take too long is told as that, with an absolute bound.
    pub(super) fn tail_answer(&mut self, plain: Answer, steps: f64) -> Answer {
        let (values, method, bounds) = plain;
        let found = self.tail_values(steps);
        let Some((values, last)) = found else {
            let least = PLAIN * self.unit().to_f64();
            let bound = |value: ScaledNumber, bound: ErrorBound, least: f64| match value < least.into() {
                true => ErrorBound::Absolute(least),
                false => bound,
            };
            let bounds = PointBounds {
                density: bound(values.density, bounds.density, least),
                cdf: bound(values.cdf, bounds.cdf, PLAIN),
                survival: bound(values.survival, bounds.survival, PLAIN),
            };
            return (values, method, bounds);
        };
        let method = match self.flow.kind {
            Kind::Continuous => Method::Uniformisation,
            Kind::Discrete => Method::Powers,
        };
        (values, method, PointBounds::relative(self.tail_error(last, steps)))
    }

    fn tail_values(&mut self, steps: f64) -> Option<(Values, usize)> {
        let density = match self.flow.kind {
            Kind::Continuous => {
                let found = self.tail(Operand::Leaving, steps)?;
                StepSum { value: found.value * self.unit(), last: found.last }
            }
            Kind::Discrete if steps < 1.0 => StepSum { value: self.flow.mass_at_zero.into(), last: 0 },
            Kind::Discrete => self.tail(Operand::Leaving, steps - 1.0)?,
        };
        let survival = self.tail(Operand::Mass, steps)?;
        // Of two numbers that sum up to one, the smaller is summed: the other would take all steps.
        let cdf = match survival.value < ScaledNumber::from(0.5) {
            true => StepSum { value: ScaledNumber::ONE - survival.value, last: 0 },
            false => self.tail(Operand::Absorbed, steps)?,
        };
        let last = density.last.max(survival.last).max(cdf.last);
        Some((Values { density: density.value, cdf: cdf.value, survival: survival.value }, last))
    }

    /// Computes the probabilities of positions with scaled numbers where some are below what an ordinary sweep tells.
    pub(super) fn refine(&self, steps: f64, spread: &mut Spread) {
        if spread.states.iter().all(|&p| p >= PLAIN) || steps > self.most_scaled_steps() as f64 {
            return;
        }
        let sweep = ScaledSweep::new(self.trace, self.rates, self.flow);
        let (_, states, _) = sweep.into_states(steps, self.tolerance);
        spread.states = states.into_iter().map(ScaledNumber::to_f64).collect();
    }

    /// The likelihood of an event; none where that takes too long.
    pub(super) fn tail_event(&mut self, event: Event) -> Option<Likelihood> {
        let rate = self.flow.rate;
        let steps = event.last() * rate;
        let (value, last) = match event {
            Event::At(t) if self.is_atom(t) => (self.flow.mass_at_zero.into(), 0),
            Event::At(_) if self.flow.kind == Kind::Continuous => {
                let found = self.tail(Operand::Leaving, steps)?;
                (found.value * self.unit(), found.last)
            }
            Event::At(_) => {
                self.tail(Operand::Leaving, steps - 1.0).map(|found| (found.value, found.last))?
            }
            Event::Until(_) => self.tail(Operand::Absorbed, steps).map(|found| (found.value, found.last))?,
            Event::After(_) => self.tail(Operand::Mass, steps).map(|found| (found.value, found.last))?,
            Event::Between { after, until } => self.tail_interval(after * rate, (until - after) * rate)?,
        };
        let method = match self.flow.kind {
            Kind::Continuous => Method::Uniformisation,
            Kind::Discrete => Method::Powers,
        };
        Some(Likelihood { value, method, error: self.tail_error(last, steps) })
    }

    /// The probability of being absorbed in the second of two spans: from where the chain is after the first, so that
    /// nothing is subtracted. The last step is that of both together, and the tolerance is asked for twice.
    fn tail_interval(&mut self, first: f64, second: f64) -> Option<(ScaledNumber, usize)> {
        let most = self.most_scaled_steps();
        if first + second > most as f64 {
            return None;
        }
        let tolerance = self.tolerance / 2.0;
        let (mut later, before) = ScaledSweep::from_time(self.trace, self.rates, self.flow, first, tolerance);
        self.scaled();
        let found = match self.flow.kind {
            Kind::Continuous => later.poisson_sum(Operand::Absorbed, second, tolerance, most)?,
            Kind::Discrete => {
                let last = second as usize;
                StepSum { value: later.record(last).absorbed, last }
            }
        };
        Some((found.value, before + found.last))
    }

    /// The derivatives of a sum over steps with respect to each parameter.
    fn tail_gradient(&mut self, operand: Operand, steps: f64) -> ScaledGradient {
        let last = self.tail(operand, steps).map_or(0, |found| found.last);
        let (kind, tolerance) = (self.flow.kind, SHARE * self.tolerance);
        let mut gradient = ScaledGradient::default();
        for parameter in 0..self.trace.parameters() {
            let slope = Slope::new(self.trace, self.rates, self.flow, parameter);
            let sweep = self.scaled();
            let mut slopes = ScaledSlopes::new(&sweep.chain, &slope);
            let BoundedDerivative { value, error } = match kind {
                Kind::Continuous => slopes.poisson_sum(sweep, operand, steps, (tolerance, last)),
                Kind::Discrete => slopes.at_step(sweep, operand, steps as usize),
            };
            gradient.values.push(value);
            gradient.errors.push(error);
        }
        gradient
    }

    /// Whether the likelihood of this time is the probability of absorption at time zero.
    fn is_atom(&self, time: f64) -> bool {
        time == 0.0 && (self.has_atom() || self.flow.kind == Kind::Discrete)
    }

    /// The gradient of the likelihood of an event.
    pub(super) fn tail_event_gradient(&mut self, event: Event) -> ScaledGradient {
        let rate = self.flow.rate;
        let is_discrete = self.flow.kind == Kind::Discrete;
        match event {
            Event::At(t) if self.is_atom(t) => self.atom_gradient(),
            Event::At(t) if is_discrete => self.tail_gradient(Operand::Leaving, t - 1.0),
            Event::At(t) => self.tail_density_gradient(t),
            Event::Until(t) => self.tail_gradient(Operand::Absorbed, t * rate),
            Event::After(t) => self.tail_gradient(Operand::Mass, t * rate),
            Event::Between { after, until } => {
                // The difference of the two tails that are smaller.
                let is_right = self
                    .tail(Operand::Mass, after * rate)
                    .is_some_and(|found| found.value < ScaledNumber::from(0.5));
                let (operand, sign) = match is_right {
                    true => (Operand::Mass, ScaledNumber::ONE),
                    false => (Operand::Absorbed, -ScaledNumber::ONE),
                };
                let (before, later) = (after * rate, until * rate);
                let mut gradient = ScaledGradient::zeros(self.theta.len());
                gradient.add(sign, &self.tail_gradient(operand, before));
                gradient.add(-sign, &self.tail_gradient(operand, later));
                gradient
            }
        }
    }

    /// The gradient of the density of a continuous chain, without the mass at zero, or of the mass function.
    fn tail_density_gradient(&mut self, time: f64) -> ScaledGradient {
        if self.flow.kind == Kind::Discrete {
            return self.tail_event_gradient(Event::At(time));
        }
        let mut gradient = ScaledGradient::zeros(self.theta.len());
        let found = self.tail_gradient(Operand::Leaving, time * self.flow.rate);
        gradient.add(self.unit(), &found);
        gradient
    }

    /// The gradients of density, cdf and survival at a time.
    pub(super) fn tail_change(&mut self, time: f64) -> PointChange {
        let survival = self.tail_event_gradient(Event::After(time));
        PointChange {
            density: self.tail_density_gradient(time),
            cdf: self.tail_event_gradient(Event::Until(time)),
            survival,
        }
    }
}
