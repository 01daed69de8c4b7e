//! The trace as a classical list of operations, from which anyone can replay without this crate: each
//! operation names its operands by their place in the list. It is an export; replay itself works from plans,
//! whose size does not grow with the number of operations.

use serde::Serialize;

use crate::chain::ABSORBED;
use crate::graph::Weight;
use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// Place of an operation in its list.
pub type Operand = u32;

/// One operation. Operands stand earlier in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "UPPERCASE")]
pub enum Operation {
    /// A number.
    Const {
        /// The number.
        value: f64,
    },
    /// A parameter.
    Param {
        /// Its place in theta.
        index: usize,
    },
    /// base + sum of coefficient * operand: a weight that is linear in the parameters, or the total of a row.
    Dot {
        /// Part that no parameter changes.
        base: f64,
        /// (coefficient, operand).
        terms: Vec<(f64, Operand)>,
    },
    /// a + b
    Add {
        /// Both operands.
        operands: [Operand; 2],
    },
    /// a * b
    Mul {
        /// Both operands.
        operands: [Operand; 2],
    },
    /// a / b
    Div {
        /// Dividend and divisor.
        operands: [Operand; 2],
    },
    /// Sum of any number of operands, from the first to the last.
    Sum {
        /// The operands.
        operands: Vec<Operand>,
    },
}

/// A trace as operations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationList {
    /// Number of parameters.
    pub parameters: usize,
    /// The operations, in order.
    pub operations: Vec<Operation>,
    /// (row of the graph, operation that gives the expected time from it to absorption).
    pub expected_times: Vec<(u32, Operand)>,
    /// Operation that gives `E[T]`.
    pub mean: Operand,
}

/// A component that is never left has no expected time, hence no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("vertex {vertex} belongs to a class that is never left: the expected time from it is infinite")]
pub struct NeverLeft {
    /// Row of one of its vertices.
    pub vertex: u32,
}

impl Trace {
    /// The trace as a list of operations for `E[T]` and the expected time from each vertex. Its length is that
    /// of one replay ([`crate::trace::Summary::operations`]) and grows with the fill-in.
    ///
    /// # Errors
    /// If a class of vertices is never left whatever theta.
    pub fn operations(&self) -> Result<OperationList, NeverLeft> {
        let mut export = Export::new(self);
        for &block in self.blocks.iter().rev() {
            match block {
                Block::Acyclic { first, size } => {
                    (first..first + size).rev().for_each(|position| export.substitute(position as usize));
                }
                Block::Cyclic { first, plan, first_edge } => {
                    if self.plans[plan as usize].is_closed() {
                        return Err(NeverLeft { vertex: self.position_rows[first as usize] });
                    }
                    export.eliminate(self.factors(plan), first as usize, first_edge as usize);
                }
            }
        }
        Ok(export.finish())
    }
}

struct Export<'a> {
    trace: &'a Trace,
    operations: Vec<Operation>,
    /// Operation of each distinct weight.
    weights: Vec<Operand>,
    one: Operand,
    /// Operation of the expected time from each position.
    times: Vec<Operand>,
}

