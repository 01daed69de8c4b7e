//! Answers at any number of parameter vectors: in this process or by the daemon's workers, in the order of the
//! vectors, and in the memory of a few of them. The numbers are the same to the bit wherever they are computed.

mod automatic;
mod device;
mod devices;
mod here;
mod pace;
mod workers;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use sojourn_engine::{Answer, Question, Trace, Unanswered};
use sojourn_proto::DeviceId;

use crate::{Client, Error, Options, Strategy};
use pace::Pace;

pub use automatic::{BREAK_EVEN, WORTH_SENDING};
pub use device::Device;

/// What a vector is answered.
pub type Answered = Result<Answer, Unanswered>;

/// Whoever takes the answers, each with the GPU that computed it (none: a processor did); `Break` ends it early.
pub type Take<'a> = dyn FnMut(&[f64], Answered, Option<DeviceId>) -> ControlFlow<()> + 'a;

impl Client {
    /// Asks a trace a question at each of many vectors, which are read as they are needed, and tells each answer in
    /// their order; a vector that fails does not stop the others. `Break` from `take` ends it.
    ///
    /// Of the options, `strategy` and `workers` say where: [`Strategy::Sequential`] in this process, in one thread
    /// unless more workers are asked for; [`Strategy::Vmap`] in at most so many worker processes of the daemon;
    /// [`Strategy::Auto`] begins here, and goes on there where what is left is worth it. With `no_store` the daemon
    /// does not look for the trace in its store: it is sent, and held in memory.
    ///
    /// `device` says whether GPUs compute: [`Device::Auto`] begins here too, and has them go on where much is left and
    /// they are measured to be faster; who names one has it computed there and nowhere else.
    ///
    /// An interruption is heard at once, also where a vector takes long: what is computed in this process is then left
    /// to a thread that ends with its tile.
    ///
    /// # Errors
    /// The first error of `thetas`, after the answers of all before it; [`Error::Interrupted`]; those of
    /// [`Client::connect`], [`Error::Refused`] where the daemon will not take the trace, or a GPU was asked for what
    /// it does not compute, and [`Error::NoDevice`] where it is not there.
    pub fn evaluate(
        &self,
        trace: &Arc<Trace>,
        thetas: impl IntoIterator<Item = Result<Vec<f64>, Error>>,
        question: &Question,
        options: &Options,
        take: &mut Take<'_>,
    ) -> Result<(), Error> {
        let mut thetas = thetas.into_iter();
        let run = Run { client: self, trace, question, options };
        let mut source = Source { thetas: &mut thetas, ahead: VecDeque::new(), failed: None };
        if let Device::EveryGpu | Device::Number(_) | Device::Id(_) = options.device {
            run.on_devices(&mut source, take)?;
            return source.failed.map_or(Ok(()), Err);
        }
        match Strategy::effective(options.strategy, options.workers) {
            Strategy::Sequential => {
                let threads = options.workers.map_or(1, NonZeroUsize::get);
                run.here(&mut source, threads, &mut Pace::default(), None, take)?;
            }
            Strategy::Vmap => run.in_workers(&mut source, &mut Pace::default(), take)?,
            Strategy::Auto => run.automatically(&mut source, take)?,
        }
        source.failed.map_or(Ok(()), Err)
    }
}

/// What is asked, and how.
struct Run<'a> {
    client: &'a Client,
    trace: &'a Arc<Trace>,
    question: &'a Question,
    options: &'a Options,
}

/// Whether anything is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Vectors may be left.
    Some,
    /// All is answered, or whoever takes the answers has enough.
    Nothing,
}

/// Vectors to come.
struct Source<'a> {
    thetas: &'a mut dyn Iterator<Item = Result<Vec<f64>, Error>>,
    /// Read already, to see how many there are.
    ahead: VecDeque<Vec<f64>>,
    /// Why no more come.
    failed: Option<Error>,
}

impl Source<'_> {
    /// The next vectors, at most so many; none at the end, and behind an error.
    fn take(&mut self, count: usize) -> Vec<Vec<f64>> {
        self.has(count);
        self.ahead.drain(..count.min(self.ahead.len())).collect()
    }

    /// Whether there are so many more. They are read, and come first.
    fn has(&mut self, count: usize) -> bool {
        while self.ahead.len() < count && self.failed.is_none() {
            match self.thetas.next() {
                Some(Ok(vector)) => self.ahead.push_back(vector),
                Some(Err(error)) => self.failed = Some(error),
                None => break,
            }
        }
        self.ahead.len() >= count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_vector_is_lost_or_moved_however_far_is_looked_ahead() {
        let mut thetas = (0..100).map(|k| Ok(vec![f64::from(k)]));
        let mut source = Source { thetas: &mut thetas, ahead: VecDeque::new(), failed: None };
        let mut found = source.take(3);
        for (ahead, enough, taken) in
            [(50, true, 5), (10, true, 1), (0, true, 30), (200, false, 7), (2, true, 90)]
        {
            assert_eq!(source.has(ahead), enough, "{ahead}");
            found.extend(source.take(taken));
        }
        assert_eq!(found, (0..100).map(|k| vec![f64::from(k)]).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_comes_after_all_vectors_before_it() {
        let error = || Err(Error::Protocol("no number".to_owned()));
        let mut thetas = [Ok(vec![1.0]), Ok(vec![2.0]), error(), Ok(vec![3.0])].into_iter();
        let mut source = Source { thetas: &mut thetas, ahead: VecDeque::new(), failed: None };
        assert!(!source.has(3) && source.failed.is_some());
        assert_eq!(source.take(5), [[1.0], [2.0]]);
        assert!(source.take(5).is_empty());
    }
}
