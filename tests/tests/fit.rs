//! Fitting from the command line.

use sojourn_tests::Home;

#[test]
fn the_rate_of_lifetimes_is_their_number_by_the_time_lived() {
    let home = Home::new();
    // Four deaths in a time of 3.2 lived.
    let data = home.file("data.csv", "time,censored\n0.5,0\n0.25,0\n1.25,0\n0.7,0\n0.5,1\n");
    let line = home.json(&["fit", "model:erlang,k=1", "--data", &data, "--json"]).remove(0);
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{line}"));
    let rate: f64 = 4.0 / 3.2;
    assert!((number(&line["theta"][0]) - rate).abs() < 1e-7, "{line}");
    assert!((number(&line["log_likelihood"]) - (4.0 * rate.ln() - 4.0)).abs() < 1e-9, "{line}");
    // The information is n / r^2.
    assert!((number(&line["parameters"][0]["standard_error"]) - rate / 2.0).abs() < 1e-5, "{line}");
    assert_eq!(line["converged"], true);
}

#[test]
fn a_wrong_line_of_data_is_named() {
    let home = Home::new();
    let data = home.file("data.csv", "time\n0.5\n\n-1\n");
    let refused = home.run(&["fit", "model:erlang,k=1", "--data", &data, "--json"]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("data.csv: line 4: the time -1"), "{}", refused.stderr);
}
