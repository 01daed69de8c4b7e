//! The traces that this worker evaluates: the last few it was sent, so that a batch sends its trace once.

use std::collections::VecDeque;

use bytes::Bytes;
use sojourn_engine::{DecodeError, Trace};
use sojourn_proto::Key;

/// Memory that traces may take here, together; the one used last is kept whatever it takes.
pub(crate) const ROOM: u64 = 1 << 30;

/// Traces by the digest of their bytes, the one used last behind the others.
#[derive(Debug)]
pub(crate) struct Traces {
    held: VecDeque<Held>,
    room: u64,
}

#[derive(Debug)]
struct Held {
    digest: Key,
    state: State,
    /// Memory it takes, about.
    cost: u64,
}

#[derive(Debug)]
enum State {
    /// As it came. It is decoded within the first job that needs it, so that what happens then is blamed on that.
    Encoded(Bytes),
    Decoded(Box<Trace>),
}

impl Traces {
    /// Room for so many bytes.
    pub(crate) fn new(room: u64) -> Traces {
        Traces { held: VecDeque::new(), room }
    }

    /// Keeps a trace, and forgets those used longest ago where all together are too much.
    pub(crate) fn keep(&mut self, digest: Key, bytes: Bytes) {
        self.held.retain(|held| held.digest != digest);
        let cost = bytes.len() as u64;
        self.held.push_back(Held { digest, state: State::Encoded(bytes), cost });
        self.make_room();
    }

    /// Whether a trace is here; it counts as used.
    pub(crate) fn touch(&mut self, digest: Key) -> bool {
        let Some(at) = self.held.iter().position(|held| held.digest == digest) else { return false };
        let held = self.held.remove(at);
        self.held.extend(held);
        true
    }

    /// The trace used last, if it is this one.
    ///
    /// # Errors
    /// If its bytes are no trace.
    pub(crate) fn decoded(&mut self, digest: Key) -> Result<Option<&Trace>, DecodeError> {
        let Some(held) = self.held.back_mut().filter(|held| held.digest == digest) else { return Ok(None) };
        if let State::Encoded(bytes) = &held.state {
            let trace = Trace::decode(bytes)?;
            let summary = trace.summary();
            // Four bytes for each entry of L and U, which the bytes do not hold, and room to index the rest.
            held.cost = 2 * held.cost + 4 * (summary.fill_in + summary.edges as u64);
            held.state = State::Decoded(Box::new(trace));
            self.make_room();
        }
        Ok(match self.held.back().map(|held| &held.state) {
            Some(State::Decoded(trace)) => Some(trace),
            _ => None,
        })
    }

    fn make_room(&mut self) {
        while self.held.len() > 1 && self.held.iter().map(|held| held.cost).sum::<u64>() > self.room {
            self.held.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::{Chain, models};

    fn trace(n: usize) -> (Key, Bytes) {
        let chain = Chain::new(&models::build(&format!("coalescent,n={n}")).unwrap());
        let bytes = Bytes::from(Trace::record(&chain).unwrap().encode());
        (Key::of_blob(&bytes), bytes)
    }

    #[test]
    fn a_trace_is_here_as_it_came_until_others_need_the_room() {
        let ((one, first), (two, second)) = (trace(5), trace(6));
        let mut traces = Traces::new(ROOM);
        assert!(!traces.touch(one));
        traces.keep(one, first.clone());
        traces.keep(two, second.clone());
        assert!(traces.touch(one) && traces.touch(two) && traces.touch(one));
        assert_eq!(traces.decoded(one).unwrap().map(Trace::encode), Some(first.to_vec()));
        assert!(traces.decoded(two).unwrap().is_none(), "not the one used last");

        let mut small = Traces::new(first.len() as u64);
        small.keep(one, first);
        small.keep(two, second);
        assert!(!small.touch(one) && small.touch(two), "the last is kept whatever it takes");
        assert!(small.decoded(two).unwrap().is_some());
    }

    #[test]
    fn what_decoding_adds_counts_too() {
        let ((one, first), (two, second)) = (trace(20), trace(21));
        let mut traces = Traces::new((first.len() + second.len()) as u64);
        traces.keep(one, first);
        traces.keep(two, second);
        assert!(traces.touch(one) && traces.touch(two));
        assert!(traces.decoded(two).unwrap().is_some());
        assert!(!traces.touch(one) && traces.touch(two));
    }

    #[test]
    fn bytes_that_are_no_trace_are_told_when_they_are_used() {
        let mut traces = Traces::new(ROOM);
        traces.keep(Key([1; 32]), Bytes::from_static(b"garbage"));
        assert!(traces.touch(Key([1; 32])));
        assert!(traces.decoded(Key([1; 32])).is_err());
    }
}
