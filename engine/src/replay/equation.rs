//! Linear equations M x = b whose right-hand sides are made of rewards and earlier solutions: moments,
//! rewards and covariances are lists of these.

/// What a term of a right-hand side multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// One.
    One,
    /// An earlier solution x.
    Solution(usize),
    /// N x of an earlier solution: its expectation one step later (discrete chains).
    Step(usize),
}

/// `factor * reward^power * operand`, vertex by vertex.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Term {
    pub(crate) factor: f64,
    /// Number of the reward vector and its power.
    pub(crate) reward: Option<(usize, i32)>,
    pub(crate) operand: Operand,
}

/// A right-hand side: the sum of its terms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Equation(pub(crate) Vec<Term>);

impl Equation {
    /// Whether any equation needs N x of solution `q`.
    pub(crate) fn any_steps(equations: &[Equation], q: usize) -> bool {
        equations.iter().any(|e| e.0.iter().any(|t| t.operand == Operand::Step(q)))
    }
}
