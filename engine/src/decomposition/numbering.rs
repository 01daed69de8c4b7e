//! The canonical patterns of components. Components of a model often come in the same order of vertices, not
//! only in the same shape: then the canonical numbering of the first serves them all.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::canonical::component_order;
use crate::chain::{ABSORBED, Chain};
use crate::pattern::{Pattern, Shape};

/// Patterns met so far.
#[derive(Default)]
pub(super) struct Numbering {
    /// Shapes in the order of vertices in which they came, and their canonical orders.
    words: Vec<u32>,
    met: Vec<Met>,
    /// Numbers of `met`, by the shape as it came.
    as_came: HashTable<u32>,
    patterns: Vec<Pattern>,
    /// Numbers of `patterns`.
    canonical: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Room for a shape in canonical numbering.
    renumbered: Vec<u32>,
}

/// A shape in an order of vertices in which some component came.
struct Met {
    hash: u64,
    shape: Range<usize>,
    order: Range<usize>,
    /// Number of its canonical pattern.
    pattern: u32,
}

impl Numbering {
    /// Number of the canonical pattern of a component, and its vertices in canonical order. `members` are its
    /// vertices, ascending; the first of them has `first` in `place`, the next the next.
    pub(super) fn number(
        &mut self,
        chain: &Chain,
        members: &[u32],
        first: u32,
        place: &[u32],
    ) -> (u32, &[u32]) {
        let begin = self.words.len();
        let size = members.len() as u32;
        Shape::write(&mut self.words, members.len(), |i, row| {
            let targets = chain.targets(members[i]);
            let before = row.len();
            let local = |&t: &u32| if t == ABSORBED { size } else { place[t as usize].wrapping_sub(first) };
            row.extend(targets.iter().map(local).filter(|&t| t < size));
            row.len() - before < targets.len()
        });
        let hash = self.hasher.hash_one(&self.words[begin..]);
        let Numbering { words, met, as_came, .. } = self;
        let same = |&m: &u32| words[met[m as usize].shape.clone()] == words[begin..];
        let number = match as_came.find(hash, same) {
            Some(&number) => {
                self.words.truncate(begin);
                number
            }
            None => self.meet(begin, hash),
        };
        let met = &self.met[number as usize];
        (met.pattern, &self.words[met.order.clone()])
    }

    /// Finds the canonical pattern of a shape that is new in its order of vertices, the last of `words`.
    fn meet(&mut self, begin: usize, hash: u64) -> u32 {
        let end = self.words.len();
        let shape = Shape::of(&self.words[begin..]);
        let order = component_order(shape);
        let mut number = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&old, new)| number[old as usize] = new);
        self.renumbered.clear();
        Shape::write(&mut self.renumbered, order.len(), |i, row| {
            let before = row.len();
            row.extend(shape.targets(order[i]).iter().map(|&t| number[t as usize]));
            row[before..].sort_unstable();
            shape.leaves(order[i])
        });
        self.words.extend_from_slice(&order);
        let pattern = self.pattern();
        let met = self.met.len() as u32;
        self.met.push(Met { hash, shape: begin..end, order: end..self.words.len(), pattern });
        self.as_came.insert_unique(hash, met, |&m| self.met[m as usize].hash);
        met
    }

    /// Number of the pattern in `renumbered`.
    fn pattern(&mut self) -> u32 {
        let Numbering { canonical, patterns, renumbered, hasher, .. } = self;
        let hash = hasher.hash_one(&renumbered[..]);
        if let Some(&number) = canonical.find(hash, |&p| patterns[p as usize].words() == &renumbered[..]) {
            return number;
        }
        let number = patterns.len() as u32;
        patterns.push(Pattern::new(renumbered));
        canonical.insert_unique(hash, number, |&p| hasher.hash_one(patterns[p as usize].words()));
        number
    }

    /// The distinct patterns, in order of first use.
    pub(super) fn into_patterns(self) -> Vec<Pattern> {
        self.patterns
    }
}
