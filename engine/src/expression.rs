//! Rewards as formulas of a vertex's state.
//!
//! `state[0] + 2*state[1]`, `1`, `state[0] == 3` (1 where it holds, else 0), `state[:]` (one reward an entry of
//! the state); numbers, `+ - * /`, comparisons `== != < <= > >=` and parentheses. Several formulas are separated
//! by `;`.

mod parse;

use crate::Graph;
use parse::{Formula, Operator};

/// A formula that cannot be read or has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    /// Text that is not a formula.
    #[error("reward `{text}`, character {at}: {message}")]
    Syntax {
        /// The whole text.
        text: String,
        /// Where, from 1.
        at: usize,
        /// What was found and what is expected.
        message: String,
    },
    /// An entry that states do not have.
    #[error("reward `{text}`: state[{index}] does not exist: states have {length} entries, numbered from 0")]
    NoSuchEntry {
        /// The whole text.
        text: String,
        /// The entry.
        index: usize,
        /// Entries of every state.
        length: usize,
    },
    /// A value that is not a number.
    #[error("reward `{text}` is {value} at vertex {vertex}")]
    NotFinite {
        /// The whole text.
        text: String,
        /// Row of the vertex.
        vertex: usize,
        /// What came out.
        value: f64,
    },
}

/// The reward vectors that a text describes, each with one number a row of the graph. The start and absorbing
/// vertices, where no time passes, have reward 0 and are not evaluated.
///
/// # Errors
/// If the text is not a formula, names an entry that states do not have, or has no finite value somewhere.
pub fn rewards(graph: &Graph, text: &str) -> Result<Vec<Vec<f64>>, ExpressionError> {
    let formulas = parse::formulas(text)?;
    let mut passes = vec![false; graph.vertices()];
    graph.edges().for_each(|edge| passes[edge.from as usize] = true);
    let mut vectors = Vec::new();
    for formula in &formulas {
        let length = graph.state_length();
        if let Some(index) = formula.largest_entry().filter(|&index| index >= length) {
            return Err(ExpressionError::NoSuchEntry { text: text.to_owned(), index, length });
        }
        let count = if formula.has_slice() { length } else { 1 };
        for slot in 0..count {
            vectors.push(vector(graph, text, formula, slot, &passes)?);
        }
    }
    Ok(vectors)
}

fn vector(
    graph: &Graph,
    text: &str,
    formula: &Formula,
    slot: usize,
    passes: &[bool],
) -> Result<Vec<f64>, ExpressionError> {
    let mut values = vec![0.0; graph.vertices()];
    for (vertex, slot_value) in values.iter_mut().enumerate().filter(|(vertex, _)| passes[*vertex]) {
        let value = evaluate(formula, graph.state(vertex), slot);
        if !value.is_finite() {
            return Err(ExpressionError::NotFinite { text: text.to_owned(), vertex, value });
        }
        *slot_value = value;
    }
    Ok(values)
}

fn evaluate(formula: &Formula, state: &[i32], slot: usize) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match formula {
        Formula::Number(value) => *value,
        Formula::Entry(index) => f64::from(state[*index]),
        Formula::Slice => f64::from(state[slot]),
        Formula::Negative(inner) => -evaluate(inner, state, slot),
        Formula::Binary(operator, left, right) => {
            let (a, b) = (evaluate(left, state, slot), evaluate(right, state, slot));
            match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Equal => truth(a == b),
                Operator::NotEqual => truth(a != b),
                Operator::Less => truth(a < b),
                Operator::LessEqual => truth(a <= b),
                Operator::Greater => truth(a > b),
                Operator::GreaterEqual => truth(a >= b),
            }
        }
    }
}
