//! Small random graphs: parallel edges, self-loops, zero coefficients, vertices that nothing reaches, several
//! absorbing ones, mass at zero.

use proptest::prelude::*;
use sojourn_engine::{Graph, GraphBuilder, Kind, Weight};

/// A graph with the theta at which it is to be looked at, as plain numbers.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) discrete: bool,
    pub(crate) rows: usize,
    /// (row left or 0 for the start, row entered, base, coefficients).
    pub(crate) edges: Vec<(usize, usize, f64, [f64; 2])>,
    pub(crate) theta: [f64; 2],
    pub(crate) rewards: [Vec<f64>; 2],
}

impl Case {
    pub(crate) fn rate(&self, edge: &(usize, usize, f64, [f64; 2])) -> f64 {
        edge.2 + edge.3[0] * self.theta[0] + edge.3[1] * self.theta[1]
    }

    pub(crate) fn graph(&self) -> Graph {
        let kind = if self.discrete { Kind::Discrete } else { Kind::Continuous };
        let mut builder = GraphBuilder::new(kind, 2, 1).unwrap();
        (0..self.rows).for_each(|row| {
            builder.vertex(&[(row % 3) as i32]).unwrap();
        });
        for (from, to, base, coefficients) in &self.edges {
            let constant = coefficients == &[0.0; 2] && to % 2 == 0;
            let weight =
                if constant { Weight::Constant(*base) } else { Weight::Linear { base: *base, coefficients } };
            match from {
                0 => builder.start_edge(*to as u32, weight).unwrap(),
                _ => builder.edge(*from as u32, *to as u32, weight).unwrap(),
            }
        }
        builder.finish().unwrap()
    }

    /// Divides the probabilities out of each vertex by their sum and what is to be lacking to one.
    fn normalise(&mut self, lacking: &[u8]) {
        let mut sums: Vec<f64> = (0..self.rows).map(|row| f64::from(lacking[row])).collect();
        for edge in &self.edges {
            sums[edge.0] += self.rate(edge);
        }
        for edge in self.edges.iter_mut().filter(|e| e.0 != 0 && sums[e.0] > 0.0) {
            edge.2 /= sums[edge.0];
            edge.3.iter_mut().for_each(|c| *c /= sums[edge.0]);
        }
    }
}

/// Cases of both kinds.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (any::<bool>(), 2usize..13, 1usize..4).prop_flat_map(|(discrete, transient, absorbing)| {
        let rows = 1 + transient + absorbing;
        let number = prop_oneof![3 => Just(0u8), 5 => 1u8..9];
        let weights = (number.clone(), number.clone(), number);
        let edges =
            proptest::collection::vec((1..=transient, 1..rows, weights.clone()), transient..4 * transient);
        let starts = proptest::collection::vec((Just(0), 1..rows, weights), 1..4);
        let reward = proptest::collection::vec(prop_oneof![Just(0.0), Just(0.5), Just(1.0), Just(3.0)], rows);
        let lacking = proptest::collection::vec(0u8..3, rows);
        let theta =
            [prop_oneof![Just(0.0), Just(0.5), Just(1.75)], prop_oneof![Just(1.0), Just(2.0), Just(3.0)]];
        (edges, starts, [reward.clone(), reward], lacking, theta).prop_filter_map(
            "initial probabilities vanish",
            move |(edges, starts, rewards, lacking, theta)| {
                let edges = edges.into_iter().chain(starts);
                let edges = edges.map(|(from, to, (base, c, d))| {
                    (from, to, f64::from(base), [f64::from(c), f64::from(d) / 4.0])
                });
                let mut case = Case { discrete, rows, edges: edges.collect(), theta, rewards };
                let start: f64 = case.edges.iter().filter(|e| e.0 == 0).map(|e| case.rate(e)).sum();
                if discrete {
                    case.normalise(&lacking);
                }
                (start > 0.0).then_some(case)
            },
        )
    })
}
