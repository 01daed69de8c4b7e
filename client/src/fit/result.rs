//! What a fit delivers.

use sojourn_engine::density::Method;
use sojourn_engine::{LikelihoodError, Observations, Trace};

use super::ends::{Fate, Settled};
use super::identify::{Combination, Lead, follow};
use super::information::{Curvature, correlations, curvature};
use super::notes;
use super::objective::{Halt, Objective, Point};
use super::units::Units;
use super::{FitError, Search};

/// Maxima that are lower by less than this are shown beside the highest.
const NEAR: f64 = 2.0;
/// Log-likelihoods that differ by less, relatively, are of the same maximum.
const SAME: f64 = 1e-9;

/// What became of a parameter, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It was given.
    Fixed,
    /// It is where the likelihood is highest.
    Estimated,
    /// The likelihood rises up to its bound, so it has no standard error.
    AtBound,
    /// The likelihood does not fall as it grows without end: its value stands for infinity.
    AtInfinity,
    /// The likelihood does not depend on it, or not on a combination of it and others: no standard error.
    NotIdentified,
    /// The search ended before a maximum was reached.
    NotConverged,
}

/// A parameter, fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its value; a large one if it is at infinity.
    pub value: f64,
    /// Square root of its entry in the inverse of the observed information.
    pub standard_error: Option<f64>,
    /// What became of it.
    pub status: Status,
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// At a maximum.
    Converged,
    /// After the most iterations, or where it could not go on uphill.
    Stopped,
    /// Its start has no likelihood.
    Failed(LikelihoodError),
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Where it began.
    pub start: Vec<f64>,
    /// Where it ended.
    pub theta: Vec<f64>,
    /// The log-likelihood there; minus infinity if it failed.
    pub log_likelihood: f64,
    /// Iterations it took.
    pub iterations: u64,
    /// How it ended.
    pub ended: Ended,
}

/// The observed information, inverted.
#[derive(Debug, Clone, PartialEq)]
pub struct Information {
    /// Numbers of the parameters that are estimated.
    pub parameters: Vec<usize>,
    /// Their covariance matrix.
    pub covariance: Vec<Vec<f64>>,
    /// Their correlations.
    pub correlations: Vec<Vec<f64>>,
}

/// The highest likelihood that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// Their values.
    pub theta: Vec<f64>,
    /// The last of the parameters' statuses, in the order of [`Status`].
    pub status: Status,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// Bound on its error.
    pub error_bound: f64,
    /// Its derivative with respect to each parameter.
    pub gradient: Vec<f64>,
    /// How likelihoods were computed there.
    pub methods: Vec<Method>,
    /// Akaike's criterion: twice the number of parameters that were fitted, less twice the log-likelihood.
    pub aic: f64,
    /// The observed information; none if no parameter is estimated.
    pub information: Option<Information>,
    /// Combinations of parameters that are not identified.
    pub combinations: Vec<Combination>,
    /// Every search that was ended, in the order of their starts.
    pub runs: Vec<Run>,
    /// Number of the run that is delivered; none if it was not ended.
    pub best: Option<usize>,
    /// Numbers of runs that found other maxima, at most two lower than the highest, in descending order.
    pub others: Vec<usize>,
    /// What is to be known of the estimates, a sentence each.
    pub notes: Vec<String>,
    /// Number of likelihoods that were computed.
    pub evaluations: u64,
}

/// What a result is made from.
pub(super) struct Report<'r, 'a> {
    pub(super) trace: &'r Trace,
    pub(super) observations: &'r Observations,
    pub(super) units: &'r Units,
    pub(super) objective: &'r Objective<'a>,
}

impl Report<'_, '_> {
    /// Makes the result of searches that have all ended.
    pub(super) fn finished(&mut self, searches: &[Search]) -> Result<Fitted, FitError> {
        let Some((number, settled)) = best(searches) else {
            let first = searches.iter().find_map(|search| search.outcome.as_ref().err());
            return Err(first.map_or(FitError::Nothing, |error| FitError::NoStart {
                error: self.as_given(&searches[0].start, error),
            }));
        };
        let curvature = curvature(settled);
        if !settled.converged || !curvature.is_maximum {
            let mut fitted = self.result(&settled.point, searches);
            fitted.best = Some(number);
            let blocked = settled.blocked.clone().map(|error| self.units.error(error));
            fitted.notes.push(notes::not_converged(blocked.as_ref()));
            return Ok(fitted);
        }
        match self.at_maximum(number, settled, &curvature, searches) {
            Ok(fitted) => Ok(fitted),
            Err(halt) => self.unfinished(searches, &halt),
        }
    }

