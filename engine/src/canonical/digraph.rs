//! A digraph with labelled edges and coloured vertices, seen from both ends of its edges.

/// Edges by the vertex they leave and by the vertex they enter.
#[derive(Debug)]
pub(crate) struct Digraph {
    /// Colour of each vertex before refinement; numbers mean nothing but sameness and order.
    pub(crate) colours: Vec<u64>,
    pub(crate) leaving: Adjacency,
    pub(crate) entering: Adjacency,
}

/// Neighbours of each vertex, with the label of the edge between.
#[derive(Debug)]
pub(crate) struct Adjacency {
    first: Vec<u32>,
    edges: Vec<(u32, u64)>,
}

impl Adjacency {
    pub(crate) fn of(&self, vertex: u32) -> &[(u32, u64)] {
        &self.edges[self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize]
    }

    /// Sorts (from, to, label) triples by `end` of the edge.
    fn new(n: usize, edges: impl Iterator<Item = (u32, u32, u64)> + Clone) -> Adjacency {
        let mut first = vec![0u32; n + 1];
        edges.clone().for_each(|e| first[e.0 as usize + 1] += 1);
        (0..n).for_each(|v| first[v + 1] += first[v]);
        let mut next = first.clone();
        let mut sorted = vec![(0, 0); first[n] as usize];
        edges.for_each(|(from, to, label)| {
            sorted[next[from as usize] as usize] = (to, label);
            next[from as usize] += 1;
        });
        Adjacency { first, edges: sorted }
    }
}

impl Digraph {
    /// The digraph with these colours and edges (from, to, label).
    pub(crate) fn new(colours: Vec<u64>, edges: impl Iterator<Item = (u32, u32, u64)> + Clone) -> Digraph {
        let n = colours.len();
        let reversed = edges.clone().map(|(from, to, label)| (to, from, label));
        Digraph { colours, leaving: Adjacency::new(n, edges), entering: Adjacency::new(n, reversed) }
    }

    pub(crate) fn len(&self) -> usize {
        self.colours.len()
    }
}

/// Stirs a number into a hash. The constants are those of the SplitMix64 generator (Steele, Lea and Flood,
/// 2014); canonical numbering depends on them, so they stay as they are.
pub(crate) fn mix(hash: u64, value: u64) -> u64 {
    let mut z = (hash ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
