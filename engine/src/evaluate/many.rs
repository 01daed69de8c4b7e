//! Many parameter vectors on several threads.

use std::sync::Mutex;

use super::{EvaluateError, Numbers, Query, Replay};
use crate::trace::Trace;

/// Vectors that a thread takes at a time: some tiles, so that taking them costs nothing, and few enough that threads
/// end together.
const SHARE: usize = 64;

/// As [`Trace::evaluate_many`].
pub(super) fn evaluate<T: AsRef<[f64]> + Sync>(
    trace: &Trace,
    thetas: &[T],
    query: &Query,
    threads: usize,
) -> Result<Vec<Result<Numbers, EvaluateError>>, EvaluateError> {
    let mut own = trace.replay(query)?;
    let mut numbers: Vec<Option<Result<Numbers, EvaluateError>>> = thetas.iter().map(|_| None).collect();
    let shares = Mutex::new(thetas.chunks(SHARE).zip(numbers.chunks_mut(SHARE)));
    let work = |replay: &mut Replay<'_>| {
        loop {
            // Nothing can fail while the lock is held, so it is never poisoned.
            let next = shares.lock().map_or(None, |mut shares| shares.next());
            let Some((share, places)) = next else { return };
            replay.each(share, |at, found| places[at] = Some(found.cloned()));
        }
    };
    let helpers = threads.min(thetas.len().div_ceil(SHARE)).saturating_sub(1);
    std::thread::scope(|scope| -> Result<(), EvaluateError> {
        for _ in 0..helpers {
            let mut replay = trace.replay(query)?;
            scope.spawn(move || work(&mut replay));
        }
        work(&mut own);
        Ok(())
    })?;
    Ok(numbers.into_iter().flatten().collect())
}
