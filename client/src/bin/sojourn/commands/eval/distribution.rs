//! What `eval` computes of the distribution of T.

use clap::Args;
use sojourn_engine::density::{Point, PointGradient, QuantileError};
use sojourn_engine::question::{DistributionAt, Laplace, Residence, ResidenceTimes};
use sojourn_engine::{Answer, Kind, LogLikelihood, Question, Samples};

use crate::commands::times::{Points, Probabilities, Times};
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
    /// Probability that T is longer than each of these times: with all its digits where the cdf is nearly one
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) survival: Option<Times>,
    /// Rate at which what is left at each of these times is absorbed; of a discrete chain the probability that it is
    /// absorbed in that step
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) hazard: Option<Times>,
    /// Natural logarithm of the density at each of these times: also where the density is below the smallest number
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) log_pdf: Option<Times>,
    /// Natural logarithm of the survival function at each of these times, likewise
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, value_parser = Times::parse)]
    pub(crate) log_survival: Option<Times>,
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
    /// E[exp(-s T)] at points s >= 0 such as 0.5,1 or on a grid such as 0:10:200
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true, value_parser = Points::parse)]
    pub(crate) laplace: Option<Points>,
    /// Expected time in each state until absorption, and how often it is entered
    #[arg(long)]
    pub(crate) residence: bool,
}

/// A function of time that is asked for at times of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    Pdf,
    Cdf,
    Survival,
    Hazard,
    LogPdf,
    LogSurvival,
}

/// Number of curves.
const CURVES: usize = Curve::ALL.len();

impl Curve {
    /// All, in the order in which they are told.
    pub(crate) const ALL: [Curve; 6] =
        [Curve::Pdf, Curve::Cdf, Curve::Survival, Curve::Hazard, Curve::LogPdf, Curve::LogSurvival];

    /// Returns its name in JSON and of columns.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Curve::Pdf => "pdf",
            Curve::Cdf => "cdf",
            Curve::Survival => "survival",
            Curve::Hazard => "hazard",
            Curve::LogPdf => "log_pdf",
            Curve::LogSurvival => "log_survival",
        }
    }

    /// Returns the flag that asks for it, without its dashes.
    fn flag(self) -> &'static str {
        match self {
            Curve::LogPdf => "log-pdf",
            Curve::LogSurvival => "log-survival",
            other => other.name(),
        }
    }

    /// Returns the bound on the absolute error of its value.
    pub(crate) fn error(self, point: &Point) -> f64 {
        match self {
            Curve::Pdf => point.errors.density,
            Curve::Cdf => point.errors.cdf,
            Curve::Survival => point.errors.survival,
            Curve::Hazard => point.errors.hazard,
            Curve::LogPdf => point.errors.log_density,
            Curve::LogSurvival => point.errors.log_survival,
        }
    }

    /// Returns its value; none where it has none: a hazard where nothing is left, the logarithm of zero.
    pub(crate) fn of(self, point: &Point) -> Option<f64> {
        match self {
            Curve::Pdf => Some(point.density),
            Curve::Cdf => Some(point.cdf),
            Curve::Survival => Some(point.survival),
            Curve::Hazard => point.hazard,
            Curve::LogPdf => Some(point.log_density).filter(|log| log.is_finite()),
            Curve::LogSurvival => Some(point.log_survival).filter(|log| log.is_finite()),
        }
    }
}

/// What was computed: points, or numbers by row of the graph, one for each time asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    /// By the place of the curve in [`Curve::ALL`].
    pub(crate) curves: [Vec<Point>; CURVES],
    pub(crate) quantiles: Vec<f64>,
    pub(crate) quantile_errors: Vec<QuantileError>,
    pub(crate) state_probabilities: Vec<Vec<f64>>,
    /// Without times one, until absorption.
    pub(crate) occupancies: Vec<Vec<f64>>,
    pub(crate) laplace: Vec<f64>,
    pub(crate) residence: ResidenceTimes,
    pub(crate) samples: Samples,
    /// By the place of the curve in [`Curve::ALL`]; empty if not asked for.
    pub(crate) gradients: [Vec<PointGradient>; CURVES],
    pub(crate) likelihood: Option<LogLikelihood>,
}

impl Found {
    /// The points of a curve.
    pub(crate) fn curve(&self, curve: Curve) -> &[Point] {
        &self.curves[curve as usize]
    }
}