    /// Makes the result of searches that were ended early.
    pub(super) fn unfinished(&mut self, searches: &[Search], halt: &Halt) -> Result<Fitted, FitError> {
        let point = match (self.objective.best(), halt) {
            (_, Halt::Failed(error)) => return Err(error.clone()),
            (Some(point), _) => point,
            (None, Halt::TimeLimit) => return Err(FitError::TimeLimit),
            (None, Halt::Interrupted) => return Err(FitError::Interrupted),
        };
        let mut fitted = self.result(&point, searches);
        fitted.notes.push(notes::halted(halt));
        Ok(fitted)
    }

    fn at_maximum(
        &self,
        number: usize,
        settled: &Settled,
        curvature: &Curvature,
        searches: &[Search],
    ) -> Result<Fitted, Halt> {
        let free = &self.objective.scale.free;
        let mut fitted = self.result(&settled.point, searches);
        fitted.best = Some(number);
        for (k, fate) in settled.fates.iter().enumerate() {
            fitted.parameters[free[k]].status = match fate {
                Fate::Inside => Status::Estimated,
                Fate::Bound | Fate::Wall => Status::AtBound,
                Fate::Infinity => Status::AtInfinity,
                Fate::Ignored => Status::NotIdentified,
            };
        }
        for direction in &curvature.flat {
            self.flat(&mut fitted, settled, direction)?;
        }
        self.inform(&mut fitted, settled, curvature);
        fitted.status = fitted.parameters.iter().map(|p| p.status).max().unwrap_or(Status::Fixed);
        fitted.others = others(searches, number, self.units);
        if fitted.status == Status::NotIdentified {
            // The likelihood is as high at many places, which are no maxima of their own.
            let lower = 1e-6 * (1.0 + fitted.log_likelihood.abs());
            let (top, runs) = (fitted.log_likelihood, &fitted.runs);
            fitted.others.retain(|&other| runs[other].log_likelihood < top - lower);
        }
        fitted.notes = notes::of(&fitted, self.observations);
        Ok(fitted)
    }

    /// Says what a flat direction means for the parameters on it.
    fn flat(&self, fitted: &mut Fitted, settled: &Settled, direction: &[f64]) -> Result<(), Halt> {
        let free = &self.objective.scale.free;
        match follow(self.objective, settled, direction)? {
            Lead::Around(combination) => {
                combination.parameters.iter().for_each(|&p| {
                    fitted.parameters[p].status = Status::NotIdentified;
                });
                fitted.combinations.push(combination);
            }
            Lead::Away(direction) => {
                for (k, d) in direction.iter().enumerate().filter(|(_, d)| **d != 0.0) {
                    let limit = self.objective.scale.limit(k, *d > 0.0);
                    let status = match limit {
                        super::scale::Limit::Bound => Status::AtBound,
                        super::scale::Limit::Infinity => Status::AtInfinity,
                    };
                    fitted.parameters[free[k]].status = status;
                }
            }
        }
        Ok(())
    }

    /// States covariances and standard errors in the user's units.
    fn inform(&self, fitted: &mut Fitted, settled: &Settled, curvature: &Curvature) {
        if curvature.identified.is_empty() {
            return;
        }
        let scale = self.objective.scale;
        let slopes = scale.slopes(&settled.point.theta);
        let unit = self.units.standard_error();
        // Squares of very small and very large parameters are no doubles; their roots are.
        let size = |i: usize| slopes[curvature.identified[i]].abs() * unit;
        let sign = |i: usize| slopes[curvature.identified[i]].signum();
        let count = curvature.identified.len();
        let covariance = |i: usize, j: usize| {
            (curvature.covariance[i][j] * slopes[curvature.identified[i]] * unit)
                * (slopes[curvature.identified[j]] * unit)
        };
        let mut correlations = correlations(&curvature.covariance);
        for (i, row) in correlations.iter_mut().enumerate() {
            row.iter_mut().enumerate().for_each(|(j, entry)| *entry *= sign(i) * sign(j));
        }
        let parameters: Vec<usize> = curvature.identified.iter().map(|&k| scale.free[k]).collect();
        for (i, &p) in parameters.iter().enumerate() {
            fitted.parameters[p].standard_error = Some(curvature.covariance[i][i].sqrt() * size(i));
        }
        let matrix = (0..count).map(|i| (0..count).map(|j| covariance(i, j)).collect()).collect();
        fitted.information = Some(Information { parameters, covariance: matrix, correlations });
    }

