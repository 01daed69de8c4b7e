//! Where a chain goes from each position: what of its steps is the same at every parameter vector.

use crate::chain::ABSORBED;
use crate::replay::all_edges;
use crate::trace::Trace;

/// Edges by the position they leave and by the position they enter.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Edges of position p are `first[p]..first[p + 1]`, those whose rate is zero at some theta among them.
    pub(super) first: Vec<usize>,
    pub(super) to: Vec<u32>,
    /// Number of each edge's weight.
    pub(super) weight: Vec<u32>,
    /// Edges to absorption: (position, number of the weight).
    pub(super) exits: Vec<(u32, u32)>,
    /// By position, whether its weights are divided by their sum: then the self-loop has a weight of its own, and is not
    /// what the others lack to one.
    pub(super) is_divided: Vec<bool>,
    /// Self-loops of such positions: (position, number of the weight).
    pub(super) loops: Vec<(u32, u32)>,
    /// Edges into position p are `first_entering[p]..first_entering[p + 1]`.
    first_entering: Vec<usize>,
    /// (position left, number of the weight) by the position entered, positions ascending: in this order a step adds
    /// up what enters.
    entering: Vec<(u32, u32)>,
    /// Most terms that a step adds up in one position, self-loop included; with those of the total that a step probability
    /// was divided by.
    pub(super) terms: f64,
    /// Most edges that leave a position, that to absorption and the self-loop included; with what the derivative of a
    /// quotient takes more roundings, see [`crate::replay::WeightSlopes`].
    pub(super) degree: f64,
}

impl Layout {
    pub(super) fn new(trace: &Trace) -> Layout {
        let n = trace.len();
        let (mut first, mut first_entering) = (vec![0; n + 1], vec![0; n + 1]);
        let mut exits = Vec::new();
        for (from, to, weight) in all_edges(trace) {
            if to == ABSORBED {
                exits.push((from, weight));
            } else {
                first[from as usize + 1] += 1;
                first_entering[to as usize + 1] += 1;
            }
        }
        for p in 0..n {
            first[p + 1] += first[p];
            first_entering[p + 1] += first_entering[p];
        }
        let (mut to, mut weights) = (vec![0; first[n]], vec![0; first[n]]);
        let mut next = first.clone();
        for (from, target, weight) in all_edges(trace).filter(|e| e.1 != ABSORBED) {
            let at = &mut next[from as usize];
            (to[*at], weights[*at]) = (target, weight);
            *at += 1;
        }
        let mut entering = vec![(0, 0); first[n]];
        next.copy_from_slice(&first_entering);
        for from in 0..n {
            for e in first[from]..first[from + 1] {
                let at = &mut next[to[e] as usize];
                entering[*at] = (from as u32, weights[e]);
                *at += 1;
            }
        }
        let forms = trace.weights.forms() as u32;
        let mut is_divided = vec![false; n];
        all_edges(trace).filter(|e| e.2 >= forms).for_each(|(from, ..)| is_divided[from as usize] = true);
        let loops = trace.loops.iter().copied().filter(|&(p, _)| is_divided[p as usize]).collect();
        let divided = trace.weights.quotients().iter().map(|(_, terms)| terms.len() + 2).max().unwrap_or(0);
        let terms = first_entering
            .windows(2)
            .map(|w| 1 + w[1] - w[0])
            .max()
            .map_or(1.0, |most| (most + divided) as f64);
        let degree =
            first.windows(2).map(|w| 2 + w[1] - w[0]).max().map_or(2.0, |most| (most + 2 * divided) as f64);
        Layout {
            first,
            to,
            weight: weights,
            exits,
            is_divided,
            loops,
            first_entering,
            entering,
            terms,
            degree,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// (position left, number of the weight) of the edges into a position.
    #[inline(always)]
    pub(super) fn entering(&self, position: usize) -> &[(u32, u32)] {
        &self.entering[self.first_entering[position]..self.first_entering[position + 1]]
    }
}
