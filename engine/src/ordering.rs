//! Fill-reducing elimination orders of a component. No single one wins: breadth-first keeps a chain a chain,
//! approximate minimum degree is best on grids and coalescents, Markowitz on unsymmetric digraphs. So
//! several are tried, and their exact cost decides (modules `plan` and `symbolic`).

mod amd;
mod breadth_first;
mod markowitz;
pub(crate) mod small;
#[cfg(test)]
mod tests;

use crate::pattern::Pattern;
pub(crate) use amd::{order as approximate_minimum_degree, order_of};

/// How the vertices of a component are ordered for elimination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ordering {
    /// Reverse Cuthill-McKee from the canonical numbering.
    BreadthFirst,
    /// Minimum degree on the pattern made symmetric: approximate (Amestoy, Davis and Duff, 1996), for small
    /// components exact as well.
    MinimumDegree,
    /// Greedy least product of in-degree and out-degree (Markowitz, 1957).
    Markowitz,
}

impl Ordering {
    /// All of them, in the order in which they are tried; of equal cost the first wins.
    pub const ALL: [Ordering; 3] = [Ordering::BreadthFirst, Ordering::MinimumDegree, Ordering::Markowitz];

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Ordering::BreadthFirst => "breadth-first",
            Ordering::MinimumDegree => "minimum degree",
            Ordering::Markowitz => "Markowitz",
        }
    }

    /// The order of a large component: entry k is the vertex eliminated as the k-th. None where this ordering does
    /// not apply.
    pub(crate) fn of(self, pattern: &Pattern) -> Option<Vec<u32>> {
        match self {
            Ordering::BreadthFirst => Some(breadth_first::order(pattern)),
            Ordering::MinimumDegree => amd::order(pattern),
            Ordering::Markowitz => markowitz::order(pattern),
        }
    }
}
