//! Medians of interleaved runs, in processor time of the calling thread: what other processes on a shared
//! machine take is not counted. Contestants take turns, so that what slows a round, such as another process's
//! hold on the caches, slows all of them.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Rounds of which the median is taken.
pub const ROUNDS: usize = 9;

/// Least time of one round of one contestant; short work is repeated until it lasts that long.
pub const LEAST: Duration = Duration::from_millis(3);

/// Median seconds of one call of each contestant, in their order.
pub fn race(contestants: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let repetitions: Vec<u32> = contestants.iter_mut().map(|work| repetitions(work)).collect();
    let mut seconds = vec![Vec::with_capacity(ROUNDS); contestants.len()];
    for _ in 0..ROUNDS {
        for ((work, &count), seconds) in contestants.iter_mut().zip(&repetitions).zip(&mut seconds) {
            seconds.push(lap(work, count) / f64::from(count));
        }
    }
    seconds.into_iter().map(median).collect()
}

/// How often the work fits into a round; the calls made to find out warm the caches.
fn repetitions(work: &mut dyn FnMut()) -> u32 {
    let mut count = 1;
    while lap(work, count) < LEAST.as_secs_f64() && count < 1 << 20 {
        count *= 2;
    }
    count
}

/// Seconds of `count` calls.
fn lap(work: &mut dyn FnMut(), count: u32) -> f64 {
    let begin = now();
    (0..count).for_each(|_| work());
    now() - begin
}

/// Processor time that this thread has used, in seconds.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The one in the middle.
pub fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
