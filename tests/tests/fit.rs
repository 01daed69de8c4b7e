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

#[test]
fn what_no_start_can_mend_is_an_error_of_the_file_and_names_the_line_alone() {
    let home = Home::new();
    let graph =
        home.file("steps.json", r#"{"alpha": [0.5, 0.5], "S": [[0.5, 0.25], [0, 0.5]], "kind": "discrete"}"#);
    let data = home.file("data.csv", "time\n1\n7.5\n");
    let refused = home.run(&["eval", &graph, "--loglik", &data]);
    assert!(
        refused.stderr.contains("data.csv: line 3: the time 7.5 is no whole number"),
        "{}",
        refused.stderr
    );
    let parametric = home.file(
        "geometric.json",
        r#"{"states":[[0],[1],[2]],"edges":[],"start_edges":[[1,1]],"param_edges":[[1,2,1]],"start_param_edges":[],
            "param_length":1,"state_length":1,"n_vertices":3,"weight_mode":"linear","vertex_indices":[0,1,2],"is_discrete":true}"#,
    );
    let refused = home.run(&["fit", &parametric, "--data", &data]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("line 3: the time 7.5 is no whole number"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("start"), "{}", refused.stderr);
    // Searches that begin at probabilities of one and above fail, and are told.
    let data = home.file("whole.csv", "time\n3\n10\n7\n");
    let found = home.run(&["fit", &parametric, "--data", &data]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains("0.15 "), "three ends in twenty steps: {}", found.stdout);
    assert!(
        found.stderr.contains("of 5 searches failed, the first: ")
            && found.stderr.contains("whole.csv: line 2: the time 3"),
        "{}",
        found.stderr
    );
}

#[test]
fn doubtful_data_are_fitted_with_a_warning() {
    let home = Home::new();
    let warned = |text: &str| {
        let data = home.file("data.csv", text);
        let found = home.run(&["fit", "model:erlang,k=1", "--data", &data]);
        assert_eq!(found.code, Some(0), "{}", found.stderr);
        found.stderr
    };
    assert!(warned("time,censored\n1,1\n2,right\n").contains("all observations are censored on the right"));
    assert!(warned("id,time,age\n1,2,3\n2,4,5\n").contains("not used: id, age"));
    assert_eq!(warned("time,event\n1,1\n2,0\n"), "");
}

#[test]
fn at_the_prompt_what_is_loaded_is_evaluated_and_fitted() {
    let home = Home::new();
    let data = home.file("data.csv", "0.5\n1.5\n");
    let script = home.file(
        "script",
        &format!("graph load model:erlang,k=1\nparam set 2\neval --moments 2 --json\neval --theta 4 --json\nfit --data {data}\n"),
    );
    let input = std::fs::File::open(script).expect("a file");
    let ended = home.command(&[]).stdin(input).output().expect("it runs");
    let text = String::from_utf8(ended.stdout).expect("text");
    assert!(ended.status.success(), "{text}");
    assert!(text.contains(r#"{"theta":[2.0],"moments":[0.5,0.5]"#), "at the vector set: {text}");
    assert!(text.contains(r#"{"theta":[4.0],"moments":[0.25]"#), "at the vector given: {text}");
    assert!(text.lines().any(|line| line.starts_with("0 ") && line.contains("estimated")), "{text}");
    let refused = home.run(&["fit", "--data", &data]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("fit what? Name a file"), "{}", refused.stderr);
}
