//! What is asked of a trace, and how it is named in what is told.

use sojourn_engine::evaluate::{Numbers, Query};
use sojourn_engine::question::{DistributionAt, DistributionGradient, LikelihoodQuery};
use sojourn_engine::{Answer, LikelihoodError, Question, SampleQuery, Unanswered};

use super::distribution::{Distributed, Found};

/// What is to be computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    /// Name of each reward, as the user gave it.
    pub(crate) labels: Vec<String>,
    pub(crate) distribution: Distributed,
    /// Whether derivatives of curves are wanted.
    pub(crate) gradient: bool,
    pub(crate) likelihood: Option<LikelihoodQuery>,
    pub(crate) samples: Option<SampleQuery>,
    /// The reward that takes the place of time, as the user gave it.
    pub(crate) time: Option<String>,
    /// Its numbers by row, where it takes that place at each theta anew.
    pub(crate) transform: Option<Vec<f64>>,
    /// Where the observations stand.
    pub(crate) observed: Option<Lines>,
    /// State of each row, where the graph is there to tell and its vertices have states.
    pub(crate) states: Option<Vec<Vec<i32>>>,
}

/// The lines of a file, or of standard input (`-`), on which things stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    pub(crate) name: String,
    /// The word for a place: `line` of text, `observation` elsewhere.
    pub(crate) word: &'static str,
    /// Place of each, from 1.
    pub(crate) lines: Vec<usize>,
}

impl Lines {
    /// What is said of one of them, named by its line instead of its place.
    pub(crate) fn of(&self, place: usize, message: &str) -> String {
        let name = if self.name == "-" { "standard input" } else { &self.name };
        match self.lines.get(place) {
            Some(line) => {
                let message = message.replacen(&format!(" (observation {place})"), "", 1);
                format!("{name}: {} {line}: {message}", self.word)
            }
            None => message.to_owned(),
        }
    }

    /// A likelihood's error, its observation named by its line.
    pub(crate) fn of_likelihood(&self, error: &LikelihoodError) -> String {
        error.observation().map_or_else(|| error.to_string(), |place| self.of(place, &error.to_string()))
    }
}

impl Asked {
    /// As it is put to a trace.
    pub(super) fn question(&self) -> Question {
        let moments = (self.query != Query::default()).then(|| self.query.clone());
        let (samples, transform) = (self.samples.clone(), self.transform.clone());
        let (times, _) = self.distribution.point_times();
        let differentiated = self.gradient && !times.is_empty();
        let distribution_gradient = differentiated.then_some(DistributionGradient(times));
        let likelihood = self.likelihood.clone();
        let mut rest = self.distribution.question();
        if differentiated {
            // Gradients bring the points with them.
            let others = rest.distribution.map(|asked| DistributionAt { times: Vec::new(), ..asked });
            rest.distribution = others.filter(|asked| *asked != DistributionAt::default());
        }
        Question { moments, samples, transform, distribution_gradient, likelihood, ..rest }
    }

    /// Whether nothing but samples is asked for: these have a line each in a table.
    pub(super) fn only_samples(&self) -> bool {
        let others = !self.distribution.is_empty() || self.likelihood.is_some();
        self.samples.is_some() && self.query == Query::default() && !others
    }

    /// Why there is no answer; an observation that is the matter is named by its line.
    pub(super) fn failed(&self, error: Unanswered) -> Unanswered {
        match error.observation.zip(self.observed.as_ref()) {
            Some((place, observed)) => Unanswered { message: observed.of(place, &error.message), ..error },
            None => error,
        }
    }

    /// What an answer says to it.
    pub(super) fn read(&self, mut answer: Answer) -> (Numbers, Found) {
        let mass_at_zero = answer.mass_at_zero;
        let none = || Numbers { mass_at_zero, ..Numbers::default() };
        let numbers = answer.moments.take().map_or_else(none, |numbers| *numbers);
        (numbers, self.distribution.found(answer))
    }
}
