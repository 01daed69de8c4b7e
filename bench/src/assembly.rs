//! The matrix that KLU is given, at one parameter vector after the other: what stands between theta and `klu_refactor`.
//! As the engine does, it evaluates each distinct weight once.

use std::collections::HashMap;

use sojourn_engine::{Graph, Weight};

use crate::matrix::System;

/// Which weights each entry of a matrix is the sum of.
#[derive(Debug)]
pub struct Assembly {
    weights: Vec<Linear>,
    /// By entry of the matrix: where its terms begin.
    first: Vec<u32>,
    /// Weights of positive terms, which are those of the diagonal, or of negative ones.
    terms: Vec<u32>,
    /// Whether each entry is on the diagonal.
    diagonal: Vec<bool>,
    rates: Vec<f64>,
}

/// `base + sum coefficients[k] * theta[k]`, zeros left out.
#[derive(Debug)]
struct Linear {
    base: f64,
    terms: Vec<(u32, f64)>,
}

impl Assembly {
    /// The plan of a graph's matrix.
    pub fn new(graph: &Graph, system: &System) -> Assembly {
        let mut weights = Vec::new();
        let mut known: HashMap<Vec<u64>, u32> = HashMap::new();
        let mut by_entry: HashMap<(i32, i32), Vec<u32>> = HashMap::new();
        for (row, column, weight) in System::entries(graph) {
            let (base, coefficients): (f64, &[f64]) = match weight {
                Weight::Constant(base) => (base, &[]),
                Weight::Linear { base, coefficients } => (base, coefficients),
            };
            let bits = std::iter::once(&base).chain(coefficients).map(|x| x.to_bits()).collect();
            let number = *known.entry(bits).or_insert_with(|| {
                let terms = (0..).zip(coefficients.iter().copied()).filter(|term| term.1 != 0.0).collect();
                weights.push(Linear { base, terms });
                weights.len() as u32 - 1
            });
            by_entry.entry((column, row)).or_default().push(number);
        }
        let mut assembly = Assembly {
            rates: vec![0.0; weights.len()],
            weights,
            first: vec![0],
            terms: Vec::new(),
            diagonal: Vec::new(),
        };
        for column in 0..system.len() as i32 {
            let range =
                system.pointers[column as usize] as usize..system.pointers[column as usize + 1] as usize;
            for &row in &system.rows[range] {
                assembly.terms.extend(&by_entry[&(column, row)]);
                assembly.first.push(assembly.terms.len() as u32);
                assembly.diagonal.push(row == column);
            }
        }
        assembly
    }

    /// Writes the values of the matrix at theta.
    pub fn write(&mut self, theta: &[f64], values: &mut [f64]) {
        for (rate, weight) in self.rates.iter_mut().zip(&self.weights) {
            *rate = weight.terms.iter().fold(weight.base, |sum, &(k, c)| sum + c * theta[k as usize]);
        }
        for (entry, value) in values.iter_mut().enumerate() {
            let terms = &self.terms[self.first[entry] as usize..self.first[entry + 1] as usize];
            let sum: f64 = terms.iter().map(|&w| self.rates[w as usize]).sum();
            *value = if self.diagonal[entry] { sum } else { -sum };
        }
    }
}
