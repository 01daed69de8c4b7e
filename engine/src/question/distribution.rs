//! The distribution of T as a part of a question.

use super::bytes::{
    list, lists, method, number, optional, write_list, write_lists, write_method, write_optional,
};
use super::part::Part;
use crate::density::{Distribution, DistributionQuery, ErrorBound, Point, PointErrors, QuantileError};
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

const WHAT: &str = "the distribution asked for";
const ANSWER: &str = "a distribution";

/// What to compute of the distribution of T, each at times of its own. Times are numbers of steps of a discrete
/// chain, rounded down.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionAt {
    /// Times of [`Distribution::points`]: density, cdf, survival and hazard.
    pub times: Vec<f64>,
    /// Probabilities whose quantiles are wanted.
    pub quantiles: Vec<f64>,
    /// Times at which the probability of each row is wanted.
    pub state_probabilities: Vec<f64>,
    /// Times until which the expected time in each row is wanted.
    pub occupancies: Vec<f64>,
    /// See [`DistributionQuery::tolerance`].
    pub tolerance: f64,
}

impl Default for DistributionAt {
    fn default() -> DistributionAt {
        DistributionAt {
            times: Vec::new(),
            quantiles: Vec::new(),
            state_probabilities: Vec::new(),
            occupancies: Vec::new(),
            tolerance: DistributionQuery::default().tolerance,
        }
    }
}

impl DistributionAt {
    /// The queries that it takes. What is at the same times is asked together: what is computed on the way to one
    /// serves the other.
    fn queries(&self) -> Vec<DistributionQuery> {
        let mut queries = vec![DistributionQuery {
            times: self.times.clone(),
            quantiles: self.quantiles.clone(),
            tolerance: self.tolerance,
            ..DistributionQuery::default()
        }];
        let spreads = [(&self.state_probabilities, true), (&self.occupancies, false)];
        for (times, probabilities) in spreads.into_iter().filter(|(times, _)| !times.is_empty()) {
            let at = |query: &DistributionQuery| &query.times == times;
            let place = queries.iter().position(at).unwrap_or_else(|| {
                queries.push(DistributionQuery {
                    times: times.clone(),
                    tolerance: self.tolerance,
                    ..DistributionQuery::default()
                });
                queries.len() - 1
            });
            queries[place].state_probabilities |= probabilities;
            queries[place].occupancies |= !probabilities;
        }
        queries
    }
}

impl Part for DistributionAt {
    type Answer = Distribution;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Distribution, EvaluateError> {
        // One vector has one answer.
        self.answer_tile(trace, &[theta]).swap_remove(0)
    }

    fn answer_tile(&self, trace: &Trace, thetas: &[&[f64]]) -> Vec<Result<Distribution, EvaluateError>> {
        let mut queries = self.queries().into_iter();
        let first = queries.next().unwrap_or_default();
        let mut all = trace.distributions(thetas, &first);
        for query in queries {
            for (all, found) in all.iter_mut().zip(trace.distributions(thetas, &query)) {
                match (&mut *all, found) {
                    (Ok(all), Ok(found)) if query.state_probabilities => {
                        all.state_probabilities = found.state_probabilities;
                        if query.occupancies {
                            all.occupancies = found.occupancies;
                        }
                    }
                    (Ok(all), Ok(found)) => all.occupancies = found.occupancies,
                    (Ok(_), Err(error)) => *all = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        all
    }

    fn mass_at_zero(answer: &Distribution) -> Option<f64> {
        Some(answer.mass_at_zero)
    }

    fn write(&self, w: &mut Writer) {
        let lists = [&self.times, &self.quantiles, &self.state_probabilities, &self.occupancies];
        lists.into_iter().for_each(|list| write_list(w, list));
        w.f64s(&[self.tolerance]);
    }

    fn read(r: &mut Reader<'_>) -> Result<DistributionAt, DecodeError> {
        Ok(DistributionAt {
            times: list(r, WHAT)?,
            quantiles: list(r, WHAT)?,
            state_probabilities: list(r, WHAT)?,
            occupancies: list(r, WHAT)?,
            tolerance: number(r, WHAT)?,
        })
    }

    fn write_answer(answer: &Distribution, w: &mut Writer) {
        w.u32(answer.points.len() as u32);
        answer.points.iter().for_each(|point| write_point(point, w));
        write_list(w, &answer.quantiles);
        write_list(w, &answer.quantile_errors.iter().map(|error| error.cdf).collect::<Vec<_>>());
        write_list(w, &answer.quantile_errors.iter().map(|error| error.time).collect::<Vec<_>>());
        write_lists(w, &answer.state_probabilities);
        write_lists(w, &answer.occupancies);
        w.f64s(&[answer.mass_at_zero, answer.mass_in_traps]);
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Distribution, DecodeError> {
        let points = r.u32(ANSWER)?;
        let points = (0..points).map(|_| read_point(r)).collect::<Result<_, _>>()?;
        let (quantiles, cdf, time) = (list(r, ANSWER)?, list(r, ANSWER)?, list(r, ANSWER)?);
        if [cdf.len(), time.len()] != [quantiles.len(); 2] {
            return Err(inconsistent(ANSWER, "errors of other quantiles than there are"));
        }
        let error = |(cdf, time)| QuantileError { cdf, time };
        Ok(Distribution {
            points,
            quantiles,
            quantile_errors: cdf.into_iter().zip(time).map(error).collect(),
            state_probabilities: lists(r, ANSWER)?,
            occupancies: lists(r, ANSWER)?,
            mass_at_zero: number(r, ANSWER)?,
            mass_in_traps: number(r, ANSWER)?,
        })
    }
}

pub(super) fn write_point(point: &Point, w: &mut Writer) {
    w.f64s(&[point.time, point.density, point.cdf, point.survival]);
    write_optional(w, point.hazard.is_some());
    w.f64s(point.hazard.as_slice());
    w.f64s(&[point.log_density, point.log_cdf, point.log_survival]);
    write_method(point.method, w);
    write_optional(w, matches!(point.error_bound, ErrorBound::Absolute(_)));
    let PointErrors { density, cdf, survival, hazard, log_density, log_cdf, log_survival } = point.errors;
    w.f64s(&[point.error_bound.number(), density, cdf, survival, hazard, log_density, log_cdf, log_survival]);
}

pub(super) fn read_point(r: &mut Reader<'_>) -> Result<Point, DecodeError> {
    const WHAT: &str = "a point of a distribution";
    Ok(Point {
        time: number(r, WHAT)?,
        density: number(r, WHAT)?,
        cdf: number(r, WHAT)?,
        survival: number(r, WHAT)?,
        hazard: if optional(r, WHAT)? { Some(number(r, WHAT)?) } else { None },
        log_density: number(r, WHAT)?,
        log_cdf: number(r, WHAT)?,
        log_survival: number(r, WHAT)?,
        method: method(r, WHAT)?,
        error_bound: match optional(r, WHAT)? {
            true => ErrorBound::Absolute(number(r, WHAT)?),
            false => ErrorBound::Relative(number(r, WHAT)?),
        },
        errors: PointErrors {
            density: number(r, WHAT)?,
            cdf: number(r, WHAT)?,
            survival: number(r, WHAT)?,
            hazard: number(r, WHAT)?,
            log_density: number(r, WHAT)?,
            log_cdf: number(r, WHAT)?,
            log_survival: number(r, WHAT)?,
        },
    })
}
