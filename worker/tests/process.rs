//! A worker as the process it is: this executable starts itself anew with `__worker`, as the daemon does, and
//! speaks to it over a socket pair. It has a main function of its own for that, and so runs its tests itself.

#[path = "process/conduct.rs"]
mod conduct;
#[path = "process/confinement.rs"]
mod confinement;
#[path = "process/harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("__worker") => return sojourn_worker::run(),
        Some("__parent_of_a_hanging_worker") => {
            confinement::be_parent_of_a_hanging_worker();
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let tests = [conduct::TESTS, confinement::TESTS].concat();
    harness::run_all(&tests)
}
