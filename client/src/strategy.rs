//! Where a batch is computed: in worker processes of the daemon, or here.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// How a batch is computed, as a user asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// What a running daemon has stored is taken; the rest as [`Strategy::Vmap`], unless all of it together is
    /// estimated below [`BREAK_EVEN_NANOS`], then as [`Strategy::Sequential`].
    #[default]
    Auto,
    /// The whole batch in one request to the daemon, spread over worker processes; also a single job.
    Vmap,
    /// In the calling process: no daemon, no store.
    Sequential,
}

impl Strategy {
    /// What `--strategy` and `--workers` mean together: one worker asked for is the calling process itself,
    /// unless the daemon is asked for by name.
    pub fn effective(given: Option<Strategy>, workers: Option<NonZeroUsize>) -> Strategy {
        match (given, workers.map(NonZeroUsize::get)) {
            (Some(Strategy::Vmap), _) => Strategy::Vmap,
            (_, Some(1)) => Strategy::Sequential,
            (given, _) => given.unwrap_or_default(),
        }
    }
}

/// Names of the strategies that can be asked for.
pub const NAMES: [&str; 3] = ["auto", "vmap", "sequential"];

/// A strategy that can not be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// Known from elsewhere, and without meaning here.
    #[error(
        "strategy 'pmap' is not supported: it distributes compiled code, and recording a trace is not; use vmap, sequential or auto"
    )]
    Pmap,
    /// Not a strategy.
    #[error("'{0}' is not a strategy; valid ones are auto, vmap and sequential")]
    Unknown(String),
}

impl FromStr for Strategy {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Strategy, StrategyError> {
        match text {
            "auto" => Ok(Strategy::Auto),
            "vmap" => Ok(Strategy::Vmap),
            "sequential" => Ok(Strategy::Sequential),
            "pmap" => Err(StrategyError::Pmap),
            other => Err(StrategyError::Unknown(other.to_owned())),
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strategy::Auto => "auto",
            Strategy::Vmap => "vmap",
            Strategy::Sequential => "sequential",
        })
    }
}

/// Work below which handing it to a daemon that runs costs more than doing it: connecting, leasing a worker and
/// the round trip take some 2 ms (`docs/benchmarks.md` has the measurement). Work above it is done sooner by two
/// workers only from twice as much on, but is then stored, and the second time costs nothing.
pub const BREAK_EVEN_NANOS: u64 = 2_000_000;

/// Time to record an edge: over the families of `docs/benchmarks.md` 170 to 600 ns. Digraphs that fill in take
/// several times as long, so what is wrongly estimated below the break-even is a few break-evens at most.
const NANOS_AN_EDGE: u64 = 400;

/// Estimated time to record a graph of that many edges in this process, in nanoseconds.
pub fn estimated_nanos(edges: usize) -> u64 {
    NANOS_AN_EDGE.saturating_mul(edges as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(n: usize) -> Option<NonZeroUsize> {
        NonZeroUsize::new(n)
    }

    #[test]
    fn each_name_is_read_back_as_written() {
        for name in NAMES {
            assert_eq!(name.parse::<Strategy>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn pmap_is_refused_with_the_reason_and_the_alternatives() {
        assert_eq!(
            "pmap".parse::<Strategy>().unwrap_err().to_string(),
            "strategy 'pmap' is not supported: it distributes compiled code, and recording a trace is not; use \
             vmap, sequential or auto"
        );
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_list_of_valid_ones() {
        let text = "parallel".parse::<Strategy>().unwrap_err().to_string();
        assert!(NAMES.iter().all(|name| text.contains(name)), "{text}");
        assert!(text.contains("'parallel'"));
        assert!("Auto".parse::<Strategy>().is_err(), "names are in lower case");
    }

    #[test]
    fn one_worker_means_sequential_unless_vmap_is_given_too() {
        use Strategy::{Auto, Sequential, Vmap};
        assert_eq!(Strategy::effective(None, workers(1)), Sequential);
        assert_eq!(Strategy::effective(Some(Auto), workers(1)), Sequential);
        assert_eq!(Strategy::effective(Some(Vmap), workers(1)), Vmap);
        assert_eq!(Strategy::effective(None, workers(2)), Auto);
        assert_eq!(Strategy::effective(None, None), Auto);
        assert_eq!(Strategy::effective(Some(Sequential), workers(4)), Sequential);
    }

    #[test]
    fn a_small_graph_is_below_the_break_even_and_a_large_one_above() {
        assert!(estimated_nanos(20) < BREAK_EVEN_NANOS);
        assert!(estimated_nanos(10_000) > BREAK_EVEN_NANOS);
        assert_eq!(estimated_nanos(usize::MAX), u64::MAX, "no overflow");
    }
}