impl<'a> Export<'a> {
    fn new(trace: &'a Trace) -> Export<'a> {
        let mut export = Export {
            trace,
            operations: Vec::new(),
            weights: Vec::new(),
            one: 0,
            times: vec![0; trace.len()],
        };
        export.one = export.push(Operation::Const { value: 1.0 });
        let parameters: Vec<Operand> =
            (0..trace.parameters()).map(|index| export.push(Operation::Param { index })).collect();
        for weight in 0..trace.weights.forms() as u32 {
            let operation = match trace.weights.get(weight) {
                Weight::Constant(value) => Operation::Const { value },
                Weight::Linear { base, coefficients } => {
                    let terms = coefficients.iter().copied().zip(parameters.iter().copied());
                    Operation::Dot { base, terms: terms.filter(|t| t.0 != 0.0).collect() }
                }
            };
            let operand = export.push(operation);
            export.weights.push(operand);
        }
        for (_, terms) in trace.weights.quotients().iter() {
            export.divide(terms);
        }
        export
    }

    /// Divides the weights of a normalised row by their total.
    fn divide(&mut self, terms: &[(u32, u32)]) {
        let operand = |&(form, _): &(u32, u32)| self.weights[form as usize];
        let counted = terms.iter().map(|term| (f64::from(term.1), operand(term))).collect();
        let dividends: Vec<Operand> = terms.iter().map(operand).collect();
        let total = self.push(Operation::Dot { base: 0.0, terms: counted });
        for dividend in dividends {
            let quotient = self.push(Operation::Div { operands: [dividend, total] });
            self.weights.push(quotient);
        }
    }

    fn push(&mut self, operation: Operation) -> Operand {
        self.operations.push(operation);
        self.operations.len() as Operand - 1
    }

    fn sum(&mut self, operands: Vec<Operand>) -> Operand {
        match operands[..] {
            [only] => only,
            _ => self.push(Operation::Sum { operands }),
        }
    }

    /// What leaves the component from a position, and what accumulates there: one for its own time, and what
    /// comes back from later components.
    fn boundary(&mut self, position: usize) -> (Vec<Operand>, Vec<Operand>) {
        let trace = self.trace;
        let (mut leaving, mut reward) = (Vec::new(), vec![self.one]);
        for (to, weight) in trace.boundary.of(position) {
            let rate = self.weights[weight as usize];
            leaving.push(rate);
            if to != ABSORBED {
                let time = self.times[to as usize];
                reward.push(self.push(Operation::Mul { operands: [rate, time] }));
            }
        }
        (leaving, reward)
    }

    fn substitute(&mut self, position: usize) {
        let (leaving, reward) = self.boundary(position);
        let operands = [self.sum(reward), self.sum(leaving)];
        self.times[position] = self.push(Operation::Div { operands });
    }

    fn eliminate(&mut self, factors: &Factors, first: usize, first_edge: usize) {
        let size = factors.size();
        let mut row: Vec<Option<Operand>> = vec![None; size];
        let mut upper: Vec<Operand> = Vec::with_capacity(factors.upper.columns.len());
        let mut done: Vec<Eliminated> = Vec::with_capacity(size);
        for k in 0..size {
            for e in factors.edges.range(k) {
                let weight = self.trace.inner_weights[first_edge + e];
                row[factors.edges.columns[e] as usize] = Some(self.weights[weight as usize]);
            }
            let (mut leaving, mut reward) = self.boundary(first + k);
            for &i in factors.lower.row(k) {
                let Some(rate) = row[i as usize].take() else { continue };
                let i = i as usize;
                let l = self.push(Operation::Div { operands: [rate, done[i].diagonal] });
                if let Some(through) = done[i].leaving {
                    leaving.push(self.push(Operation::Mul { operands: [l, through] }));
                }
                reward.push(self.push(Operation::Mul { operands: [l, done[i].reward] }));
                for e in factors.upper.range(i) {
                    let j = factors.upper.columns[e] as usize;
                    if j != k {
                        let fill = self.push(Operation::Mul { operands: [l, upper[e]] });
                        row[j] = Some(match row[j] {
                            None => fill,
                            Some(rate) => self.push(Operation::Add { operands: [rate, fill] }),
                        });
                    }
                }
            }
            let kept = factors.upper.row(k).iter().filter_map(|&j| row[j as usize].take());
            let begin = upper.len();
            upper.extend(kept);
            let reward = self.sum(reward);
            let leaving = if leaving.is_empty() { None } else { Some(self.sum(leaving)) };
            let out = leaving.into_iter().chain(upper[begin..].iter().copied()).collect();
            done.push(Eliminated { leaving, reward, diagonal: self.sum(out) });
        }
        self.substitute_back(factors, first, &upper, &done);
    }

    fn substitute_back(&mut self, factors: &Factors, first: usize, upper: &[Operand], done: &[Eliminated]) {
        for k in (0..factors.size()).rev() {
            let mut terms = vec![done[k].reward];
            for e in factors.upper.range(k) {
                let time = self.times[first + factors.upper.columns[e] as usize];
                terms.push(self.push(Operation::Mul { operands: [upper[e], time] }));
            }
            let operands = [self.sum(terms), done[k].diagonal];
            self.times[first + k] = self.push(Operation::Div { operands });
        }
    }

    fn finish(mut self) -> OperationList {
        let trace = self.trace;
        let weights: Vec<Operand> = trace.start.iter().map(|&(_, w)| self.weights[w as usize]).collect();
        let total = self.sum(weights.clone());
        let mut terms = Vec::new();
        for (&(to, _), weight) in trace.start.iter().zip(weights) {
            if to != ABSORBED {
                let alpha = self.push(Operation::Div { operands: [weight, total] });
                terms.push(self.push(Operation::Mul { operands: [alpha, self.times[to as usize]] }));
            }
        }
        let mean =
            if terms.is_empty() { self.push(Operation::Const { value: 0.0 }) } else { self.sum(terms) };
        let expected_times = trace.position_rows.iter().copied().zip(self.times).collect();
        OperationList { parameters: trace.parameters(), operations: self.operations, expected_times, mean }
    }
}

/// Operations of an eliminated vertex.
struct Eliminated {
    /// What leaves the component through it; none where nothing does.
    leaving: Option<Operand>,
    reward: Operand,
    diagonal: Operand,
}
