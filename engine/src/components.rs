//! Strongly connected components, by Tarjan's algorithm without recursion.

use crate::chain::{ABSORBED, Chain};

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
        Components::new(chain.len(), |v| chain.targets(v))
    }

    /// The components of the digraph on 0..n whose edges from v lead to `targets(v)`; targets of n and more
    /// are ignored.
    pub fn new<'a>(n: usize, targets: impl Fn(u32) -> &'a [u32]) -> Components {
        let mut components = Tarjan::run(n, targets);
        // Tarjan finds sinks first.
        let count = components.first.len() - 1;
        let mut reversed = Components { first: vec![0], members: Vec::with_capacity(n) };
        for c in (0..count).rev() {
            let range = components.first[c] as usize..components.first[c + 1] as usize;
            components.members[range.clone()].sort_unstable();
            reversed.members.extend_from_slice(&components.members[range]);
            reversed.first.push(reversed.members.len() as u32);
        }
        reversed
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
}

const UNSEEN: u32 = u32::MAX;

/// State of the search; `frames` is what recursion would keep on the stack.
struct Tarjan {
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    /// (vertex, next of its targets to look at).
    frames: Vec<(u32, u32)>,
    found: Components,
    next: u32,
}

impl Tarjan {
    fn run<'a>(n: usize, targets: impl Fn(u32) -> &'a [u32]) -> Components {
        let mut search = Tarjan {
            index: vec![UNSEEN; n],
            low: vec![0; n],
            on_stack: vec![false; n],
            stack: Vec::new(),
            frames: Vec::new(),
            found: Components { first: vec![0], members: Vec::with_capacity(n) },
            next: 0,
        };
        for root in 0..n as u32 {
            if search.index[root as usize] == UNSEEN {
                search.open(root);
                search.exhaust(&targets);
            }
        }
        search.found
    }

    fn open(&mut self, v: u32) {
        self.index[v as usize] = self.next;
        self.low[v as usize] = self.next;
        self.next += 1;
        self.stack.push(v);
        self.on_stack[v as usize] = true;
        self.frames.push((v, 0));
    }

    fn exhaust<'a>(&mut self, targets: &impl Fn(u32) -> &'a [u32]) {
        while let Some(frame) = self.frames.last_mut() {
            let (v, at) = *frame;
            if let Some(&t) = targets(v).get(at as usize) {
                frame.1 += 1;
                if t == ABSORBED || t as usize >= self.index.len() {
                    continue;
                }
                if self.index[t as usize] == UNSEEN {
                    self.open(t);
                } else if self.on_stack[t as usize] {
                    self.low[v as usize] = self.low[v as usize].min(self.index[t as usize]);
                }
            } else {
                self.frames.pop();
                self.close(v);
            }
        }
    }

    fn close(&mut self, v: u32) {
        if let Some(&(parent, _)) = self.frames.last() {
            self.low[parent as usize] = self.low[parent as usize].min(self.low[v as usize]);
        }
        if self.low[v as usize] != self.index[v as usize] {
            return;
        }
        while let Some(w) = self.stack.pop() {
            self.on_stack[w as usize] = false;
            self.found.members.push(w);
            if w == v {
                break;
            }
        }
        self.found.first.push(self.found.members.len() as u32);
    }
}
