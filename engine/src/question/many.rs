//! Many parameter vectors: tiles of them, spread over threads. Each answer depends on its own vector alone, so
//! that neither the tiles nor the threads show in the numbers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::transform::Subject;
use super::{Answer, Question};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

/// Vectors that are answered together.
pub const TILE: usize = 64;

type Answers = Vec<Result<Answer, EvaluateError>>;

impl Trace {
    /// Answers a question at each of many vectors, in their order, by this many threads: the calling one and, if
    /// there is work for them, others. The numbers are the same to the bit whatever their number, and the same as
    /// [`Trace::answer`] gives.
    ///
    /// # Errors
    /// Each vector has its own result; none stops the others.
    pub fn answer_many<T: AsRef<[f64]> + Sync>(
        &self,
        thetas: &[T],
        question: &Question,
        threads: usize,
    ) -> Vec<Result<Answer, EvaluateError>> {
        // What is never stopped has all its answers.
        self.answer_many_unless(thetas, question, threads, &|| false).unwrap_or_default()
    }

    /// As [`Trace::answer_many`], unless `stopped` says so, which is asked before each tile of at most [`TILE`] vectors,
    /// before each sample, and once all is done. None if it did; whoever said so once must go on saying so.
    pub fn answer_many_unless<T: AsRef<[f64]> + Sync>(
        &self,
        thetas: &[T],
        question: &Question,
        threads: usize,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Result<Answer, EvaluateError>>> {
        // Few vectors are shared out too: each may take long.
        let size = thetas.len().div_ceil(threads.max(1)).clamp(1, TILE);
        let tiles: Vec<&[T]> = thetas.chunks(size).collect();
        let subject = Subject::new(self, question);
        let next = AtomicUsize::new(0);
        let work = || {
            // Each thread has memory of its own, taken once for all its tiles.
            let mut answer = subject.prepare(question, stopped);
            let mut done: Vec<(usize, Answers)> = Vec::new();
            // Asked behind the last tile too: what is stopped in the middle of one is worth nothing.
            while !stopped() {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(vectors) = tiles.get(at) else { return Some(done) };
                let vectors: Vec<&[f64]> = vectors.iter().map(AsRef::as_ref).collect();
                done.push((at, answer(&vectors)));
            }
            None
        };
        let others = threads.min(tiles.len()).saturating_sub(1);
        let mut done = thread::scope(|scope| {
            let handles: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for handle in handles {
                let more = handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                done = done.zip(more).map(|(mut done, more)| {
                    done.extend(more);
                    done
                });
            }
            done
        })?;
        done.sort_unstable_by_key(|(at, _)| *at);
        let mut all = Vec::with_capacity(thetas.len());
        done.into_iter().for_each(|(_, answers)| all.extend(answers));
        Some(all)
    }
}
