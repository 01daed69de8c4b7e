//! How a pattern is laid out: one list of words, so that patterns are compared, hashed and kept as one.

/// A digraph with marked vertices, in words that somebody else keeps: the number of vertices n; a bit for each
/// vertex that has edges that leave the component, 32 in a word; where the edges of each vertex begin, n + 1 words;
/// the vertices entered, ascending within a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    leaves: &'a [u32],
    /// Edges of vertex v are `first[v]..first[v + 1]`.
    pub(crate) first: &'a [u32],
    /// Vertex entered.
    pub(crate) to: &'a [u32],
}

impl<'a> Shape<'a> {
    /// What [`Shape::write`] wrote.
    pub(crate) fn of(words: &'a [u32]) -> Shape<'a> {
        let size = words[0] as usize;
        let (leaves, rest) = words[1..].split_at(size.div_ceil(32));
        let (first, to) = rest.split_at(size + 1);
        Shape { leaves, first, to }
    }

    /// Number of words of a shape.
    pub(crate) fn words(size: usize, edges: usize) -> usize {
        1 + size.div_ceil(32) + size + 1 + edges
    }

    /// Appends the words of a shape. `row` appends what a vertex enters, and says whether edges of it leave.
    pub(crate) fn write(
        words: &mut Vec<u32>,
        size: usize,
        mut row: impl FnMut(usize, &mut Vec<u32>) -> bool,
    ) {
        let leaves = words.len() + 1;
        let first = leaves + size.div_ceil(32);
        let to = first + size + 1;
        words.push(size as u32);
        words.resize(to, 0);
        for v in 0..size {
            let leaving = row(v, words);
            words[leaves + v / 32] |= u32::from(leaving) << (v % 32);
            words[first + v + 1] = (words.len() - to) as u32;
        }
    }

    /// Writes the same shape with its vertices in another order into words that hold a shape of as many vertices and
    /// edges; `number` is the order's inverse.
    pub(crate) fn renumber(self, order: &[u32], number: &[u32], words: &mut [u32]) {
        let (leaves, rest) = words[1..].split_at_mut(self.leaves.len());
        let (first, to) = rest.split_at_mut(order.len() + 1);
        leaves.fill(0);
        let mut at = 0;
        for (v, &old) in order.iter().enumerate() {
            leaves[v / 32] |= u32::from(self.leaves(old)) << (v % 32);
            let begin = at;
            for &t in self.targets(old) {
                to[at] = number[t as usize];
                at += 1;
            }
            to[begin..at].sort_unstable();
            first[v + 1] = at as u32;
        }
    }

    /// Whether this is a path whose vertices are numbered along it.
    pub(crate) fn is_path(self) -> bool {
        let last = self.size() as u32 - 1;
        self.to.len() == 2 * last as usize
            && self.targets(0) == [1]
            && self.targets(last) == [last - 1]
            && (1..last).all(|v| self.targets(v) == [v - 1, v + 1])
    }

    /// Number of vertices.
    pub(crate) fn size(self) -> usize {
        self.first.len() - 1
    }

    /// Vertices entered from a vertex, ascending.
    #[inline]
    pub(crate) fn targets(self, vertex: u32) -> &'a [u32] {
        &self.to[self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize]
    }

    /// Whether a vertex has edges that leave the component.
    #[inline]
    pub(crate) fn leaves(self, vertex: u32) -> bool {
        self.leaves[vertex as usize / 32] >> (vertex % 32) & 1 == 1
    }

    /// Whether nothing leaves the component.
    pub(crate) fn is_closed(self) -> bool {
        self.leaves.iter().all(|&word| word == 0)
    }
}