impl Distributed {
    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Distributed::default()
    }

    /// Whether numbers by row are asked for, which are easier to read with the states of the rows.
    pub(crate) fn speaks_of_states(&self) -> bool {
        self.state_probabilities.is_some() || self.occupancy.is_some() || self.residence
    }

    /// The times of a curve that is asked for.
    pub(crate) fn curve(&self, curve: Curve) -> Option<&Times> {
        match curve {
            Curve::Pdf => self.pdf.as_ref(),
            Curve::Cdf => self.cdf.as_ref(),
            Curve::Survival => self.survival.as_ref(),
            Curve::Hazard => self.hazard.as_ref(),
            Curve::LogPdf => self.log_pdf.as_ref(),
            Curve::LogSurvival => self.log_survival.as_ref(),
        }
    }

    /// An error of usage for times at which a chain of this kind can not be asked.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), CommandError> {
        let occupancy = self.occupancy.as_ref().and_then(Option::as_ref);
        let curves = Curve::ALL.map(|curve| (curve.flag(), self.curve(curve)));
        let spreads = [("state-probabilities", self.state_probabilities.as_ref()), ("occupancy", occupancy)];
        let asked = curves.into_iter().chain(spreads);
        let mut asked = asked.filter_map(|(flag, times)| times.map(|times| (flag, times)));
        asked.try_for_each(|(flag, times)| times.check(&format!("--{flag}"), kind))
    }

    /// What it asks of a trace, moments apart.
    pub(crate) fn question(&self) -> Question {
        let occupancy = self.occupancy.as_ref().and_then(Option::as_ref);
        let at = DistributionAt {
            times: self.point_times().0,
            quantiles: self.quantile.as_ref().map_or_else(Vec::new, |p| p.0.clone()),
            state_probabilities: times(self.state_probabilities.as_ref()).to_vec(),
            occupancies: times(occupancy).to_vec(),
            ..DistributionAt::default()
        };
        let residence = self.residence || matches!(self.occupancy, Some(None));
        Question {
            distribution: (at != DistributionAt::default()).then_some(at),
            laplace: self.laplace.as_ref().map(|points| Laplace(points.0.clone())),
            residence: residence.then_some(Residence),
            ..Question::default()
        }
    }

    /// Times at which any curve is asked for, and where among them those of each begin: curves at the same times
    /// share them.
    pub(super) fn point_times(&self) -> (Vec<f64>, [usize; CURVES]) {
        let (mut all, mut begins) = (Vec::new(), [0; CURVES]);
        for (at, curve) in Curve::ALL.into_iter().enumerate() {
            let asked = self.curve(curve);
            let same = (0..at).find(|&before| self.curve(Curve::ALL[before]) == asked);
            begins[at] = same.map_or(all.len(), |before| begins[before]);
            if same.is_none() {
                all.extend_from_slice(times(asked));
            }
        }
        (all, begins)
    }

    /// What an answer says to it.
    pub(crate) fn found(&self, answer: Answer) -> Found {
        let distribution = *answer.distribution.unwrap_or_default();
        let gradients = answer.distribution_gradient.unwrap_or_default();
        let residence = *answer.residence.unwrap_or_default();
        let (_, begins) = self.point_times();
        let gradient = |curve: Curve| {
            let points = gradients.iter().skip(begins[curve as usize]);
            points.take(times(self.curve(curve)).len()).cloned().collect()
        };
        // Gradients bring the points with them.
        let points = match gradients.is_empty() {
            true => distribution.points,
            false => gradients.iter().map(|gradient| gradient.point).collect(),
        };
        let curve = |curve: Curve| {
            let points = points.iter().skip(begins[curve as usize]);
            points.take(times(self.curve(curve)).len()).copied().collect()
        };
        Found {
            curves: Curve::ALL.map(curve),
            quantiles: distribution.quantiles,
            quantile_errors: distribution.quantile_errors,
            state_probabilities: distribution.state_probabilities,
            occupancies: match self.occupancy {
                Some(None) => vec![residence.times.clone()],
                _ => distribution.occupancies,
            },
            laplace: answer.laplace.unwrap_or_default(),
            residence,
            samples: *answer.samples.unwrap_or_default(),
            gradients: Curve::ALL.map(gradient),
            likelihood: answer.likelihood.map(|likelihood| *likelihood),
        }
    }
}

fn times(asked: Option<&Times>) -> &[f64] {
    asked.map_or(&[], |times| &times.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::{Chain, Trace, models};

    /// What is found for an Erlang distribution of two phases.
    fn found(asked: &Distributed, rate: f64) -> Found {
        let trace = Trace::record(&Chain::new(&models::build("erlang,k=2").unwrap())).unwrap();
        asked.found(trace.answer(&[rate], &asked.question()).unwrap())
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
        assert_eq!((of(apart.curve(Curve::Pdf)), of(apart.curve(Curve::Cdf))), (vec![1.0, 2.0], vec![3.0]));
        let expected = 1.0 - 4.0 * (-3.0_f64).exp();
        assert!((apart.curve(Curve::Cdf)[0].cdf - expected).abs() < 1e-14);
        let same = Distributed { cdf: asked.pdf.clone(), ..asked };
        let together = found(&same, 1.0);
        assert_eq!(together.curve(Curve::Pdf), together.curve(Curve::Cdf));
        assert_eq!(together.curve(Curve::Pdf).len(), 2);
        let mixed = Distributed {
            pdf: Some(Times(vec![1.0])),
            cdf: Some(Times(vec![3.0])),
            survival: Some(Times(vec![1.0])),
            hazard: Some(Times(vec![5.0, 3.0])),
            ..Distributed::default()
        };
        assert_eq!(mixed.point_times(), (vec![1.0, 3.0, 5.0, 3.0], [0, 1, 0, 2, 4, 4]));
        let mixed = found(&mixed, 1.0);
        let times = Curve::ALL.map(|curve| of(mixed.curve(curve)));
        assert_eq!(times, [vec![1.0], vec![3.0], vec![1.0], vec![5.0, 3.0], vec![], vec![]]);
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
            ("--survival", Distributed { survival: half.clone(), ..Distributed::default() }),
            ("--hazard", Distributed { hazard: half.clone(), ..Distributed::default() }),
            ("--occupancy", Distributed { occupancy: Some(half.clone()), ..Distributed::default() }),
        ];
        let laplace = Distributed { laplace: Some(Points(vec![0.5])), ..Distributed::default() };
        assert!(laplace.check(Kind::Discrete).is_ok(), "its points are no times");
        for (flag, asked) in asked {
            assert!(asked.check(Kind::Continuous).is_ok());
            let error = asked.check(Kind::Discrete).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{flag}: time 1 is 0.5")), "{error}");
        }
    }
}
