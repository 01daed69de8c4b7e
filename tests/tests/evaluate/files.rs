//! Numbers in files.

use serde_json::Value;
use sojourn_tests::Home;

#[test]
fn files_hold_what_standard_output_says_and_a_vector_that_fails_keeps_its_place() {
    let home = Home::new();
    let path = |name: &str| home.path(name).to_str().expect("text").to_owned();
    let eval = ["eval", "model:coalescent,n=5", "--thetas", "[[1],[-1],[2]]", "--moments", "2"];
    let lines = home.run(&[&eval[..], &["--json"]].concat()).stdout;
    for name in ["r.jsonl", "r.csv", "r.npy"] {
        let finished = home.run(&[&eval[..], &["-o", &path(name)]].concat());
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{}", finished.stderr);
        assert!(finished.stderr.contains("theta -1: "), "{}", finished.stderr);
    }
    assert_eq!(std::fs::read_to_string(path("r.jsonl")).expect("a file"), lines);
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    let csv = std::fs::read_to_string(path("r.csv")).expect("a file");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["theta[0]", "E[T]", "E[T^2]", "mass_at_zero", "error"]);
    assert_eq!(rows[1][1].parse::<f64>().ok(), first["moments"][0].as_f64());
    assert_eq!((rows.len(), rows[2][0], rows[2][1]), (4, "-1.0", ""));
    let npy = std::fs::read(path("r.npy")).expect("a file");
    let numbers: Vec<f64> =
        npy[npy.len() - 12 * 8..].chunks(8).map(|b| f64::from_le_bytes(b.try_into().expect("8"))).collect();
    assert_eq!(Some(numbers[1]), first["moments"][0].as_f64());
    assert!(numbers[5].is_nan() && numbers[4] == -1.0 && numbers[8] == 2.0);
    let names = std::fs::read_to_string(path("r.npy.columns.json")).expect("a file");
    assert_eq!(names, r#"["theta[0]","E[T]","E[T^2]","mass_at_zero"]"#);
}

#[test]
fn another_ending_is_refused_before_anything_is_computed() {
    let home = Home::new();
    let refused = home.run(&["eval", "model:coalescent,n=5", "--theta", "1", "-o", "r.txt"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains(".jsonl, .csv or .npy"), "{}", refused.stderr);
}
