//! The distribution of a discrete chain, step by step.

use super::{PreciseChain, PreciseDistribution, PreciseNumber};

/// Where a chain is after some steps: by vertex, and what has been absorbed last.
#[derive(Debug, Clone)]
struct StepStates {
    states: Vec<PreciseNumber>,
    /// Absorbed in the last step, and in all.
    last: PreciseNumber,
    absorbed: PreciseNumber,
}

impl StepStates {
    fn new(states: Vec<PreciseNumber>) -> StepStates {
        StepStates { states, last: PreciseNumber::ZERO, absorbed: PreciseNumber::ZERO }
    }

    /// Adds `amount` to what came from a vertex to another in this step, or was absorbed.
    fn enter(&mut self, to: Option<usize>, amount: PreciseNumber) {
        match to {
            Some(to) => self.states[to] = self.states[to] + amount,
            None => {
                self.last = self.last + amount;
                self.absorbed = self.absorbed + amount;
            }
        }
    }

    fn left(&self) -> PreciseNumber {
        self.states.iter().fold(PreciseNumber::ZERO, |sum, &x| sum + x)
    }
}

impl PreciseChain {
    /// Computes the distribution after so many steps of a chain whose edges have probabilities; what is missing to one is
    /// that of staying. The density is the probability of exactly so many steps.
    pub(crate) fn after(&self, theta: &[f64], steps: usize) -> PreciseDistribution {
        let number = PreciseNumber::from;
        let probability = |factors: &[f64]| {
            let terms = factors.iter().zip(theta).map(|(f, t)| number(*f) * number(*t));
            terms.fold(PreciseNumber::ZERO, |sum, x| sum + x)
        };
        let edges: Vec<_> = self
            .edges
            .iter()
            .map(|(from, to, factors)| (*from, *to, probability(factors), factors))
            .collect();
        let start: Vec<PreciseNumber> = self.start.iter().map(|&a| number(a)).collect();
        let mut now = StepStates::new(start);
        let still = StepStates::new(vec![PreciseNumber::ZERO; self.vertices]);
        let mut changes = vec![still; theta.len()];
        for _ in 0..steps {
            let mut next = StepStates { last: PreciseNumber::ZERO, ..now.clone() };
            let begin = |c: &StepStates| StepStates { last: PreciseNumber::ZERO, ..c.clone() };
            let mut next_changes: Vec<StepStates> = changes.iter().map(begin).collect();
            for (from, to, p, factors) in edges.iter().filter(|edge| edge.1 != Some(edge.0)) {
                let moves = now.states[*from] * *p;
                next.enter(*to, moves);
                next.enter(Some(*from), -moves);
                for (r, (change, next)) in changes.iter().zip(&mut next_changes).enumerate() {
                    let moves = change.states[*from] * *p + now.states[*from] * number(factors[r]);
                    next.enter(*to, moves);
                    next.enter(Some(*from), -moves);
                }
            }
            (now, changes) = (next, next_changes);
        }
        PreciseDistribution {
            density: now.last,
            cdf: now.absorbed,
            survival: now.left(),
            slopes: changes.iter().map(|c| [c.last, c.absorbed, c.left()]).collect(),
            states: now.states,
        }
    }
}

#[test]
fn a_geometric_number_of_steps_has_the_distribution_of_the_formula() {
    let edges = vec![(0, None, vec![0.25])];
    let chain = PreciseChain { vertices: 1, edges, start: vec![1.0] };
    let found = chain.after(&[0.5], 10);
    // p = 0.125: P(T > 10) = 0.875^10, P(T = 10) = 0.875^9 p, d P(T > 10) = -10 0.875^9 0.25.
    assert!(found.survival.relative_error(0.875f64.powi(10)) < 1e-15);
    assert!(found.density.relative_error(0.875f64.powi(9) * 0.125) < 1e-15);
    assert!(found.slopes[0][2].relative_error(-2.5 * 0.875f64.powi(9)) < 1e-15);
}
