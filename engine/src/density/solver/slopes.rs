//! Gradients with respect to theta: of a sum of likelihoods by one sweep back in time, of points by derivatives
//! carried along with the sweep. What is squared is differentiated as it is squared, what is transformed back at each
//! node of the contour.

use super::Solver;
use super::events::Likelihood;
use crate::density::Values;
use crate::density::adjoint::{Derivatives, Seeds};
use crate::density::budget::{self, sweeps};
use crate::density::change::{self, PointChange, Slope, TimeWeights};
use crate::density::contour::{ContourGradient, ContourSolver};
use crate::density::derivative::ScaledGradient;
use crate::density::doubling::{ChainPlace, Journey};
use crate::density::event::{Event, Form, Looked};
use crate::density::poisson::Weights;
use crate::density::query::{Method, Point};
use crate::density::sweep::SumReach;
use crate::graph::Kind;
use crate::replay::EvaluateError;
use crate::scaled::ScaledNumber;

/// Of the truncation error of a value, the share that its derivatives may have: they fall off later.
const SHARE: f64 = 1e-3;

/// An event, its likelihood and the factor of its gradient in a sum.
pub(crate) type Weighed = (Event, Likelihood, ScaledNumber);

/// Remembers from the start where the chains were, so that a gradient of these events takes no sweep more.
pub(in crate::density) fn remember(solvers: &[Solver<'_>], events: &[Event]) {
    let swept = |solver: &Solver<'_>| {
        let steps = events.iter().map(|event| event.last() * solver.flow.rate);
        steps.filter(|&steps| sweeps(solver.flow, steps, solver.before_contours)).reduce(f64::max)
    };
    if let (Some(most), Some(any)) = (solvers.iter().filter_map(swept).reduce(f64::max), solvers.first()) {
        any.sweep.shared().remember(budget::most_steps(most) as usize);
    }
}

