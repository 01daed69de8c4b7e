//! How long and how often each vertex is visited, as a part of a question.

use super::bytes::{list, write_list};
use super::part::Part;
use crate::chain::ABSORBED;
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::replay::{Initial, Rates, all_edges, occupancy, product};
use crate::trace::Trace;

/// Asks for the expected time in each row until absorption, and for how often it is entered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Residence;

/// Expectations by row of the graph, infinite where the chain may stay for ever or come again and again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResidenceTimes {
    /// Expected time (number of steps of a discrete chain) in each row until absorption.
    pub times: Vec<f64>,
    /// Expected number of times each row is entered, from the start or from another row: steps that stay where
    /// they are do not count.
    pub visits: Vec<f64>,
}

impl Trace {
    /// Expected time in each row of the graph until absorption, and expected number of times it is entered.
    /// Sums of products of nonnegative numbers: the relative error is that of [`Trace::evaluate`].
    ///
    /// # Errors
    /// As [`Trace::evaluate`], infinite results apart.
    pub fn residence(&self, theta: &[f64]) -> Result<ResidenceTimes, EvaluateError> {
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let time = occupancy(self, &rates, &initial);
        // What comes in, not what goes out: a vertex that is never left is entered too.
        let mut entered = vec![0.0; self.len()];
        initial.alpha.iter().for_each(|&(p, a)| entered[p as usize] = a);
        for (from, to, weight) in all_edges(self).filter(|edge| edge.1 != ABSORBED) {
            entered[to as usize] += product(rates.of(weight), time[from as usize]);
        }
        let by_row = |by_position: &[f64]| {
            let mut by_row = vec![0.0; self.rows()];
            let rows = self.position_rows.iter().zip(by_position);
            rows.for_each(|(&row, &value)| by_row[row as usize] = value);
            by_row
        };
        Ok(ResidenceTimes { times: by_row(&time), visits: by_row(&entered) })
    }
}

impl Part for Residence {
    type Answer = ResidenceTimes;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<ResidenceTimes, EvaluateError> {
        trace.residence(theta)
    }

    fn write(&self, _: &mut Writer) {}

    fn read(_: &mut Reader<'_>) -> Result<Residence, DecodeError> {
        Ok(Residence)
    }

    fn write_answer(answer: &ResidenceTimes, w: &mut Writer) {
        write_list(w, &answer.times);
        write_list(w, &answer.visits);
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<ResidenceTimes, DecodeError> {
        const WHAT: &str = "residence times";
        Ok(ResidenceTimes { times: list(r, WHAT)?, visits: list(r, WHAT)? })
    }
}
