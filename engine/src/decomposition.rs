//! A chain cut into its components, each with its canonical pattern: the units that are recorded, stored and
//! shared.

use crate::chain::Chain;
use crate::components::Components;
use crate::pattern::{Canonical, Pattern};

/// A component of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// A vertex to which the chain does not return: nothing to eliminate.
    Single {
        /// The vertex.
        vertex: u32,
    },
    /// Two or more vertices, each reachable from each.
    Cyclic(Canonical),
}

/// The components of a chain, each before those it leads to (sources to sinks): block triangular form. No
/// elimination fills in between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    components: Vec<Component>,
}

impl Decomposition {
    /// Cuts a chain and numbers each component canonically.
    pub fn new(chain: &Chain) -> Decomposition {
        let mut local = vec![u32::MAX; chain.len()];
        let components = Components::of_chain(chain)
            .iter()
            .map(|members| match members {
                &[vertex] => Component::Single { vertex },
                _ => Component::Cyclic(Pattern::of_component(chain, members, &mut local)),
            })
            .collect();
        Decomposition { components }
    }

    /// The components, sources to sinks.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The components of two or more vertices, sources to sinks: those that need a plan.
    pub fn cyclic(&self) -> impl Iterator<Item = &Canonical> {
        self.components.iter().filter_map(|c| match c {
            Component::Single { .. } => None,
            Component::Cyclic(canonical) => Some(canonical),
        })
    }

    /// Number of vertices of the largest component.
    pub fn largest(&self) -> usize {
        let single = usize::from(!self.components.is_empty());
        self.cyclic().map(|c| c.pattern.size()).max().unwrap_or(single)
    }
}
