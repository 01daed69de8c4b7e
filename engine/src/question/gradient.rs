//! Gradients of density, cdf and hazard as a part of a question.

use super::bytes::{list, write_list};
use super::distribution::{read_point, write_point};
use super::part::Part;
use crate::density::{ParameterGradient, PointGradient};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;

const ANSWER: &str = "a gradient of a distribution";

/// Times at which the gradients of density, cdf and hazard are wanted, and they themselves: see [`Trace::distribution_gradient`].
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
            write_point(&point.point, w);
            let PointGradient { point: _, density, cdf, hazard, log_density, log_survival } = point;
            for gradient in [density, cdf, hazard, log_density, log_survival] {
                write_list(w, &gradient.values);
                write_list(w, &gradient.errors);
            }
        }
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Vec<PointGradient>, DecodeError> {
        let points = r.u32(ANSWER)?;
        let gradient =
            |r: &mut Reader<'_>| Ok(ParameterGradient { values: list(r, ANSWER)?, errors: list(r, ANSWER)? });
        let point = |r: &mut Reader<'_>| {
            Ok(PointGradient {
                point: read_point(r)?,
                density: gradient(r)?,
                cdf: gradient(r)?,
                hazard: gradient(r)?,
                log_density: gradient(r)?,
                log_survival: gradient(r)?,
            })
        };
        (0..points).map(|_| point(r)).collect()
    }
}
