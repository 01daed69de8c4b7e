//! Components of up to 64 vertices: colours spread along all edges at once, and are told apart by sorting one word a
//! vertex. The queue of cells of larger ones costs several times as much where there is so little to do.

use super::digraph::mix;
use crate::pattern::Shape;

/// Most vertices: their numbers and degrees take six bits each.
pub(super) const LARGEST: usize = 64;

/// The vertices in canonical order. By in-degree, out-degree and whether edges leave, then by colours that say how
/// the component looks from each vertex; where vertices still look the same, the last of the first colour they share
/// is singled out, and colours spread again.
pub(super) fn order(shape: Shape<'_>) -> Vec<u32> {
    let mut colours = Colours::new(shape);
    colours.spread();
    let mut found = colours.count();
    while found < colours.size {
        colours.spread();
        let known = std::mem::replace(&mut found, colours.count());
        if found == known {
            colours.single_out_last_of_first_tie();
        }
    }
    colours.sorted[..colours.size].iter().map(|&word| (word & VERTEX) as u32).collect()
}

/// Bits of the vertex in a sorted word. Above them stands the colour, and above that the degrees.
const VERTEX: u64 = 63;
const COLOUR_BITS: u32 = 64 - 13;

struct Colours<'a> {
    shape: Shape<'a>,
    size: usize,
    /// In-degree, out-degree, and whether edges leave: the uppermost 13 bits.
    degrees: [u64; LARGEST],
    colour: [u64; LARGEST],
    sorted: [u64; LARGEST],
}

impl<'a> Colours<'a> {
    fn new(shape: Shape<'a>) -> Colours<'a> {
        let size = shape.size();
        let mut degrees = [0; LARGEST];
        for v in 0..size {
            let targets = shape.targets(v as u32);
            degrees[v] += (targets.len() as u64) << 1 | u64::from(shape.leaves(v as u32));
            targets.iter().for_each(|&t| degrees[t as usize] += 1 << 7);
        }
        let mut colour = [0; LARGEST];
        for v in 0..size {
            colour[v] = mix(degrees[v], 1);
            degrees[v] <<= COLOUR_BITS;
        }
        Colours { shape, size, degrees, colour, sorted: [0; LARGEST] }
    }

    /// Lets each vertex see the colours along the edges that leave and that enter it.
    fn spread(&mut self) {
        let (mut leaving, mut entering) = ([0u64; LARGEST], [0u64; LARGEST]);
        for v in 0..self.size {
            let (own, mut seen) = (self.colour[v], 0u64);
            for &t in self.shape.targets(v as u32) {
                seen = seen.wrapping_add(self.colour[t as usize]);
                entering[t as usize] = entering[t as usize].wrapping_add(own);
            }
            leaving[v] = seen;
        }
        for v in 0..self.size {
            // Stirred first: else a vertex would be lost in what it sees where that looks like itself.
            self.colour[v] = mix(mix(mix(self.colour[v], 1), leaving[v]), entering[v]);
        }
    }

    /// Sorts anew; the number of distinct colours.
    fn count(&mut self) -> usize {
        for v in 0..self.size {
            let colour = self.colour[v] >> 13 & !VERTEX;
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
