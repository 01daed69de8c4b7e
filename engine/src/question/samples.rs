//! Samples as a part of a question.

use super::bytes::{list, lists, size, write_list, write_lists};
use super::part::{Part, Prepared, Stopped};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::EvaluateError;
use crate::sample::{SampleQuery, Samples, Trap};
use crate::trace::Trace;

const WHAT: &str = "the samples asked for";
const ANSWER: &str = "samples";

impl Part for SampleQuery {
    type Answer = Samples;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Samples, EvaluateError> {
        trace.sample(theta, self, 1)
    }

    fn prepare<'a>(&'a self, trace: &'a Trace, stopped: &'a Stopped<'a>) -> Prepared<'a, Samples> {
        Box::new(move |thetas| {
            thetas.iter().map(|theta| trace.sample_unless(theta, self, 1, stopped)).collect()
        })
    }

    fn write(&self, w: &mut Writer) {
        [self.count as u64, self.first, self.seed, self.max_jumps].into_iter().for_each(|n| w.u64(n));
        write_lists(w, &self.rewards);
    }

    fn read(r: &mut Reader<'_>) -> Result<SampleQuery, DecodeError> {
        Ok(SampleQuery {
            count: size(r, WHAT)?,
            first: r.u64(WHAT)?,
            seed: r.u64(WHAT)?,
            max_jumps: r.u64(WHAT)?,
            rewards: lists(r, WHAT)?,
        })
    }

    fn write_answer(answer: &Samples, w: &mut Writer) {
        write_list(w, &answer.times);
        write_lists(w, &answer.rewards);
        w.u32(answer.traps.len() as u32);
        for trap in &answer.traps {
            w.u32(trap.class.len() as u32);
            w.u32s(&trap.class);
            w.u64(trap.samples as u64);
        }
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Samples, DecodeError> {
        let (times, rewards) = (list(r, ANSWER)?, lists(r, ANSWER)?);
        let traps = r.u32(ANSWER)?;
        let trap = |r: &mut Reader<'_>| {
            let length = r.u32(ANSWER)? as usize;
            Ok(Trap { class: r.u32s(length, ANSWER)?, samples: size(r, ANSWER)? })
        };
        let traps = (0..traps).map(|_| trap(r)).collect::<Result<_, DecodeError>>()?;
        Ok(Samples { times, rewards, traps })
    }
}
