//! The parts that there are. Whoever adds one adds a line to each function here.

use super::part::Part;
use super::{
    Answer, DistributionAt, DistributionGradient, Laplace, LikelihoodQuery, Question, Residence, bytes,
    mass_at_zero,
};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::{EvaluateError, Query};
use crate::sample::SampleQuery;
use crate::trace::Trace;

const TRANSFORM: &str = "a reward in the place of time";

/// Computes every part at each vector of a tile.
pub(super) fn answer(
    trace: &Trace,
    thetas: &[&[f64]],
    question: &Question,
) -> Vec<Result<Answer, EvaluateError>> {
    let mut answers = Answers::new(thetas);
    answers.take(trace, question.moments.as_ref(), |answer, part| answer.moments = part);
    answers.take(trace, question.distribution.as_ref(), |answer, part| answer.distribution = part);
    answers.take(trace, question.distribution_gradient.as_ref(), |answer, part| {
        answer.distribution_gradient = part;
    });
    answers.take(trace, question.likelihood.as_ref(), |answer, part| answer.likelihood = part);
    answers.take(trace, question.laplace.as_ref(), |answer, part| answer.laplace = part);
    answers.take(trace, question.residence.as_ref(), |answer, part| answer.residence = part);
    answers.take(trace, question.samples.as_ref(), |answer, part| answer.samples = part);
    answers.finish(trace)
}

pub(super) fn write(question: &Question, w: &mut Writer) {
    bytes::write_part(question.moments.as_ref(), w);
    bytes::write_part(question.distribution.as_ref(), w);
    bytes::write_part(question.distribution_gradient.as_ref(), w);
    bytes::write_part(question.likelihood.as_ref(), w);
    bytes::write_part(question.laplace.as_ref(), w);
    bytes::write_part(question.residence.as_ref(), w);
    bytes::write_part(question.samples.as_ref(), w);
    bytes::write_optional(w, question.transform.is_some());
    question.transform.iter().for_each(|reward| bytes::write_list(w, reward));
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<Question, DecodeError> {
    Ok(Question {
        moments: bytes::read_part(r)?,
        distribution: bytes::read_part(r)?,
        distribution_gradient: bytes::read_part(r)?,
        likelihood: bytes::read_part(r)?,
        laplace: bytes::read_part(r)?,
        residence: bytes::read_part(r)?,
        samples: bytes::read_part(r)?,
        transform: match bytes::optional(r, TRANSFORM)? {
            true => Some(bytes::list(r, TRANSFORM)?),
            false => None,
        },
    })
}

pub(super) fn write_answer(answer: &Answer, w: &mut Writer) {
    w.f64s(&[answer.mass_at_zero]);
    bytes::write_answer_of::<Query>(answer.moments.as_ref(), w);
    bytes::write_answer_of::<DistributionAt>(answer.distribution.as_ref(), w);
    bytes::write_answer_of::<DistributionGradient>(answer.distribution_gradient.as_ref(), w);
    bytes::write_answer_of::<LikelihoodQuery>(answer.likelihood.as_ref(), w);
    bytes::write_answer_of::<Laplace>(answer.laplace.as_ref(), w);
    bytes::write_answer_of::<Residence>(answer.residence.as_ref(), w);
    bytes::write_answer_of::<SampleQuery>(answer.samples.as_ref(), w);
}

pub(super) fn read_answer(r: &mut Reader<'_>) -> Result<Answer, DecodeError> {
    Ok(Answer {
        mass_at_zero: bytes::number(r, "the mass at zero")?,
        moments: bytes::read_answer_of::<Query>(r)?,
        distribution: bytes::read_answer_of::<DistributionAt>(r)?,
        distribution_gradient: bytes::read_answer_of::<DistributionGradient>(r)?,
        likelihood: bytes::read_answer_of::<LikelihoodQuery>(r)?,
        laplace: bytes::read_answer_of::<Laplace>(r)?,
        residence: bytes::read_answer_of::<Residence>(r)?,
        samples: bytes::read_answer_of::<SampleQuery>(r)?,
    })
}

/// An answer to some parts, and the mass at zero once one of them has told it.
type Partial = (Answer, Option<f64>);

/// The answers of a tile, part by part. A vector at which a part fails is not asked for the others.
struct Answers<'a> {
    thetas: &'a [&'a [f64]],
    found: Vec<Result<Partial, EvaluateError>>,
}

impl<'a> Answers<'a> {
    fn new(thetas: &'a [&'a [f64]]) -> Answers<'a> {
        Answers { thetas, found: thetas.iter().map(|_| Ok((Answer::default(), None))).collect() }
    }

    fn take<P: Part>(
        &mut self,
        trace: &Trace,
        part: Option<&P>,
        put: impl Fn(&mut Answer, Option<P::Answer>),
    ) {
        let Some(part) = part else { return };
        let (places, thetas): (Vec<usize>, Vec<&[f64]>) = (0..self.thetas.len())
            .filter(|&at| self.found[at].is_ok())
            .map(|at| (at, self.thetas[at]))
            .unzip();
        for (at, found) in places.into_iter().zip(part.answer_tile(trace, &thetas)) {
            match (found, &mut self.found[at]) {
                (Ok(found), Ok((answer, mass))) => {
                    *mass = mass.or(P::mass_at_zero(&found));
                    put(answer, Some(found));
                }
                (Err(error), place) => *place = Err(error),
                (Ok(_), Err(_)) => {}
            }
        }
    }

    fn finish(self, trace: &Trace) -> Vec<Result<Answer, EvaluateError>> {
        let finish = |(found, theta): (Result<Partial, EvaluateError>, &&[f64])| {
            let (answer, mass) = found?;
            let mass_at_zero = mass.map_or_else(|| mass_at_zero(trace, theta), Ok)?;
            Ok(Answer { mass_at_zero, ..answer })
        };
        self.found.into_iter().zip(self.thetas).map(finish).collect()
    }
}
