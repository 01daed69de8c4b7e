//! Random graphs as plain numbers: parallel edges, self-loops, rows of constants, weights that vanish.

use proptest::prelude::*;
use sojourn_engine::{Graph, GraphBuilder, Kind, Weight};

/// A graph of two parameters with the theta at which it is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) rows: usize,
    /// (row left, row entered, base, coefficients). Row 0 is the start.
    pub(crate) edges: Vec<(usize, usize, f64, [f64; 2])>,
    pub(crate) theta: [f64; 2],
    pub(crate) rewards: Vec<f64>,
}

impl Case {
    /// The graph whose rows are divided by their sums.
    pub(crate) fn graph(&self) -> Graph {
        self.builder(|&(_, _, base, coefficients)| (base, coefficients)).with_normalised_rows()
    }

    /// A graph of constants: the weights of this one at theta, divided by the sum of their row, where that is not zero.
    pub(crate) fn divided_by_hand(&self) -> Graph {
        let value = |edge: &(usize, usize, f64, [f64; 2])| {
            edge.2 + edge.3[0] * self.theta[0] + edge.3[1] * self.theta[1]
        };
        let mut sums = vec![0.0; self.rows];
        self.edges.iter().for_each(|edge| sums[edge.0] += value(edge));
        // A weight that vanishes at this theta is a term all the same: the row can be left at another.
        self.builder(|edge| match value(edge) {
            0.0 => (0.0, [0.0, f64::from(u8::from(edge.2 != 0.0 || edge.3 != [0.0; 2]))]),
            positive => (positive / if edge.0 == 0 { 1.0 } else { sums[edge.0] }, [0.0; 2]),
        })
    }

    /// The same case in numbers that are sums of few powers of two, so that nothing is rounded before rows are divided, and
    /// with a parameter in every row: rows of constants are divided, and rounded, when they are read.
    pub(crate) fn exact(mut self) -> Case {
        for (_, _, base, c) in &mut self.edges {
            *base = (*base * 3.0).round() / 4.0;
            *c = [c[0].round(), (c[1] * 7.0).round() / 8.0];
        }
        for row in 1..self.rows {
            let is_constant = !self.edges.iter().any(|edge| edge.0 == row && edge.3 != [0.0; 2]);
            if let Some(edge) = self.edges.iter_mut().find(|edge| edge.0 == row && is_constant) {
                edge.3[0] = 1.0;
            }
        }
        self
    }

    /// The same case, each row also staying with this weight.
    pub(crate) fn slowed(mut self, weight: f64) -> Case {
        let rows: std::collections::BTreeSet<usize> =
            self.edges.iter().map(|edge| edge.0).filter(|&row| row > 0).collect();
        self.edges.extend(rows.into_iter().map(|row| (row, row, weight, [0.0, 0.5])));
        self
    }

    fn builder(&self, weight: impl Fn(&(usize, usize, f64, [f64; 2])) -> (f64, [f64; 2])) -> Graph {
        let mut builder = GraphBuilder::new(Kind::Discrete, 2, 0).unwrap();
        (0..self.rows).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        for edge in &self.edges {
            let (base, coefficients) = weight(edge);
            let linear = Weight::Linear { base, coefficients: &coefficients };
            let weight = if coefficients == [0.0; 2] { Weight::Constant(base) } else { linear };
            match edge.0 {
                0 => builder.start_edge(edge.1 as u32, weight).unwrap(),
                from => builder.edge(from as u32, edge.1 as u32, weight).unwrap(),
            }
        }
        builder.finish().unwrap()
    }
}

/// Cases in which every row leads on to the next, and the last to absorption, with a positive weight at every theta
/// drawn: absorption is certain.
pub(crate) fn absorbed() -> impl Strategy<Value = Case> {
    (2usize..8, 1usize..3).prop_flat_map(|(transient, absorbing)| {
        let rows = 1 + transient + absorbing;
        let number = || prop_oneof![3 => Just(0u8), 5 => 1u8..9];
        let weights = move || (number(), number(), number());
        let onward = proptest::collection::vec((1u8..9, number(), any::<bool>()), transient);
        let more = proptest::collection::vec((1..=transient, 1..rows, weights()), 0..3 * transient);
        let starts = proptest::collection::vec((1..rows, weights()), 1..4);
        let theta =
            [prop_oneof![Just(0.25), Just(0.7), Just(1.75)], prop_oneof![Just(1.0), Just(0.3), Just(2.5)]];
        let reward = proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0), Just(2.0)], rows);
        (onward, more, starts, theta, reward).prop_map(move |(onward, more, starts, theta, rewards)| {
            let scaled =
                |(base, c, d): (u8, u8, u8)| (f64::from(base) / 3.0, [f64::from(c), f64::from(d) / 7.0]);
            let mut edges: Vec<(usize, usize, f64, [f64; 2])> = (1..)
                .zip(onward)
                .map(|(row, (w, c, is_constant))| {
                    let (base, coefficients) = scaled(if is_constant { (w, 0, 0) } else { (0, w, c) });
                    (row, row + 1, base, coefficients)
                })
                .collect();
            edges.extend(more.into_iter().map(|(from, to, weights)| {
                let (base, coefficients) = scaled(weights);
                (from, to, base, coefficients)
            }));
            edges.push((0, 1, 0.5, [0.0; 2]));
            edges.extend(starts.into_iter().map(|(to, weights)| {
                let (base, coefficients) = scaled(weights);
                (0, to, base, coefficients)
            }));
            Case { rows, edges, theta, rewards }
        })
    })
}
