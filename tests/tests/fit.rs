//! Fitting from the command line.

use std::time::Duration;

use rustix::process::Signal;
use sojourn_tests::{Home, Terminal, kill, wait_for};

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
    // Drawn starts of probabilities above one are moved; a given one is told.
    let data = home.file("whole.csv", "time\n3\n10\n7\n");
    let found = home.run(&["fit", &parametric, "--data", &data, "--start", "2", "--start", "0.5"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains("0.15 "), "three ends in twenty steps: {}", found.stdout);
    assert!(found.stderr.contains("1 of 5 searches failed, the first: "), "{}", found.stderr);
    let found = home.run(&["fit", &parametric, "--data", &data]);
    assert_eq!(
        (found.code, &found.stderr[..]),
        (Some(0), "sojourn: parameter 0 is uncertain: its standard error is 0.53 of the estimate\n")
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
    assert!(warned("time,censored\n1,1\n2,right\n").contains("all observations are right-censored"));
    assert!(warned("time,censored\n1,left\n2,left\n").contains("all observations are left-censored"));
    assert!(warned("id,time,age\n1,2,3\n2,4,5\n").contains("not used: id, age"));
    assert_eq!(warned("time,event\n1,1\n2,1\n1.5,1\n1,1\n3,1\n2,0\n"), "");
}

#[test]
fn statuses_are_true_and_only_what_did_not_converge_is_a_failure() {
    let home = Home::new();
    let graph = home.file(
        "sum.json",
        r#"{"states":[[0],[1],[2]],"edges":[],"start_edges":[[1,1.0]],"param_edges":[[1,2,1.0,1.0]],"start_param_edges":[],
            "param_length":2,"state_length":1,"n_vertices":3}"#,
    );
    let times = home.file("times.csv", "0.5\n1.5\n1\n");
    let fit = |arguments: &[&str]| {
        let found = home.run(&[&["fit"], arguments, &["--json"]].concat());
        let line: serde_json::Value = serde_json::from_str(&found.stdout).unwrap_or_default();
        let statuses: Vec<String> = line["parameters"]
            .as_array()
            .map(|all| all.iter().map(|p| p["status"].as_str().unwrap_or_default().to_owned()).collect())
            .unwrap_or_default();
        (found.code, line, statuses)
    };
    let (code, line, statuses) = fit(&[&graph, "--data", &times]);
    assert_eq!((code, statuses), (Some(0), vec!["not_identified".to_owned(); 2]), "{line}");
    assert_eq!(line["not_identified"][0]["determined"], "theta[0] + theta[1]");
    assert_eq!((&line["status"], &line["converged"]), (&"not_identified".into(), &true.into()));
    assert!(
        line["correlations"].is_null() && line["notes"].as_array().is_some_and(|notes| !notes.is_empty())
    );
    let (code, line, statuses) = fit(&[&graph, "--data", &times, "--fixed", "1=0.25"]);
    assert_eq!((code, statuses), (Some(0), vec!["estimated".to_owned(), "fixed".to_owned()]), "{line}");
    let (code, line, statuses) = fit(&[&graph, "--data", &times, "--fixed", "1=4"]);
    assert_eq!((code, statuses), (Some(0), vec!["at_bound".to_owned(), "fixed".to_owned()]), "{line}");
    assert_eq!(line["theta"][0], 0.0);
    let left = home.file("left.csv", "time,censored\n1,left\n2,left\n");
    let (code, line, statuses) = fit(&["model:erlang,k=1", "--data", &left]);
    assert_eq!((code, statuses), (Some(0), vec!["at_infinity".to_owned()]), "{line}");
    let (code, line, statuses) = fit(&["model:mm1k,k=3", "--data", &times, "--iterations", "1"]);
    assert_eq!((code, statuses), (Some(1), vec!["not_converged".to_owned(); 2]), "{line}");
    assert_eq!((&line["status"], &line["converged"]), (&"not_converged".into(), &false.into()));
}

#[test]
fn weights_far_beyond_all_counts_are_fitted_at_once() {
    let home = Home::new();
    for (text, rate) in [("1,1e150\n", 1.0), ("3,1e300\n", 1.0 / 3.0)] {
        let data = home.file("data.csv", text);
        let line = home.json(&["fit", "model:erlang,k=1", "--data", &data, "--json"]).remove(0);
        let found = line["theta"][0].as_f64().unwrap_or_default();
        assert!((found / rate - 1.0).abs() < 1e-9, "{line}");
        assert_eq!(line["status"], "estimated");
    }
}

#[test]
fn an_interrupted_fit_delivers_what_it_has() {
    // Progress is shown where the terminal can draw.
    let home = Home::new().with("TERM", "xterm");
    let model = "model:coxian,n=15";
    let theta = vec!["1"; 29].join(",");
    let samples = home.path("samples.csv").to_string_lossy().into_owned();
    let drawn = home.run(&["eval", model, "--theta", &theta, "--sample", "300", "-o", &samples]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.stderr);
    let mut terminal = Terminal::new(60, 200);
    let mut child =
        terminal.start(&mut home.command(&["fit", model, "--data", &samples, "--starts", "1000"]));
    terminal.wait_to_show("highest", 1);
    kill(child.id(), Signal::INT);
    // What it shows must be read, or it waits.
    let ended = wait_for("the end of the fit", Duration::from_secs(60), || {
        terminal.shown();
        child.try_wait().expect("a child")
    });
    assert_eq!(ended.code(), Some(1), "{}", terminal.shown());
    let shown = terminal.shown();
    assert!(
        shown.contains("not converged") && shown.contains("interrupted: these are the likeliest"),
        "{shown}"
    );
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
