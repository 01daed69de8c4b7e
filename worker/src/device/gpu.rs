//! A GPU at work.

use std::sync::Arc;
use std::thread;

use sojourn_engine::image::{Job, LANES, Unsupported};
use sojourn_engine::{Answer, EvaluateError, Question, Trace};

use super::answer::Desk;
use super::description::{Description, visible};
use super::driver::{Buffer, Context};
use super::error::{DeviceError, NoDevice};
use super::kernels::Kernels;
use super::residents::{Lying, Resident};
use super::workspace::Workspace;

/// Warps that share the rows of a large component: few where there are tiles enough to keep the device busy.
const WARPS: [u32; 2] = [8, 16];

/// A GPU with a context of this process.
#[derive(Debug)]
pub struct Gpu {
    description: Description,
    context: Arc<Context>,
    kernels: Kernels,
    workspace: Workspace,
    left_to_engine: u64,
}

/// Memory of a GPU, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All that it has.
    pub total: u64,
    /// What nobody uses, as the driver reports it.
    pub free: u64,
    /// What was allocated here: resident traces, and room to work. The context itself is not in it.
    pub ours: u64,
}

/// Memory of a GPU that is held.
#[derive(Debug)]
pub struct Held(pub(super) Buffer);

/// Whether a GPU answers this question about this trace.
///
/// # Errors
/// With the first part that it does not.
pub fn supports(trace: &Trace, question: &Question) -> Result<(), Unsupported> {
    trace.supports_images(question)
}

impl Gpu {
    /// Makes a context on the device with this UUID, and has the driver compile the kernels for it.
    ///
    /// # Errors
    /// If there is no such device, or the driver refuses.
    pub fn open(uuid: &str) -> Result<Gpu, DeviceError> {
        let found = visible()?.into_iter().find(|(_, description)| description.uuid == uuid);
        let (device, description) = found.ok_or_else(|| NoDevice::Unknown { uuid: uuid.to_owned() })?;
        let context = Context::new(device)?;
        let kernels = Kernels::new(&context, description.multiprocessors)?;
        let workspace = Workspace::new(Arc::clone(&context), description.total_bytes);
        Ok(Gpu { description, context, kernels, workspace, left_to_engine: 0 })
    }

    /// Which it is.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Its memory.
    ///
    /// # Errors
    /// If the driver refuses.
    pub fn memory(&self) -> Result<Memory, DeviceError> {
        let (free, total) = self.context.memory()?;
        Ok(Memory { total, free, ours: self.context.allocated() })
    }

    /// Takes memory and holds it, until it is dropped: what others have on a device is not ours to use.
    ///
    /// # Errors
    /// If there is not so much, or the device fails.
    pub fn hold(&self, bytes: usize) -> Result<Held, DeviceError> {
        Ok(Held(Buffer::new(&self.context, bytes)?))
    }

    /// Takes no more than so many bytes from now on, resident traces included: all that there are if nothing is said.
    pub fn set_budget(&mut self, bytes: u64) {
        self.workspace.budget = bytes;
    }

