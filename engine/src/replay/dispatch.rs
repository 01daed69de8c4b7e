//! The instructions that this processor has, looked for when a tile is made.
#![expect(
    unsafe_code,
    reason = "code for instructions that not every processor has is called where it is known to have them"
)]

use super::outcome::Outcome;
use super::pack::{Instructions, Lanes, Pack};
use super::program::Program;
#[cfg(target_arch = "x86_64")]
use super::registers::{Avx2, Avx512};
use super::tile::Tile;
use crate::trace::Trace;

/// A tile, whatever it is made of.
pub(crate) trait AnyTile: std::fmt::Debug + Send {
    /// Works on the vectors of `thetas`, at most as many as there are lanes, each of as many numbers as the trace has
    /// parameters.
    fn replay(&mut self, trace: &Trace, program: &Program, thetas: &[&[f64]]);

    /// What came of it.
    fn outcome(&self) -> &Outcome;
}

/// What can be made of any lanes.
pub(crate) trait Make {
    /// What is made.
    type Made;

    /// Makes it.
    fn make<P: Lanes>(self) -> Self::Made;
}

/// Makes something of `lanes` (1, 8 or 16) lanes, in the widest registers there are. All of them give the same bits.
pub(crate) fn widest<M: Make>(lanes: usize, make: M) -> M::Made {
    #[cfg(target_arch = "x86_64")]
    match lanes {
        8 if is_x86_feature_detected!("avx512f") => return make.make::<Avx512<1>>(),
        8 if is_x86_feature_detected!("avx2") => return make.make::<Avx2<2>>(),
        16 if is_x86_feature_detected!("avx512f") => return make.make::<Avx512<2>>(),
        16 if is_x86_feature_detected!("avx2") => return make.make::<Avx2<4>>(),
        _ => {}
    }
    match lanes {
        1 => make.make::<f64>(),
        8 => make.make::<Pack<8>>(),
        _ => make.make::<Pack<16>>(),
    }
}

/// Something to be done with lanes. `run` and all that it calls for each number must be inlined, or the instructions
/// are not there.
pub(crate) trait Work {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}

/// Does something with the instructions that lanes of this type need: they are made by [`widest`] alone.
pub(crate) fn work<P: Lanes, W: Work>(work: W) -> W::Output {
    match P::INSTRUCTIONS {
        Instructions::Portable => work.run(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has them, or there would be no such lanes.
        Instructions::Avx2 => unsafe { avx2(work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has them, or there would be no such lanes.
        Instructions::Avx512 => unsafe { avx512(work) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<W: Work>(work: W) -> W::Output {
    work.run()
}

/// A tile of `lanes` (1, 8 or 16) lanes.
pub(crate) fn tile(lanes: usize, trace: &Trace, program: &Program) -> Box<dyn AnyTile> {
    widest(lanes, MakeTile { trace, program })
}

struct MakeTile<'a> {
    trace: &'a Trace,
    program: &'a Program,
}

impl Make for MakeTile<'_> {
    type Made = Box<dyn AnyTile>;

    fn make<P: Lanes>(self) -> Box<dyn AnyTile> {
        Box::new(Tile::<P>::new(self.trace, self.program))
    }
}

impl<P: Lanes> AnyTile for Tile<P> {
    fn replay(&mut self, trace: &Trace, program: &Program, thetas: &[&[f64]]) {
        work::<P, _>(Replaying { tile: self, trace, program, thetas });
    }

    fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

struct Replaying<'a, P> {
    tile: &'a mut Tile<P>,
    trace: &'a Trace,
    program: &'a Program,
    thetas: &'a [&'a [f64]],
}

impl<P: Lanes> Work for Replaying<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.tile.run(self.trace, self.program, self.thetas);
    }
}
