//! What a GPU is asked it answers as the processor does, and says that it did.

use bytes::Bytes;
use sojourn_engine::question::Tile;
use sojourn_engine::{Query, Question};
use sojourn_proto::{Outcome, Payload, Unit};
use sojourn_tests::OPTIONS;

use crate::{FIRST, PART, devices, home, lines, same, session, vectors};

/// All that is computed on GPUs, in one question.
const ASKED: [&str; 6] = ["--moments", "3", "--rewards", "state[:]", "--gradient", "--json"];

#[test]
fn an_evaluation_on_a_gpu_is_that_of_the_processor_in_order_and_names_the_gpu() {
    let home = home(&[FIRST]);
    let file = vectors(&home, 5000);
    let asked = [&["eval", "model:sfs,n=5", "--thetas", &file], &ASKED[..]].concat();
    let there = home.run(&[&asked[..], &["--device", "cuda:0"]].concat());
    let here = home.run(&[&asked[..], &["--device", "cpu"]].concat());
    assert_eq!((there.code, here.code), (Some(1), Some(1)), "some have no answer: {}", there.stderr);
    let (there, here) = (lines(&there.stdout), lines(&here.stdout));
    assert_eq!((there.len(), here.len()), (5000, 5000));
    for (there, here) in there.iter().zip(&here) {
        assert!(same(there, here), "{there}\n{here}");
        if there.get("error").is_none() {
            assert_eq!((&there["device"], &here["device"]), (&FIRST.into(), &"cpu".into()));
        }
    }
    let device = &devices(&home)[0];
    assert!(device.runs >= 2 && device.resident.len() == 1, "{device:?}");
}

#[test]
fn a_device_is_named_by_number_by_uuid_or_as_a_part_and_tables_say_which_computed() {
    let home = home(&[FIRST, PART]);
    for (named, expected) in [("cuda:1", PART), (PART, PART), (FIRST, FIRST), ("cuda:0", FIRST)] {
        let finished = home.run(&["eval", "model:coalescent,n=5", "--theta", "1", "--device", named]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        assert!(finished.stderr.contains(&format!("computed on {expected}")), "{}", finished.stderr);
    }
}

#[test]
fn the_environment_of_whoever_asks_is_respected_and_never_widened() {
    let home = home(&[FIRST, PART]);
    let asked = ["eval", "model:coalescent,n=5", "--theta", "1", "--json", "--device"];
    let run = |visible: &str, device: &str| {
        let mut command = home.command(&[&asked[..], &[device]].concat());
        let output = command.env("CUDA_VISIBLE_DEVICES", visible).output().expect("sojourn starts");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    // The daemon sees both.
    home.ok(&[&asked[..], &["cuda:0"]].concat());
    let (code, text) = run("1", "cuda:0");
    assert!(code == Some(0) && text.contains(PART), "{text}");
    let (code, text) = run("1", FIRST);
    assert!(code == Some(1) && text.contains(PART), "{text}");
    let (code, text) = run("", "cuda:0");
    assert!(code == Some(1) && text.contains("CUDA_VISIBLE_DEVICES"), "{text}");
    // A daemon sees what its starter left it.
    home.ok(&["shutdown"]);
    let (code, text) = run(PART, "cuda:0");
    assert!(code == Some(0) && text.contains(PART), "{text}");
    let uuids: Vec<String> = devices(&home).into_iter().map(|device| device.uuid).collect();
    assert_eq!(uuids, [PART]);
    assert_eq!(home.run(&[&asked[..], &["cuda:1"]].concat()).code, Some(1));
}

#[test]
fn a_thousand_jobs_leave_no_more_memory_taken_than_the_first() {
    let home = home(&[FIRST]);
    let _daemon = home.daemon(&[]);
    let (mut session, kind) = session(&home);
    let query = Query { moments: 2, gradient: true, ..Query::default() };
    let question = Question { moments: Some(query), ..Question::default() };
    let unit = |idx: i64| {
        // Of all sizes, the largest first; no two alike, or they were one job.
        let count = if idx == 0 { 40 } else { 1 + idx % 40 };
        let thetas: Vec<Vec<f64>> = (0..count).map(|k| vec![1.0 + idx as f64 + k as f64 / 64.0]).collect();
        let payload = Bytes::from(Tile::encode(&question, &thetas));
        Unit { idx, kind, key: kind.key(&payload), payload: Payload::Inline(payload) }
    };
    session.submit(2, OPTIONS, vec![unit(0)]);
    session.collect(2);
    let first = devices(&home)[0].ours_bytes;
    assert!(first > 0);
    session.submit(3, OPTIONS, (1..1000).map(unit).collect());
    let (outcomes, _) = session.collect(3);
    assert!(outcomes.values().all(|outcome| matches!(outcome, Outcome::Done { device: Some(_), .. })));
    let device = &devices(&home)[0];
    assert_eq!((device.ours_bytes, device.runs, device.grown_bytes), (first, 1000, 0));
    assert_eq!((device.losses, device.resident.len()), (0, 1));
}
