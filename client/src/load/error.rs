//! Input that can not be read: which, and where in it.

use std::fmt;

use sojourn_engine::DecodeError;
use sojourn_engine::formats::{FormatError, shortened};
use sojourn_engine::models::ModelError;

/// What is read as a graph, for errors about what is not.
const READ_AS_GRAPHS: &str = "Graphs are read from the dictionary of phasic's Graph.serialize() (JSON, npz), from matrices \
     alpha and S (JSON, npz, scipy's sparse npz), and from model:NAME,key=value,..";

/// Most bytes of a file's name in a message, and of the problem.
const MAX_NAME: usize = 300;
const MAX_PROBLEM: usize = 700;

/// Input that can not be read.
#[derive(Debug)]
pub struct LoadError {
    /// The file, as named by the user.
    pub name: String,
    /// What is wrong with it, and where.
    pub problem: Problem,
}

impl LoadError {
    /// Returns a problem with the input of this name.
    pub fn new(name: impl Into<String>, problem: Problem) -> LoadError {
        LoadError { name: name.into(), problem }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name == "-" { "standard input" } else { &self.name };
        // The name and what the problem quotes are input: a message has at most 1 KiB.
        let problem = self.problem.to_string();
        write!(f, "{}: {}", shortened(name, MAX_NAME), shortened(&problem, MAX_PROBLEM))
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

/// What is wrong with an input.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It can not be opened or read.
    #[error("can not be read: {0}")]
    Io(#[from] std::io::Error),
    /// There is no such file.
    #[error("can not be read: {error}{hint}")]
    Absent {
        /// What the system says.
        error: std::io::Error,
        /// What may be meant, or nothing.
        hint: String,
    },
    /// A directory.
    #[error("is a directory: name a file in it")]
    Directory,
    /// More than the memory that this process may take.
    #[error("needs more memory than this process may take")]
    Memory,
    /// A file of a form that is known, and is not read as a graph.
    #[error("is {0}. {READ_AS_GRAPHS}")]
    Foreign(String),
    /// No bytes at all.
    #[error("is empty")]
    Empty,
    /// Larger than is read.
    #[error("has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// A compressed file that is damaged.
    #[error("can not be decompressed: {0}")]
    Compression(String),
    /// Not a graph.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Not a model.
    #[error(transparent)]
    Model(ModelError),
    /// A damaged trace, or one of another version.
    #[error("is neither a graph nor a whole trace: {0}")]
    Trace(DecodeError),
    /// A trace where a graph is needed.
    #[error("is a trace, and a graph is needed here: name the graph's file")]
    TraceNotGraph,
    /// Said to count steps, and known to be in continuous time.
    #[error("is in continuous time and says so: leave --discrete out (and --normalise, which implies it)")]
    Continuous,
    /// A file of another form, whose rows are to be divided as phasic does.
    #[error(
        "is no file of phasic's form, whose rows --normalise divides by their sums: leave it out (--discrete remains)"
    )]
    NotOfPhasic,
    /// A trace, whose weights are to be those of a graph read otherwise.
    #[error(
        "is a trace: --normalise and --start-mass say how a graph's file is read; give them where the trace is recorded"
    )]
    Recorded,
    /// A line that is not what its file consists of.
    #[error("line {line}: {message}")]
    Line {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}
