//! The chain as it is walked: from each position the positions it leads to, and how long it stays.

use super::random::Source;
use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::replay::{Initial, Rates, all_edges};
use crate::trace::Trace;

/// Edges up to which the next position is looked for one by one; the same is found by bisection among more.
const FEW: usize = 8;

/// No closed class.
const NONE: u32 = u32::MAX;

/// How a walk ended, short of absorption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Absorbed.
    Absorbed,
    /// In a closed class, by its number.
    Trapped(u32),
    /// Nowhere within the jumps that were allowed.
    OutOfJumps,
}

/// Rows of edges. Within a row they are in the order of the graph's rows, absorption last: the order of elimination
/// may change from version to version, and samples must not.
#[derive(Debug)]
struct Edges {
    first: Vec<usize>,
    to: Vec<u32>,
    /// Sum of the rates of this edge and those before it in its row.
    cumulative: Vec<f64>,
}

impl Edges {
    /// From (row, target, rate) of positive edges.
    fn new(trace: &Trace, rows: usize, mut edges: Vec<(u32, u32, f64)>) -> Edges {
        let name = |p: u32| if p == ABSORBED { ABSORBED } else { trace.position_rows[p as usize] };
        edges.sort_unstable_by_key(|e| (e.0, name(e.1)));
        let mut first = vec![0; rows + 1];
        let (mut to, mut cumulative) = (Vec::with_capacity(edges.len()), Vec::with_capacity(edges.len()));
        let (mut at, mut sum) = (0, 0.0);
        for (row, target, rate) in edges {
            if row != at {
                (at, sum) = (row, 0.0);
            }
            sum += rate;
            first[row as usize + 1] += 1;
            to.push(target);
            cumulative.push(sum);
        }
        (0..rows).for_each(|row| first[row + 1] += first[row]);
        Edges { first, to, cumulative }
    }

    /// Sum of the rates of a row.
    fn total(&self, row: usize) -> f64 {
        match self.first[row] == self.first[row + 1] {
            true => 0.0,
            false => self.cumulative[self.first[row + 1] - 1],
        }
    }

    /// The target of an edge drawn with a probability proportional to its rate.
    fn draw(&self, row: usize, source: &mut Source) -> u32 {
        let (first, end) = (self.first[row], self.first[row + 1]);
        if end - first == 1 {
            return self.to[first];
        }
        let sums = &self.cumulative[first..end - 1];
        let drawn = source.uniform() * self.cumulative[end - 1];
        let before = match sums.len() < FEW {
            true => sums.iter().take_while(|&&sum| sum <= drawn).count(),
            false => sums.partition_point(|&sum| sum <= drawn),
        };
        self.to[first + before]
    }
}

/// A chain at a parameter vector, ready to be walked.
#[derive(Debug)]
pub(super) struct Walk {
    edges: Edges,
    start: Edges,
    /// Number of the closed class of each position.
    class: Vec<u32>,
    /// Rate at which each position is left; in a discrete chain -ln(1 - p), p the probability of leaving it.
    leaving: Vec<f64>,
    kind: Kind,
    rewards: Vec<Vec<f64>>,
}

impl Walk {
    /// `rewards` are by position.
    pub(super) fn new(
        trace: &Trace,
        rates: &Rates,
        initial: &Initial,
        traps: &[Vec<u32>],
        rewards: Vec<Vec<f64>>,
    ) -> Walk {
        let positive = all_edges(trace).map(|(from, to, w)| (from, to, rates.of(w))).filter(|e| e.2 > 0.0);
        let edges = Edges::new(trace, trace.len(), positive.collect());
        let mut start: Vec<(u32, u32, f64)> = initial.alpha.iter().map(|&(p, a)| (0, p, a)).collect();
        if initial.mass_at_zero > 0.0 {
            start.push((0, ABSORBED, initial.mass_at_zero));
        }
        let mut class = vec![NONE; trace.len()];
        for (number, members) in traps.iter().enumerate() {
            members.iter().for_each(|&p| class[p as usize] = number as u32);
        }
        let leaving = |p: usize| match trace.kind() {
            Kind::Continuous => edges.total(p),
            Kind::Discrete => -libm::log1p(-edges.total(p).min(1.0)),
        };
        let leaving = (0..trace.len()).map(leaving).collect();
        Walk { edges, start: Edges::new(trace, 1, start), class, leaving, kind: trace.kind(), rewards }
    }

    /// Number of rewards.
    pub(super) fn rewards(&self) -> usize {
        self.rewards.len()
    }

    /// Mean number of jumps until absorption or a closed class, from the expected time in each position.
    pub(super) fn mean_jumps(&self, occupancy: &[f64]) -> f64 {
        let jumps = |(p, time): (usize, &f64)| match self.class[p] {
            NONE => time * self.edges.total(p),
            _ => 0.0,
        };
        occupancy.iter().enumerate().map(jumps).fold(0.0, |sum, jumps| sum + jumps)
    }

    /// Walks once. Returns the time it took, or what of it passed before the end; adds what each reward
    /// accumulates until then.
    pub(super) fn once(&self, source: &mut Source, most_jumps: u64, earned: &mut [f64]) -> (f64, End) {
        let mut time = 0.0;
        let mut at = self.start.draw(0, source);
        let mut jumps = 0;
        while at != ABSORBED {
            let p = at as usize;
            if self.class[p] != NONE {
                return (time, End::Trapped(self.class[p]));
            }
            if jumps == most_jumps {
                return (time, End::OutOfJumps);
            }
            let stay = self.stay(p, source);
            time += stay;
            for (earned, reward) in earned.iter_mut().zip(&self.rewards) {
                *earned += stay * reward[p];
            }
            at = self.edges.draw(p, source);
            jumps += 1;
        }
        (time, End::Absorbed)
    }

    /// Time, or number of steps, until a position is left.
    fn stay(&self, position: usize, source: &mut Source) -> f64 {
        let leaving = self.leaving[position];
        match self.kind {
            Kind::Continuous => source.exponential() / leaving,
            Kind::Discrete if leaving == f64::INFINITY => 1.0,
            // Longer than k steps with probability exp(-k leaving) = (1 - p)^k.
            Kind::Discrete => 1.0 + (source.exponential() / leaving).floor(),
        }
    }
}
