//! A list of equations, prepared for one trace: what of their right-hand sides no parameter changes is computed once.

use super::equation::{Equation, Operand, Term};
use super::pack::Lanes;
use crate::graph::Kind;

/// Equations of a trace, each of which may refer to those before it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) equations: Vec<Prepared>,
    /// Whether some equation needs N x of each solution.
    pub(crate) stepped: Vec<bool>,
    /// Whether every equation's expectation is to be differentiated.
    pub(crate) gradients: bool,
    /// Whether bounds on errors are wanted: for these the sizes of numbers and the errors of rates are looked at.
    pub(crate) ranges: bool,
    /// Equations of the rewards whose covariances are wanted, with the rewards by position.
    pub(crate) covaried: Vec<(usize, Vec<f64>)>,
    pub(crate) kind: Kind,
}

/// A right-hand side, vertex by vertex.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What stands there whatever the parameters.
    pub(crate) constant: Multiple,
    /// Products with earlier solutions.
    pub(crate) products: Vec<(Multiple, Factor)>,
}

/// What an earlier solution gives to a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    /// Itself.
    Solution(usize),
    /// N x: its expectation one step later.
    Step(usize),
}

/// A number at every position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Multiple {
    /// The same at all of them.
    Everywhere(f64),
    /// One a position.
    Each(Vec<f64>),
}

impl Multiple {
    #[inline(always)]
    pub(crate) fn at(&self, position: usize) -> f64 {
        match self {
            Multiple::Everywhere(value) => *value,
            Multiple::Each(values) => values[position],
        }
    }

    /// The number at every position, in all lanes.
    #[inline(always)]
    pub(super) fn write<P: Lanes>(&self, packs: &mut [P]) {
        match self {
            Multiple::Everywhere(value) => packs.fill(P::splat(*value)),
            Multiple::Each(values) => {
                packs.iter_mut().zip(values).for_each(|(pack, &value)| *pack = P::splat(value));
            }
        }
    }

    /// What a term multiplies its operand by. `rewards` are by position.
    fn of(term: &Term, rewards: &[Vec<f64>]) -> Multiple {
        match term.reward {
            None => Multiple::Everywhere(term.factor),
            Some((r, power)) => {
                Multiple::Each(rewards[r].iter().map(|reward| term.factor * reward.powi(power)).collect())
            }
        }
    }

    fn add(self, other: Multiple) -> Multiple {
        match (self, other) {
            (Multiple::Everywhere(a), Multiple::Everywhere(b)) => Multiple::Everywhere(a + b),
            (Multiple::Everywhere(a), Multiple::Each(b)) => Multiple::Each(b.iter().map(|b| a + b).collect()),
            (Multiple::Each(a), b) => {
                Multiple::Each(a.iter().enumerate().map(|(p, a)| a + b.at(p)).collect())
            }
        }
    }
}

impl Program {
    /// Prepares equations. `rewards` are by position.
    pub(crate) fn new(kind: Kind, equations: &[Equation], rewards: &[Vec<f64>]) -> Program {
        let prepared = |equation: &Equation| {
            let (mut constant, mut products) = (Multiple::Everywhere(0.0), Vec::new());
            for term in &equation.0 {
                let multiple = Multiple::of(term, rewards);
                match term.operand {
                    Operand::One => constant = constant.add(multiple),
                    Operand::Solution(of) => products.push((multiple, Factor::Solution(of))),
                    Operand::Step(of) => products.push((multiple, Factor::Step(of))),
                }
            }
            Prepared { constant, products }
        };
        Program {
            equations: equations.iter().map(prepared).collect(),
            stepped: (0..equations.len()).map(|q| Equation::any_steps(equations, q)).collect(),
            gradients: false,
            ranges: false,
            covaried: Vec::new(),
            kind,
        }
    }

    /// The same with the gradient of every equation's expectation.
    pub(crate) fn with_gradients(self) -> Program {
        Program { gradients: true, ..self }
    }

    /// The same with a look at what bounds on errors rest on, or without.
    pub(crate) fn with_ranges(self, ranges: bool) -> Program {
        Program { ranges, ..self }
    }

    /// The same with the covariances of the rewards of these equations.
    pub(crate) fn with_covariances(self, covaried: Vec<(usize, Vec<f64>)>) -> Program {
        Program { covaried, ..self }
    }

    /// Whether factors of all components are needed at the end.
    pub(crate) fn has_adjoints(&self) -> bool {
        self.gradients || !self.covaried.is_empty()
    }

    /// Whether the values of L are needed once a component is eliminated.
    pub(super) fn keeps_lower(&self) -> bool {
        self.equations.len() > 1 || self.has_adjoints()
    }

    /// The equations that one rests on, itself included, ascending.
    pub(crate) fn rests_on(&self, target: usize) -> Vec<usize> {
        let mut rests = vec![false; target + 1];
        rests[target] = true;
        for q in (0..=target).rev() {
            if rests[q] {
                for (_, factor) in &self.equations[q].products {
                    let (Factor::Solution(of) | Factor::Step(of)) = *factor;
                    rests[of] = true;
                }
            }
        }
        (0..=target).filter(|&q| rests[q]).collect()
    }
}
