//! What several graphs have in common: patterns that occur in more than one.

use std::collections::BTreeMap;

use sojourn_proto::Key;

use super::facts::{Facts, PatternFacts};

/// Patterns that more than one graph has.
#[derive(Debug)]
pub(super) struct Common {
    /// The patterns, the largest first, each with the components that have it in each graph.
    pub(super) patterns: Vec<(PatternFacts, Vec<usize>)>,
}

/// How much of a graph occurs in another one as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Distinct patterns.
    pub(super) patterns: usize,
    /// Components that have one of them.
    pub(super) components: usize,
    /// Operations of one replay of these components.
    pub(super) operations: u64,
}

impl Common {
    /// Of these graphs.
    pub(super) fn of(graphs: &[Facts]) -> Common {
        let mut found: BTreeMap<Key, (PatternFacts, Vec<usize>)> = BTreeMap::new();
        for (number, graph) in graphs.iter().enumerate() {
            for pattern in &graph.patterns {
                let entry =
                    found.entry(pattern.key).or_insert_with(|| (pattern.clone(), vec![0; graphs.len()]));
                entry.1[number] = pattern.components;
            }
        }
        let in_several = |counts: &[usize]| counts.iter().filter(|&&count| count > 0).count() > 1;
        let mut patterns: Vec<_> = found.into_values().filter(|(_, counts)| in_several(counts)).collect();
        patterns.sort_by_key(|(pattern, _)| (std::cmp::Reverse(pattern.vertices), pattern.key));
        Common { patterns }
    }

    /// How much of the graph of this number is in another one too.
    pub(super) fn part(&self, number: usize) -> Part {
        let mut part = Part::default();
        for (pattern, counts) in self.patterns.iter().filter(|(_, counts)| counts[number] > 0) {
            part.patterns += 1;
            part.components += counts[number];
            part.operations += pattern.operations * counts[number] as u64;
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_client::load;
    use sojourn_engine::{Chain, Trace};

    fn facts(model: &str) -> Facts {
        Facts::of(model, &Trace::record(&Chain::new(&load::load_graph(model, false).unwrap())).unwrap())
    }

    #[test]
    fn islands_of_one_sample_more_share_all_but_the_new_component() {
        let graphs = [facts("model:islands,n=8"), facts("model:islands,n=9")];
        let common = Common::of(&graphs);
        let (fewer, more) = (common.part(0), common.part(1));
        assert_eq!(fewer.patterns, graphs[0].patterns.len());
        assert_eq!((more.patterns, more.components), (fewer.patterns, fewer.components));
        assert_eq!(graphs[1].patterns.len(), more.patterns + 1);
        assert!(common.patterns.windows(2).all(|p| p[0].0.vertices >= p[1].0.vertices), "largest first");
    }

    #[test]
    fn graphs_with_nothing_alike_have_nothing_in_common() {
        let graphs = [facts("model:mm1k,k=7"), facts("model:chain,components=2,size=9")];
        let common = Common::of(&graphs);
        assert!(common.patterns.is_empty());
        assert_eq!(common.part(0), Part::default());
    }
}
