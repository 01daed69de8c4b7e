//! A GPU that computes jobs.

use sojourn_engine::question::{Tile, encode_answers};
use sojourn_proto::{DeviceMemory, Failure, FailureKind, Key, Rate, Report, WorkKind};

use crate::compute::{Compute, Computed, invalid};
use crate::device::{self, DeviceError, Gpu};
use crate::traces::Traces;

/// A GPU with a context, and what it was measured to do.
#[derive(Debug)]
pub(super) struct OnGpu {
    gpu: Gpu,
    rate: Rate,
}

impl OnGpu {
    pub(super) fn new(gpu: Gpu, rate: device::Rate) -> OnGpu {
        let rate = Rate {
            launch_nanos: (rate.launch_seconds * 1e9) as u64,
            operations_per_second: rate.operations_per_second as u64,
        };
        OnGpu { gpu, rate }
    }
}

impl Compute for OnGpu {
    fn compute(&mut self, kind: WorkKind, payload: &[u8], traces: &mut Traces) -> Result<Computed, Failure> {
        let WorkKind::Evaluation { trace: digest, .. } = kind else {
            return Err(Failure::new(FailureKind::Internal, "a job for worker processes was given to a GPU"));
        };
        let Tile { question, thetas } = Tile::decode(payload).map_err(invalid)?;
        let Some(trace) = traces.decoded(digest).map_err(invalid)? else {
            return Err(Failure::new(FailureKind::MissingBlob, "the trace is not in this process"));
        };
        let answers = self.gpu.answer(digest.0, trace, &question, &thetas).map_err(failed)?;
        Ok(Computed { bytes: encode_answers(answers), name: None })
    }

    fn evict(&mut self, traces: &[Key]) {
        traces.iter().for_each(|trace| self.gpu.evict(trace.0));
    }

    fn tell(&mut self) -> Option<Report> {
        // A device that does not even tell this is lost, as the next job will show.
        let memory = self.gpu.memory().inspect_err(|error| eprintln!("device: {error}")).ok()?;
        let resident = self.gpu.resident();
        let resident = resident.into_iter().map(|resident| (Key(resident.digest), resident.bytes)).collect();
        let memory = DeviceMemory { free: memory.free, ours: memory.ours, resident };
        Some(Report::Memory { memory, rate: self.rate })
    }
}

/// What went wrong, for whoever asked.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn failed(error: DeviceError) -> Failure {
    let kind = match error {
        DeviceError::OutOfMemory { needed, free } => FailureKind::Vram { needed, free },
        DeviceError::Poisoned { .. } => FailureKind::DevicePoisoned,
        DeviceError::Driver { .. } => FailureKind::Internal,
        DeviceError::NoDevice(_) => FailureKind::NoDevice,
        DeviceError::Unsupported(_) => FailureKind::UnsupportedOnDevice,
    };
    Failure::new(kind, error.to_string())
}
