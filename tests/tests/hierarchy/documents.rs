//! Traces found by a file's bytes, before the file is read as a graph.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use sojourn_tests::{Home, wait_for};

use super::{fixture, trace};

fn table(home: &Home, name: &str) -> PathBuf {
    home.store().join("v1").join(name)
}

/// Whether a table of the store has an entry.
fn has_entries(home: &Home, name: &str) -> bool {
    fn any_file(directory: &std::path::Path) -> bool {
        let Ok(entries) = std::fs::read_dir(directory) else { return false };
        entries.flatten().any(|entry| entry.path().is_file() || any_file(&entry.path()))
    }
    any_file(&table(home, name))
}

/// Removes tables from disk, and from the memory of the daemon with it.
fn forget(home: &Home, names: &[&str]) {
    assert_eq!(home.run(&["shutdown"]).code, Some(0));
    wait_for("the daemon to be gone", Duration::from_secs(20), || (!home.socket().exists()).then_some(()));
    names.iter().for_each(|name| std::fs::remove_dir_all(table(home, name)).unwrap_or_default());
}

fn hash(line: &Value) -> &str {
    line["hash"].as_str().expect("a hash")
}

#[test]
fn a_file_met_before_is_found_by_its_bytes_alone() {
    let home = Home::new();
    let file = fixture(&home, "im_2_2");
    let first = trace(&home, "2", &[&file, "model:islands,n=5"]);
    forget(&home, &["manifest", "names", "traces", "plans"]);
    let again = trace(&home, "2", &[&file, "model:islands,n=5"]);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((&again["cached"], hash(again)), (&Value::Bool(true), hash(first)));
    }
    let bytes = std::fs::read_to_string(&file).expect("the file");
    let changed = home.file("changed.json", &format!("{bytes} "));
    assert_eq!(trace(&home, "2", &[&changed])[0]["cached"], Value::Bool(false), "its bytes are others");
}

#[test]
fn a_graph_known_from_another_file_is_found_and_from_then_on_by_both() {
    let home = Home::new();
    let file = fixture(&home, "im_2_2");
    let copy = home.file("copy.json", &format!("\n{}", std::fs::read_to_string(&file).expect("the file")));
    trace(&home, "2", &[&file]);
    assert_eq!(trace(&home, "2", &[&copy])[0]["cached"], Value::Bool(true));
    forget(&home, &["manifest", "names", "traces", "plans"]);
    assert_eq!(trace(&home, "2", &[&copy])[0]["cached"], Value::Bool(true));
}

#[test]
fn a_graph_recorded_as_one_job_is_found_by_its_file_as_well() {
    let home = Home::new();
    let file = fixture(&home, "kingman_5");
    trace(&home, "50", &[&file]);
    forget(&home, &["manifest", "names", "traces", "plans"]);
    assert_eq!(trace(&home, "50", &[&file])[0]["cached"], Value::Bool(true));
}

#[test]
fn without_the_store_a_file_is_neither_looked_up_nor_remembered() {
    let home = Home::new();
    let file = fixture(&home, "im_2_2");
    home.json(&["trace", &file, "--strategy", "vmap", "--no-cache", "--json"]);
    assert!(!has_entries(&home, "files"));
    trace(&home, "2", &[&file]);
    assert!(has_entries(&home, "files"));
    let line = home.json(&["trace", &file, "--strategy", "vmap", "--no-cache", "--json"]).remove(0);
    assert_eq!(line["cached"], Value::Bool(false));
}

#[test]
fn files_that_are_no_graphs_are_all_named_and_nothing_is_told_before() {
    let home = Home::new();
    let file = fixture(&home, "im_2_2");
    trace(&home, "2", &[&file]);
    let (one, two) = (home.file("one.json", "{}"), home.file("two.json", "[1,"));
    let finished = home.run(&["trace", &file, &one, &two, "--strategy", "vmap", "--json"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(4), ""));
    assert!(
        finished.stderr.contains("one.json") && finished.stderr.contains("two.json"),
        "{}",
        finished.stderr
    );
}
