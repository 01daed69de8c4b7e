//! What the end-to-end tests stand on: the executables, built once; a home of its own for each test, with its
//! own socket, store and configuration; and waiting for conditions instead of for time.

mod executables;
mod expected;
mod home;
mod processes;
mod session;
pub mod simulator;
mod terminal;
mod wait;

pub use executables::{Executables, executables};
pub use expected::{files, fixture, graph_file, reference, trace_here};
pub use home::{Finished, Home, Running};
pub use processes::{children_of, kill, process_exists, state_of};
pub use session::{OPTIONS, Session, graph, greet, unit};
pub use terminal::Terminal;
pub use wait::wait_for;
