//! Chains whose rows are divided by their totals: the weights of each row become quotients.

use std::collections::HashMap;
use std::sync::Arc;

use super::Chain;
use crate::graph::{QuotientTable, Weight, WeightTable};

/// A weight of the divided chain.
#[derive(Debug, Clone, Copy)]
enum Divided {
    /// A weight that no parameter changes.
    Constant(f64),
    /// A quotient, by its place among the quotients.
    Quotient(u32),
}

impl Chain {
    /// The same chain with the weights of each row, self-loops included, divided by their sum at every theta. A row
    /// that no parameter changes is divided here: it is that of the chain whose file has the quotients.
    pub(super) fn divided(self) -> Chain {
        let mut loops = vec![None; self.len()];
        self.loops.iter().for_each(|&(vertex, weight)| loops[vertex as usize] = Some(weight));
        let mut division = Division::new(&self.weights);
        let (mut weight, mut own) = (Vec::with_capacity(self.weight.len()), Vec::new());
        for (vertex, &own_loop) in (0..self.len() as u32).zip(&loops) {
            let edges = self.row(vertex).1;
            // The one edge of a vertex that is never left stands for none.
            let is_left = edges.iter().any(|&w| !self.weights.get(w).is_identically_zero());
            if !is_left {
                weight.extend(edges.iter().map(|&w| Number::Form(division.form(w))));
                own.extend(division.row(own_loop.as_slice()).into_iter().map(|divided| (vertex, divided)));
                continue;
            }
            let row: Vec<u32> = edges.iter().copied().chain(own_loop).collect();
            let divided = division.row(&row);
            weight.extend(divided[..edges.len()].iter().map(|&divided| division.interned(divided)));
            own.extend(divided[edges.len()..].iter().map(|&divided| (vertex, divided)));
        }
        let start: Vec<(u32, u32)> = self.start.iter().map(|&(to, w)| (to, division.form(w))).collect();
        let own: Vec<(u32, Number)> = own.iter().map(|&(vertex, w)| (vertex, division.interned(w))).collect();
        let forms = division.target.forms() as u32;
        let number = |number: Number| match number {
            Number::Form(form) => form,
            Number::Quotient(quotient) => forms + quotient,
        };
        Chain {
            weight: weight.into_iter().map(number).collect(),
            start,
            loops: own.into_iter().map(|(vertex, w)| (vertex, number(w))).collect(),
            weights: Arc::new(division.target.with_quotients(division.quotients)),
            ..self
        }
    }
}

/// Number of a weight, before it is known how many forms there are.
#[derive(Debug, Clone, Copy)]
enum Number {
    Form(u32),
    Quotient(u32),
}

/// A table in the making: forms in order of first use, and the rows that divide them.
struct Division<'a> {
    source: &'a WeightTable,
    target: WeightTable,
    quotients: QuotientTable,
    /// First quotient of each row met, by its terms.
    met: HashMap<Vec<(u32, u32)>, u32>,
}

impl Division<'_> {
    fn new(source: &WeightTable) -> Division<'_> {
        Division {
            source,
            target: WeightTable::new(source.parameters()),
            quotients: QuotientTable::default(),
            met: HashMap::new(),
        }
    }

    fn form(&mut self, weight: u32) -> u32 {
        self.target.intern(self.source.get(weight))
    }

    fn interned(&mut self, divided: Divided) -> Number {
        match divided {
            Divided::Constant(value) => Number::Form(self.target.intern(Weight::Constant(value))),
            Divided::Quotient(quotient) => Number::Quotient(quotient),
        }
    }

    /// The weights of a row divided by their sum, one by one.
    fn row(&mut self, weights: &[u32]) -> Vec<Divided> {
        let is_constant = |&w: &u32| matches!(self.source.get(w), Weight::Constant(_));
        if weights.iter().all(is_constant) {
            return self.constants(weights);
        }
        let forms: Vec<u32> = weights.iter().map(|&weight| self.form(weight)).collect();
        let mut sorted = forms.clone();
        sorted.sort_unstable();
        let terms: Vec<(u32, u32)> =
            sorted.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u32)).collect();
        let first = match self.met.get(&terms) {
            Some(&first) => first,
            None => {
                let first = self.quotients.push(&terms);
                self.met.insert(terms.clone(), first);
                first
            }
        };
        let place = |form: &u32| terms.partition_point(|term| term.0 < *form) as u32;
        forms.iter().map(|form| Divided::Quotient(first + place(form))).collect()
    }

    /// The same of a row of constants, added up from the smallest on, since their order in the row must make no
    /// difference. A sum beyond doubles is left for evaluation to refuse, and one of zero divides nothing.
    fn constants(&self, weights: &[u32]) -> Vec<Divided> {
        let mut values: Vec<f64> = weights.iter().map(|&weight| self.source.base(weight)).collect();
        values.sort_by(f64::total_cmp);
        let sum: f64 = values.iter().sum();
        let quotient = |&weight: &u32| {
            let value = self.source.base(weight);
            Divided::Constant(if sum > 0.0 && sum.is_finite() { value / sum } else { value })
        };
        weights.iter().map(quotient).collect()
    }
}