/// Of chains that are swept side by side the gradient of the sum of the likelihoods of some events, each times its
/// factor. The likelihoods must be what [`Solver::event`] gave.
pub(in crate::density) fn gradients(
    solvers: &mut [Solver<'_>],
    events: &[Vec<Weighed>],
) -> Vec<Result<ScaledGradient, EvaluateError>> {
    let swept = swept_gradients(solvers, events);
    let rest = |((solver, events), swept): ((&mut Solver<'_>, &Vec<Weighed>), ScaledGradient)| {
        let mut gradient = swept;
        for (event, _, factor) in solver.tail_events(events) {
            gradient.add(factor, &solver.tail_event_gradient(event));
        }
        let doubled = by(events, |m| m == Method::Doubling);
        let longest = doubled.iter().map(|(event, ..)| event.last()).fold(0.0, f64::max);
        solver.check_slopes(&doubled, longest)?;
        solver.add_doubled(&doubled, &mut gradient);
        solver.release();
        for (event, _, factor) in by(events, |m| m == Method::Contour) {
            gradient.add(factor, &solver.contour_gradient(event)?);
        }
        Ok(gradient)
    };
    solvers.iter_mut().zip(events).zip(swept).map(rest).collect()
}

fn by(events: &[Weighed], wanted: fn(Method) -> bool) -> Vec<Weighed> {
    events.iter().filter(|e| wanted(e.1.method)).copied().collect()
}

/// The swept part of each gradient. The derivatives of events whose factor is negative are swept for apart, so that all
/// terms of a sweep are nonnegative but for the difference that makes a derivative of them.
fn swept_gradients(solvers: &mut [Solver<'_>], events: &[Vec<Weighed>]) -> Vec<ScaledGradient> {
    let mut gradients: Vec<ScaledGradient> =
        solvers.iter().map(|s| ScaledGradient::zeros(s.theta.len())).collect();
    let seeds = |(solver, events): (&mut Solver<'_>, &Vec<Weighed>)| {
        let swept = solver.plain_events(events);
        solver.seeds(&swept)
    };
    let both: Vec<[(Seeds, Extent); 2]> = solvers.iter_mut().zip(events).map(seeds).collect();
    let (plus, minus): (Vec<_>, Vec<_>) = both.into_iter().map(|[plus, minus]| (plus, minus)).unzip();
    for (sign, seeds) in [(ScaledNumber::ONE, plus), (-ScaledNumber::ONE, minus)] {
        let (seeds, extents): (Vec<Seeds>, Vec<Extent>) = seeds.into_iter().unzip();
        if seeds.iter().all(Seeds::is_empty) {
            continue;
        }
        let found = solvers.first().map_or_else(Vec::new, |any| any.sweep.shared().backwards(&seeds));
        let each = gradients.iter_mut().zip(&*solvers).zip(&seeds).zip(&extents).zip(found);
        for ((((gradient, solver), seeds), extent), found) in each {
            gradient.add(sign, &solver.bounded(&found, seeds, extent));
        }
    }
    gradients
}

/// How far a sum over steps goes, and what is left out of it.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    /// The last step, and the steps expected until then.
    steps: f64,
    /// A bound on the sum of the factors that were left out, each times the steps before it.
    missing: f64,
}

impl Solver<'_> {
    /// Those events whose gradients an ordinary sweep gives.
    fn plain_events(&self, events: &[Weighed]) -> Vec<Weighed> {
        let mut swept = by(events, Method::is_swept);
        swept.retain(|&(event, likelihood, factor)| self.is_plain_event(event, likelihood.value, factor));
        swept
    }

    /// Those whose gradients take scaled numbers.
    fn tail_events(&self, events: &[Weighed]) -> Vec<Weighed> {
        let mut swept = by(events, Method::is_swept);
        swept.retain(|&(event, likelihood, factor)| !self.is_plain_event(event, likelihood.value, factor));
        swept
    }

    /// What a sweep back in time needs to know of events with positive factors, and of those with negative ones, which
    /// are given as the negative.
    fn seeds(&mut self, events: &[Weighed]) -> [(Seeds, Extent); 2] {
        let mut both = <[(Seeds, Extent); 2]>::default();
        for &(event, likelihood, factor) in events {
            // Of two numbers that sum up to one, the smaller has the derivatives with more digits.
            let (event, factor, is_complement) = match event {
                Event::After(t) if likelihood.value > 0.5.into() => (Event::Until(t), -factor, true),
                event => (event, factor, false),
            };
            let form = Form::new(self.flow, event, self.has_atom());
            let (value, looked, missing) = self.look(&form, likelihood.value.to_f64());
            // The likelihood that its derivative is divided by, as far as that is looked at.
            let value = if is_complement { 1.0 - value } else { value };
            let factor = factor * (likelihood.value / value.into());
            let (seeds, extent) = &mut both[usize::from(factor < ScaledNumber::ZERO)];
            let factor = factor.abs().to_f64();
            seeds.add(&form, &looked, factor);
            let steps = looked.last() as f64 + event.last() * self.flow.rate;
            extent.steps = extent.steps.max(steps);
            // What steps in doubles drop.
            let dropped = (steps + 2.0).powi(2) * self.flow.work() * f64::MIN_POSITIVE;
            extent.missing += factor * (missing + dropped) + dropped;
        }
        both
    }

    /// The value of a form, how far to look at its terms so that its derivative lacks no more than rounding, and a bound on the sum of
    /// what is left out, each factor times the steps before it.
    fn look(&mut self, form: &Form, value: f64) -> (f64, Looked, f64) {
        let mut tolerance = SHARE * self.tolerance;
        loop {
            let (found, looked) = self.sweep.form(form, tolerance, SumReach::Derivatives);
            let missing = form.missing(&looked);
            if missing <= 1e-13 * value || tolerance < 1e-200 {
                return (found, looked, missing);
            }
            tolerance *= f64::max(1e-14 * value / missing, 1e-100);
        }
    }

    /// The gradient that a sweep back in time has found, with its bound: each derivative is a difference of sums of
    /// nonnegative terms, all of which are right to a relative gamma. Of a derivative of v_k the magnitudes sum up to at most k
    /// times the largest derivative of a row, whence the bound of what was left out.
    fn bounded(&self, found: &Derivatives, seeds: &Seeds, extent: &Extent) -> ScaledGradient {
        let layout = self.flow.layout;
        // Of the derivative, and of the likelihood that it is divided by.
        let gamma = 2.0 * (layout.terms + layout.degree + 12.0) * (extent.steps + 2.0) * f64::EPSILON
            + SHARE * self.tolerance;
        let sensitivity = found.sensitivity(self.trace, self.rates, self.flow, seeds);
        let magnitudes = found.magnitudes(self.trace, self.rates, self.flow, seeds);
        let error = |(parameter, magnitude): (usize, f64)| {
            let missing = match extent.missing > 0.0 {
                true => {
                    let slope = Slope::new(self.trace, self.rates, self.flow, parameter);
                    let begin = slope.start_magnitudes.iter().fold(slope.zero_magnitude, |sum, d| sum + d);
                    (slope.most(layout) + begin) * extent.missing
                }
                false => 0.0,
            };
            ScaledNumber::from(gamma * magnitude + missing)
        };
        let magnitudes = magnitudes.magnitudes_by_theta(self.trace, self.rates);
        ScaledGradient {
            values: sensitivity
                .by_theta(self.trace, self.rates)
                .into_iter()
                .map(ScaledNumber::from)
                .collect(),
            errors: magnitudes.into_iter().enumerate().map(error).collect(),
        }
    }

    fn add_doubled(&mut self, events: &[Weighed], gradient: &mut ScaledGradient) {
        if events.is_empty() {
            return;
        }
        for r in 0..gradient.values.len() {
            let slope = Slope::new(self.trace, self.rates, self.flow, r);
            let mut journeys: Vec<Journey> =
                events.iter().map(|e| self.journey(&slope, self.first_leg(e.0))).collect();
            self.travel(r, &mut journeys);
            // Intervals go on from where the chain is after the earlier time.
            let second_leg = |(e, journey): (&Weighed, &Journey)| match e.0 {
                Event::Between { after, until } => Some(Journey {
                    place: journey.place.anew(),
                    change: journey.change.anew(),
                    time: until - after,
                }),
                _ => None,
            };
            let mut later: Vec<Journey> = events.iter().zip(&journeys).filter_map(second_leg).collect();
            self.travel(r, &mut later);
            let mut later = later.iter();
            for ((event, likelihood, factor), journey) in events.iter().zip(&journeys) {
                let change = &journey.change;
                let at_zero = slope.mass_at_zero.into();
                let (found, of, place) = match event {
                    Event::At(_) => {
                        (self.density_change(r, journey), self.density(&journey.place), &journey.place)
                    }
                    Event::Until(_) => (
                        change.absorbed + at_zero,
                        journey.place.absorbed + self.flow.mass_at_zero.into(),
                        &journey.place,
                    ),
                    Event::After(_) if likelihood.value > 0.5.into() => (
                        -(change.absorbed + at_zero),
                        journey.place.absorbed + self.flow.mass_at_zero.into(),
                        &journey.place,
                    ),
                    Event::After(_) => (change.left(), journey.place.left(), &journey.place),
                    Event::Between { .. } => match later.next() {
                        Some(later) => (later.change.absorbed, later.place.absorbed, &later.place),
                        None => continue,
                    },
                };
                let steepness = self.steepness(r);
                let error = self.squares().slope_error(event.last(), place, steepness, of, found);
                gradient.values[r] += *factor * found;
                gradient.errors[r] += factor.abs() * error;
            }
        }
    }

    /// How long the chain goes on before anything is asked.
    fn first_leg(&self, event: Event) -> f64 {
        match (event, self.flow.kind) {
            (Event::At(t), Kind::Discrete) => t - 1.0,
            (Event::Between { after, .. }, _) => after,
            (event, _) => event.last(),
        }
    }

    /// Refuses derivatives that take too long where values do not.
    fn check_slopes<T>(&self, doubled: &[T], longest: f64) -> Result<(), EvaluateError> {
        match doubled.is_empty() || self.squaring.is_possible(self.flow, longest, self.theta.len()) {
            true => Ok(()),
            false => Err(EvaluateError::GradientWork { time: longest, vertices: self.flow.len() }),
        }
    }

    fn journey(&mut self, slope: &Slope, time: f64) -> Journey {
        let squares = self.squares();
        Journey { place: squares.start(), change: squares.start_change(&slope.start), time }
    }

    fn travel(&mut self, parameter: usize, journeys: &mut [Journey]) {
        if !journeys.is_empty() {
            let slopes = self.rates.slopes(self.trace, parameter);
            self.squares().travel(&slopes, journeys);
        }
    }

    /// Returns the largest derivative of the logarithm of a rate, in magnitudes.
    fn steepness(&self, parameter: usize) -> ScaledNumber {
        let slopes = self.rates.slopes(self.trace, parameter);
        let steepness = |weight: u32| match slopes.magnitude(weight) {
            0.0 => ScaledNumber::ZERO,
            slope => ScaledNumber::from(slope) / self.rates.of(weight).into(),
        };
        let larger = |a: ScaledNumber, b: ScaledNumber| if b > a { b } else { a };
        (0..self.trace.weights.len() as u32).map(steepness).fold(ScaledNumber::ZERO, larger)
    }

    /// The density, or the mass function one step later.
    fn density(&mut self, place: &ChainPlace) -> ScaledNumber {
        let rate = self.flow.rate;
        self.squares().leaving(place) * rate
    }

    /// The derivative of the density, or of the mass function one step later.
    fn density_change(&mut self, parameter: usize, journey: &Journey) -> ScaledNumber {
        let (slopes, rate) = (self.rates.slopes(self.trace, parameter), self.flow.rate);
        self.squares().leaving_change(&slopes, journey) * rate
    }

    fn contour_gradient(&mut self, event: Event) -> Result<ScaledGradient, EvaluateError> {
        let found = self.contour_slopes(event.last())?;
        match event {
            Event::At(_) => Ok(found.density),
            Event::Until(_) => Ok(found.survival.negative()),
            Event::After(_) => Ok(found.survival),
            Event::Between { after, .. } => {
                let mut slopes = found.survival.negative();
                let earlier = match after {
                    0.0 => self.atom_gradient().negative(),
                    after => self.contour_slopes(after)?.survival,
                };
                slopes.add(ScaledNumber::ONE, &earlier);
                Ok(slopes)
            }
        }
    }

    fn contour_slopes(&mut self, time: f64) -> Result<ContourGradient, EvaluateError> {
        let refused = |refusal| EvaluateError::Gradient { time, vertices: self.flow.len(), refusal };
        let (trace, rates) = (self.trace, self.rates);
        let contour = self.contour.get_or_insert_with(|| ContourSolver::new(trace, rates));
        contour.gradient(self.theta, time).map_err(refused)
    }

    /// The derivatives of the probability of absorption at time zero.
    pub(super) fn atom_gradient(&self) -> ScaledGradient {
        let mut gradient = ScaledGradient::default();
        for parameter in 0..self.trace.parameters() {
            let slope = Slope::new(self.trace, self.rates, self.flow, parameter);
            gradient.values.push(slope.mass_at_zero.into());
            gradient.errors.push((8.0 * f64::EPSILON * slope.zero_magnitude).into());
        }
        gradient
    }

    /// Gradients of density and cdf at points that [`Solver::at`] gave.
    pub(in crate::density) fn points(&mut self, points: &[Point]) -> Result<Vec<PointChange>, EvaluateError> {
        let zeros = || ScaledGradient::zeros(self.theta.len());
        let nothing = PointChange { density: zeros(), cdf: zeros(), survival: zeros() };
        let mut result = vec![nothing; points.len()];
        let of = |wanted: fn(Method) -> bool| -> Vec<usize> {
            (0..points.len()).filter(|&i| wanted(points[i].method)).collect()
        };
        let swept = of(Method::is_swept);
        let is_plain = |point: &Point| {
            let values = Values::plain(point.density, point.cdf, point.survival);
            self.is_plain(&values)
        };
        let (swept, tails): (Vec<usize>, Vec<usize>) = swept.into_iter().partition(|&i| is_plain(&points[i]));
        for i in tails {
            result[i] = self.tail_change(points[i].time);
        }
        for (&i, change) in swept.iter().zip(self.swept_points(&swept, points)) {
            result[i] = change;
        }
        let doubled = of(|m| m == Method::Doubling);
        let longest = doubled.iter().map(|&i| points[i].time).fold(0.0, f64::max);
        self.check_slopes(&doubled, longest)?;
        self.doubled_points(&doubled, points, &mut result);
        for i in of(|m| m == Method::Contour) {
            let ContourGradient { survival, density } = self.contour_slopes(points[i].time)?;
            result[i] = PointChange { density, cdf: survival.negative(), survival };
        }
        for (change, point) in result.iter_mut().zip(points) {
            // Of two numbers that sum up to one, the smaller has the derivatives with more digits.
            if point.survival < point.cdf {
                change.cdf = change.survival.negative();
            }
        }
        Ok(result)
    }

    fn swept_points(&mut self, swept: &[usize], points: &[Point]) -> Vec<PointChange> {
        if swept.is_empty() {
            return Vec::new();
        }
        let slopes: Vec<Slope> =
            (0..self.trace.parameters()).map(|r| Slope::new(self.trace, self.rates, self.flow, r)).collect();
        let time = |&i: &usize| {
            let t = points[i].time;
            match self.flow.kind {
                Kind::Continuous => {
                    let mean = t * self.flow.rate;
                    let (_, last) = self.sweep.weighted(mean, SHARE * self.tolerance);
                    let weights = Weights::poisson(mean);
                    TimeWeights { density: weights.clone(), cdf: weights, mean, last }
                }
                // What is absorbed in step k + 1 leaves after step k; before the first there is only the mass at zero.
                Kind::Discrete => {
                    let steps = t.floor() as usize;
                    let density = Weights::exactly(steps.saturating_sub(1));
                    TimeWeights { density, cdf: Weights::exactly(steps), mean: 0.0, last: steps }
                }
            }
        };
        let times: Vec<TimeWeights> = swept.iter().map(time).collect();
        let mut result = change::points(self.flow, &slopes, &times);
        if self.flow.kind == Kind::Discrete {
            let at_zero = times.iter().map(|time| time.last == 0);
            let at_zero: Vec<bool> = at_zero.collect();
            result.iter_mut().zip(at_zero).filter(|(_, at_zero)| *at_zero).for_each(|(point, _)| {
                point.density = self.atom_gradient();
            });
        }
        result
    }

    fn doubled_points(&mut self, doubled: &[usize], points: &[Point], result: &mut [PointChange]) {
        if doubled.is_empty() {
            return;
        }
        let (kind, mass_at_zero) = (self.flow.kind, self.flow.mass_at_zero);
        let whole = |t: f64| if kind == Kind::Discrete { t.floor() } else { t };
        let times: Vec<f64> = doubled.iter().map(|&i| whole(points[i].time)).collect();
        for r in 0..self.trace.parameters() {
            let slope = Slope::new(self.trace, self.rates, self.flow, r);
            let mut legs = |times: &mut dyn Iterator<Item = f64>| -> Vec<Journey> {
                times.map(|t| self.journey(&slope, t)).collect()
            };
            let mut until = legs(&mut times.iter().copied());
            // A mass function is of what is absorbed in the last step.
            let mut before = match kind {
                Kind::Continuous => Vec::new(),
                Kind::Discrete => legs(&mut times.iter().map(|t| t - 1.0)),
            };
            self.travel(r, &mut until);
            self.travel(r, &mut before);
            for (at, &i) in doubled.iter().enumerate() {
                let steepness = self.steepness(r);
                let PointChange { density, cdf, survival } = &mut result[i];
                let mut put =
                    |into: &mut ScaledGradient, place: &ChainPlace, of: ScaledNumber, found: ScaledNumber| {
                        into.values[r] = found;
                        into.errors[r] = self.squares().slope_error(times[at], place, steepness, of, found);
                    };
                let Journey { place, change, .. } = &until[at];
                put(survival, place, place.left(), change.left());
                let absorbed = place.absorbed + mass_at_zero.into();
                put(cdf, place, absorbed, change.absorbed + slope.mass_at_zero.into());
                let last = before.get(at).unwrap_or(&until[at]);
                let found = self.density_change(r, last);
                let of = self.density(&last.place);
                let error = self.squares().slope_error(times[at], &last.place, steepness, of, found);
                (density.values[r], density.errors[r]) = (found, error);
            }
        }
    }
}
