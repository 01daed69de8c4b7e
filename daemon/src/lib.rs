//! The daemon: sessions, the queue, the store, worker processes. As a library, so that `sojourn daemon` is the
//! same daemon as `sojournd`.
//!
//! It depends on `sojourn-proto` alone: that it can not parse a graph or a trace is a fact, not a promise. It
//! moves bytes under keys and limits; what parses them is a worker process, which is this executable started
//! anew with `__worker` as its first argument. An executable that calls [`start`] must answer that argument by
//! `sojourn_worker::run()`.

mod config;
mod descriptors;
pub mod dispatch;
pub mod exchange;
mod held;
mod listener;
mod lock;
mod logging;
mod notify;
mod process;
pub mod queue;
mod readiness;
mod run;
mod session;
mod settings;
mod shutdown;
mod store;

pub use config::{Config, ConfigError, Flags, Origin, Reloaded, Starter, Values, usable_cpus};
pub use lock::LockError;
pub use run::{DaemonError, run, start};
pub use store::StoreAtRest;
