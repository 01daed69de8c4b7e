//! The client of sojourn as a library: it finds the daemon, or starts one, hands batches of graphs to it, and
//! gives their elimination traces back as each is ready.
//!
//! ```no_run
//! use sojourn_client::{Client, Interrupt, Item, Options, Start, compute_missing_traces};
//!
//! let client = Client::discover(Start::Never, Interrupt::new())?;
//! let graph = sojourn_client::load::load("model:coalescent,n=10", false)?.into_graph()?;
//! let item = Item::new(0, "kingman", &graph);
//! let traces = compute_missing_traces(&client, vec![item], &Options::default())?;
//! println!("{} operations a replay", traces[&0].trace.summary().operations);
//! # Ok::<(), sojourn_client::Error>(())
//! ```

mod batch;
mod client;
mod connection;
mod error;
pub mod evaluation;
pub mod fit;
pub mod hierarchy;
mod interrupt;
pub mod load;
mod settings;
mod start;
pub mod strategy;
pub mod workers;

pub use batch::{Answered, Batch, Work};
pub use client::{Client, Start};
pub use connection::{Connection, Peer};
pub use error::Error;
pub use hierarchy::{Event, Item, JobError, Options, Traced, compute_missing_traces, trace_batch};
pub use interrupt::Interrupt;
pub use load::{LoadError, Loaded};
pub use settings::Settings;
pub use strategy::{Strategy, StrategyError};
