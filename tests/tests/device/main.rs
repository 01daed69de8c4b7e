//! GPUs, by a simulated driver that runs the kernels' own sources on this machine's processor.
//!
//! A process finds the driver when it starts, so that each case runs in a process of its own: this one again, with the
//! case's name. Cases can be run on a real GPU as well: `cargo test -p sojourn-tests --test device -- --ignored on_any`.

mod agreement;
mod discovery;
mod faults;
mod process;
mod traces;
