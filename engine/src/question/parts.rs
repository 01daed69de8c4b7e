//! The parts that there are. Whoever adds one adds a line to each function here.

use super::part::{Part, Prepared, Stopped};
use super::{
    Answer, DistributionAt, DistributionGradient, Laplace, LikelihoodQuery, Question, Residence,
    ResidenceTimes, bytes, mass_at_zero,
};
use crate::density::{Distribution, PointGradient};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::{EvaluateError, Numbers, Query};
use crate::likelihood::LogLikelihood;
use crate::sample::{SampleQuery, Samples};
use crate::trace::Trace;

const TRANSFORM: &str = "a reward in the place of time";

/// The parts of a question, made ready for a trace.
pub(super) struct Parts<'a> {
    trace: &'a Trace,
    moments: Option<Prepared<'a, Numbers>>,
    distribution: Option<Prepared<'a, Distribution>>,
    distribution_gradient: Option<Prepared<'a, Vec<PointGradient>>>,
    likelihood: Option<Prepared<'a, LogLikelihood>>,
    laplace: Option<Prepared<'a, Vec<f64>>>,
    residence: Option<Prepared<'a, ResidenceTimes>>,
    samples: Option<Prepared<'a, Samples>>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(trace: &'a Trace, question: &'a Question, stopped: &'a Stopped<'a>) -> Parts<'a> {
        Parts {
            trace,
            moments: question.moments.as_ref().map(|part| part.prepare(trace, stopped)),
            distribution: question.distribution.as_ref().map(|part| part.prepare(trace, stopped)),
            distribution_gradient: question
                .distribution_gradient
                .as_ref()
                .map(|part| part.prepare(trace, stopped)),
            likelihood: question.likelihood.as_ref().map(|part| part.prepare(trace, stopped)),
            laplace: question.laplace.as_ref().map(|part| part.prepare(trace, stopped)),
            residence: question.residence.as_ref().map(|part| part.prepare(trace, stopped)),
            samples: question.samples.as_ref().map(|part| part.prepare(trace, stopped)),
        }
    }

    /// Computes every part at each vector of a tile.
    pub(super) fn answer(&mut self, thetas: &[&[f64]]) -> Vec<Result<Answer, EvaluateError>> {
        let mut answers = Answers::new(thetas);
        answers.take::<Query>(&mut self.moments, |answer, part| answer.moments = part.map(Box::new));
        answers.take::<DistributionAt>(&mut self.distribution, |answer, part| {
            answer.distribution = part.map(Box::new);
        });
        answers.take::<DistributionGradient>(&mut self.distribution_gradient, |answer, part| {
            answer.distribution_gradient = part;
        });
        answers.take::<LikelihoodQuery>(&mut self.likelihood, |answer, part| {
            answer.likelihood = part.map(Box::new);
        });
        answers.take::<Laplace>(&mut self.laplace, |answer, part| answer.laplace = part);
        answers.take::<Residence>(&mut self.residence, |answer, part| answer.residence = part.map(Box::new));
        answers.take::<SampleQuery>(&mut self.samples, |answer, part| answer.samples = part.map(Box::new));
        answers.finish(self.trace)
    }
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
    bytes::write_answer_of::<Query>(answer.moments.as_deref(), w);
    bytes::write_answer_of::<DistributionAt>(answer.distribution.as_deref(), w);
    bytes::write_answer_of::<DistributionGradient>(answer.distribution_gradient.as_ref(), w);
    bytes::write_answer_of::<LikelihoodQuery>(answer.likelihood.as_deref(), w);
    bytes::write_answer_of::<Laplace>(answer.laplace.as_ref(), w);
    bytes::write_answer_of::<Residence>(answer.residence.as_deref(), w);
    bytes::write_answer_of::<SampleQuery>(answer.samples.as_deref(), w);
}

pub(super) fn read_answer(r: &mut Reader<'_>) -> Result<Answer, DecodeError> {
    Ok(Answer {
        mass_at_zero: bytes::number(r, "the mass at zero")?,
        moments: bytes::read_answer_of::<Query>(r)?.map(Box::new),
        distribution: bytes::read_answer_of::<DistributionAt>(r)?.map(Box::new),
        distribution_gradient: bytes::read_answer_of::<DistributionGradient>(r)?,
        likelihood: bytes::read_answer_of::<LikelihoodQuery>(r)?.map(Box::new),
        laplace: bytes::read_answer_of::<Laplace>(r)?,
        residence: bytes::read_answer_of::<Residence>(r)?.map(Box::new),
        samples: bytes::read_answer_of::<SampleQuery>(r)?.map(Box::new),
    })
}

/// The answers of a tile, part by part, each in its place: answers are large. A vector at which a part fails is not
/// asked for the others.
struct Answers<'a> {
    thetas: &'a [&'a [f64]],
    found: Vec<Result<Answer, EvaluateError>>,
    /// Probability of absorption at time zero, once a part has told it.
    masses: Vec<Option<f64>>,
}

impl<'a> Answers<'a> {
    fn new(thetas: &'a [&'a [f64]]) -> Answers<'a> {
        let found = thetas.iter().map(|_| Ok(Answer::default())).collect();
        Answers { thetas, found, masses: vec![None; thetas.len()] }
    }

    fn take<P: Part>(
        &mut self,
        part: &mut Option<Prepared<'_, P::Answer>>,
        put: impl Fn(&mut Answer, Option<P::Answer>),
    ) {
        let Some(part) = part else { return };
        let (places, thetas): (Vec<usize>, Vec<&[f64]>) = (0..self.thetas.len())
            .filter(|&at| self.found[at].is_ok())
            .map(|at| (at, self.thetas[at]))
            .unzip();
        for (at, found) in places.into_iter().zip(part(&thetas)) {
            match (found, &mut self.found[at]) {
                (Ok(found), Ok(answer)) => {
                    self.masses[at] = self.masses[at].or(P::mass_at_zero(&found));
                    put(answer, Some(found));
                }
                (Err(error), place) => *place = Err(error),
                (Ok(_), Err(_)) => {}
            }
        }
    }

    fn finish(mut self, trace: &Trace) -> Vec<Result<Answer, EvaluateError>> {
        for ((place, mass), theta) in self.found.iter_mut().zip(&self.masses).zip(self.thetas) {
            let Ok(answer) = place else { continue };
            match mass.map_or_else(|| mass_at_zero(trace, theta), Ok) {
                Ok(mass) => answer.mass_at_zero = mass,
                Err(error) => *place = Err(error),
            }
        }
        self.found
    }
}
