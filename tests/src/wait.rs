//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Waits until `condition` gives something, looking every few milliseconds.
///
/// # Panics
/// If it has not by the deadline; the message names `what`.
pub fn wait_for<T>(what: &str, deadline: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(begin.elapsed() < deadline, "waited {deadline:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}
