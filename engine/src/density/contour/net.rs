//! The chain at a parameter vector as contours need it: rates by position, both ways, and what belongs together.

use std::ops::Range;

use super::twofold::TwofoldNumber;
use crate::chain::ABSORBED;
use crate::replay::{Rates, all_edges};
use crate::trace::{Block, Trace};

/// Edges by the position at one of their ends.
#[derive(Debug)]
pub(super) struct EdgeList {
    first: Vec<usize>,
    /// (position at the other end, rate), positions ascending.
    ends: Vec<(u32, f64)>,
}

impl EdgeList {
    fn new(positions: usize, edges: &[(u32, u32, f64)]) -> EdgeList {
        let mut first = vec![0; positions + 1];
        edges.iter().for_each(|e| first[e.0 as usize + 1] += 1);
        for p in 0..positions {
            first[p + 1] += first[p];
        }
        let mut next = first.clone();
        let mut ends = vec![(0, 0.0); edges.len()];
        for &(at, end, rate) in edges {
            ends[next[at as usize]] = (end, rate);
            next[at as usize] += 1;
        }
        first.windows(2).for_each(|w| ends[w[0]..w[1]].sort_unstable_by_key(|end| end.0));
        EdgeList { first, ends }
    }

    /// Returns the edges of a position.
    pub(super) fn of(&self, position: usize) -> &[(u32, f64)] {
        &self.ends[self.first[position]..self.first[position + 1]]
    }

    /// Returns the rate of one edge, zero if there is none.
    pub(super) fn rate(&self, position: usize, end: u32) -> f64 {
        let edges = self.of(position);
        edges.binary_search_by_key(&end, |edge| edge.0).map_or(0.0, |at| edges[at].1)
    }

    /// Returns the number of edges.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A chain at a parameter vector: what has a rate of zero is no edge.
#[derive(Debug)]
pub(super) struct RateNet {
    pub(super) out: EdgeList,
    pub(super) into: EdgeList,
    /// Rate of absorption.
    pub(super) exit: Vec<f64>,
    /// Sum of all rates out of a position.
    pub(super) leaving: Vec<TwofoldNumber>,
    /// Initial probability.
    pub(super) alpha: Vec<f64>,
    /// The same, divided to thirty digits.
    pub(super) exact_alpha: Vec<TwofoldNumber>,
    /// (position, initial probability) where there is one.
    pub(super) start: Vec<(usize, TwofoldNumber)>,
    /// Sum of the weights of the start.
    pub(super) start_weight: TwofoldNumber,
    /// Positions that have one, ascending, and all that they lead to.
    pub(super) is_reached: Vec<bool>,
    /// Positions of each component, sources first.
    pub(super) components: Vec<Range<usize>>,
    /// Component of each position.
    pub(super) component: Vec<u32>,
}

impl RateNet {
    /// Reads the rates of a trace.
    pub(super) fn new(trace: &Trace, rates: &Rates) -> RateNet {
        let n = trace.len();
        let mut exit = vec![0.0; n];
        let (mut ahead, mut back) = (Vec::new(), Vec::new());
        for (from, to, weight) in all_edges(trace) {
            match (to, rates.of(weight)) {
                (_, 0.0) => {}
                (ABSORBED, rate) => exit[from as usize] += rate,
                (_, rate) => {
                    ahead.push((from, to, rate));
                    back.push((to, from, rate));
                }
            }
        }
        let (out, into) = (EdgeList::new(n, &ahead), EdgeList::new(n, &back));
        let add = |sum: TwofoldNumber, edge: &(u32, f64)| sum + edge.1.into();
        let leaving = (0..n).map(|p| out.of(p).iter().fold(exit[p].into(), add)).collect();
        let weights = || trace.start.iter().map(|&(to, w)| (to, rates.of(w)));
        let start_weight = weights().fold(TwofoldNumber::default(), |sum, (_, w)| sum + w.into());
        let mut exact_alpha = vec![TwofoldNumber::default(); n];
        for (to, weight) in weights().filter(|start| start.0 != ABSORBED) {
            let alpha = &mut exact_alpha[to as usize];
            *alpha = *alpha + TwofoldNumber::from(weight).over(start_weight);
        }
        let alpha: Vec<f64> = exact_alpha.iter().map(|a| a.high).collect();
        let start = (0..n).filter(|&p| alpha[p] > 0.0).map(|p| (p, exact_alpha[p])).collect();
        let (components, component) = components(trace);
        let is_reached = reached(&out, &alpha);
        RateNet {
            out,
            into,
            exit,
            leaving,
            alpha,
            exact_alpha,
            start,
            start_weight,
            is_reached,
            components,
            component,
        }
    }

    /// Returns the number of positions.
    pub(super) fn len(&self) -> usize {
        self.exit.len()
    }

    /// Returns the positions of a component that the chain ever enters.
    pub(super) fn members(&self, component: usize) -> impl DoubleEndedIterator<Item = usize> + Clone {
        self.components[component].clone().filter(|&p| self.is_reached[p])
    }

    /// Returns (position, rate) of the edges from a position to other components.
    pub(super) fn onward(&self, position: usize) -> impl Iterator<Item = (usize, f64)> {
        self.beyond(position, &self.out)
    }

    /// Returns (position, rate) of the edges to a position from other components that the chain ever enters.
    pub(super) fn inward(&self, position: usize) -> impl Iterator<Item = (usize, f64)> {
        self.beyond(position, &self.into).filter(|&(from, _)| self.is_reached[from])
    }

    fn beyond<'a>(&'a self, position: usize, edges: &'a EdgeList) -> impl Iterator<Item = (usize, f64)> + 'a {
        let own = self.component[position];
        let ends = edges.of(position).iter().map(|&(end, rate)| (end as usize, rate));
        ends.filter(move |&(end, _)| self.component[end] != own)
    }
}

fn components(trace: &Trace) -> (Vec<Range<usize>>, Vec<u32>) {
    let (mut components, mut component) = (Vec::new(), Vec::with_capacity(trace.len()));
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        let each = if let Block::Acyclic { .. } = block { 1 } else { size };
        for start in (first..first + size).step_by(each.max(1)) {
            component.extend(std::iter::repeat_n(components.len() as u32, each));
            components.push(start..start + each);
        }
    }
    (components, component)
}

fn reached(out: &EdgeList, alpha: &[f64]) -> Vec<bool> {
    let mut is_reached: Vec<bool> = alpha.iter().map(|&a| a > 0.0).collect();
    let mut open: Vec<usize> = (0..alpha.len()).filter(|&p| is_reached[p]).collect();
    while let Some(p) = open.pop() {
        for &(to, _) in out.of(p) {
            if !std::mem::replace(&mut is_reached[to as usize], true) {
                open.push(to as usize);
            }
        }
    }
    is_reached
}
