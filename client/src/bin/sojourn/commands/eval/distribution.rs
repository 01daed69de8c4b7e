//! What `eval` computes of the distribution of T.

use clap::Args;
use sojourn_engine::density::Point;
use sojourn_engine::question::{DistributionAt, Residence, ResidenceTimes};
use sojourn_engine::{Distribution, Kind};

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

    /// What it asks of a trace; nothing if nothing is asked for.
    pub(crate) fn asks(&self) -> (Option<DistributionAt>, Option<Residence>) {
        let occupancy = self.occupancy.as_ref().and_then(Option::as_ref);
        let at = DistributionAt {
            times: self.point_times(),
            quantiles: self.quantile.as_ref().map_or_else(Vec::new, |p| p.0.clone()),
            state_probabilities: times(self.state_probabilities.as_ref()).to_vec(),
            occupancies: times(occupancy).to_vec(),
            ..DistributionAt::default()
        };
        let residence = matches!(self.occupancy, Some(None)).then_some(Residence);
        ((at != DistributionAt::default()).then_some(at), residence)
    }

    /// Times at which density or cdf are asked for: one list for both, where they are the same.
    fn point_times(&self) -> Vec<f64> {
        let (pdf, cdf) = (times(self.pdf.as_ref()), times(self.cdf.as_ref()));
        if pdf == cdf { pdf.to_vec() } else { [pdf, cdf].concat() }
    }

    /// What an answer says to it.
    pub(crate) fn found(
        &self,
        distribution: Option<Distribution>,
        residence: Option<ResidenceTimes>,
    ) -> Found {
        let (pdf, cdf) = (times(self.pdf.as_ref()), times(self.cdf.as_ref()));
        let distribution = distribution.unwrap_or_default();
        let points = distribution.points;
        Found {
            pdf: points.iter().take(pdf.len()).copied().collect(),
            cdf: points.iter().skip(points.len().saturating_sub(cdf.len())).copied().collect(),
            quantiles: distribution.quantiles,
            state_probabilities: distribution.state_probabilities,
            occupancies: match residence {
                Some(residence) => vec![residence.times],
                None => distribution.occupancies,
            },
        }
    }
}

fn times(asked: Option<&Times>) -> &[f64] {
    asked.map_or(&[], |times| &times.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::{Chain, Question, Trace, models};

    /// What is found for an Erlang distribution of two phases.
    fn found(asked: &Distributed, rate: f64) -> Found {
        let trace = Trace::record(&Chain::new(&models::build("erlang,k=2").unwrap())).unwrap();
        let (distribution, residence) = asked.asks();
        let question = Question { distribution, residence, ..Question::default() };
        let answer = trace.answer(&[rate], &question).unwrap();
        asked.found(answer.distribution, answer.residence)
    }

    #[test]
    fn each_number_stands_at_the_times_it_was_asked_for() {
        let asked = Distributed {
            pdf: Some(Times(vec![1.0, 2.0])),
            cdf: Some(Times(vec![3.0])),
            ..Distributed::default()
        };
        let apart = found(&asked, 1.0);
        let of = |points: &[Point]| points.iter().map(|point| point.time).collect::<Vec<_>>();
        assert_eq!((of(&apart.pdf), of(&apart.cdf)), (vec![1.0, 2.0], vec![3.0]));
        let expected = 1.0 - 4.0 * (-3.0_f64).exp();
        assert!((apart.cdf[0].cdf - expected).abs() < 1e-14);
        let same = Distributed { cdf: asked.pdf.clone(), ..asked };
        let together = found(&same, 1.0);
        assert_eq!(together.pdf, together.cdf);
        assert_eq!(together.pdf.len(), 2);
    }

    #[test]
    fn occupancies_grow_towards_those_until_absorption() {
        let until = |times| Distributed { occupancy: Some(times), ..Distributed::default() };
        let all = found(&until(None), 2.0).occupancies;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].iter().sum::<f64>(), 1.0);
        let some = found(&until(Some(Times(vec![0.5, 50.0]))), 2.0).occupancies;
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
