//! Answers computed in this process.

use std::time::{Duration, Instant};

use sojourn_engine::Unanswered;

use super::{Left, Pace, Run, Source, Take};
use crate::Error;

impl Run<'_> {
    /// Answers vectors in so many threads: all that come, or until so much time was spent.
    pub(super) fn here(
        &self,
        source: &mut Source<'_>,
        threads: usize,
        pace: &mut Pace,
        most: Option<Duration>,
        take: &mut Take<'_>,
    ) -> Result<Left, Error> {
        let begun = Instant::now();
        let interrupt = self.client.interrupt();
        while most.is_none_or(|most| begun.elapsed() < most) {
            interrupt.check()?;
            let thetas = source.take(pace.size() * threads);
            if thetas.is_empty() {
                return Ok(Left::Nothing);
            }
            let start = Instant::now();
            let stopped = || interrupt.is_set();
            let answers = self.trace.answer_many_unless(&thetas, self.question, threads, &stopped);
            let Some(answers) = answers else { return Err(Error::Interrupted) };
            // Answers stay in this process, so that their bytes do not matter to how many go together.
            pace.note(thetas.len().div_ceil(threads), start.elapsed(), 0);
            for (theta, answer) in thetas.iter().zip(answers) {
                if take(theta, answer.map_err(Unanswered::from), None).is_break() {
                    return Ok(Left::Nothing);
                }
            }
        }
        Ok(Left::Some)
    }
}
