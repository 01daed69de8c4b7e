//! A trace in numbers: its components by size, and its distinct patterns.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sojourn_engine::trace::{ComponentSummary, Summary};
use sojourn_engine::{Ordering, Trace};
use sojourn_proto::{Key, WorkKind};

/// What is shown of a trace.
#[derive(Debug)]
pub(super) struct Facts {
    /// As the user named it.
    pub(super) name: String,
    /// The trace as a whole.
    pub(super) summary: Summary,
    /// Whether the weights of rows are divided by their sum at every theta.
    pub(super) divides_rows: bool,
    /// Bytes of its encoding.
    pub(super) bytes: usize,
    /// (vertices, components of so many), the largest first.
    pub(super) sizes: Vec<(usize, usize)>,
    /// Distinct patterns of two or more vertices: the largest first, of equal size the most frequent.
    pub(super) patterns: Vec<PatternFacts>,
    /// Components of two or more vertices, sources to sinks.
    pub(super) components: Vec<ComponentSummary>,
}

/// A distinct pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PatternFacts {
    /// Its key: patterns of other graphs with this key are the same.
    pub(super) key: Key,
    /// Its vertices.
    pub(super) vertices: usize,
    /// Its edges inside.
    pub(super) edges: usize,
    /// Components that have it.
    pub(super) components: usize,
    /// Elimination order that was cheapest.
    pub(super) ordering: Ordering,
    /// Entries of L and U beyond its edges.
    pub(super) fill_in: usize,
    /// Operations of one replay of one of its components.
    pub(super) operations: u64,
}

impl Facts {
    /// Those of a trace.
    pub(super) fn of(name: &str, trace: &Trace) -> Facts {
        let summary = trace.summary();
        let components: Vec<ComponentSummary> = trace.component_summaries().collect();
        let mut counts = vec![0; summary.patterns];
        let mut sizes: BTreeMap<Reverse<usize>, usize> = BTreeMap::new();
        for component in &components {
            counts[component.pattern] += 1;
            *sizes.entry(Reverse(component.size)).or_default() += 1;
        }
        let singles = summary.components - components.len();
        if singles > 0 {
            sizes.insert(Reverse(1), singles);
        }
        let mut of_pattern: Vec<Option<&ComponentSummary>> = vec![None; summary.patterns];
        components.iter().rev().for_each(|component| of_pattern[component.pattern] = Some(component));
        let mut patterns: Vec<PatternFacts> = trace
            .patterns()
            .zip(of_pattern)
            .zip(counts)
            .filter_map(|((pattern, component), components)| {
                component.map(|component| PatternFacts {
                    key: WorkKind::Pattern.key(&pattern.encode()),
                    vertices: component.size,
                    edges: component.edges,
                    components,
                    ordering: component.ordering,
                    fill_in: component.entries - component.edges,
                    operations: component.operations,
                })
            })
            .collect();
        // By key last, so that two runs say the same.
        patterns.sort_by_key(|p| (Reverse(p.vertices), Reverse(p.components), p.key));
        let sizes = sizes.into_iter().map(|(Reverse(size), count)| (size, count)).collect();
        let (divides_rows, bytes) = (trace.divides_rows(), trace.encode().len());
        Facts { name: name.to_owned(), summary, divides_rows, bytes, sizes, patterns, components }
    }

    /// Components that use the plan of another one of the same graph.
    pub(super) fn repeated(&self) -> usize {
        self.components.len() - self.patterns.len()
    }

    /// (ordering, patterns for which it was cheapest), the most frequent first.
    pub(super) fn orderings(&self) -> Vec<(Ordering, usize)> {
        let count = |ordering: Ordering| self.patterns.iter().filter(|p| p.ordering == ordering).count();
        let mut counts: Vec<(Ordering, usize)> = Ordering::ALL
            .into_iter()
            .map(|ordering| (ordering, count(ordering)))
            .filter(|c| c.1 > 0)
            .collect();
        counts.sort_by_key(|&(_, count)| Reverse(count));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_client::load;
    use sojourn_engine::Chain;

    fn facts(model: &str) -> Facts {
        Facts::of(model, &Trace::record(&Chain::new(&load::load_graph(model, false).unwrap())).unwrap())
    }

    #[test]
    fn components_are_counted_by_size_single_ones_included() {
        let chain = facts("model:chain,components=5,size=8");
        assert_eq!(chain.sizes, [(8, 5)]);
        assert_eq!(facts("model:coalescent,n=10").sizes, [(1, 9)]);
    }

    #[test]
    fn each_distinct_pattern_stands_once_with_the_components_that_have_it() {
        let chain = facts("model:chain,components=6,size=8,distinct=false");
        assert_eq!(chain.patterns.iter().map(|p| p.components).sum::<usize>(), 6);
        assert_eq!(chain.patterns.len() + chain.repeated(), 6);
        assert_eq!(chain.patterns.len(), chain.summary.patterns);
        let mut keys: Vec<Key> = chain.patterns.iter().map(|p| p.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), chain.patterns.len());
    }

    #[test]
    fn the_orders_chosen_are_counted_over_the_patterns() {
        let islands = facts("model:islands,n=12");
        let counts = islands.orderings();
        assert_eq!(counts.iter().map(|&(_, count)| count).sum::<usize>(), islands.patterns.len());
    }
}
