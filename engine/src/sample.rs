//! Exact simulation: samples of T, and of what rewards accumulate until then.
//!
//! A sample is a walk of the chain at its own rates. It depends on the chain as written (its rows in their order),
//! theta, the seed and its own number alone: not on how many are asked for, nor on how many threads draw them, and
//! a later version draws the same.
//!
//! ```
//! use sojourn_engine::{Chain, SampleQuery, Trace, models};
//!
//! let trace = Trace::record(&Chain::new(&models::build("coalescent,n=10")?))?;
//! let query = SampleQuery { count: 10_000, seed: 1, ..SampleQuery::default() };
//! let samples = trace.sample(&[1.0], &query, 2)?;
//! let mean = samples.times.iter().sum::<f64>() / 10_000.0;
//! assert!((mean - 1.8).abs() < 0.06);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod random;
mod walk;

use crate::replay::{EvaluateError, Initial, Rates, occupancy, reachable_traps};
use crate::trace::Trace;
use random::Source;
use walk::{End, Walk};

/// Most numbers of one query, one a sample and one more for each of its rewards: 800 MB.
pub const MAX_NUMBERS: usize = 100_000_000;

/// Jumps that a single sample may take, unless the query says otherwise: a second or two.
pub const MAX_JUMPS: u64 = 100_000_000;

/// Of the jumps that a sample may take, the part that samples may take on average: one in thousands takes eight
/// times as many as usual.
const ROOM: f64 = 8.0;

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleQuery {
    /// Number of samples.
    pub count: usize,
    /// Number of the first: samples are numbered, and each is the same whichever are asked for with it.
    pub first: u64,
    /// Seed.
    pub seed: u64,
    /// Reward vectors, as in [`crate::Query`]; the same walk gives T and all of them.
    pub rewards: Vec<Vec<f64>>,
    /// Jumps from vertex to vertex after which a sample is given up; staying in a vertex is none, however long.
    pub max_jumps: u64,
}

impl Default for SampleQuery {
    fn default() -> SampleQuery {
        SampleQuery { count: 0, first: 0, seed: 0, rewards: Vec::new(), max_jumps: MAX_JUMPS }
    }
}

/// What was drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// T of each sample, by its number: a time, or a number of steps. Zero where absorption comes at once, infinite
    /// where the sample ended in a closed class.
    pub times: Vec<f64>,
    /// For each reward what it accumulated in each sample: infinite in a closed class that earns it.
    pub rewards: Vec<Vec<f64>>,
    /// The closed classes that can be reached, with the samples that ended there.
    pub traps: Vec<Trap>,
}

/// A closed class, and how many samples ended there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// Rows of the graph, ascending.
    pub class: Vec<u32>,
    /// Number of samples.
    pub samples: usize,
}

impl Trace {
    /// Draws samples at `theta`, on so many threads: the same to the bit whatever their number.
    ///
    /// # Errors
    /// As [`Trace::evaluate`], traps apart; [`EvaluateError::TooManySamples`] beyond [`MAX_NUMBERS`];
    /// [`EvaluateError::TooManyJumps`] where walks take too long, on average (found out before any is made) or
    /// one of them; [`EvaluateError::Infinite`] if a closed class earns a reward in part of its vertices and loses
    /// it in others; [`EvaluateError::Overflow`] for a time or reward too large.
    pub fn sample(
        &self,
        theta: &[f64],
        query: &SampleQuery,
        threads: usize,
    ) -> Result<Samples, EvaluateError> {
        self.sample_unless(theta, query, threads, &|| false)
    }

