//! How fast a device is, by measuring it.

use std::time::Instant;

use sojourn_engine::image::LANES;
use sojourn_engine::{Chain, Query, Question, Trace, models};

use super::error::DeviceError;
use super::gpu::Gpu;

/// How fast a GPU works, as measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Seconds from a question to its answer, however little there is to do.
    pub launch_seconds: f64,
    /// Operations of [`sojourn_engine::Summary::operations`], times vectors and equations, a second where the whole device is at
    /// work.
    pub operations_per_second: f64,
}

/// What is replayed to find out: one chain that costs next to nothing, and one that is like many.
const MODELS: [&str; 2] = ["coalescent,n=2", "coalescent,n=40"];

/// The digest under which they lie on the device for so long; of no trace.
const DIGESTS: [[u8; 32]; 2] = [[0xff; 32], [0xfe; 32]];

/// Vectors for each multiprocessor.
const VECTORS: usize = 8 * LANES;

/// Measurements, of which the fastest counts.
const TRIES: usize = 5;

impl Gpu {
    /// Measures how fast it is, within some tenths of a second.
    ///
    /// # Errors
    /// If the device fails.
    pub fn calibrate(&mut self) -> Result<Rate, DeviceError> {
        let many = VECTORS * self.description().multiprocessors as usize;
        let (launch_seconds, _) = self.time(0, 1)?;
        let (seconds, operations) = self.time(1, many)?;
        let operations_per_second = operations * many as f64 / (seconds - launch_seconds).max(1e-9);
        Ok(Rate { launch_seconds, operations_per_second })
    }

    /// Seconds for the first moment of a model at so many vectors, and operations at one.
    fn time(&mut self, model: usize, vectors: usize) -> Result<(f64, f64), DeviceError> {
        // These are models of ours, which have a trace.
        let graph = models::build(MODELS[model]);
        let trace = graph.ok().and_then(|graph| Trace::record(&Chain::new(&graph)).ok());
        let Some(trace) = trace else { return Ok((0.0, 0.0)) };
        let question =
            Question { moments: Some(Query { moments: 1, ..Query::default() }), ..Question::default() };
        let thetas = vec![vec![1.0; trace.parameters()]; vectors];
        let mut fastest = f64::INFINITY;
        for _ in 0..TRIES {
            let begin = Instant::now();
            self.answer(DIGESTS[model], &trace, &question, &thetas)?;
            fastest = fastest.min(begin.elapsed().as_secs_f64());
        }
        self.evict(DIGESTS[model]);
        Ok((fastest, trace.summary().operations as f64))
    }
}

/// How often memory is copied to measure the bandwidth.
const COPIES: usize = 5;

impl Gpu {
    /// Bytes that a copy from one place of the device to another reads and writes a second, the fastest of some. It takes
    /// `bytes` of its memory.
    ///
    /// # Errors
    /// If there is not so much, or the device fails.
    pub fn copy_bandwidth(&mut self, bytes: usize) -> Result<f64, DeviceError> {
        self.clear();
        let buffer = self.hold(bytes)?.0;
        let mut fastest = f64::INFINITY;
        for _ in 0..COPIES {
            let begin = Instant::now();
            buffer.copy_half()?;
            fastest = fastest.min(begin.elapsed().as_secs_f64());
        }
        Ok(buffer.bytes() as f64 / fastest)
    }
}
