//! The canonical patterns of components. Components of a model often come in the same order of vertices, not
//! only in the same shape: then the canonical numbering of the first serves them all.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::canonical::component_order;
use crate::chain::{ABSORBED, Chain};
use crate::pattern::{Pattern, Shape};

/// Patterns met so far.
pub(super) struct Numbering {
    /// Shapes in the order of vertices in which they came or in canonical order, and canonical orders.
    words: Vec<u32>,
    met: Vec<Met>,
    /// Numbers of `met`, by shape.
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    patterns: Vec<Pattern>,
    /// Room for the inverse of an order.
    number: Vec<u32>,
}

/// A shape in an order of vertices in which some component came, or in canonical order.
struct Met {
    hash: u64,
    shape: Range<usize>,
    /// The vertices in canonical order; none where they stand in it.
    order: Range<usize>,
    /// Number of its canonical pattern.
    pattern: u32,
}

impl Numbering {
    pub(super) fn new(chain: &Chain) -> Numbering {
        // What a small chain needs in all.
        let words = (4 * chain.len() + 2 * chain.edge_count()).min(1024);
        Numbering {
            words: Vec::with_capacity(words),
            met: Vec::with_capacity(16),
            table: HashTable::with_capacity(28),
            hasher: DefaultHashBuilder::default(),
            patterns: Vec::with_capacity(8),
            number: Vec::new(),
        }
    }

    /// Number of the canonical pattern of a component, and its vertices in canonical order, unless they came in it.
    /// `members` are its vertices, ascending; the first of them has `first` in `place`, the next the next.
    pub(super) fn number(
        &mut self,
        chain: &Chain,
        members: &[u32],
        first: u32,
        place: &[u32],
    ) -> (u32, Option<&[u32]>) {
        let begin = self.words.len();
        let size = members.len() as u32;
        Shape::write(&mut self.words, members.len(), |i, row| {
            let targets = chain.targets(members[i]);
            let before = row.len();
            for &t in targets {
                let local = if t == ABSORBED { size } else { place[t as usize].wrapping_sub(first) };
                if local < size {
                    row.push(local);
                }
            }
            row.len() - before < targets.len()
        });
        let number = self.last_shape(begin, Numbering::meet);
        let met = &self.met[number as usize];
        let order = &self.words[met.order.clone()];
        (met.pattern, (!order.is_empty()).then_some(order))
    }

    /// Number in `met` of the shape whose words begin at `begin` and end the list; where it is new, `meet` says what
    /// it is, and else the words are taken back.
    fn last_shape(
        &mut self,
        begin: usize,
        meet: impl FnOnce(&mut Numbering, usize) -> (u32, Range<usize>),
    ) -> u32 {
        let shape = begin..self.words.len();
        let hash = self.hasher.hash_one(&self.words[shape.clone()]);
        let same = |&m: &u32| self.words[self.met[m as usize].shape.clone()] == self.words[shape.clone()];
        if let Some(&number) = self.table.find(hash, same) {
            self.words.truncate(begin);
            return number;
        }
        let (pattern, order) = meet(self, begin);
        let number = self.met.len() as u32;
        self.met.push(Met { hash, shape, order, pattern });
        self.table.insert_unique(hash, number, |&m| self.met[m as usize].hash);
        number
    }

    /// Finds the canonical pattern of a shape that is new in its order of vertices, the last of `words`, and appends
    /// its canonical order.
    fn meet(&mut self, begin: usize) -> (u32, Range<usize>) {
        let order = component_order(Shape::of(&self.words[begin..]));
        let at = self.words.len();
        if order.is_sorted() {
            return self.new_pattern(begin);
        }
        self.words.extend_from_slice(&order);
        let canonical = self.words.len();
        self.append_renumbered(begin..at, &order);
        let number = self.last_shape(canonical, Numbering::new_pattern);
        (self.met[number as usize].pattern, at..canonical)
    }

    /// Takes the last shape of `words`, in canonical order and new, as a pattern.
    fn new_pattern(&mut self, begin: usize) -> (u32, Range<usize>) {
        self.patterns.push(Pattern::new(&self.words[begin..]));
        (self.patterns.len() as u32 - 1, 0..0)
    }

    /// Appends a shape in another order of vertices.
    fn append_renumbered(&mut self, shape: Range<usize>, order: &[u32]) {
        self.number.resize(order.len(), 0);
        order.iter().zip(0..).for_each(|(&old, new)| self.number[old as usize] = new);
        let copy = self.words.len();
        self.words.extend_from_within(shape.clone());
        let (before, copy) = self.words.split_at_mut(copy);
        Shape::of(&before[shape]).renumber(order, &self.number, copy);
    }

    /// The distinct patterns, in order of first use.
    pub(super) fn into_patterns(self) -> Vec<Pattern> {
        self.patterns
    }
}
