//! Input that can not be: a message that names file and place, its exit code, and nothing half-done.

use std::path::Path;

use serde_json::Value;
use sojourn_engine::formats::phasic::{Layout, write_json};
use sojourn_engine::models;
use sojourn_tests::Home;

/// A graph file of three rows in the old layout: the start, a state, the end.
fn graph_file(states: &str, edges: &str) -> String {
    format!(
        "{{\"states\": {states}, \"edges\": {edges}, \"start_edges\": [[1, 1.0]], \"param_edges\": [], \
         \"start_param_edges\": [], \"param_length\": 0, \"state_length\": 1, \"n_vertices\": 3}}"
    )
}

const STATES: &str = "[[0], [2], [1]]";

/// Name, content, what the message must say.
fn malformed() -> Vec<(&'static str, String, &'static [&'static str])> {
    let good = graph_file(STATES, "[[1, 2, 1.0]]");
    let edges = |edges: &str| graph_file(STATES, edges);
    vec![
        ("truncated.json", good[..40].to_owned(), &["line 1"]),
        ("empty.json", String::new(), &["empty"]),
        ("words.json", "no graph at all".to_owned(), &["line 1"]),
        ("list.json", "[1, 2]".to_owned(), &["line 1"]),
        ("keys.json", "{\"vertices\": 3}".to_owned(), &["`vertices`"]),
        ("width.json", graph_file("[[0], [2, 3], [1]]", "[[1, 2, 1.0]]"), &["states[1]", "2 entries"]),
        ("edge.json", edges("[[1, 2]]"), &["edges[0]", "2 entries"]),
        ("index.json", edges("[[1, 2, 1.0], [1, 9, 1.0]]"), &["edges[1]", "1 -> 9"]),
        ("below.json", edges("[[-1, 2, 1.0]]"), &["edges[0]"]),
        ("half.json", edges("[[1, 1.5, 1.0]]"), &["edges[0]", "1.5"]),
        ("nan.json", edges("[[1, 2, NaN]]"), &["edges[0]", "NaN"]),
        ("huge.json", edges("[[1, 2, 1e999]]"), &["edges[0]"]),
        ("negative.json", edges("[[1, 2, -1.0]]"), &["edges[0]", "1 -> 2", "-1"]),
        (
            "mode.json",
            good.replace("\"param_length\"", "\"weight_mode\": \"log\", \"param_length\""),
            &["log"],
        ),
        ("matrix.json", "{\"alpha\": [1, 0], \"S\": [[-1]]}".to_owned(), &["alpha", "2 entries"]),
        ("positive.json", "{\"alpha\": [1], \"S\": [[2]]}".to_owned(), &["S[0][0]", "diagonal"]),
        ("steps.json", "{\"alpha\": [1], \"S\": [[0.5]]}".to_owned(), &["S[0][0]", "--discrete"]),
        ("packed.json.gz", "not gzip".to_owned(), &["line 1"]),
    ]
}

#[test]
fn a_malformed_graph_is_exit_code_4_with_file_and_place_and_nothing_is_written() {
    let home = Home::new();
    let out = home.path("traces");
    for (name, content, parts) in malformed() {
        let file = home.file(name, &content);
        let before = home.path("ops.json");
        let out = out.to_string_lossy();
        let ops = before.to_string_lossy();
        for arguments in [
            vec!["trace", &file, "--json", "-o", &out, "--ops", &ops],
            vec!["eval", &file, "--json", "--theta", ""],
            vec!["show", &file],
        ] {
            let refused = home.run(&arguments);
            assert_eq!(refused.code, Some(4), "{arguments:?}: {}", refused.stderr);
            assert_eq!(refused.stdout, "", "{arguments:?}");
            for part in parts.iter().chain([&name]) {
                assert!(refused.stderr.contains(part), "{arguments:?}: no {part} in: {}", refused.stderr);
            }
        }
        assert!(!before.exists() && is_empty(Path::new(&*out)), "{name}: something was written");
    }
    assert_eq!(home.pid_if_any(), None, "no daemon was needed to find that out");
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

#[test]
fn what_can_not_be_opened_and_what_is_no_model_is_exit_code_4_by_name() {
    let home = Home::new();
    for (name, parts) in [
        ("absent.json", vec!["absent.json", "No such file"]),
        (".", vec!["directory"]),
        ("model:nosuch,n=3", vec!["nosuch"]),
        ("model:coalescent,m=3", vec!["coalescent", "`m`"]),
        ("model:coalescent,n=many", vec!["coalescent", "many"]),
        ("model:coalescent", vec!["coalescent"]),
        ("model:", vec!["model"]),
    ] {
        for command in ["trace", "eval", "show"] {
            let refused = home.run(&[command, name]);
            assert_eq!(refused.code, Some(4), "{command} {name}: {}", refused.stderr);
            for part in &parts {
                assert!(refused.stderr.contains(part), "{command} {name}: {}", refused.stderr);
            }
        }
    }
}

#[test]
fn every_file_that_can_not_be_read_is_named_before_any_work_is_done() {
    let home = Home::new();
    let refused = home.run(&["trace", "model:coalescent,n=4", "absent1.json", "absent2.json", "--json"]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("absent1.json") && refused.stderr.contains("absent2.json"));
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_vertex_that_can_not_leave_is_named_by_eval_for_each_theta() {
    let home = Home::new();
    let file = home.file("trap.json", &graph_file(STATES, "[[1, 2, 1.0], [2, 1, 1.0]]"));
    for strategy in ["sequential", "vmap"] {
        let failed = home.run(&["eval", &file, "--strategy", strategy, "--thetas", "[[], []]", "--json"]);
        assert_eq!(failed.code, Some(1), "{}", failed.stderr);
        let lines: Vec<Value> =
            failed.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(lines.len(), 2, "{}", failed.stdout);
        for line in lines {
            assert!(line["moments"].is_null(), "{line}");
            let message = line["error"]["message"].as_str().expect("a message");
            assert!(line["error"]["kind"].is_string() && message.contains("vertices 1, 2"), "{line}");
        }
    }
}

#[test]
fn a_theta_of_another_length_is_exit_code_2_with_both_lengths() {
    let home = Home::new();
    let thetas = home.file("thetas.csv", "a,b\n1,2\n");
    for arguments in [vec!["--theta", "1,2"], vec!["--thetas", &thetas], vec!["--thetas", "[[1,2,3],[1,2]]"]]
    {
        let mut all = vec!["eval", "model:islands,n=3", "--json"];
        all.extend(arguments);
        let refused = home.run(&all);
        assert_eq!(refused.code, Some(2), "{all:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("2 entries") && refused.stderr.contains("3 parameters"));
        assert_eq!(refused.stdout, "");
    }
    let refused = home.run(&["eval", "model:islands,n=3", "--theta", "1,nan,2"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("nan"), "{}", refused.stderr);
    let bad = home.file("bad.csv", "1,2,3\n1,x,3\n");
    let refused = home.run(&["eval", "model:islands,n=3", "--thetas", &bad]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("bad.csv: line 2"), "{}", refused.stderr);
}

#[test]
fn a_jobs_file_with_an_index_twice_or_a_broken_line_is_refused_by_its_line() {
    let home = Home::new();
    let graph = write_json(&models::build("coalescent,n=4").expect("a model"), Layout::Old).expect("a graph");
    let line = |idx: i64| format!("{{\"idx\": {idx}, \"graph\": {graph}}}\n");
    for (name, content, parts) in [
        ("twice.jsonl", line(3) + &line(4) + &line(3), ["line 3", "idx 3"]),
        ("broken.jsonl", line(3) + "{\"idx\": 4, \"gra\n", ["line 2", ""]),
        ("none.jsonl", line(3) + "{\"idx\": 4}\n", ["line 2", "idx 4"]),
    ] {
        let file = home.file(name, &content);
        let refused = home.run(&["trace", "--jobs", &file, "--strategy", "vmap", "--json"]);
        assert_eq!(refused.code, Some(4), "{name}: {}", refused.stderr);
        for part in parts.iter().chain([&name]) {
            assert!(refused.stderr.contains(part), "{name}: {}", refused.stderr);
        }
        assert_eq!(refused.stdout, "", "{name}");
    }
}

#[test]
fn a_job_with_a_false_hash_or_a_graph_that_can_not_be_fails_alone() {
    let home = Home::new();
    let graph = write_json(&models::build("coalescent,n=4").expect("a model"), Layout::Old).expect("a graph");
    let hash = home.json(&["trace", "model:coalescent,n=4", "--json"])[0]["hash"].clone();
    let content = format!(
        "{{\"idx\": 0, \"hash\": {hash}, \"graph\": {graph}}}\n\
         {{\"idx\": 1, \"hash\": \"{false_hash}\", \"graph\": {graph}}}\n\
         {{\"idx\": 2, \"hash\": \"a label\", \"graph\": {graph}}}\n\
         {{\"idx\": 3, \"graph\": {bad}}}\n",
        false_hash = "ab".repeat(32),
        bad = graph_file(STATES, "[[1, 2, -1.0]]"),
    );
    let file = home.file("jobs.jsonl", &content);
    let out = home.path("traces").to_string_lossy().into_owned();
    for strategy in ["sequential", "vmap"] {
        let how = ["--strategy", strategy, "--ordered", "--json", "-o", &out];
        let mut arguments = vec!["trace", "--jobs", &file];
        arguments.extend(how);
        let ended = home.run(&arguments);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        let lines: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(lines.len(), 4, "{}", ended.stdout);
        assert_eq!((&lines[0]["hash"], &lines[2]["hash"]), (&hash, &hash));
        assert_eq!(lines[2]["label"], "a label");
        assert_eq!(lines[1]["error"]["kind"], "hash_mismatch", "{}", lines[1]);
        assert_eq!(lines[3]["error"]["kind"], "invalid_input", "{}", lines[3]);
        assert!(lines[3]["error"]["message"].as_str().is_some_and(|text| text.contains("1 -> 2")));
        assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), 2, "no file of a failed job");
    }
}

#[test]
fn a_folder_that_can_not_be_written_is_exit_code_1_by_name() {
    let home = Home::new();
    let plain = home.file("plain", "in the way");
    let below = home.path("plain/traces").to_string_lossy().into_owned();
    for out in [&plain, &below] {
        let failed = home.run(&["trace", "model:coalescent,n=4", "--json", "-o", out]);
        assert_eq!(failed.code, Some(1), "{}", failed.stderr);
        assert!(failed.stderr.contains(out.as_str()), "{}", failed.stderr);
    }
    assert_eq!(std::fs::read_to_string(&plain).expect("a file"), "in the way");
}

#[test]
fn a_command_line_that_can_not_be_followed_is_exit_code_2() {
    let home = Home::new();
    for (arguments, part) in [
        (vec!["trace"], "FILE"),
        (vec!["traec", "x.json"], "traec"),
        (vec!["trace", "model:coalescent,n=4", "--workers", "0"], "workers"),
        (vec!["trace", "model:coalescent,n=4", "--detach"], "--detach"),
        (vec!["eval", "model:coalescent,n=4", "--theta", "1", "--device", "gpu0"], "gpu0"),
        (vec!["batch", "list"], "batch"),
        (vec!["eval", "model:islands,n=3"], "3 parameters"),
    ] {
        let refused = home.run(&arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(part), "{arguments:?}: {}", refused.stderr);
    }
}
