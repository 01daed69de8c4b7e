//! How long evaluations are expected to take, so that nobody waits for what takes days.

use sojourn_engine::Trace;

use crate::context::Context;
use crate::render::numbers::seconds;

/// Operations of a second in one thread: 2.1 s were measured for 1.1e10 and 0.16 s for 1.3e9, on random digraphs of 6000 and
/// 3000 vertices. It depends on the machine by a small factor.
const OPERATIONS_A_SECOND: f64 = 5e9;

/// Operations of one vector from which on it is said how long that takes: 20 s.
const MANY: u64 = 100_000_000_000;

/// Says on standard error where each vector takes long.
pub(super) fn warn(trace: &Trace, context: &Context) {
    if let Some(text) = warning(trace.summary().operations) {
        context.note(&text);
    }
}

fn warning(operations: u64) -> Option<String> {
    let time = seconds(operations as f64 / OPERATIONS_A_SECOND);
    let text = format!("{operations:.1e} operations at each vector: about {time} on one processor");
    (operations > MANY).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_much_is_told_how_long_it_takes() {
        assert_eq!(warning(MANY), None);
        let text = warning(804_159_390_570).unwrap();
        assert_eq!(text, "8.0e11 operations at each vector: about 3 min on one processor");
        assert!(warning(1 << 56).unwrap().ends_with("about 167 d on one processor"));
    }
}
