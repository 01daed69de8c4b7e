//! What `eval` computes of the distribution of T.

use clap::Args;
use sojourn_engine::density::Point;
use sojourn_engine::evaluate::EvaluateError;
use sojourn_engine::{DistributionQuery, Kind, Trace};

use crate::commands::times::{Probabilities, Times};
use crate::error::CommandError;

/// What to compute of the distribution of T, and at which times.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub(crate) struct Distributed {
    /// Density of T, mass at zero apart, at times such as 0.1,0.5,1 or on a grid such as 0:10:200 (200 points,
    /// both ends); of a discrete chain the probability of exactly so many steps
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) pdf: Option<Times>,
    /// Probability that T is at most each of these times
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) cdf: Option<Times>,
    /// The least time by which absorption has come with each of these probabilities
    #[arg(long, value_name = "PROBABILITIES", allow_hyphen_values = true, value_parser = Probabilities::parse)]
    pub(crate) quantile: Option<Probabilities>,
    /// Probability of each state at each of these times
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) state_probabilities: Option<Times>,
    /// Expected time in each state until each of these times; without times until absorption
    // Of any hyphen allowed here the flag that follows would be taken for the times.
    #[arg(long, value_name = "TIMES", allow_negative_numbers = true, value_parser = Times::parse)]
    pub(crate) occupancy: Option<Option<Times>>,
}

/// What was computed: points, or numbers by row of the graph, one for each time asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) pdf: Vec<Point>,
    pub(crate) cdf: Vec<Point>,
    pub(crate) quantiles: Vec<f64>,
    pub(crate) state_probabilities: Vec<Vec<f64>>,
    /// Without times one, until absorption.
    pub(crate) occupancies: Vec<Vec<f64>>,
}

impl Distributed {
    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Distributed::default()
    }

    /// Whether numbers by row are asked for, which are easier to read with the states of the rows.
    pub(crate) fn speaks_of_states(&self) -> bool {
        self.state_probabilities.is_some() || self.occupancy.is_some()
    }

    /// An error of usage for times at which a chain of this kind can not be asked.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), CommandError> {
        let occupancy = self.occupancy.as_ref().and_then(Option::as_ref);
        let asked = [
            ("--pdf", self.pdf.as_ref()),
            ("--cdf", self.cdf.as_ref()),
            ("--state-probabilities", self.state_probabilities.as_ref()),
            ("--occupancy", occupancy),
        ];
        asked.into_iter().try_for_each(|(flag, times)| times.map_or(Ok(()), |t| t.check(flag, kind)))
    }

    /// Computes it at a parameter vector.
    pub(crate) fn compute(&self, trace: &Trace, theta: &[f64]) -> Result<Found, EvaluateError> {
        let (pdf, cdf) = (times(self.pdf.as_ref()), times(self.cdf.as_ref()));
        let mut found = Found::default();
        // One query for all: what is computed on the way to one time serves the others.
        let asked = if pdf == cdf { pdf.to_vec() } else { [pdf, cdf].concat() };
        let quantiles = self.quantile.as_ref().map_or(&[][..], |p| &p.0).to_vec();
        if !asked.is_empty() || !quantiles.is_empty() {
            let query = DistributionQuery { times: asked, quantiles, ..DistributionQuery::default() };
            let distribution = trace.distribution(theta, &query)?;
            let points = distribution.points;
            found.pdf = points[..pdf.len()].to_vec();
            found.cdf = points[points.len() - cdf.len()..].to_vec();
            found.quantiles = distribution.quantiles;
        }
        if let Some(Times(times)) = &self.state_probabilities {
            let query = DistributionQuery {
                times: times.clone(),
                state_probabilities: true,
                ..DistributionQuery::default()
            };
            found.state_probabilities = trace.distribution(theta, &query)?.state_probabilities;
        }
        match &self.occupancy {
            None => {}
            Some(None) => found.occupancies = vec![trace.occupancies(theta)?],
            Some(Some(Times(times))) => {
                let query = DistributionQuery {
                    times: times.clone(),
                    occupancies: true,
                    ..DistributionQuery::default()
                };
                found.occupancies = trace.distribution(theta, &query)?.occupancies;
            }
        }
        Ok(found)
    }
}

fn times(asked: Option<&Times>) -> &[f64] {
    asked.map_or(&[], |times| &times.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::{Chain, models};

    fn erlang() -> Trace {
        Trace::record(&Chain::new(&models::build("erlang,k=2").unwrap())).unwrap()
    }

    #[test]
    fn each_number_stands_at_the_times_it_was_asked_for() {
        let asked = Distributed {
            pdf: Some(Times(vec![1.0, 2.0])),
            cdf: Some(Times(vec![3.0])),
            ..Distributed::default()
        };
        let found = asked.compute(&erlang(), &[1.0]).unwrap();
        let of = |points: &[Point]| points.iter().map(|point| point.time).collect::<Vec<_>>();
        assert_eq!((of(&found.pdf), of(&found.cdf)), (vec![1.0, 2.0], vec![3.0]));
        let expected = 1.0 - 4.0 * (-3.0_f64).exp();
        assert!((found.cdf[0].cdf - expected).abs() < 1e-14);
        let same = Distributed { cdf: asked.pdf.clone(), ..asked };
        let found = same.compute(&erlang(), &[1.0]).unwrap();
        assert_eq!(found.pdf, found.cdf);
        assert_eq!(found.pdf.len(), 2);
    }

    #[test]
    fn occupancies_grow_towards_those_until_absorption() {
        let until = |times| Distributed { occupancy: Some(times), ..Distributed::default() };
        let all = until(None).compute(&erlang(), &[2.0]).unwrap().occupancies;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].iter().sum::<f64>(), 1.0);
        let some = until(Some(Times(vec![0.5, 50.0]))).compute(&erlang(), &[2.0]).unwrap().occupancies;
        let sums: Vec<f64> = some.iter().map(|row| row.iter().sum()).collect();
        assert!(sums[0] < 0.5 && (sums[1] - 1.0).abs() < 1e-12, "{sums:?}");
    }

    #[test]
    fn a_fraction_of_a_step_is_refused_by_the_name_of_its_flag() {
        let half = Some(Times(vec![0.5]));
        let asked = [
            ("--pdf", Distributed { pdf: half.clone(), ..Distributed::default() }),
            ("--cdf", Distributed { cdf: half.clone(), ..Distributed::default() }),
            (
                "--state-probabilities",
                Distributed { state_probabilities: half.clone(), ..Distributed::default() },
            ),
            ("--occupancy", Distributed { occupancy: Some(half), ..Distributed::default() }),
        ];
        for (flag, asked) in asked {
            assert!(asked.check(Kind::Continuous).is_ok());
            let error = asked.check(Kind::Discrete).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{flag}: time 1 is 0.5")), "{error}");
        }
    }
}
