//! The same bytes come out whoever recorded which part, and however the graph was cut.

use std::collections::BTreeMap;
use std::path::Path;

use sojourn_engine::{Chain, Trace, formats};
use sojourn_tests::Home;

/// All fixtures but one, which takes seconds to record, and is to be recorded a dozen times: others are of its kind.
fn fixtures() -> Vec<(String, String)> {
    crate::fixtures().into_iter().filter(|(name, _)| name != "random_5000").collect()
}

/// The traces of all fixtures, recorded whole in this process.
fn expected() -> BTreeMap<String, Vec<u8>> {
    let record = |(name, text): &(String, String)| {
        let graph = formats::read_json(text.as_bytes(), name.starts_with("dph")).expect("a graph");
        (name.clone(), Trace::record(&Chain::new(&graph)).expect("a trace").encode())
    };
    fixtures().iter().map(record).collect()
}

/// Writes all fixtures into a home; those that count steps apart, since old files do not say so.
fn write_all(home: &Home) -> [Vec<String>; 2] {
    let file = |name: &str, text: &str| home.file(&format!("{name}.json"), text);
    let (steps, rates) = fixtures().into_iter().partition::<Vec<_>, _>(|(name, _)| name.starts_with("dph"));
    [rates, steps].map(|all| all.iter().map(|(name, text)| file(name, text)).collect())
}

/// Traces all files and compares what was written.
fn check(
    home: &Home,
    files: &[Vec<String>; 2],
    expected: &BTreeMap<String, Vec<u8>>,
    how: &[&str],
) -> Vec<bool> {
    let folder = home.path("traces");
    let output = folder.to_string_lossy().into_owned();
    let mut cached = Vec::new();
    for (files, kind) in files.iter().zip([&[][..], &["--discrete"]]) {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let lines = home.json(&[&["trace", "-o", &output, "--json"], kind, &files[..], how].concat());
        cached.extend(lines.iter().map(|line| line["cached"].as_bool().expect("cached")));
    }
    for (name, bytes) in expected {
        let found = std::fs::read(written(&folder, name)).expect("a trace");
        assert!(&found == bytes, "{name} differs, traced with {how:?}");
    }
    std::fs::remove_dir_all(&folder).expect("traces");
    cached
}

fn written(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("{name}.trace"))
}

#[test]
fn every_fixture_has_the_bytes_of_its_whole_recording_however_it_is_cut_cold_and_warm() {
    let expected = expected();
    assert!(expected.len() >= 40, "only {} fixtures were there", expected.len());
    for min_size in ["0", "2", "50", "1000000"] {
        let home = Home::new();
        let files = write_all(&home);
        let how = ["--strategy", "vmap", "--min-size", min_size];
        let cold = check(&home, &files, &expected, &how);
        assert!(cold.iter().any(|cached| !cached), "something was recorded");
        let warm = check(&home, &files, &expected, &how);
        assert!(warm.iter().all(|&cached| cached), "everything was found, --min-size {min_size}");
        // Cut otherwise, and recorded anew beside what is stored.
        let other = if min_size == "2" { "0" } else { "2" };
        check(&home, &files, &expected, &["--strategy", "vmap", "--no-cache", "--min-size", other]);
    }
}

#[test]
fn every_fixture_has_the_same_bytes_through_any_number_of_workers() {
    let expected = expected();
    let home = Home::new();
    let files = write_all(&home);
    for workers in ["1", "2", "4"] {
        let how = ["--strategy", "vmap", "--no-cache", "--min-size", "2", "--workers", workers];
        check(&home, &files, &expected, &how);
    }
    check(&home, &files, &expected, &["--strategy", "sequential"]);
}
