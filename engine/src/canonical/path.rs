//! Paths, the commonest components: queues, birth-death processes, lineages that move between two islands.

use crate::pattern::Shape;

/// The vertices along a path from one of its ends, where the shape is one with edges in both directions; none where
/// it is not. Of the two ends it is the one from which the marks of what leaves, as a word, are less; where they are
/// the same, both ends give the same pattern.
pub(super) fn order(shape: Shape<'_>) -> Option<Vec<u32>> {
    let n = shape.size();
    if shape.to.len() != 2 * (n - 1) || shape.first.windows(2).any(|row| row[1] - row[0] > 2) {
        return None;
    }
    let mut order = Vec::with_capacity(n);
    let mut at = (0..n as u32).find(|&v| shape.targets(v).len() == 1)?;
    let mut from = at;
    loop {
        order.push(at);
        let targets = shape.targets(at);
        // Without an edge back it is not a path. The end from which the walk begins has none before it.
        if at != from && !targets.contains(&from) {
            return None;
        }
        match targets.iter().find(|&&t| t != from || from == at) {
            Some(&next) if order.len() < n => (from, at) = (at, next),
            Some(_) => return None,
            None => break,
        }
    }
    if order.len() < n {
        return None;
    }
    let marks = || order.iter().map(|&v| shape.leaves(v));
    if order.iter().rev().map(|&v| shape.leaves(v)).lt(marks()) {
        order.reverse();
    }
    Some(order)
}
