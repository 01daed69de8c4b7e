//! Components of up to 128 vertices: colours spread along all edges at once, and are told apart by sorting one word
//! a vertex. The queue of cells of larger ones costs several times as much where there is so little to do.

use super::digraph::mix;
use crate::pattern::Shape;

/// Most vertices: their numbers and degrees take seven bits each.
pub(super) const LARGEST: usize = 128;

/// The vertices in canonical order. By in-degree, out-degree and whether edges leave, then by colours that say how
/// the component looks from each vertex; where vertices still look the same, the last of the first colour they share
/// is singled out, and colours spread again.
pub(super) fn order(shape: Shape<'_>) -> Vec<u32> {
    match shape.size() {
        ..=16 => Colours::<16>::new(shape).order(),
        17..=64 => Colours::<64>::new(shape).order(),
        _ => Colours::<LARGEST>::new(shape).order(),
    }
}

/// Bits of the vertex in a sorted word. Above them stands the colour, and above that the degrees.
const VERTEX: u64 = LARGEST as u64 - 1;
const COLOUR_BITS: u32 = 64 - 15;

/// Odd numbers without a pattern: the fractional parts of the square roots of 2 and 3.
const LEAVING: u64 = 0x6a09_e667_f3bc_c909;
const ENTERING: u64 = 0xbb67_ae85_84ca_a73b;

/// Colours of at most N vertices.
struct Colours<'a, const N: usize> {
    shape: Shape<'a>,
    size: usize,
    /// In-degree, out-degree, and whether edges leave: the uppermost bits.
    degrees: [u64; N],
    colour: [u64; N],
    sorted: [u64; N],
}

impl<'a, const N: usize> Colours<'a, N> {
    fn new(shape: Shape<'a>) -> Colours<'a, N> {
        let size = shape.size();
        let mut degrees = [0; N];
        for v in 0..size {
            let targets = shape.targets(v as u32);
            degrees[v] += (targets.len() as u64) << 1 | u64::from(shape.leaves(v as u32));
            targets.iter().for_each(|&t| degrees[t as usize] += 1 << 8);
        }
        let mut colour = [0; N];
        for v in 0..size {
            colour[v] = mix(degrees[v], 1);
            degrees[v] <<= COLOUR_BITS;
        }
        Colours { shape, size, degrees, colour, sorted: [0; N] }
    }

    fn order(mut self) -> Vec<u32> {
        // A sweep takes less time than sorting, and larger components take more sweeps.
        let sweeps = if N > 64 { 4 } else { 1 };
        let mut found = 0;
        loop {
            (0..sweeps).for_each(|_| self.spread());
            let known = std::mem::replace(&mut found, self.count());
            if found == self.size {
                return self.sorted[..self.size].iter().map(|&word| (word & VERTEX) as u32).collect();
            }
            if found == known {
                self.single_out_last_of_first_tie();
            }
        }
    }

    /// Lets each vertex see the colours along the edges that leave and that enter it.
    fn spread(&mut self) {
        let (mut leaving, mut entering) = ([0u64; N], [0u64; N]);
        for (v, leaving) in leaving[..self.size].iter_mut().enumerate() {
            let own = self.colour[v];
            for &t in self.shape.targets(v as u32) {
                *leaving = leaving.wrapping_add(self.colour[t as usize]);
                entering[t as usize] = entering[t as usize].wrapping_add(own);
            }
        }
        for v in 0..self.size {
            // Sums of colours that are random numbers: with different factors they are the same only if the vertices
            // see the same.
            let leaving = leaving[v].wrapping_mul(LEAVING);
            let entering = entering[v].wrapping_mul(ENTERING);
            self.colour[v] = mix(self.colour[v].wrapping_add(leaving).wrapping_add(entering), 0);
        }
    }

    /// Sorts anew; the number of distinct colours.
    fn count(&mut self) -> usize {
        for v in 0..self.size {
            let colour = self.colour[v] >> 15 & !VERTEX;
            self.sorted[v] = self.degrees[v] | colour | v as u64;
        }
        let sorted = &mut self.sorted[..self.size];
        sorted.sort_unstable();
        1 + sorted.windows(2).filter(|pair| (pair[0] ^ pair[1]) > VERTEX).count()
    }

    fn single_out_last_of_first_tie(&mut self) {
        let sorted = &self.sorted[..self.size];
        let mut tied = sorted.chunk_by(|a, b| (a ^ b) <= VERTEX).filter(|tied| tied.len() > 1);
        if let Some(&last) = tied.next().and_then(<[u64]>::last) {
            let colour = &mut self.colour[(last & VERTEX) as usize];
            *colour = mix(*colour, 1);
        }
    }
}
