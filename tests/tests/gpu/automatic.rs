//! Where `--device auto` has vectors computed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;
use sojourn_tests::wait_for;

use crate::{FIRST, PATIENCE, devices, home, with_fault};

/// A vector of it takes some tenths of a millisecond, also where a GPU is asked: times so long are for no kernel but the
/// first, and are left to the engine.
const ASKED: [&str; 4] = ["eval", "model:random,n=12,degree=4,seed=1", "--cdf", "1e6"];

/// So many take processors longer than a context takes to be made, by far.
const VECTORS: usize = 240_000;

#[test]
fn much_work_begins_on_processors_is_tried_on_a_gpu_and_goes_back_where_that_is_slower() {
    let home = with_fault(home(&[FIRST]), "SLOW", 1);
    let vector = |k: usize| format!("1,1,{}\n", 1.0 + k as f64 / 65536.0);
    let file = home.file("thetas.csv", &(0..VECTORS).map(vector).collect::<String>());
    let more = ["--thetas", &file, "--json", "--workers", "2", "--device", "auto"];
    let arguments = [&ASKED[..], &more].concat();
    let mut command = home.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("sojourn starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut by: Vec<String> = Vec::new();
    for (k, line) in lines.by_ref().map_while(Result::ok).enumerate() {
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line["theta"][2], 1.0 + k as f64 / 65536.0, "in order, none twice");
        let device = line["device"].as_str().expect("a device");
        if by.last().is_none_or(|last| last != device) {
            by.push(device.to_owned());
        }
        if by.len() == 3 {
            break;
        }
    }
    assert_eq!(by, ["cpu", FIRST, "cpu"]);
    // That is all there is to see.
    drop(lines);
    let ended = wait_for("its end", PATIENCE, || child.try_wait().expect("our child"));
    assert_eq!(ended.code(), Some(0));
    assert_eq!(devices(&home)[0].runs, 1, "one tile shows it");
}
