//! A wish to stop, made on one thread and noticed on another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Error;

/// Set by a signal handler's thread say; long operations of this library look at it every
/// [`Interrupt::PATIENCE`] and end with [`Error::Interrupted`], having cancelled their work at the daemon.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    set: Arc<AtomicBool>,
    delivers: Arc<AtomicBool>,
}

impl Interrupt {
    /// Longest time an operation waits before it looks again.
    pub const PATIENCE: std::time::Duration = std::time::Duration::from_millis(25);

    /// Not set.
    pub fn new() -> Interrupt {
        Interrupt::default()
    }

    /// Asks whoever holds a clone of this to stop.
    pub fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
    }

    /// Forgets that stopping was asked for: a new command begins.
    pub fn clear(&self) {
        self.set.store(false, Ordering::SeqCst);
    }

    /// Whether stopping has been asked for.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Says whether the operation under way delivers what it has so far when it is stopped. It is then not ended by
    /// force at the first signal, although it may take a while to notice.
    pub fn set_delivering(&self, delivers: bool) {
        self.delivers.store(delivers, Ordering::SeqCst);
    }

    /// Returns whether the operation under way delivers what it has so far when it is stopped.
    pub fn is_delivering(&self) -> bool {
        self.delivers.load(Ordering::SeqCst)
    }

    /// An error once stopping has been asked for.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn check(&self) -> Result<(), Error> {
        if self.is_set() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_sees_that_it_was_set() {
        let interrupt = Interrupt::new();
        let other = interrupt.clone();
        assert!(other.check().is_ok());
        interrupt.set();
        assert!(matches!(other.check(), Err(Error::Interrupted)));
        other.clear();
        assert!(interrupt.check().is_ok());
    }
}
