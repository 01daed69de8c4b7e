//! Colours spread along edges: how whole graphs are numbered. Each sweep reads the edges in the order they are
//! stored in, so it costs a few nanoseconds an edge, where a queue of cells waits for memory at every one.

use super::digraph::mix;
use super::whole::Whole;

/// Sweeps before the colours are counted, which costs as much as one or two.
const SWEEPS: usize = 4;

/// Blocks of sweeps in all: together they cost about as much as a queue of cells.
const BLOCKS: usize = 16;

/// Numbers the vertices of a graph by colours that say how the graph looks from each vertex; where vertices
/// still look the same, the last of the first colour they share is singled out, and colours spread again. None
/// where that makes too little headway: on long paths, and where very many vertices are alike.
///
/// A vertex is singled out only once sweeps tell no more vertices apart, so where 1-WL tells all vertices
/// apart the order does not depend on the numbering. `colours` are left as far as they came.
pub(super) fn order_by_colour(whole: &Whole<'_>, colours: &mut [u64]) -> Option<Vec<u32>> {
    let factors: Vec<u64> = whole.labels.iter().map(|&label| mix(label, 1) | 1).collect();
    let mut sums = vec![Sums::default(); colours.len()];
    let mut sorted = Sorted::default();
    let mut found = sorted.count(colours);
    let mut alike = usize::MAX;
    // New colours of the last block: where they become few, sweeps are near their end; where they stay as many as
    // on a long path, the blocks left must do.
    let mut last_gain = usize::MAX;
    for block in 1..=BLOCKS {
        if found == colours.len() {
            return Some(sorted.vertices());
        }
        (0..SWEEPS).for_each(|_| sweep(whole, &factors, colours, &mut sums));
        let known = std::mem::replace(&mut found, sorted.count(colours));
        let gain = found - known;
        if gain > 0 {
            let steady = gain >= std::mem::replace(&mut last_gain, gain) / 4;
            if steady && (colours.len() - found) / gain > BLOCKS - block {
                return None;
            }
            continue;
        }
        last_gain = usize::MAX;
        let before = std::mem::replace(&mut alike, colours.len() - found);
        if alike > before / 4 * 3 {
            return None;
        }
        let vertex = sorted.last_of_first_tie()?;
        colours[vertex as usize] = mix(colours[vertex as usize], 1);
        found += 1;
    }
    None
}

/// What reaches a vertex along the edges that leave and that enter it.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    leaving: u64,
    entering: u64,
}

fn sweep(whole: &Whole<'_>, factors: &[u64], colours: &mut [u64], sums: &mut [Sums]) {
    sums.fill(Sums::default());
    for from in 0..colours.len() {
        let (own, mut leaving) = (colours[from], 0u64);
        whole.row(from as u32).for_each(|(to, weight)| {
            let factor = factors[weight as usize];
            leaving = leaving.wrapping_add(factor.wrapping_mul(colours[to as usize]));
            let entering = &mut sums[to as usize].entering;
            *entering = entering.wrapping_add(factor.wrapping_mul(own));
        });
        sums[from].leaving = leaving;
    }
    for (colour, sum) in colours.iter_mut().zip(&*sums) {
        *colour = mix(mix(mix(*colour, 1), sum.leaving), sum.entering);
    }
}

/// (colour, vertex), ascending.
#[derive(Default)]
struct Sorted(Vec<(u64, u32)>);

impl Sorted {
    /// Sorts anew; the number of distinct colours.
    fn count(&mut self, colours: &[u64]) -> usize {
        self.0.clear();
        self.0.extend(colours.iter().zip(0..).map(|(&colour, vertex)| (colour, vertex)));
        self.0.sort_unstable();
        self.0.chunk_by(|a, b| a.0 == b.0).count()
    }

    fn vertices(&self) -> Vec<u32> {
        self.0.iter().map(|&(_, vertex)| vertex).collect()
    }

    fn last_of_first_tie(&self) -> Option<u32> {
        let tied = self.0.chunk_by(|a, b| a.0 == b.0).find(|tied| tied.len() > 1)?;
        tied.last().map(|&(_, vertex)| vertex)
    }
}
