//! The log-likelihood of observations as a part of a question.
//!
//! Observations travel as those that are distinct, 21 bytes each and 29 an interval.

use super::bytes::{list, method, number, optional, size, write_list, write_method, write_optional};
use super::part::Part;
use crate::density::Event;
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::evaluate::EvaluateError;
use crate::likelihood::{LogLikelihood, Observations};
use crate::trace::Trace;

const WHAT: &str = "the observations";
const ANSWER: &str = "a log-likelihood";

/// Asks for the log-likelihood of observations.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelihoodQuery {
    /// What was observed.
    pub observations: Observations,
    /// Whether the derivative with respect to each parameter is wanted as well.
    pub gradient: bool,
}

impl Part for LikelihoodQuery {
    type Answer = LogLikelihood;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<LogLikelihood, EvaluateError> {
        // One vector has one answer.
        self.answer_tile(trace, &[theta]).swap_remove(0)
    }

    fn answer_tile(&self, trace: &Trace, thetas: &[&[f64]]) -> Vec<Result<LogLikelihood, EvaluateError>> {
        let found = trace.log_likelihoods(thetas, &self.observations, self.gradient);
        found.into_iter().map(|found| found.map_err(EvaluateError::from)).collect()
    }

    fn write(&self, w: &mut Writer) {
        write_optional(w, self.gradient);
        write_observations(&self.observations, w);
    }

    fn read(r: &mut Reader<'_>) -> Result<LikelihoodQuery, DecodeError> {
        Ok(LikelihoodQuery { gradient: optional(r, WHAT)?, observations: read_observations(r)? })
    }

    fn write_answer(answer: &LogLikelihood, w: &mut Writer) {
        w.f64s(&[answer.value, answer.error_bound]);
        write_list(w, &answer.gradient);
        write_list(w, &answer.gradient_errors);
        w.u32(answer.methods.len() as u32);
        answer.methods.iter().for_each(|&used| write_method(used, w));
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<LogLikelihood, DecodeError> {
        let (value, error_bound) = (number(r, ANSWER)?, number(r, ANSWER)?);
        let (gradient, gradient_errors) = (list(r, ANSWER)?, list(r, ANSWER)?);
        let methods = r.u32(ANSWER)?;
        let methods = (0..methods).map(|_| method(r, ANSWER)).collect::<Result<_, _>>()?;
        Ok(LogLikelihood { value, gradient, gradient_errors, error_bound, methods })
    }
}

/// Numbers of a kind one after another: there may be very many, and they are read once a tile.
fn write_observations(observations: &Observations, w: &mut Writer) {
    w.u64(observations.count() as u64);
    w.f64s(&[observations.weight()]);
    let (mut kinds, mut times, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (event, _) in observations.iter() {
        let (kind, time) = match event {
            Event::At(t) => (0, t),
            Event::Until(t) => (1, t),
            Event::After(t) => (2, t),
            Event::Between { after, until } => {
                ends.push(until);
                (3, after)
            }
        };
        kinds.push(kind);
        times.push(time);
    }
    w.u32(kinds.len() as u32);
    w.raw(&kinds);
    // Of files with more lines than this none would fit into memory.
    let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    w.u32s(&observations.places().map(place).collect::<Vec<_>>());
    w.f64s(&times);
    w.f64s(&ends);
    w.f64s(&observations.iter().map(|(_, weight)| weight).collect::<Vec<_>>());
}

fn read_observations(r: &mut Reader<'_>) -> Result<Observations, DecodeError> {
    let (count, weight) = (size(r, WHAT)?, number(r, WHAT)?);
    let length = r.u32(WHAT)? as usize;
    let kinds = r.take(length, WHAT)?.to_vec();
    let (places, times) = (r.u32s(length, WHAT)?, r.f64s(length, WHAT)?);
    let mut ends = r.f64s(kinds.iter().filter(|&&kind| kind == 3).count(), WHAT)?.into_iter();
    let weights = r.f64s(length, WHAT)?;
    let event = |(&kind, time)| match kind {
        0 => Ok(Event::At(time)),
        1 => Ok(Event::Until(time)),
        2 => Ok(Event::After(time)),
        // There is an end for each.
        3 => Ok(Event::Between { after: time, until: ends.next().unwrap_or(time) }),
        kind => Err(inconsistent(WHAT, format!("an observation of kind {kind}"))),
    };
    let events = kinds.iter().zip(times).map(event).collect::<Result<Vec<_>, _>>()?;
    let distinct = events.into_iter().zip(places).zip(weights);
    let distinct = distinct.map(|((event, place), weight)| (event, place as usize, weight));
    Observations::from_parts(distinct, count, weight).map_err(|error| inconsistent(WHAT, error.to_string()))
}
