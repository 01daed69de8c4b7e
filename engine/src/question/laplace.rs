//! The Laplace transform as a part of a question.

use super::bytes::{list, write_list};
use super::part::Part;
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

/// Points s >= 0 at which `E[exp(-s T)]` is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Laplace(pub Vec<f64>);

impl Part for Laplace {
    type Answer = Vec<f64>;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Vec<f64>, EvaluateError> {
        self.0.iter().map(|&s| trace.laplace_transform(theta, s)).collect()
    }

    fn write(&self, w: &mut Writer) {
        write_list(w, &self.0);
    }

    fn read(r: &mut Reader<'_>) -> Result<Laplace, DecodeError> {
        list(r, "points of the Laplace transform").map(Laplace)
    }

    fn write_answer(answer: &Vec<f64>, w: &mut Writer) {
        write_list(w, answer);
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Vec<f64>, DecodeError> {
        list(r, "a Laplace transform")
    }
}
