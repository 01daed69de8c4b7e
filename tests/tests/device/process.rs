//! Tests that need a driver: each runs what it checks in a process of its own, since one finds a driver when it starts.

use std::any::type_name_of_val;
use std::process::Command;

use sojourn_tests::simulator;

/// Tells the process that a test starts of itself which of its cases it is to check.
const CASE: &str = "SOJOURN_TEST_CASE";

/// Which driver runs the cases that set no variables: the simulated one or, if it is `installed`, the machine's own.
const DRIVER: &str = "SOJOURN_TEST_DRIVER";

/// Checks a case, a function, in a process of its own, with variables or without: the test that says so starts itself
/// anew, and finds by the environment that it is to check the case there.
macro_rules! apart {
    ($case:expr) => {
        apart!($case, &[])
    };
    ($case:expr, $variables:expr) => {{
        fn here() {}
        crate::process::check(std::any::type_name_of_val(&here), $case, $variables);
    }};
}
pub(crate) use apart;

/// See [`apart!`]. `here` is the name of a function within that of the test.
///
/// # Panics
/// If the case fails, or was not run.
pub(crate) fn check<C: Fn()>(here: &str, case: C, variables: &[(&str, &str)]) {
    let name = type_name_of_val(&case);
    assert!(!name.contains('{'), "closures have no names of their own: {name}");
    let ran = format!("ran {name} to its end");
    if let Ok(named) = std::env::var(CASE) {
        if named == name {
            case();
            println!("{ran}");
        }
        return;
    }
    let within = here.split_once("::").and_then(|(_, path)| path.rsplit_once("::"));
    let (test, _) = within.expect("a function within a test of this crate");
    let mut command = Command::new(std::env::current_exe().expect("this executable"));
    command.args(["--exact", test, "--nocapture"]).env(CASE, name);
    if !variables.is_empty() || std::env::var(DRIVER).as_deref() != Ok("installed") {
        command.env_remove("CUDA_VISIBLE_DEVICES").env("LD_LIBRARY_PATH", simulator::driver());
    }
    let output = command.envs(variables.iter().copied()).output().expect("this test runs again");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} with {variables:?}:\n{said}");
    assert!(said.contains(&ran) && said.contains("1 passed"), "{name} was not run by {test}:\n{said}");
}
