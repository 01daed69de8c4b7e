//! Gradients of density and cdf as a part of a question.

use super::bytes::{list, method, number, write_list, write_method};
use super::part::Part;
use crate::density::PointGradient;
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

const ANSWER: &str = "a gradient of a distribution";

/// Times at which the gradients of density and cdf are wanted: see [`Trace::distribution_gradient`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DistributionGradient(pub Vec<f64>);

impl Part for DistributionGradient {
    type Answer = Vec<PointGradient>;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Vec<PointGradient>, EvaluateError> {
        trace.distribution_gradient(theta, &self.0)
    }

    fn answer_tile(
        &self,
        trace: &Trace,
        thetas: &[&[f64]],
    ) -> Vec<Result<Vec<PointGradient>, EvaluateError>> {
        trace.distribution_gradients(thetas, &self.0)
    }

    fn write(&self, w: &mut Writer) {
        write_list(w, &self.0);
    }

    fn read(r: &mut Reader<'_>) -> Result<DistributionGradient, DecodeError> {
        list(r, "times of gradients").map(DistributionGradient)
    }

    fn write_answer(answer: &Vec<PointGradient>, w: &mut Writer) {
        w.u32(answer.len() as u32);
        for point in answer {
            w.f64s(&[point.time]);
            write_list(w, &point.density);
            write_list(w, &point.cdf);
            write_method(point.method, w);
        }
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Vec<PointGradient>, DecodeError> {
        let points = r.u32(ANSWER)?;
        let point = |r: &mut Reader<'_>| {
            Ok(PointGradient {
                time: number(r, ANSWER)?,
                density: list(r, ANSWER)?,
                cdf: list(r, ANSWER)?,
                method: method(r, ANSWER)?,
            })
        };
        (0..points).map(|_| point(r)).collect()
    }
}
