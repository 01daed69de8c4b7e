//! A chain cut into its components, each with its canonical pattern: the units that are recorded, stored and
//! shared.

use hashbrown::HashMap;

use crate::chain::Chain;
use crate::components::Components;
use crate::pattern::Pattern;

/// A component of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
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
        vertices: Vec<u32>,
    },
}

/// The components of a chain, each before those it leads to (sources to sinks): block triangular form. No
/// elimination fills in between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    components: Vec<Component>,
    patterns: Vec<Pattern>,
}

impl Decomposition {
    /// Cuts a chain and numbers each component canonically.
    pub fn new(chain: &Chain) -> Decomposition {
        let mut local = vec![u32::MAX; chain.len()];
        let mut seen = Seen::default();
        let mut members = Vec::new();
        let components = Components::of_chain(chain)
            .iter()
            .map(|found| match found {
                &[vertex] => Component::Single { vertex },
                _ => {
                    members.clear();
                    members.extend_from_slice(found);
                    members.sort_unstable();
                    let (pattern, order) = seen.number(Pattern::of_members(chain, &members, &mut local));
                    let vertices = order.iter().map(|&i| members[i as usize]).collect();
                    Component::Cyclic { pattern, vertices }
                }
            })
            .collect();
        Decomposition { components, patterns: seen.into_patterns() }
    }

    /// The components, sources to sinks.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The distinct patterns of the components of two or more vertices, in order of first use: each needs one
    /// plan.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// How many components have each of the patterns.
    pub fn occurrences(&self) -> Vec<usize> {
        let mut occurrences = vec![0; self.patterns.len()];
        for component in &self.components {
            if let Component::Cyclic { pattern, .. } = component {
                occurrences[*pattern as usize] += 1;
            }
        }
        occurrences
    }

    /// Number of vertices of the largest component.
    pub fn largest(&self) -> usize {
        let single = usize::from(!self.components.is_empty());
        self.patterns.iter().map(Pattern::size).max().unwrap_or(single)
    }
}

/// Patterns met so far. Components of a model often come in the same order of vertices, not only in the same
/// shape: then the canonical numbering of the first serves them all.
#[derive(Default)]
struct Seen {
    /// By the pattern as it came: number of its canonical pattern, and the canonical order.
    as_come: HashMap<Pattern, (u32, Vec<u32>)>,
    /// Canonical patterns by number.
    canonical: HashMap<Pattern, u32>,
}

impl Seen {
    /// Number of a pattern, and its vertices in canonical order.
    fn number(&mut self, pattern: Pattern) -> (u32, &[u32]) {
        let canonical = &mut self.canonical;
        let (number, order) = self.as_come.entry(pattern).or_insert_with_key(|pattern| {
            let (pattern, order) = pattern.canonical();
            let next = canonical.len() as u32;
            (*canonical.entry(pattern).or_insert(next), order)
        });
        (*number, order)
    }

    fn into_patterns(self) -> Vec<Pattern> {
        let mut patterns: Vec<(Pattern, u32)> = self.canonical.into_iter().collect();
        patterns.sort_unstable_by_key(|&(_, number)| number);
        patterns.into_iter().map(|(pattern, _)| pattern).collect()
    }
}
