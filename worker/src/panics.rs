//! Panics as text: message and place, kept for the answer instead of written to the log.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

use sojourn_proto::{Failure, FailureKind};

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, panics of this thread are kept.
pub(crate) fn capture() {
    set_hook(Box::new(|panic| LAST.set(Some(describe(panic)))));
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "a value that is not text",
    };
    match panic.location() {
        Some(place) => format!("worker panicked at {place}: {message}"),
        None => format!("worker panicked: {message}"),
    }
}

/// What a computation gives, or a failure that says how it panicked.
pub(crate) fn catch<T>(computation: impl FnOnce() -> T) -> Result<T, Failure> {
    // Nothing of a panicked computation is used afterwards: the process answers and ends.
    catch_unwind(AssertUnwindSafe(computation)).map_err(|_| {
        let text = LAST.take().unwrap_or_else(|| "worker panicked".to_owned());
        Failure::new(FailureKind::WorkerPanicked, text)
    })
}
