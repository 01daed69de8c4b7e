//! How a graph file is read where it does not say everything itself.

use std::fmt;
use std::str::FromStr;

use sojourn_engine::{Graph, Kind, Trace};

use super::Problem;

/// How a graph file is read where it does not say everything itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// A file that does not say itself what it is counts steps; one that says it is continuous, as models do, is
    /// refused.
    pub discrete: bool,
    /// The weights of each row are divided by their sum at every theta, as phasic divides those of a discrete graph
    /// (`was_dph`). Implies `discrete`.
    pub normalise: bool,
    /// What becomes of what the start's weights lack to one.
    pub start_mass: StartMass,
}

/// What becomes of what the start's weights lack to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartMass {
    /// Weights are divided by their sum, so that nothing is lacking.
    #[default]
    Normalise,
    /// It is absorbed at time zero; weights that sum to more than one are refused.
    Keep,
}

/// A word that says nothing of the start's weights.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' says nothing of the start's weights: normalise divides them by their sum, keep has what they lack to one absorbed at time zero"
)]
pub struct UnknownStartMass(String);

impl FromStr for StartMass {
    type Err = UnknownStartMass;

    fn from_str(text: &str) -> Result<StartMass, UnknownStartMass> {
        match text {
            "normalise" | "normalize" => Ok(StartMass::Normalise),
            "keep" => Ok(StartMass::Keep),
            other => Err(UnknownStartMass(other.to_owned())),
        }
    }
}

impl fmt::Display for StartMass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StartMass::Normalise => "normalise",
            StartMass::Keep => "keep",
        })
    }
}

/// Whether the file counts steps, and nothing else.
impl From<bool> for Reading {
    fn from(discrete: bool) -> Reading {
        Reading { discrete, ..Reading::default() }
    }
}

impl Reading {
    /// Whether a file that does not say it itself counts steps.
    pub fn counts_steps(self) -> bool {
        self.discrete || self.normalise
    }

    /// Whether a trace is what this asks for.
    ///
    /// # Errors
    /// If it asks for what is done to a graph before it is recorded; if the trace is in continuous time, and is to count
    /// steps.
    pub fn of_trace(self, trace: &Trace) -> Result<(), Problem> {
        match (self.normalise || self.start_mass == StartMass::Keep, trace.kind()) {
            (true, _) => Err(Problem::Recorded),
            (false, Kind::Continuous) if self.discrete => Err(Problem::Continuous),
            (false, _) => Ok(()),
        }
    }

    /// All of it as a number, for digests.
    pub(super) fn code(self) -> u8 {
        let keep = self.start_mass == StartMass::Keep;
        u8::from(self.discrete) | u8::from(self.normalise) << 1 | u8::from(keep) << 2
    }

    /// The graph that was read from these bytes, JSON or npz, as it is to be read.
    ///
    /// # Errors
    /// As [`Reading::apply`]; if rows are to be divided and the file is not phasic's: in a matrix what a row lacks to one
    /// stands on the diagonal, and is no edge.
    pub(super) fn apply_to_file(self, graph: Graph, bytes: &[u8]) -> Result<Graph, Problem> {
        // A key that no file of phasic lacks, and the name of an array in its archives.
        if self.normalise && !contains(bytes, b"start_param_edges") {
            return Err(Problem::NotOfPhasic);
        }
        self.apply(graph)
    }

    /// A graph as it is to be read.
    ///
    /// # Errors
    /// If it is in continuous time and says so, though it is to count steps; if the start's weights sum to more than
    /// one, though they are to be kept.
    pub(super) fn apply(self, graph: Graph) -> Result<Graph, Problem> {
        if self.counts_steps() && graph.kind() != Kind::Discrete {
            return Err(Problem::Continuous);
        }
        let graph = if self.normalise { graph.with_normalised_rows() } else { graph };
        match self.start_mass {
            StartMass::Normalise => Ok(graph),
            StartMass::Keep => graph.with_start_mass_kept().map_err(|error| Problem::Format(error.into())),
        }
    }
}

/// Whether a word stands anywhere in bytes.
pub(super) fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}
