//! How a graph file is read where it does not say everything itself; for all commands that read one.

use clap::Args;
use sojourn_client::load::{Reading, StartMass};

/// How a graph file is read where it does not say everything itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub(crate) struct ReadingArgs {
    /// A file that does not say it itself counts steps
    #[arg(long)]
    pub(crate) discrete: bool,
    /// Divide the weights of each row by their sum at every theta, as phasic does of discrete graphs (a file that says
    /// `was_dph` needs no flag); the graph counts steps
    #[arg(long, visible_alias = "normalize")]
    pub(crate) normalise: bool,
    /// What the start's weights lack to one: normalise (they are divided by their sum) or keep (it is absorbed at time
    /// zero)
    #[arg(long, value_name = "HOW", default_value_t = StartMass::Normalise)]
    pub(crate) start_mass: StartMass,
}

impl From<ReadingArgs> for Reading {
    fn from(args: ReadingArgs) -> Reading {
        Reading { discrete: args.discrete, normalise: args.normalise, start_mass: args.start_mass }
    }
}
