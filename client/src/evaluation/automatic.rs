//! Where answers are computed if nobody says: here, unless what is left is worth sending.

use std::time::Duration;

use super::{Device, Left, Pace, Run, Source, Take};
use crate::{Error, workers};

/// Work that is done here before workers are thought of, and that must be left for them to be asked: what finding
/// or starting a daemon and its workers takes, a few times over: two workers gain from 0.03 s of work (docs/benchmarks.md).
pub const BREAK_EVEN: Duration = Duration::from_millis(50);

/// A vector that takes less is answered sooner here than it is sent, fetched and written.
pub const WORTH_SENDING: Duration = Duration::from_micros(10);

/// Vectors that are read ahead to see how much is left, at most.
const AHEAD: usize = 50_000;

impl Run<'_> {
    /// Begins here. Once it is known what a vector takes, goes on in workers where that is sooner.
    pub(super) fn automatically(&self, source: &mut Source<'_>, take: &mut Take<'_>) -> Result<(), Error> {
        let mut pace = Pace::default();
        let mut asked = false;
        loop {
            if self.here(source, 1, &mut pace, Some(BREAK_EVEN), take)? == Left::Nothing {
                return Ok(());
            }
            let each = pace.each().unwrap_or_default();
            if self.options.device == Device::Auto && !asked {
                asked = true;
                // What GPUs leave is left for processors.
                if self.on_devices_if_faster(source, each, take)? == Left::Nothing {
                    return Ok(());
                }
            }
            let several = workers::workers(self.options.workers, workers::usable_cpus(), usize::MAX) > 1;
            if !several || each < WORTH_SENDING {
                return self.here(source, 1, &mut pace, None, take).map(drop);
            }
            let enough = BREAK_EVEN.as_nanos() / each.as_nanos().max(1) + 1;
            if source.has(usize::try_from(enough).unwrap_or(AHEAD).min(AHEAD)) {
                return self.in_workers(source, &mut pace, take);
            }
        }
    }
}
