//! GPUs, by a simulated driver that runs the kernels' own sources on this machine's processor.
//!
//! A process finds the driver when it starts, so that each case runs in a process of its own (see `process`). What needs
//! no particular fault runs on a real GPU as well: `SOJOURN_TEST_DRIVER=installed cargo test -p sojourn-tests --test device`.

mod agreement;
mod contexts;
mod discovery;
mod faults;
mod process;
mod references;
mod sanitized;
mod traces;
