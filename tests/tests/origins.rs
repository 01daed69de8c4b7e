//! The three problems that sojourn comes from: what each had must work here.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sojourn_engine::formats::phasic::{Layout, write_json};
use sojourn_engine::models;
use sojourn_tests::{Home, children_of};

/// A jobs file: models by index, in the order given; an index below zero is padding.
fn jobs(home: &Home, units: &[(i64, &str)]) -> String {
    let line = |&(idx, model): &(i64, &str)| {
        if idx < 0 {
            return json!({"idx": idx}).to_string();
        }
        let graph = models::build(model).expect("a model");
        let graph: Value =
            serde_json::from_str(&write_json(&graph, Layout::Old).expect("a graph")).expect("JSON");
        json!({"idx": idx, "hash": null, "graph": graph}).to_string()
    };
    let lines: Vec<String> = units.iter().map(line).collect();
    home.file("jobs.jsonl", &(lines.join("\n") + "\n"))
}

fn by_index(answers: &[Value]) -> BTreeMap<i64, &Value> {
    answers.iter().map(|answer| (answer["idx"].as_i64().expect("an index"), answer)).collect()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("a file")))
        .collect()
}

const MANY: [(i64, &str); 9] = [
    (12, "coalescent,n=10"),
    (3, "islands,n=6"),
    (-1, ""),
    (7, "arg,n=4"),
    (0, "chain,components=5,size=60,distinct=true"),
    (5, "random,n=80,degree=4,seed=1"),
    (-1, ""),
    (4, "sfs,n=8"),
    (9, "tandem,k=6"),
];

// A. A REPL with a GPU worker: four checks of the worker.

#[test]
fn a_worker_executes_twice_and_the_second_time_is_served_from_the_store() {
    let home = Home::new();
    let first = home.json(&["trace", "model:islands,n=5", "--strategy", "vmap", "--json"]);
    let second = home.json(&["trace", "model:islands,n=5", "--strategy", "vmap", "--json"]);
    assert_eq!(first[0]["cached"], false);
    assert_eq!(second[0]["cached"], true);
    assert_eq!(first[0]["hash"], second[0]["hash"]);
}

#[test]
fn the_service_answers_ping_memory_and_status_and_ends_when_asked() {
    let home = Home::new();
    home.ok(&["ping"]);
    assert_eq!(home.json(&["memory", "show", "--json"])[0]["devices"], json!([]));
    let status = home.status();
    assert!(status["pid"].as_u64().is_some() && status["workers"].is_array(), "{status}");
    home.ok(&["shutdown"]);
    assert_eq!(home.run(&["status"]).code, Some(3), "nobody answers after a shutdown");
}

#[test]
fn a_fresh_worker_has_nothing_of_its_parent_but_its_socket() {
    let home = Home::new().with("SOJOURN_SECRET_OF_THE_PARENT", "1").with("CUDA_VISIBLE_DEVICES", "0");
    home.ok(&["trace", "model:islands,n=5", "--strategy", "vmap"]);
    let daemon = home.status()["pid"].as_u64().expect("a process id") as u32;
    let workers = children_of(daemon);
    assert!(!workers.is_empty());
    for worker in workers {
        let descriptors = std::fs::read_dir(format!("/proc/{worker}/fd")).expect("ours to see");
        let mut numbers: Vec<String> =
            descriptors.map(|d| d.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        numbers.sort();
        assert_eq!(numbers, ["0", "1", "2"]);
        let environment = std::fs::read(format!("/proc/{worker}/environ")).expect("ours to see");
        let environment = String::from_utf8_lossy(&environment);
        assert!(!environment.contains("SECRET") && !environment.contains("HOME="), "{environment}");
    }
}

// B. Batches over fresh processes: the KeyError case.

#[test]
fn every_index_of_a_batch_is_answered_whatever_the_number_of_workers() {
    for workers in ["1", "2", "4"] {
        let home = Home::new();
        let jobs = jobs(&home, &MANY);
        let answers =
            home.json(&["trace", "--jobs", &jobs, "--workers", workers, "--strategy", "vmap", "--json"]);
        let answered = by_index(&answers);
        for (idx, _) in MANY.iter().filter(|job| job.0 >= 0) {
            assert!(answered[idx]["hash"].is_string(), "{workers} workers, index {idx}: {:?}", answered[idx]);
        }
        assert_eq!(answers.iter().filter(|a| a["padding"] == true).count(), 2, "{workers} workers");
    }
}

#[test]
fn one_worker_means_in_the_calling_process() {
    let home = Home::new();
    home.ok(&["trace", "model:islands,n=5", "--workers", "1"]);
    assert_eq!(home.run(&["status"]).code, Some(3), "no daemon was needed");
}

#[test]
fn ordered_answers_come_in_ascending_order_of_their_indices() {
    let home = Home::new();
    let jobs = jobs(&home, &MANY);
    let answers = home.json(&["trace", "--jobs", &jobs, "--ordered", "--json"]);
    let indices: Vec<i64> = answers
        .iter()
        .filter(|a| a["padding"] != true)
        .map(|a| a["idx"].as_i64().expect("an index"))
        .collect();
    assert_eq!(indices, [0, 3, 4, 5, 7, 9, 12]);
}

// C. One call for the whole batch.

#[test]
fn pmap_is_refused_with_its_reason() {
    let home = Home::new();
    let refused = home.run(&["trace", "model:coalescent,n=5", "--strategy", "pmap"]);
    assert_eq!(refused.code, Some(2));
    let reason = "strategy 'pmap' is not supported: it distributes compiled code, and recording a trace is not; \
                  use vmap, sequential or auto";
    assert!(refused.stderr.contains(reason), "{}", refused.stderr);
}

#[test]
fn an_unknown_strategy_is_refused_with_the_list_of_valid_ones() {
    let home = Home::new();
    let refused = home.run(&["trace", "model:coalescent,n=5", "--strategy", "fast"]);
    assert_eq!(refused.code, Some(2));
    for valid in ["auto", "vmap", "sequential"] {
        assert!(refused.stderr.contains(valid), "{}", refused.stderr);
    }
}

#[test]
fn traces_are_the_same_to_the_byte_whoever_recorded_them() {
    let mut seen: Option<BTreeMap<String, Vec<u8>>> = None;
    for how in [
        ["--strategy", "sequential", "--min-size", "50"],
        ["--strategy", "vmap", "--min-size", "50"],
        ["--strategy", "vmap", "--min-size", "5"],
        ["--strategy", "vmap", "--min-size", "100000"],
    ] {
        for workers in ["1", "2", "4"] {
            let home = Home::new();
            let jobs = jobs(&home, &MANY);
            let out = home.path("traces").to_string_lossy().into_owned();
            let mut arguments = vec!["trace", "--jobs", &jobs, "--workers", workers, "-o", &out];
            arguments.extend(how);
            for run in ["first", "second"] {
                home.ok(&arguments);
                let traces = files(Path::new(&out));
                assert_eq!(traces.len(), 7);
                let expected = seen.get_or_insert_with(|| traces.clone());
                assert!(*expected == traces, "{run} run of {arguments:?} differs");
            }
        }
    }
}
