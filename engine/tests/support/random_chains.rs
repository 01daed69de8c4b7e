//! Random chains of several kinds, each as a trace and for computation with many bits.

use sojourn_engine::{Chain, GraphBuilder, Kind, Trace, Weight};

/// Numbers that follow from a seed: a multiplicative generator of 64 bits with its upper bits mixed.
#[derive(Debug)]
pub(crate) struct SeededNumbers(u64);

impl SeededNumbers {
    pub(crate) fn new(seed: u64) -> SeededNumbers {
        SeededNumbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x2545_f491_4f6c_dd1d);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 32)
    }

    /// Returns a number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns a whole number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }

    /// Returns a number between two, evenly on a logarithmic scale.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }
}

/// What is hard about a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainFamily {
    /// Rates of a few orders of magnitude.
    Plain,
    /// A fast cycle that is seldom left.
    Stiff,
    /// A directed ring with few other edges.
    Cyclic,
    /// Two groups that seldom change into each other.
    Uncoupled,
    /// Rates of thirty orders of magnitude.
    Wide,
}

impl ChainFamily {
    pub(crate) const ALL: [ChainFamily; 5] = [
        ChainFamily::Plain,
        ChainFamily::Stiff,
        ChainFamily::Cyclic,
        ChainFamily::Uncoupled,
        ChainFamily::Wide,
    ];
}

/// A chain whose rates, or step probabilities, are linear in two parameters, without constants.
#[derive(Debug, Clone)]
pub(crate) struct RandomChain {
    pub(crate) kind: Kind,
    pub(crate) vertices: usize,
    /// (vertex left, vertex entered or none where absorbed, factor of each parameter).
    pub(crate) edges: Vec<(usize, Option<usize>, Vec<f64>)>,
    pub(crate) start: Vec<f64>,
    pub(crate) theta: [f64; 2],
}

impl RandomChain {
    /// Returns a chain of a family, of 2 to `most` vertices, in which absorption is certain.
    pub(crate) fn new(family: ChainFamily, seed: u64, most: usize) -> RandomChain {
        let mut numbers = SeededNumbers::new(seed ^ ((family as u64) << 40));
        let n = 2 + numbers.below(most - 1);
        let mut edges = Vec::new();
        for i in 0..n {
            // The next vertex, so that all are reached; from the last one absorption, so that all are left.
            let next = if i + 1 < n { Some(i + 1) } else { None };
            let others: Vec<Option<usize>> = match family {
                ChainFamily::Cyclic => vec![Some((i + 1) % n)],
                _ => (0..numbers.below(3)).map(|_| Some(numbers.below(n))).collect(),
            };
            for to in std::iter::once(next).chain(others).filter(|to| *to != Some(i)) {
                let rate = match (family, to) {
                    (ChainFamily::Stiff, None) => numbers.between(1e-6, 1e-3),
                    (ChainFamily::Stiff, Some(_)) => numbers.between(0.1, 1e3),
                    (ChainFamily::Uncoupled, Some(to)) if (2 * i < n) != (2 * to < n) => {
                        numbers.between(1e-9, 1e-6)
                    }
                    (ChainFamily::Wide, _) => numbers.between(1e-9, 1e4),
                    _ => numbers.between(0.1, 10.0),
                };
                let factors = match numbers.below(3) {
                    0 => vec![rate, 0.0],
                    1 => vec![0.0, rate],
                    _ => vec![0.5 * rate, rate],
                };
                edges.push((i, to, factors));
            }
        }
        // Doubles whose sum is one exactly: sixteenths.
        let first = numbers.below(16) as f64 / 16.0;
        let mut start = vec![0.0; n];
        start[0] = 1.0 - first;
        start[n / 2] += first;
        let theta = [numbers.between(0.25, 4.0), numbers.between(0.25, 4.0)];
        RandomChain { kind: Kind::Continuous, vertices: n, edges, start, theta }
    }

    /// Returns a chain in steps: the rates of each vertex divided by their sum and more, so that it stays with a probability
    /// between 1/100 and 99/100.
    pub(crate) fn discrete(family: ChainFamily, seed: u64, most: usize) -> RandomChain {
        let mut chain = RandomChain::new(family, seed, most);
        let mut numbers = SeededNumbers::new(!seed);
        let mut sums = vec![0.0; chain.vertices];
        let theta = chain.theta;
        let rate = |factors: &[f64]| factors[0] * theta[0] + factors[1] * theta[1];
        chain.edges.iter().for_each(|(from, _, factors)| sums[*from] += rate(factors));
        let moves: Vec<f64> = sums.iter().map(|sum| numbers.between(0.01, 0.99) / sum).collect();
        for (from, _, factors) in &mut chain.edges {
            factors.iter_mut().for_each(|factor| *factor *= moves[*from]);
        }
        RandomChain { kind: Kind::Discrete, ..chain }
    }

    /// Returns the highest rate out of a vertex.
    pub(crate) fn highest_rate(&self) -> f64 {
        let mut out = vec![0.0; self.vertices];
        for (from, _, factors) in &self.edges {
            out[*from] += factors[0] * self.theta[0] + factors[1] * self.theta[1];
        }
        out.into_iter().fold(0.0, f64::max)
    }

    /// Returns its trace. Row 0 is the start, vertex i is row i + 1.
    pub(crate) fn trace(&self) -> Trace {
        let mut builder = GraphBuilder::new(self.kind, 2, 0).unwrap();
        let rows = self.vertices as u32 + 2;
        (0..rows).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        let starts = self.start.iter().enumerate().filter(|(_, a)| **a > 0.0);
        starts.for_each(|(i, &a)| builder.start_edge(i as u32 + 1, Weight::Constant(a)).unwrap());
        for (from, to, factors) in &self.edges {
            let to = to.map_or(rows - 1, |to| to as u32 + 1);
            let weight = Weight::Linear { base: 0.0, coefficients: factors };
            builder.edge(*from as u32 + 1, to, weight).unwrap();
        }
        Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap()
    }
}
