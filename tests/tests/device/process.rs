//! A case in a process of its own, with the simulated driver in place of any other.

use std::process::Command;

use sojourn_tests::simulator;

/// Runs a case of this test, which is marked as ignored, in a new process with these variables.
///
/// # Panics
/// If it fails, or there is no such case.
pub(crate) fn run(case: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().expect("this executable"));
    command
        .args(["--exact", case, "--ignored", "--nocapture"])
        .env_remove("CUDA_VISIBLE_DEVICES")
        .env("LD_LIBRARY_PATH", simulator::driver())
        .envs(variables.iter().copied());
    let output = command.output().expect("this test runs again");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{case} with {variables:?}:\n{said}");
    assert!(said.contains("1 passed"), "no case {case}:\n{said}");
}
