//! A batch of any size in the memory of a few vectors.

use std::io::BufRead;

use serde_json::Value;
use sojourn_tests::Home;

use crate::{Evaluation, vectors};

/// Vectors of the long batch: kept, their answers would take some 80 MB.
const MANY: usize = 100_000;

/// The most memory that a process had, in bytes.
fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}

/// The most memory the client had while it answered so many vectors, which it does in their order.
fn answered(home: &Home, count: usize, strategy: &str) -> u64 {
    let mut asked = vec!["eval", "model:coalescent,n=5", "--moments", "30", "--json"];
    asked.extend(["--workers", "2", "--strategy", strategy]);
    let mut run = Evaluation::start(home, &asked, vectors(0, count));
    let (mut most, mut lines) = (0, 0);
    let given = vectors(0, count);
    let mut expected = given.lines();
    let mut line = String::new();
    while run.output.read_line(&mut line).expect("text") > 0 {
        lines += 1;
        let theta: f64 = expected.next().expect("no more lines than vectors").parse().expect("a number");
        if lines % 1000 == 0 || lines == count {
            let found: Value = serde_json::from_str(&line).expect("JSON");
            assert_eq!(found["theta"][0], theta, "line {lines}");
            most = most.max(most_memory(run.child.id()).unwrap_or(0));
        }
        line.clear();
    }
    assert_eq!((lines, run.rest().1), (count, Some(1)));
    most
}

#[test]
fn a_hundred_thousand_vectors_stream_through_client_and_daemon_in_bounded_memory() {
    let home = Home::new();
    let daemon = home.daemon(&["--workers", "2"]);
    for strategy in ["sequential", "vmap"] {
        let few = answered(&home, 2000, strategy);
        let many = answered(&home, MANY, strategy);
        assert!(few > 0 && many < few + (32 << 20), "{strategy}: {many} bytes, and {few} for few");
    }
    let daemons = most_memory(daemon.pid()).expect("it runs");
    assert!(daemons < 256 << 20, "the daemon had {daemons} bytes");
}
