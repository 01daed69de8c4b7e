//! Greedy Markowitz: eliminate next the vertex with the least in x (out + 1). Rows and columns are bit sets,
//! so an elimination is a few word operations for each of the vertex's neighbours.

use crate::pattern::Pattern;

/// Largest component for which it is tried: the two bit matrices then take 64 MiB. Beyond that size the
/// search for the least product, quadratic in the vertices, costs more than a better order saves.
const LARGEST: usize = 16_384;

pub(super) fn order(pattern: &Pattern) -> Option<Vec<u32>> {
    let n = pattern.size();
    if n > LARGEST {
        return None;
    }
    let mut remaining = Remaining::new(pattern);
    let mut order = Vec::with_capacity(n);
    while let Some(v) = remaining.least() {
        if remaining.is_complete(v, n - order.len()) {
            // What is left is complete: every order of it costs the same.
            order.extend((0..n as u32).filter(|&v| remaining.score[v as usize] != ELIMINATED));
            break;
        }
        remaining.eliminate(v as usize);
        order.push(v);
    }
    Some(order)
}

/// Score of a vertex that is eliminated; larger than any other.
const ELIMINATED: u64 = u64::MAX;

/// The digraph on the vertices not yet eliminated.
struct Remaining {
    words: usize,
    /// Row v has a bit for each vertex entered from v.
    leaving: Vec<u64>,
    /// Row v has a bit for each vertex from which v is entered.
    entering: Vec<u64>,
    out_degree: Vec<u32>,
    in_degree: Vec<u32>,
    score: Vec<u64>,
}

impl Remaining {
    fn new(pattern: &Pattern) -> Remaining {
        let (n, shape) = (pattern.size(), pattern.shape());
        let words = n.div_ceil(64);
        let mut remaining = Remaining {
            words,
            leaving: vec![0; n * words],
            entering: vec![0; n * words],
            out_degree: vec![0; n],
            in_degree: vec![0; n],
            score: vec![0; n],
        };
        for v in 0..n {
            for &t in shape.targets(v as u32) {
                let t = t as usize;
                remaining.leaving[v * words + t / 64] |= 1 << (t % 64);
                remaining.entering[t * words + v / 64] |= 1 << (v % 64);
                remaining.out_degree[v] += 1;
                remaining.in_degree[t] += 1;
            }
        }
        (0..n).for_each(|v| remaining.rate(v));
        remaining
    }

    fn rate(&mut self, v: usize) {
        self.score[v] = u64::from(self.in_degree[v]) * (u64::from(self.out_degree[v]) + 1);
    }

    /// The vertex of least score, the lowest of several; none when all are eliminated.
    fn least(&self) -> Option<u32> {
        let (v, &score) = self.score.iter().enumerate().min_by_key(|s| s.1)?;
        (score != ELIMINATED).then_some(v as u32)
    }

    /// Whether even the least score is that of a complete digraph on `left` vertices.
    fn is_complete(&self, least: u32, left: usize) -> bool {
        self.score[least as usize] == (left as u64 - 1) * left as u64
    }

    fn eliminate(&mut self, k: usize) {
        let row = k * self.words..(k + 1) * self.words;
        let (out, into) = (self.leaving[row.clone()].to_vec(), self.entering[row].to_vec());
        self.score[k] = ELIMINATED;
        bridge(&mut self.leaving, &into, &out, &mut self.out_degree, k);
        bridge(&mut self.entering, &out, &into, &mut self.in_degree, k);
        for v in members(&into).chain(members(&out)) {
            self.rate(v);
        }
    }
}

/// For each `v` in `ends`: joins `bypass` to row v, without v itself and without k.
fn bridge(rows: &mut [u64], ends: &[u64], bypass: &[u64], degree: &mut [u32], k: usize) {
    let words = bypass.len();
    for v in members(ends) {
        let row = &mut rows[v * words..(v + 1) * words];
        row.iter_mut().zip(bypass.iter()).for_each(|(r, b)| *r |= b);
        row[v / 64] &= !(1 << (v % 64));
        row[k / 64] &= !(1 << (k % 64));
        degree[v] = row.iter().map(|w| w.count_ones()).sum();
    }
}

/// Members of a bit set, ascending.
fn members(set: &[u64]) -> impl Iterator<Item = usize> {
    set.iter().enumerate().flat_map(|(i, &word)| {
        std::iter::successors((word != 0).then_some(word), |w| Some(w & (w - 1)).filter(|w| *w != 0))
            .map(move |w| i * 64 + w.trailing_zeros() as usize)
    })
}
