//! Medians of interleaved runs. The machine may be shared, so contestants take turns: what slows one round
//! slows all of them.

use std::time::{Duration, Instant};

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
            let begin = Instant::now();
            (0..count).for_each(|_| work());
            seconds.push(begin.elapsed().as_secs_f64() / f64::from(count));
        }
    }
    seconds.into_iter().map(median).collect()
}

/// How often the work fits into a round; the calls made to find out warm the caches.
fn repetitions(work: &mut dyn FnMut()) -> u32 {
    let mut count = 1;
    loop {
        let begin = Instant::now();
        (0..count).for_each(|_| work());
        if begin.elapsed() >= LEAST || count >= 1 << 20 {
            return count;
        }
        count *= 2;
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