    /// As [`Trace::sample`]; once `stopped` says so, which is asked before each sample, those that are left are not
    /// drawn.
    pub(crate) fn sample_unless(
        &self,
        theta: &[f64],
        query: &SampleQuery,
        threads: usize,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Samples, EvaluateError> {
        let found = query.count.saturating_mul(1 + query.rewards.len());
        if found > MAX_NUMBERS {
            return Err(EvaluateError::TooManySamples { found, limit: MAX_NUMBERS });
        }
        self.sampler(theta, query)?.on_threads(query, threads.max(1), stopped)
    }

    /// Makes ready to draw samples at `theta`: seed, rewards and most jumps are those of the query. What it draws are
    /// the samples of [`Trace::sample`], in parts: for more samples than memory holds.
    ///
    /// # Errors
    /// As [`Trace::sample`], before any sample is drawn.
    pub fn sampler(&self, theta: &[f64], query: &SampleQuery) -> Result<ChainSampler, EvaluateError> {
        let rewards = self.rewards_by_position(&query.rewards)?;
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let mut traps = reachable_traps(self, &rates, &initial);
        traps.sort_by_key(|class| class.iter().map(|&p| self.position_rows[p as usize]).min());
        let in_traps = traps.iter().map(|class| self.earned_for_ever(class, &rewards));
        let in_traps = in_traps.collect::<Result<Vec<_>, _>>();
        let walk = Walk::new(self, &rates, &initial, &traps, rewards);
        let mean_jumps = walk.mean_jumps(&occupancy(self, &rates, &initial));
        if mean_jumps > query.max_jumps as f64 / ROOM {
            let (mean, limit) = (mean_jumps, query.max_jumps);
            return Err(EvaluateError::TooManyJumps { sample: None, mean, limit });
        }
        let rows = |class: &Vec<u32>| {
            let mut rows: Vec<u32> = class.iter().map(|&p| self.position_rows[p as usize]).collect();
            rows.sort_unstable();
            rows
        };
        let classes = traps.iter().map(rows).collect();
        let (seed, max_jumps) = (query.seed, query.max_jumps);
        Ok(ChainSampler { walk, classes, in_traps: in_traps?, mean_jumps, seed, max_jumps })
    }

    /// What each reward accumulates in a closed class: nothing, or infinitely much of either sign.
    fn earned_for_ever(&self, class: &[u32], rewards: &[Vec<f64>]) -> Result<Vec<f64>, EvaluateError> {
        let earned = |(number, reward): (usize, &Vec<f64>)| {
            let any = |sign: f64| class.iter().any(|&p| reward[p as usize] * sign > 0.0);
            match (any(1.0), any(-1.0)) {
                (false, false) => Ok(0.0),
                (true, false) => Ok(f64::INFINITY),
                (false, true) => Ok(f64::NEG_INFINITY),
                (true, true) => Err(EvaluateError::Unsettled {
                    reward: number,
                    row: class.iter().map(|&p| self.position_rows[p as usize]).min().unwrap_or_default(),
                }),
            }
        };
        rewards.iter().enumerate().map(earned).collect()
    }
}

/// A chain at a parameter vector, ready to be sampled by any number of threads.
#[derive(Debug)]
pub struct ChainSampler {
    walk: Walk,
    /// Rows of each closed class that can be reached, ascending.
    classes: Vec<Vec<u32>>,
    /// By closed class and reward: what accumulates there.
    in_traps: Vec<Vec<f64>>,
    mean_jumps: f64,
    seed: u64,
    max_jumps: u64,
}

impl ChainSampler {
    /// Mean number of jumps of a sample.
    pub fn mean_jumps(&self) -> f64 {
        self.mean_jumps
    }

    /// Draws the samples from number `first` on, in the calling thread. Once `stopped` says so, which is asked before
    /// each, those that are left are not drawn.
    ///
    /// # Errors
    /// [`EvaluateError::TooManyJumps`] and [`EvaluateError::Overflow`] of a sample, as [`Trace::sample`].
    pub fn draw(
        &self,
        first: u64,
        count: usize,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Samples, EvaluateError> {
        let vectors = self.walk.rewards();
        let trap = |class: &Vec<u32>| Trap { class: class.clone(), samples: 0 };
        let mut samples = Samples {
            times: Vec::with_capacity(count),
            rewards: vec![Vec::with_capacity(count); vectors],
            traps: self.classes.iter().map(trap).collect(),
        };
        let mut source = Source::new(self.seed);
        let mut earned = vec![0.0; vectors];
        for at in 0..count {
            if stopped() {
                break;
            }
            let number = first.wrapping_add(at as u64);
            source.turn_to(number);
            earned.fill(0.0);
            let (time, end) = self.walk.once(&mut source, self.max_jumps, &mut earned);
            if let Some(what) = overflow(time, &earned) {
                return Err(EvaluateError::Overflow { what: format!("{what} of sample {number}") });
            }
            match end {
                End::Absorbed => samples.times.push(time),
                End::Trapped(class) => {
                    samples.times.push(f64::INFINITY);
                    samples.traps[class as usize].samples += 1;
                    earned.iter_mut().zip(&self.in_traps[class as usize]).for_each(|(e, more)| *e += more);
                }
                End::OutOfJumps => {
                    let (sample, mean, limit) = (Some(number), self.mean_jumps, self.max_jumps);
                    return Err(EvaluateError::TooManyJumps { sample, mean, limit });
                }
            }
            samples.rewards.iter_mut().zip(&earned).for_each(|(all, &earned)| all.push(earned));
        }
        Ok(samples)
    }

    /// Consecutive parts, one a thread.
    fn on_threads(
        &self,
        query: &SampleQuery,
        threads: usize,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Samples, EvaluateError> {
        let count = query.count;
        let size = count.div_ceil(threads).max(1);
        if size >= count {
            return self.draw(query.first, count, stopped);
        }
        let parts = std::thread::scope(|scope| {
            let part = |from: usize| {
                let first = query.first.wrapping_add(from as u64);
                scope.spawn(move || self.draw(first, size.min(count - from), stopped))
            };
            let threads: Vec<_> = (0..count).step_by(size).map(part).collect();
            let joined =
                threads.into_iter().map(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
            // Of several failures the one of the lowest number is told, as a single thread would meet it first.
            joined.collect::<Result<Vec<Samples>, _>>()
        })?;
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        parts.for_each(|part| all.append(part));
        Ok(all)
    }
}

impl Samples {
    /// Appends samples of the same query, those of the following numbers.
    pub fn append(&mut self, more: Samples) {
        self.times.extend(more.times);
        self.rewards.iter_mut().zip(more.rewards).for_each(|(all, more)| all.extend(more));
        self.traps.iter_mut().zip(more.traps).for_each(|(all, more)| all.samples += more.samples);
    }
}

/// What is beyond the range of doubles although no closed class was reached.
fn overflow(time: f64, earned: &[f64]) -> Option<String> {
    let reward = earned.iter().position(|e| !e.is_finite());
    match time.is_finite() {
        false => Some("the time".to_owned()),
        true => reward.map(|r| format!("reward {r}")),
    }
}
