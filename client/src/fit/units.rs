//! Units of a search: times, weights and parameters are brought near one before anything is computed.
//!
//! If rates are homogeneous, T/c at theta has the law of T at `c theta`. So times are divided by a power of two near
//! their geometric mean, and theta is multiplied by it; no bit is lost on the way. Weights are divided by a power of two
//! near their sum. With f the log-likelihood in these units, w the factor of weights and c that of times,
//! `log L = w (f - s log c)`, where s is the sum of the divided weights of the densities among the likelihoods.

use sojourn_engine::{Event, LikelihoodError, Observations, Trace};

use super::{FitError, Fitting};

/// Factors between the user's units and those of the search, powers of two.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Units {
    time: f64,
    weight: f64,
    /// What is added to a log-likelihood of the search, before it is multiplied by `weight`.
    shift: f64,
}

impl Units {
    /// Chooses units, and returns observations and options in them.
    pub(super) fn of(
        trace: &Trace,
        observations: &Observations,
        fitting: &Fitting,
    ) -> Result<(Units, Observations, Fitting), FitError> {
        let heaviest = observations.iter().fold(0.0, |most, (_, weight)| f64::max(most, weight));
        let weight = power_of_two(heaviest.log2());
        let sum: f64 = observations.iter().map(|(_, w)| w / weight).sum();
        let weight = power_of_two(heaviest.log2().round() + sum.log2());
        let time = if trace.has_homogeneous_rates() { unit_of_time(observations) } else { 1.0 };
        let scaled = in_unit(fitting, time);
        let (time, fitting) = match scaled {
            Some(scaled) => (time, scaled),
            None => (1.0, fitting.clone()),
        };
        let inside =
            observations.in_units(time, weight).map_err(|error| FitError::Invalid(error.to_string()))?;
        let dense = |event: Event| match event {
            Event::At(t) => t > 0.0 || !trace.has_mass_at_zero(),
            _ => false,
        };
        let densities: f64 = inside.iter().filter(|(event, _)| dense(*event)).map(|(_, weight)| weight).sum();
        Ok((Units { time, weight, shift: -densities * time.ln() }, inside, fitting))
    }

    /// Returns theta in the user's units; entries may overflow.
    pub(super) fn theta(&self, inside: &[f64]) -> Vec<f64> {
        inside.iter().map(|t| t / self.time).collect()
    }

    /// Returns a log-likelihood in the user's units.
    pub(super) fn log_likelihood(&self, inside: f64) -> f64 {
        self.weight * (inside + self.shift)
    }

    /// Returns the bound on the error of a log-likelihood of `value` in the user's units.
    pub(super) fn error_bound(&self, inside: f64, value: f64) -> f64 {
        // The shift is rounded, and so is the sum.
        self.weight * (inside + f64::EPSILON * self.shift.abs()) + f64::EPSILON * value.abs()
    }

    /// Returns derivatives of the log-likelihood with respect to theta in the user's units.
    pub(super) fn gradient(&self, inside: &[f64]) -> Vec<f64> {
        inside.iter().map(|d| if *d == 0.0 { 0.0 } else { d * self.weight * self.time }).collect()
    }

    /// Returns the factor from a standard error in the units of the search to the user's: parameters are `time` times
    /// smaller, and information is `weight` times larger.
    pub(super) fn standard_error(&self) -> f64 {
        1.0 / self.weight.sqrt() / self.time
    }

    /// Returns an error that names the observation as it was given.
    pub(super) fn error(&self, error: LikelihoodError) -> LikelihoodError {
        let back = |event: Event| match event {
            Event::At(t) => Event::At(t * self.time),
            Event::Until(t) => Event::Until(t * self.time),
            Event::After(t) => Event::After(t * self.time),
            Event::Between { after, until } => {
                Event::Between { after: after * self.time, until: until * self.time }
            }
        };
        match error {
            LikelihoodError::Impossible { observation, event } => {
                LikelihoodError::Impossible { observation, event: back(event) }
            }
            LikelihoodError::Unresolved { observation, event, value, error } => {
                LikelihoodError::Unresolved { observation, event: back(event), value, error }
            }
            other => other,
        }
    }
}

/// Returns the power of two next to `2^exponent`, within what doubles represent with all their digits.
fn power_of_two(exponent: f64) -> f64 {
    let exponent = if exponent.is_finite() { exponent.round().clamp(-1022.0, 1022.0) } else { 0.0 };
    exponent.exp2()
}

/// Returns a power of two near the geometric mean of the positive times, such that no quotient is infinite, and none zero
/// if it can be helped.
fn unit_of_time(observations: &Observations) -> f64 {
    let (mut sum, mut weights, mut longest, mut shortest) = (0.0, 0.0, f64::MIN_POSITIVE, f64::MAX);
    let heaviest = observations.iter().fold(f64::MIN_POSITIVE, |most, (_, weight)| f64::max(most, weight));
    for (event, weight) in observations.iter() {
        let times = match event {
            Event::At(t) | Event::Until(t) | Event::After(t) => [t, t],
            Event::Between { after, until } => [after, until],
        };
        for t in times.into_iter().filter(|t| *t > 0.0) {
            sum += weight / heaviest * t.log2();
            weights += weight / heaviest;
            (longest, shortest) = (f64::max(longest, t), f64::min(shortest, t));
        }
    }
    if weights <= 0.0 {
        return 1.0;
    }
    let most = f64::min(sum / weights, shortest.log2() + 1000.0);
    power_of_two(f64::max(most, longest.log2() - 1000.0))
}

/// Returns the options with parameters multiplied by the unit of time; none if a number overflows or vanishes.
fn in_unit(fitting: &Fitting, time: f64) -> Option<Fitting> {
    let fits = |value: f64| {
        let scaled = value * time;
        (scaled.is_finite() == value.is_finite() && (scaled == 0.0) == (value == 0.0)).then_some(scaled)
    };
    let all = |values: &[f64]| values.iter().map(|&value| fits(value)).collect::<Option<Vec<f64>>>();
    Some(Fitting {
        start: fitting.start.iter().map(|start| all(start)).collect::<Option<_>>()?,
        lower: all(&fitting.lower)?,
        upper: all(&fitting.upper)?,
        fixed: fitting
            .fixed
            .iter()
            .map(|f| f.map_or(Some(None), |f| fits(f).map(Some)))
            .collect::<Option<_>>()?,
        ..fitting.clone()
    })
}
