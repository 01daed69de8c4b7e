//! A chain cut into its components, each with its canonical pattern: the units that are recorded, stored and
//! shared.

mod numbering;

use crate::chain::Chain;
use crate::components::Components;
use crate::pattern::Pattern;
use numbering::Numbering;

/// A component of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component<'a> {
    /// A vertex to which the chain does not return: nothing to eliminate.
    Single {
        /// The vertex.
        vertex: u32,
    },
    /// Two or more vertices, each reachable from each.
    Cyclic {
        /// Number of its pattern among [`Decomposition::patterns`].
        pattern: u32,
        /// Vertex of the chain that has canonical number i, for each i.
        vertices: &'a [u32],
    },
}

/// The components of a chain, each before those it leads to (sources to sinks): block triangular form. No
/// elimination fills in between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    /// Vertices of component c are `first[c]..first[c + 1]`.
    first: Vec<u32>,
    /// In canonical order within a component.
    vertices: Vec<u32>,
    /// Number of the pattern of each component of two or more vertices.
    pattern: Vec<u32>,
    patterns: Vec<Pattern>,
}

impl Decomposition {
    /// Cuts a chain and numbers each component canonically.
    pub fn new(chain: &Chain) -> Decomposition {
        let (first, mut vertices) = Components::of_chain(chain).into_lists();
        let mut pattern = Vec::new();
        if first.len() > vertices.len() {
            return Decomposition { first, vertices, pattern, patterns: Vec::new() };
        }
        let mut place = vec![0; vertices.len()];
        vertices.iter().zip(0..).for_each(|(&v, at)| place[v as usize] = at);
        let mut numbering = Numbering::new(chain);
        let mut members = Vec::new();
        for extent in first.windows(2).filter(|extent| extent[1] - extent[0] > 1) {
            let component = &mut vertices[extent[0] as usize..extent[1] as usize];
            let (number, order) = numbering.number(chain, component, extent[0], &place);
            pattern.push(number);
            if let Some(order) = order {
                members.clear();
                members.extend_from_slice(component);
                component.iter_mut().zip(order).for_each(|(vertex, &i)| *vertex = members[i as usize]);
            }
        }
        Decomposition { first, vertices, pattern, patterns: numbering.into_patterns() }
    }

    /// The components, sources to sinks.
    pub fn components(&self) -> impl Iterator<Item = Component<'_>> {
        let mut patterns = self.pattern.iter();
        self.first.windows(2).map(move |extent| {
            let vertices = &self.vertices[extent[0] as usize..extent[1] as usize];
            match *vertices {
                [vertex] => Component::Single { vertex },
                _ => Component::Cyclic { pattern: patterns.next().copied().unwrap_or_default(), vertices },
            }
        })
    }

    /// The distinct patterns of the components of two or more vertices, in order of first use: each needs one
    /// plan.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// How many components have each of the patterns.
    pub fn occurrences(&self) -> Vec<usize> {
        let mut occurrences = vec![0; self.patterns.len()];
        self.pattern.iter().for_each(|&pattern| occurrences[pattern as usize] += 1);
        occurrences
    }

    /// Number of vertices of the largest component.
    pub fn largest(&self) -> usize {
        let single = usize::from(!self.vertices.is_empty());
        self.patterns.iter().map(Pattern::size).max().unwrap_or(single)
    }
}