    /// Answers a question at each of many parameter vectors, as [`Trace::answer_many`] does. The trace, named by the
    /// digest of its bytes, stays on the device. Vectors at which lanes cannot be trusted, or times are for another method,
    /// are answered by the engine, as they are where nothing runs on a device.
    ///
    /// # Errors
    /// If the device fails, or does not answer such questions. A vector that has no answer has its own error.
    pub fn answer(
        &mut self,
        digest: [u8; 32],
        trace: &Trace,
        question: &Question,
        thetas: &[Vec<f64>],
    ) -> Result<Vec<Result<Answer, EvaluateError>>, DeviceError> {
        supports(trace, question)?;
        let warps = self.warps(trace, thetas.len());
        let Ok(job) = Job::new(trace, question, warps) else {
            return Ok(by_engine(trace, question, thetas)); // which says why it is refused
        };
        let is_whole = |theta: &[f64]| theta.len() == trace.parameters();
        let whole: Vec<&[f64]> = thetas.iter().map(Vec::as_slice).filter(|theta| is_whole(theta)).collect();
        let mut found = self.run(digest, trace, &job, warps, &whole)?.into_iter();
        let mut answers: Vec<Option<Answer>> =
            thetas.iter().map(|theta| if is_whole(theta) { found.next()? } else { None }).collect();
        let others: Vec<&Vec<f64>> = thetas
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_none())
            .map(|(theta, _)| theta)
            .collect();
        self.left_to_engine += others.len() as u64;
        let mut others = by_engine(trace, question, &others).into_iter();
        Ok(answers.iter_mut().filter_map(|answer| answer.take().map(Ok).or_else(|| others.next())).collect())
    }

    /// What the device finds at vectors that have as many numbers as the trace has parameters.
    fn run(
        &mut self,
        digest: [u8; 32],
        trace: &Trace,
        job: &Job<'_>,
        warps: u32,
        thetas: &[&[f64]],
    ) -> Result<Vec<Option<Answer>>, DeviceError> {
        if thetas.is_empty() {
            return Ok(Vec::new());
        }
        let places = self.lay_down(digest, trace)?;
        let mut desk = Desk {
            kernels: &self.kernels,
            workspace: &mut self.workspace,
            multiprocessors: self.description.multiprocessors,
            digest,
            trace: places,
            parameters: trace.parameters(),
        };
        let mut answers: Vec<Option<Answer>> = thetas.iter().map(|_| Some(Answer::default())).collect();
        if let Some(image) = &job.replay {
            for (answer, numbers) in answers.iter_mut().zip(desk.replay(image, warps, thetas)?) {
                *answer = answer.take().zip(numbers).map(|(answer, numbers)| Answer {
                    mass_at_zero: numbers.mass_at_zero,
                    moments: Some(Box::new(numbers)),
                    ..answer
                });
            }
        }
        if let Some(image) = &job.curve {
            for (answer, distribution) in answers.iter_mut().zip(desk.curve(image, thetas)?) {
                *answer = answer.take().zip(distribution).map(|(answer, distribution)| Answer {
                    mass_at_zero: distribution.mass_at_zero,
                    distribution: Some(Box::new(distribution)),
                    ..answer
                });
            }
        }
        Ok(answers)
    }

    /// Where a trace lies on the device, after it was copied there if it was not.
    fn lay_down(&mut self, digest: [u8; 32], trace: &Trace) -> Result<[u64; 2], DeviceError> {
        if let Some(lying) = self.workspace.residents.touch(digest) {
            return Ok(lying.places());
        }
        let image = trace.image();
        let buffer = self.workspace.take(image.bytes(), digest)?;
        let lying = Lying::new(digest, &image, buffer)?;
        let places = lying.places();
        self.workspace.residents.add(lying);
        Ok(places)
    }

    /// Warps that share an elimination.
    fn warps(&self, trace: &Trace, vectors: usize) -> u32 {
        let busy = vectors.div_ceil(LANES) > 2 * self.description.multiprocessors as usize;
        match trace.has_large_components() {
            false => 1,
            true => WARPS[usize::from(!busy)],
        }
    }

    /// The traces that lie on the device, the one used last at the end.
    pub fn resident(&self) -> Vec<Resident> {
        self.workspace.residents.list()
    }

    /// Vectors that were answered by the engine so far: those at which lanes could not be trusted, or times were for another
    /// method, or which are no parameters of their trace.
    pub fn left_to_engine(&self) -> u64 {
        self.left_to_engine
    }

    /// Takes a trace off the device; nothing happens if it is not there.
    pub fn evict(&mut self, digest: [u8; 32]) {
        self.workspace.residents.evict(digest);
    }

    /// Gives back all memory but the context's.
    pub fn clear(&mut self) {
        self.workspace.clear();
    }
}

/// Answers on all processors.
fn by_engine<T: AsRef<[f64]> + Sync>(
    trace: &Trace,
    question: &Question,
    thetas: &[T],
) -> Vec<Result<Answer, EvaluateError>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    trace.answer_many(thetas, question, threads)
}
