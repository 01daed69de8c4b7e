//! Strongly connected components, by Tarjan's algorithm without recursion.

use crate::chain::Chain;

/// The components of a digraph, each before those it leads to (sources to sinks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// Component c has the members `first[c]..first[c + 1]`.
    first: Vec<u32>,
    /// Vertices, ascending within a component.
    members: Vec<u32>,
}

impl Components {
    /// The components of a chain.
    pub fn of_chain(chain: &Chain) -> Components {
        let n = chain.len() as u32;
        if (0..n).all(|v| chain.targets(v).first().is_none_or(|&least| least > v)) {
            // Every edge leads on, as models mostly number their vertices: nothing to search for.
            return Components { first: (0..=n).collect(), members: (0..n).collect() };
        }
        Components::new(chain.len(), |v| chain.targets(v))
    }

    /// The components of the digraph on 0..n whose edges from v lead to `targets(v)`; targets of n and more
    /// are ignored.
    pub fn new<'a>(n: usize, targets: impl Fn(u32) -> &'a [u32]) -> Components {
        let mut search = Tarjan {
            index: vec![UNSEEN; n],
            seen: 0,
            open: 0,
            paused: Vec::new(),
            members: vec![0; n],
            bounds: Vec::with_capacity(n + 1),
        };
        search.bounds.push(n as u32);
        for root in 0..n as u32 {
            if search.index[root as usize] == UNSEEN {
                search.exhaust(root, &targets);
            }
        }
        search.bounds.reverse();
        Components { first: search.bounds, members: search.members }
    }

    /// Number of components.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Members of a component, ascending.
    pub fn members(&self, component: usize) -> &[u32] {
        &self.members[self.first[component] as usize..self.first[component + 1] as usize]
    }

    /// Members of each component, sources to sinks.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|c| self.members(c))
    }

    /// Where in the second of two lists the members of each component begin, and the members.
    pub(crate) fn into_lists(self) -> (Vec<u32>, Vec<u32>) {
        (self.first, self.members)
    }
}

const UNSEEN: u32 = 0;

/// Index of vertices whose component is complete: larger than any other, so that edges to them change no least.
const CLOSED: u32 = u32::MAX;

/// State of the search.
struct Tarjan {
    /// When each vertex was first seen, from 1 on; [`UNSEEN`] or [`CLOSED`].
    index: Vec<u32>,
    seen: u32,
    /// Number of vertices seen whose component is not complete.
    open: usize,
    /// What recursion would keep on the stack.
    paused: Vec<Frame>,
    /// First the vertices that are open, in the order seen; at the end those of complete components, sinks last,
    /// as they are found first.
    members: Vec<u32>,
    /// Bounds of the components found, from the end.
    bounds: Vec<u32>,
}

/// A vertex whose targets are being looked at.
#[derive(Clone, Copy)]
struct Frame {
    vertex: u32,
    /// Next of its targets to look at.
    at: u32,
    /// Least index that it reaches.
    low: u32,
}

impl Tarjan {
    /// Finds all components that a root reaches.
    fn exhaust<'a>(&mut self, root: u32, targets: &impl Fn(u32) -> &'a [u32]) {
        let mut frame = self.open(root);
        loop {
            let out = targets(frame.vertex);
            if let Some(next) = self.look(&mut frame, out) {
                self.paused.push(frame);
                frame = self.open(next);
                continue;
            }
            if frame.low == self.index[frame.vertex as usize] {
                self.close(frame.vertex);
            }
            let Some(mut parent) = self.paused.pop() else { return };
            parent.low = parent.low.min(frame.low);
            frame = parent;
        }
    }

    fn open(&mut self, vertex: u32) -> Frame {
        self.seen += 1;
        self.index[vertex as usize] = self.seen;
        self.members[self.open] = vertex;
        self.open += 1;
        Frame { vertex, at: 0, low: self.seen }
    }

    /// Looks at targets up to the first that is unseen.
    #[inline]
    fn look(&self, frame: &mut Frame, targets: &[u32]) -> Option<u32> {
        while let Some(&t) = targets.get(frame.at as usize) {
            frame.at += 1;
            match self.index.get(t as usize) {
                Some(&UNSEEN) => return Some(t),
                Some(&index) => frame.low = frame.low.min(index),
                None => {}
            }
        }
        None
    }

    /// Makes all vertices seen since one a component.
    fn close(&mut self, vertex: u32) {
        let end = self.bounds[self.bounds.len() - 1] as usize;
        let mut begin = end;
        loop {
            self.open -= 1;
            begin -= 1;
            let member = self.members[self.open];
            self.index[member as usize] = CLOSED;
            self.members[begin] = member;
            if member == vertex {
                break;
            }
        }
        if end - begin > 1 {
            self.members[begin..end].sort_unstable();
        }
        self.bounds.push(begin as u32);
    }
}
