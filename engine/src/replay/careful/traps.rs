//! Closed classes: vertices that, once reached, are never left. Looked for only when a result is infinite.

use super::super::{Initial, Rates, all_edges};
use super::sweep::entering;
use crate::chain::ABSORBED;
use crate::components::Components;
use crate::trace::Trace;

/// The closed classes that the start reaches through positive rates at this theta: the positions of each,
/// ascending.
pub(crate) fn reachable_traps(trace: &Trace, rates: &Rates, initial: &Initial) -> Vec<Vec<u32>> {
    let n = trace.len();
    let mut positive: Vec<(u32, u32)> =
        all_edges(trace).filter(|e| rates.of(e.2) > 0.0).map(|(from, to, _)| (from, to)).collect();
    positive.sort_unstable();
    let mut first = vec![0usize; n + 1];
    positive.iter().for_each(|e| first[e.0 as usize + 1] += 1);
    (0..n).for_each(|p| first[p + 1] += first[p]);
    let targets: Vec<u32> = positive.into_iter().map(|e| e.1).collect();
    let of = |p: u32| &targets[first[p as usize]..first[p as usize + 1]];

    let reached = reach(n, initial, of);
    let mut traps = Vec::new();
    for members in Components::new(n, of).iter() {
        let inside = |t: &u32| *t != ABSORBED && members.binary_search(t).is_ok();
        if reached[members[0] as usize] && members.iter().all(|&p| of(p).iter().all(inside)) {
            traps.push(members.to_vec());
        }
    }
    traps
}

/// Probability of ending in a closed class.
pub(crate) fn ending_in(trace: &Trace, rates: &Rates, initial: &Initial, class: &[u32]) -> f64 {
    let mut marked = vec![false; trace.len()];
    class.iter().for_each(|&p| marked[p as usize] = true);
    initial.dot(&entering(trace, rates, &marked))
}

fn reach<'a>(n: usize, initial: &Initial, of: impl Fn(u32) -> &'a [u32]) -> Vec<bool> {
    let mut reached = vec![false; n];
    let mut stack: Vec<u32> = initial.alpha.iter().map(|a| a.0).collect();
    while let Some(p) = stack.pop() {
        if p != ABSORBED && !std::mem::replace(&mut reached[p as usize], true) {
            stack.extend_from_slice(of(p));
        }
    }
    reached
}
