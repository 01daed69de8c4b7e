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

/// A tile of `lanes` (1, 8 or 16) lanes, of the widest registers there are. All of them give the same bits.
pub(crate) fn tile(lanes: usize, trace: &Trace, program: &Program) -> Box<dyn AnyTile> {
    #[cfg(target_arch = "x86_64")]
    match lanes {
        8 if is_x86_feature_detected!("avx512f") => return Box::new(Tile::<Avx512<1>>::new(trace, program)),
        8 if is_x86_feature_detected!("avx2") => return Box::new(Tile::<Avx2<2>>::new(trace, program)),
        16 if is_x86_feature_detected!("avx512f") => return Box::new(Tile::<Avx512<2>>::new(trace, program)),
        16 if is_x86_feature_detected!("avx2") => return Box::new(Tile::<Avx2<4>>::new(trace, program)),
        _ => {}
    }
    match lanes {
        1 => Box::new(Tile::<f64>::new(trace, program)),
        8 => Box::new(Tile::<Pack<8>>::new(trace, program)),
        _ => Box::new(Tile::<Pack<16>>::new(trace, program)),
    }
}

impl<P: Lanes> AnyTile for Tile<P> {
    fn replay(&mut self, trace: &Trace, program: &Program, thetas: &[&[f64]]) {
        match P::INSTRUCTIONS {
            Instructions::Portable => self.run(trace, program, thetas),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has them, or there would be no such tile.
            Instructions::Avx2 => unsafe { avx2(self, trace, program, thetas) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has them, or there would be no such tile.
            Instructions::Avx512 => unsafe { avx512(self, trace, program, thetas) },
        }
    }

    fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<P: Lanes>(tile: &mut Tile<P>, trace: &Trace, program: &Program, thetas: &[&[f64]]) {
    tile.run(trace, program, thetas);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<P: Lanes>(tile: &mut Tile<P>, trace: &Trace, program: &Program, thetas: &[&[f64]]) {
    tile.run(trace, program, thetas);
}
