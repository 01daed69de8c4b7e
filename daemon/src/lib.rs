//! The daemon: sessions, the queue, the store, worker processes.

pub mod dispatch;
pub mod exchange;
pub mod queue;
