//! Weights of edges, and the table that keeps each distinct one once.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::quotient::QuotientTable;

/// Weight of an edge: a constant, or `base + sum_k coefficients[k] * theta[k]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight<'a> {
    /// A number that no parameter changes.
    Constant(f64),
    /// Linear in the parameters; `coefficients` has one entry a parameter, zeros included.
    Linear {
        /// Part that no parameter changes.
        base: f64,
        /// Factor of each parameter.
        coefficients: &'a [f64],
    },
}

impl Weight<'_> {
    /// Whether the weight is zero for every theta.
    pub fn is_identically_zero(&self) -> bool {
        match self {
            Weight::Constant(w) => *w == 0.0,
            Weight::Linear { base, coefficients } => *base == 0.0 && coefficients.iter().all(|&c| c == 0.0),
        }
    }
}

/// A failed reservation.
#[derive(Debug)]
pub(super) struct OutOfMemory;

impl From<std::collections::TryReserveError> for OutOfMemory {
    fn from(_: std::collections::TryReserveError) -> OutOfMemory {
        OutOfMemory
    }
}

/// The distinct weights of a graph, numbered in order of first appearance. Models have few distinct weights
/// and many edges, so edges refer to weights by number and a rate is evaluated once for all its edges.
///
/// In the table of a chain whose rows are divided by their totals, quotients are numbered behind the forms.
#[derive(Debug, Clone, Default)]
pub struct WeightTable {
    parameters: usize,
    constant: Vec<bool>,
    base: Vec<f64>,
    /// `parameters` zeros, then the coefficients of each linear weight: constants share the zeros, so that a
    /// small file of many constants and many parameters cannot ask for much memory.
    coefficients: Vec<f64>,
    /// Where in `coefficients` those of each weight begin.
    coefficients_at: Vec<usize>,
    quotients: QuotientTable,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl PartialEq for WeightTable {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.parameters == other.parameters
            && self.quotients == other.quotients
            && (0..self.forms()).all(|w| same(self.get(w as u32), other.get(w as u32)))
    }
}

/// Equal to the bit, so that -0.0 and 0.0 stay apart and a file is written back as it was read.
pub(super) fn same(a: Weight<'_>, b: Weight<'_>) -> bool {
    match (a, b) {
        (Weight::Constant(x), Weight::Constant(y)) => x.to_bits() == y.to_bits(),
        (Weight::Linear { base: x, coefficients: c }, Weight::Linear { base: y, coefficients: d }) => {
            x.to_bits() == y.to_bits() && c.iter().map(|v| v.to_bits()).eq(d.iter().map(|v| v.to_bits()))
        }
        _ => false,
    }
}

fn fingerprint(hasher: &DefaultHashBuilder, weight: Weight<'_>) -> u64 {
    let mut state = hasher.build_hasher();
    match weight {
        Weight::Constant(w) => state.write_u64(w.to_bits()),
        Weight::Linear { base, coefficients } => {
            state.write_u64(!base.to_bits());
            coefficients.iter().for_each(|c| state.write_u64(c.to_bits()));
        }
    }
    state.finish()
}

impl WeightTable {
    /// An empty table for weights of `parameters` parameters.
    pub fn new(parameters: usize) -> Self {
        WeightTable { parameters, coefficients: vec![0.0; parameters], ..WeightTable::default() }
    }

    /// Number of distinct weights, quotients included.
    pub fn len(&self) -> usize {
        self.forms() + self.quotients.len()
    }

    /// Whether no weight has been added.
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    /// Number of weights that are constant or linear in the parameters: all of those that can be asked for by number.
    pub fn forms(&self) -> usize {
        self.base.len()
    }

    /// The weights that are divided by the total of their row, numbered from [`WeightTable::forms`] on.
    pub(crate) fn quotients(&self) -> &QuotientTable {
        &self.quotients
    }

    /// The same table with these quotients of its forms.
    pub(crate) fn with_quotients(self, quotients: QuotientTable) -> WeightTable {
        WeightTable { quotients, ..self }
    }

    /// Number of parameters of each weight.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Weight by number.
    ///
    /// # Panics
    /// If there is no such form.
    pub fn get(&self, index: u32) -> Weight<'_> {
        let w = index as usize;
        if self.constant[w] {
            Weight::Constant(self.base[w])
        } else {
            Weight::Linear { base: self.base[w], coefficients: self.coefficients(index) }
        }
    }

    /// The part of a weight that no parameter changes.
    pub fn base(&self, index: u32) -> f64 {
        self.base[index as usize]
    }

    /// Factor of each parameter; zeros for a constant.
    pub fn coefficients(&self, index: u32) -> &[f64] {
        let at = self.coefficients_at[index as usize];
        &self.coefficients[at..at + self.parameters]
    }

    /// Reserves what one more weight takes.
    ///
    /// # Errors
    /// If memory is short.
    pub(super) fn try_reserve_one(&mut self) -> Result<(), OutOfMemory> {
        self.constant.try_reserve(1)?;
        self.base.try_reserve(1)?;
        self.coefficients_at.try_reserve(1)?;
        self.coefficients.try_reserve(self.parameters)?;
        let (mut index, hasher) = (std::mem::take(&mut self.index), self.hasher.clone());
        let reserved = index.try_reserve(1, |&w| fingerprint(&hasher, self.get(w)));
        self.index = index;
        reserved.map_err(|_| OutOfMemory)
    }

    /// Number of a weight, added if it is new. Quotients come last: see `WeightTable::with_quotients`.
    ///
    /// # Panics
    /// If a linear weight has not one coefficient a parameter.
    pub fn intern(&mut self, weight: Weight<'_>) -> u32 {
        let hash = fingerprint(&self.hasher, weight);
        if let Some(&found) = self.index.find(hash, |&w| same(self.get(w), weight)) {
            return found;
        }
        let new = self.forms() as u32;
        match weight {
            Weight::Constant(w) => {
                self.constant.push(true);
                self.base.push(w);
                self.coefficients_at.push(0);
            }
            Weight::Linear { base, coefficients } => {
                assert_eq!(coefficients.len(), self.parameters, "one coefficient a parameter");
                self.constant.push(false);
                self.base.push(base);
                self.coefficients_at.push(self.coefficients.len());
                self.coefficients.extend_from_slice(coefficients);
            }
        }
        let (mut index, hasher) = (std::mem::take(&mut self.index), self.hasher.clone());
        index.insert_unique(hash, new, |&w| fingerprint(&hasher, self.get(w)));
        self.index = index;
        new
    }
}
