//! The kernels, and how they are launched.
#![expect(unsafe_code, reason = "what a kernel reads and writes is for the host to vouch for")]

use std::ffi::CStr;
use std::sync::Arc;

use sojourn_engine::image::LANES;

use super::driver::{Argument, Context, Failure, Grid, Kernel, Module};

/// What `worker/kernels/compile.py` made of the sources.
const CODE: &str = concat!(include_str!("../../kernels/kernels.ptx"), "\0");

/// Tiles from which on several share a block, for each multiprocessor.
const TILES_TO_SHARE: u32 = 16;

/// Tiles of a block.
const TILES_OF_A_BLOCK: u32 = 4;

/// Where everything stands that a kernel works on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Words and numbers of the trace.
    pub(super) trace: [u64; 2],
    /// Words and numbers of the question.
    pub(super) question: [u64; 2],
    pub(super) thetas: u64,
    pub(super) values: u64,
    pub(super) results: u64,
    pub(super) tiles: u32,
}

/// All kernels.
#[derive(Debug)]
pub(super) struct Kernels {
    multiprocessors: u32,
    replay_lanes: Kernel,
    replay_rows: Kernel,
    flow: Kernel,
    curve: Kernel,
}

impl Kernels {
    pub(super) fn new(context: &Arc<Context>, multiprocessors: u32) -> Result<Kernels, Failure> {
        // The constant ends with a zero, and has no other.
        let module = Module::new(context, CStr::from_bytes_until_nul(CODE.as_bytes()).unwrap_or_default())?;
        Ok(Kernels {
            multiprocessors,
            replay_lanes: module.kernel(c"replay_lanes")?,
            replay_rows: module.kernel(c"replay_rows")?,
            flow: module.kernel(c"flow")?,
            curve: module.kernel(c"curve")?,
        })
    }

    /// A warp a tile; few tiles are spread over as many multiprocessors as there are.
    fn grid(&self, tiles: u32) -> Grid {
        let shared = tiles >= TILES_TO_SHARE * self.multiprocessors;
        let warps = if shared { TILES_OF_A_BLOCK } else { 1 };
        Grid { blocks: tiles.div_ceil(warps), threads: (LANES as u32, warps) }
    }

    /// Replays, with so many warps a tile.
    ///
    /// # Safety
    /// At the places there is what the engine's images of a trace and of a question about it have, the question prepared for
    /// as many warps; thetas, values and results of so many tiles; and it stays until the kernel has ended.
    pub(super) unsafe fn replay(&self, places: Places, warps: u32) -> Result<(), Failure> {
        // SAFETY: as required of the caller; both kernels take these arguments.
        unsafe {
            match warps {
                1 => self.replay_lanes.launch(self.grid(places.tiles), &places.arguments()),
                _ => {
                    let grid = Grid { blocks: places.tiles, threads: (LANES as u32, warps) };
                    self.replay_rows.launch(grid, &places.arguments())
                }
            }
        }
    }

    /// The first half of a distribution.
    ///
    /// # Safety
    /// As [`Kernels::replay`], with the image of a distribution.
    pub(super) unsafe fn flow(&self, places: Places) -> Result<(), Failure> {
        // SAFETY: as required of the caller; the kernel takes these arguments.
        unsafe { self.flow.launch(self.grid(places.tiles), &places.arguments()) }
    }

    /// The second half: in the place of thetas stand the results of the first, whose values are there. `steps` and `half`
    /// are the room that there is at `records`.
    ///
    /// # Safety
    /// As [`Kernels::flow`].
    pub(super) unsafe fn curve(
        &self,
        places: Places,
        records: u64,
        steps: usize,
        half: usize,
    ) -> Result<(), Failure> {
        let mut arguments = places.arguments().to_vec();
        arguments.insert(6, records);
        arguments.extend([steps as u64, half as u64]);
        // SAFETY: as required of the caller; the kernel takes these arguments.
        unsafe { self.curve.launch(self.grid(places.tiles), &arguments) }
    }
}

impl Places {
    fn arguments(self) -> [Argument; 8] {
        let Places { trace, question, thetas, values, results, tiles } = self;
        [trace[0], trace[1], question[0], question[1], thetas, values, results, u64::from(tiles)]
    }
}
