//! Gradients with respect to theta: of a sum of likelihoods by one sweep back in time, of points by derivatives
//! carried along with the sweep. What is squared is differentiated as it is squared, what is transformed back at each
//! node of the contour.

use super::events::Likelihood;
use super::{CONTOUR_ERROR, Solver};
use crate::density::adjoint::Seeds;
use crate::density::budget::{self, sweeps};
use crate::density::change::{self, Change, PointChange, Slope};
use crate::density::contour::{self, Seed};
use crate::density::doubling::{Doubling, Journey};
use crate::density::event::{Event, Form};
use crate::density::flow::total;
use crate::density::poisson::Weights;
use crate::density::query::{Method, Point};
use crate::density::spread::Spread;
use crate::graph::Kind;
use crate::replay::EvaluateError;

/// Of the truncation error of a value, the share that its derivatives may have: they fall off later.
const SHARE: f64 = 1e-3;

/// An event, its likelihood and the factor of its gradient in a sum.
pub(crate) type Weighed = (Event, Likelihood, f64);

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
) -> Vec<Result<Vec<f64>, EvaluateError>> {
    let swept = swept_gradients(solvers, events);
    let rest = |((solver, events), swept): ((&mut Solver<'_>, &Vec<Weighed>), Vec<f64>)| {
        let mut gradient = swept;
        solver.add_doubled(&by(events, |m| m == Method::Doubling), &mut gradient);
        for (event, _, factor) in by(events, |m| m == Method::Contour) {
            let found = solver.contour_gradient(event)?;
            gradient.iter_mut().zip(found).for_each(|(sum, d)| *sum += factor * d);
        }
        Ok(gradient)
    };
    solvers.iter_mut().zip(events).zip(swept).map(rest).collect()
}

fn by(events: &[Weighed], wanted: fn(Method) -> bool) -> Vec<Weighed> {
    events.iter().filter(|e| wanted(e.1.method)).copied().collect()
}

fn swept_gradients(solvers: &mut [Solver<'_>], events: &[Vec<Weighed>]) -> Vec<Vec<f64>> {
    let seeds = |(solver, events): (&mut Solver<'_>, &Vec<Weighed>)| {
        let swept = by(events, Method::is_swept);
        (!swept.is_empty()).then(|| solver.seeds(&swept))
    };
    let asked: Vec<Option<Seeds>> = solvers.iter_mut().zip(events).map(seeds).collect();
    let mut gradients: Vec<Vec<f64>> = solvers.iter().map(|s| vec![0.0; s.theta.len()]).collect();
    if asked.iter().all(Option::is_none) {
        return gradients;
    }
    let seeds: Vec<Seeds> = asked.into_iter().map(Option::unwrap_or_default).collect();
    let found = solvers.first().map_or_else(Vec::new, |any| any.sweep.shared().backwards(&seeds));
    for (((gradient, solver), seeds), found) in gradients.iter_mut().zip(&*solvers).zip(&seeds).zip(found) {
        let sensitivity = found.sensitivity(solver.trace, solver.rates, solver.flow, seeds);
        *gradient = sensitivity.by_theta(solver.trace, solver.rates);
    }
    gradients
}

impl Solver<'_> {
    /// What a sweep back in time needs to know of some events.
    fn seeds(&mut self, events: &[Weighed]) -> Seeds {
        let mut seeds = Seeds::default();
        for &(event, likelihood, factor) in events {
            // Of two numbers that sum up to one, the smaller has the derivatives with more digits.
            let (event, factor) = match event {
                Event::After(t) if likelihood.value > 0.5 => (Event::Until(t), -factor),
                event => (event, factor),
            };
            let form = Form::new(self.flow, event, self.has_atom());
            let (_, looked) = self.sweep.form(&form, SHARE * self.tolerance);
            seeds.add(&form, &looked, factor);
        }
        seeds
    }

    fn add_doubled(&mut self, events: &[Weighed], gradient: &mut [f64]) {
        if events.is_empty() {
            return;
        }
        for (r, sum) in gradient.iter_mut().enumerate() {
            let slope = Slope::new(self.trace, self.rates, self.flow, r);
            let mut journeys: Vec<Journey> =
                events.iter().map(|e| self.journey(&slope, self.first_leg(e.0))).collect();
            self.travel(&slope, &mut journeys);
            // Intervals go on from where the chain is after the earlier time.
            let second_leg = |(e, journey): (&Weighed, &Journey)| match e.0 {
                Event::Between { after, until } => Some(Journey {
                    spread: Spread { absorbed: 0.0, ..journey.spread.clone() },
                    change: Change { absorbed: 0.0, ..journey.change.clone() },
                    time: until - after,
                }),
                _ => None,
            };
            let mut later: Vec<Journey> = events.iter().zip(&journeys).filter_map(second_leg).collect();
            self.travel(&slope, &mut later);
            let mut later = later.into_iter();
            for ((event, likelihood, factor), journey) in events.iter().zip(&journeys) {
                let change = &journey.change;
                *sum += factor
                    * match event {
                        Event::At(_) => self.density_change(&slope, journey),
                        Event::Until(_) => slope.mass_at_zero + change.absorbed,
                        Event::After(_) if likelihood.value > 0.5 => -(slope.mass_at_zero + change.absorbed),
                        Event::After(_) => total(&change.states),
                        Event::Between { .. } => later.next().map_or(0.0, |later| later.change.absorbed),
                    };
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

    fn journey(&self, slope: &Slope, time: f64) -> Journey {
        Journey {
            spread: Spread { states: self.flow.start.clone(), visits: Vec::new(), absorbed: 0.0 },
            change: Change { states: slope.start.clone(), absorbed: 0.0 },
            time,
        }
    }

    fn travel(&mut self, slope: &Slope, journeys: &mut [Journey]) {
        if journeys.is_empty() {
            return;
        }
        let (flow, with_visits) = (self.flow, self.with_visits);
        let doubling = self.doubling.get_or_insert_with(|| Doubling::new(flow, with_visits));
        doubling.travel(flow, slope, journeys);
    }

    /// The derivative of the density, or of the mass function one step later.
    fn density_change(&self, slope: &Slope, journey: &Journey) -> f64 {
        self.flow.rate * slope.leaving(self.flow, &journey.spread.states, &journey.change.states)
    }

    fn contour_gradient(&self, event: Event) -> Result<Vec<f64>, EvaluateError> {
        let seed = |density, cdf, survival| Seed { density, cdf, survival };
        let at = |t: f64, seed: Seed, unit: f64| {
            let found = contour::gradients(self.trace, self.rates, self.initial, t, &[seed]);
            self.agreed(t, unit, found).map(|mut gradients| gradients.swap_remove(0))
        };
        match event {
            Event::At(t) => at(t, seed(1.0, 0.0, 0.0), t),
            Event::Until(t) => at(t, seed(0.0, 1.0, 0.0), 1.0),
            Event::After(t) => at(t, seed(0.0, 0.0, 1.0), 1.0),
            Event::Between { after, until } => {
                let mut later = at(until, seed(0.0, 1.0, 0.0), 1.0)?;
                let earlier = match after {
                    0.0 => self.atom_gradient(),
                    after => at(after, seed(0.0, 1.0, 0.0), 1.0)?,
                };
                later.iter_mut().zip(earlier).for_each(|(later, earlier)| *later -= earlier);
                Ok(later)
            }
        }
    }

    /// Gradients by contours, if the two contours agree on them: each entry relative to itself, or relative to theta
    /// in numbers without a unit.
    fn agreed(
        &self,
        time: f64,
        unit: f64,
        found: Vec<(Vec<f64>, Vec<f64>)>,
    ) -> Result<Vec<Vec<f64>>, EvaluateError> {
        let limit = 10.0 * CONTOUR_ERROR;
        let agree = |gradient: &[f64], apart: &[f64]| {
            let entries = gradient.iter().zip(apart).zip(self.theta);
            // What is no number does not agree.
            entries
                .into_iter()
                .all(|((d, apart), theta)| *apart <= limit * d.abs() || *apart * theta.abs() * unit <= limit)
        };
        match found.iter().all(|(gradient, apart)| agree(gradient, apart)) {
            true => Ok(found.into_iter().map(|found| found.0).collect()),
            false => Err(EvaluateError::Gradient { time, vertices: self.flow.len() }),
        }
    }

    fn atom_gradient(&self) -> Vec<f64> {
        let slope = |r| Slope::new(self.trace, self.rates, self.flow, r).mass_at_zero;
        (0..self.trace.parameters()).map(slope).collect()
    }

    /// Gradients of density and cdf at points that [`Solver::at`] gave.
    pub(in crate::density) fn points(&mut self, points: &[Point]) -> Result<Vec<PointChange>, EvaluateError> {
        let zeros = || vec![0.0; self.theta.len()];
        let nothing = PointChange { density: zeros(), cdf: zeros(), survival: zeros() };
        let mut result = vec![nothing; points.len()];
        let of = |wanted: fn(Method) -> bool| -> Vec<usize> {
            (0..points.len()).filter(|&i| wanted(points[i].method)).collect()
        };
        let swept = of(Method::is_swept);
        for (&i, change) in swept.iter().zip(self.swept_points(&swept, points)) {
            result[i] = change;
        }
        let doubled = of(|m| m == Method::Doubling);
        self.doubled_points(&doubled, points, &mut result);
        for i in of(|m| m == Method::Contour) {
            let t = points[i].time;
            let seed = |density, cdf| Seed { density, cdf, survival: 0.0 };
            let seeds = [seed(1.0, 0.0), seed(0.0, 1.0)];
            let mut found = contour::gradients(self.trace, self.rates, self.initial, t, &seeds);
            let cdf = self.agreed(t, 1.0, found.split_off(1))?.swap_remove(0);
            let density = self.agreed(t, t, found)?.swap_remove(0);
            let survival = cdf.iter().map(|d| -d).collect();
            result[i] = PointChange { density, cdf, survival };
        }
        for (change, point) in result.iter_mut().zip(points) {
            // Of two numbers that sum up to one, the smaller has the derivatives with more digits.
            if point.survival < point.cdf {
                change.cdf = change.survival.iter().map(|d| -d).collect();
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
        let whole = |t: f64| t.floor() as usize;
        let times = || swept.iter().map(|&i| points[i].time);
        if self.flow.kind == Kind::Continuous {
            let weights: Vec<Weights> = times().map(|t| Weights::poisson(t * self.flow.rate)).collect();
            let last: Vec<usize> =
                times().map(|t| self.sweep.weighted(t * self.flow.rate, SHARE * self.tolerance).1).collect();
            return change::points(self.flow, &slopes, &weights, &weights, &last);
        }
        // What is absorbed in step k + 1 leaves after step k; before the first there is only the mass at zero.
        let densities: Vec<Weights> = times().map(|t| Weights::exactly(whole(t).saturating_sub(1))).collect();
        let cdfs: Vec<Weights> = times().map(|t| Weights::exactly(whole(t))).collect();
        let last: Vec<usize> = times().map(whole).collect();
        let mut result = change::points(self.flow, &slopes, &densities, &cdfs, &last);
        for (point, _) in result.iter_mut().zip(times()).filter(|(_, t)| whole(*t) == 0) {
            point.density = slopes.iter().map(|s| s.mass_at_zero).collect();
        }
        result
    }

    fn doubled_points(&mut self, doubled: &[usize], points: &[Point], result: &mut [PointChange]) {
        if doubled.is_empty() {
            return;
        }
        let whole = |t: f64| if self.flow.kind == Kind::Discrete { t.floor() } else { t };
        let times: Vec<f64> = doubled.iter().map(|&i| whole(points[i].time)).collect();
        for r in 0..self.trace.parameters() {
            let slope = Slope::new(self.trace, self.rates, self.flow, r);
            let leg = |t: f64| self.journey(&slope, t);
            let mut until: Vec<Journey> = times.iter().map(|&t| leg(t)).collect();
            // A mass function is of what is absorbed in the last step.
            let mut before: Vec<Journey> = match self.flow.kind {
                Kind::Continuous => Vec::new(),
                Kind::Discrete => times.iter().map(|&t| leg(t - 1.0)).collect(),
            };
            self.travel(&slope, &mut until);
            self.travel(&slope, &mut before);
            for (at, &i) in doubled.iter().enumerate() {
                result[i].density[r] = self.density_change(&slope, before.get(at).unwrap_or(&until[at]));
                result[i].cdf[r] = slope.mass_at_zero + until[at].change.absorbed;
                result[i].survival[r] = total(&until[at].change.states);
            }
        }
    }
}
