//! What is said while a command takes long.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sojourn_tests::{Home, Terminal, kill, wait_for};

#[test]
fn a_long_stage_is_named_on_a_terminal_and_ctrl_c_ends_it() {
    let home = Home::new();
    let mut terminal = Terminal::new(30, 100);
    let mut command =
        home.command(&["trace", "model:tandem,k=1000", "--strategy", "sequential", "--no-cache"]);
    let mut child = terminal.start(command.env("TERM", "xterm"));
    let stages =
        ["reading the graph, ", "numbering 1,002,001 vertices, ", "a component of 1,002,001 vertices, "];
    wait_for("a stage", Duration::from_secs(120), || {
        let shown = terminal.shown();
        stages.iter().any(|stage| shown.contains(stage)).then_some(())
    });
    kill(child.id(), Signal::INT);
    let begun = Instant::now();
    let status = wait_for("its end", Duration::from_secs(60), || child.try_wait().expect("our child"));
    assert_eq!(status.code(), Some(130));
    // Half a second of grace, and what a busy machine takes.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn the_first_moment_is_the_first_and_ends_of_doubles_are_shown() {
    let home = Home::new();
    let eval = |more: &[&str]| home.run(&[&["eval", "model:erlang,k=2", "--theta", "1e-308"], more].concat());
    let refused = eval(&["--moments", "0"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--moments 0: the first moment, 1, is the mean"), "{}", refused.stderr);
    let refused = eval(&["--cdf", "1e308:1e309:5"]);
    assert!(
        refused.code == Some(2) && refused.stderr.contains("`1e309`, is not finite"),
        "{}",
        refused.stderr
    );
    let times = ["--cdf", "5e-324,1e-300,1e308"];
    for form in [&[][..], &["--json"], &["-o", "-", "--format", "csv"]] {
        let found = eval(&[&times[..], form].concat());
        assert_eq!(found.code, Some(0), "{form:?}: {}", found.stderr);
        for number in ["5e-324", "1e-300", "1e"] {
            assert!(found.stdout.contains(number), "{form:?}: {}", found.stdout);
        }
        assert!(!found.stdout.contains("0000000000000000000"), "{form:?}: {}", found.stdout);
        assert!(
            !found.stdout.contains("inf") && !found.stdout.contains("null"),
            "{form:?}: {}",
            found.stdout
        );
    }
    // A negative rate of many digits likewise.
    let found = home.run(&["eval", "model:erlang,k=2", "--theta", "-1e300"]);
    assert!(found.stderr.contains("-1e300, and a rate must"), "{}", found.stderr);
}