    /// A result in which no free parameter has converged.
    fn result(&self, point: &Point, searches: &[Search]) -> Fitted {
        let theta = self.units.theta(&point.theta);
        let free = &self.objective.scale.free;
        let status = |p: usize| if free.contains(&p) { Status::NotConverged } else { Status::Fixed };
        let parameter = |p: usize| Parameter { value: theta[p], standard_error: None, status: status(p) };
        let log_likelihood = self.units.log_likelihood(-point.value);
        Fitted {
            parameters: (0..theta.len()).map(parameter).collect(),
            status: Status::NotConverged,
            log_likelihood,
            error_bound: self.units.error_bound(point.likelihood.error_bound, log_likelihood),
            gradient: self.units.gradient(&point.likelihood.gradient),
            methods: point.likelihood.methods.clone(),
            aic: 2.0 * free.len() as f64 - 2.0 * log_likelihood,
            information: None,
            combinations: Vec::new(),
            runs: searches.iter().map(|search| self.run(search)).collect(),
            best: None,
            others: Vec::new(),
            notes: Vec::new(),
            evaluations: self.objective.evaluations(),
            theta,
        }
    }

    fn run(&self, search: &Search) -> Run {
        let start = self.units.theta(&search.start);
        match &search.outcome {
            Ok(settled) => Run {
                start,
                theta: self.units.theta(&settled.point.theta),
                log_likelihood: self.units.log_likelihood(-settled.point.value),
                iterations: settled.iterations,
                ended: if settled.converged { Ended::Converged } else { Ended::Stopped },
            },
            Err(error) => Run {
                theta: start.clone(),
                log_likelihood: f64::NEG_INFINITY,
                iterations: 0,
                ended: Ended::Failed(self.as_given(&search.start, error)),
                start,
            },
        }
    }

    /// The error of a start in the user's units: that of the likelihood there, if it fails as well.
    fn as_given(&self, start: &[f64], error: &LikelihoodError) -> LikelihoodError {
        match error {
            LikelihoodError::Evaluate(_) => {
                let again = self.trace.log_likelihood(&self.units.theta(start), self.observations);
                again.err().unwrap_or_else(|| error.clone())
            }
            other => self.units.error(other.clone()),
        }
    }
}

/// The search that ended highest, the first of those that ended alike; those that converged before those that did not.
fn best(searches: &[Search]) -> Option<(usize, &Settled)> {
    let mut best: Option<(usize, &Settled)> = None;
    for (number, search) in searches.iter().enumerate() {
        let Ok(settled) = &search.outcome else { continue };
        let better = best.is_none_or(|(_, other)| {
            let margin = SAME * (1.0 + settled.point.value.abs());
            let lower = other.point.value - settled.point.value;
            lower > margin || lower > -margin && settled.converged && !other.converged
        });
        if better {
            best = Some((number, settled));
        }
    }
    best
}

/// Searches that found other maxima within [`NEAR`] of the best one, highest first, each once.
fn others(searches: &[Search], best: usize, units: &Units) -> Vec<usize> {
    let settled = |number: usize| searches[number].outcome.as_ref().ok().filter(|settled| settled.converged);
    let height = |number: usize| {
        settled(number).map_or(f64::NEG_INFINITY, |settled| units.log_likelihood(-settled.point.value))
    };
    let top = height(best);
    let mut near: Vec<usize> =
        (0..searches.len()).filter(|&number| number != best && height(number) >= top - NEAR).collect();
    near.sort_by(|&a, &b| height(b).total_cmp(&height(a)));
    let mut kept = vec![best];
    for number in near {
        let Some(found) = settled(number) else { continue };
        let again = kept.iter().filter_map(|&other| settled(other)).any(|other| is_same(found, other));
        if !again {
            kept.push(number);
        }
    }
    kept.split_off(1)
}

/// Whether two searches ended at the same maximum: as high, and at the same place but for what is at infinity or does not
/// matter.
fn is_same(a: &Settled, b: &Settled) -> bool {
    let high = (a.point.value - b.point.value).abs() <= 1e2 * SAME * (1.0 + a.point.value.abs());
    let near = |k: usize| {
        let alike = (a.point.place[k] - b.point.place[k]).abs() < 1e-2;
        a.fates[k] == b.fates[k] && (alike || a.fates[k] != Fate::Inside)
    };
    high && (0..a.fates.len()).all(near)
}
