//! The instructions that this processor has, chosen when a tile is run.
#![expect(
    unsafe_code,
    reason = "code for instructions that not every processor has is called where it is known to have them"
)]

use super::pack::Lanes;
use super::program::Program;
use super::tile::Tile;
use crate::trace::Trace;

impl<P: Lanes> Tile<P> {
    /// [`Tile::run`] by the widest instructions there are. All of them give the same bits.
    pub(crate) fn replay(&mut self, trace: &Trace, program: &Program, theta: &[P]) -> P {
        #[cfg(target_arch = "x86_64")]
        {
            if P::COUNT >= 8 && std::arch::is_x86_feature_detected!("avx512f") {
                // SAFETY: the processor has them.
                return unsafe { avx512(self, trace, program, theta) };
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has them.
                return unsafe { avx2(self, trace, program, theta) };
            }
        }
        // What every processor of its kind has: SSE2 on x86-64, NEON on AArch64.
        self.run(trace, program, theta)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<P: Lanes>(tile: &mut Tile<P>, trace: &Trace, program: &Program, theta: &[P]) -> P {
    tile.run(trace, program, theta)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<P: Lanes>(tile: &mut Tile<P>, trace: &Trace, program: &Program, theta: &[P]) -> P {
    tile.run(trace, program, theta)
}
