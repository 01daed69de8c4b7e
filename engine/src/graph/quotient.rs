//! Weights divided by the total of their row.

use std::ops::Range;

/// The weights of rows that are divided by their total, whatever theta: row by row its distinct linear forms, each of
/// which divided by the row's total is a weight of its own. Rows of the same forms share their weights.
///
/// At a theta at which forms have the values w_k and stand in the row m_k times, the total is s = sum of m_k w_k, added
/// up in the order of the terms, and the weights are w_k / s; all are zero where s is. The total is a sum of values and
/// not one linear form: a form that cancels (theta0 - theta1) must not take others with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct QuotientTable {
    /// End of each row's terms; they begin where those of the row before end.
    ends: Vec<u32>,
    /// (number of the form, times that it stands in the row), forms ascending within a row. The k-th term is the k-th
    /// quotient.
    terms: Vec<(u32, u32)>,
}

impl QuotientTable {
    /// Number of quotients.
    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether no weight is divided.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Number of distinct rows.
    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Adds a row and returns the number of its first quotient. `terms` are as the table has them.
    pub(crate) fn push(&mut self, terms: &[(u32, u32)]) -> u32 {
        let first = self.terms.len() as u32;
        self.terms.extend_from_slice(terms);
        self.ends.push(self.terms.len() as u32);
        first
    }

    /// (quotients, their terms) of each row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Range<usize>, &[(u32, u32)])> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| {
            let range = begin..end as usize;
            begin = range.end;
            (range.clone(), &self.terms[range])
        })
    }

    /// The form that a quotient divides, and the terms of its row.
    ///
    /// # Panics
    /// If there is no such quotient.
    pub(crate) fn of(&self, quotient: usize) -> (u32, &[(u32, u32)]) {
        let row = self.ends.partition_point(|&end| end as usize <= quotient);
        let begin = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        (self.terms[quotient].0, &self.terms[begin..self.ends[row] as usize])
    }
}
