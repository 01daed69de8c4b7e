//! Threads that draw parts of samples, whose results are taken in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};

use sojourn_client::Interrupt;
use sojourn_engine::sample::Trap;
use sojourn_engine::{ChainSampler, EvaluateError, Samples};

use crate::error::CommandError;

/// Jumps that a part takes on average, and most samples of one: a tenth of a second, and little memory.
const JUMPS: f64 = 5e6;
const MOST: f64 = 16_384.0;

/// Samples to be drawn, from number 0 on.
pub(super) struct Draw<'a> {
    pub(super) sampler: &'a ChainSampler,
    pub(super) count: u64,
    pub(super) threads: usize,
}

/// Why not all were drawn.
#[derive(Debug)]
pub(super) enum DrawError {
    /// A sample failed; those before it were taken.
    Sample(EvaluateError),
    /// The command ends.
    Command(CommandError),
}

impl Draw<'_> {
    /// Draws all. Threads render parts; `take` is given each in order, the samples of it in each closed class, and how
    /// many samples are done. Part k is drawn by thread k modulo their number, which waits until part k - n is taken: so
    /// at most two parts a thread are in memory.
    pub(super) fn all<T: Send>(
        &self,
        interrupt: &Interrupt,
        render: impl Fn(u64, &Samples) -> T + Sync,
        mut take: impl FnMut(T, Vec<Trap>, u64) -> Result<(), CommandError>,
    ) -> Result<(), DrawError> {
        let size = (JUMPS / self.sampler.mean_jumps().max(1.0)).clamp(1.0, MOST) as u64;
        let parts = self.count.div_ceil(size);
        let threads = (self.threads.max(1) as u64).min(parts);
        let stopped = &AtomicBool::new(false);
        let render = &render;
        std::thread::scope(|scope| {
            let start = |thread: u64| {
                let (sender, receiver) = sync_channel(1);
                scope.spawn(move || {
                    for part in (thread..parts).step_by(threads as usize) {
                        let first = part * size;
                        let count = size.min(self.count - first) as usize;
                        let drawn = self.sampler.draw(first, count, &|| stopped.load(Ordering::Relaxed));
                        let rendered = drawn.map(|samples| (render(first, &samples), samples.traps));
                        // Nobody waits for what comes behind an error.
                        if sender.send(rendered).is_err() {
                            return;
                        }
                    }
                });
                receiver
            };
            let receivers: Vec<_> = (0..threads).map(start).collect();
            let taken = (0..parts).try_for_each(|part| {
                let receiver = &receivers[(part % threads) as usize];
                let (rendered, traps) = loop {
                    interrupt.check().map_err(|error| DrawError::Command(error.into()))?;
                    match receiver.recv_timeout(Interrupt::PATIENCE) {
                        Ok(rendered) => break rendered.map_err(DrawError::Sample)?,
                        Err(RecvTimeoutError::Timeout) => {}
                        // It panicked, which the scope tells.
                        Err(RecvTimeoutError::Disconnected) => {
                            let text = "a thread that draws samples is gone".to_owned();
                            return Err(DrawError::Command(CommandError::Failed(text)));
                        }
                    }
                };
                take(rendered, traps, self.count.min((part + 1) * size)).map_err(DrawError::Command)
            });
            stopped.store(true, Ordering::Relaxed);
            drop(receivers);
            taken
        })
    }
}
