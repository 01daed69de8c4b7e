//! Files as phasic writes them.

use sojourn_tests::Home;

/// Rows 1 -> 2 (theta0), 1 -> 3 (2 theta0), 2 -> 3 (theta1), and what else the file says.
fn example(more: &str) -> String {
    format!(
        r#"{{"states":[[0],[1],[2],[3]],"vertex_indices":[0,1,2,3],"edges":[],"constant_edges":[],
        "start_edges":[[1,1.0]],"param_edges":[[1,2,1.0,0.0],[1,3,2.0,0.0],[2,3,0.0,1.0]],"start_param_edges":[],
        "param_length":2,"state_length":1,"n_vertices":4,"weight_mode":"linear","dyn_ordering":false{more}}}"#
    )
}

/// The same after `discretize(0.1)` of phasic 0.32.1, which adds a parameter, and rows 4 and 5 for events.
const DISCRETISED: &str = r#"{"states":[[0],[1],[2],[3],[0],[0]],"vertex_indices":[0,1,2,3,4,5],"edges":[],
    "constant_edges":[[4,1,1.0],[5,2,1.0]],"start_edges":[[1,1.0]],
    "param_edges":[[1,2,1.0,0.0,0.0],[1,3,2.0,0.0,0.0],[1,4,0.0,0.0,0.1],[2,3,0.0,1.0,0.0],[2,5,0.0,0.0,0.1]],
    "start_param_edges":[],"param_length":3,"state_length":1,"n_vertices":6,"weight_mode":"linear",
    "dyn_ordering":false}"#;

/// One row of rate 2 and these start edges, with one parameter.
fn single(start: &str, edges: &str, param_edges: &str) -> String {
    format!(
        r#"{{"states":[[0],[1],[2]],"vertex_indices":[0,1,2],"edges":{edges},"constant_edges":[],"start_edges":{start},
        "param_edges":{param_edges},"start_param_edges":[],"param_length":1,"state_length":1,"n_vertices":3,
        "weight_mode":"linear","dyn_ordering":false}}"#
    )
}

#[track_caller]
fn near(found: &serde_json::Value, expected: f64) {
    assert!(found.as_f64().is_some_and(|found| (found - expected).abs() < 1e-14), "{found}, not {expected}");
}

#[test]
fn rows_of_was_dph_are_divided_by_their_sums_here_and_in_workers() {
    let home = Home::new();
    let graph = home.file("g.json", &example(r#","is_discrete":true,"was_dph":true"#));
    for strategy in ["sequential", "vmap"] {
        let asked =
            ["eval", &graph, "--theta", "0.2,0.5", "--moments", "2", "--pdf", "1", "--gradient", "--json"];
        let line = home.json(&[&asked[..], &["--strategy", strategy]].concat()).remove(0);
        near(&line["moments"][0], 4.0 / 3.0);
        near(&line["moments"][1], 2.0);
        near(&line["pdf"][0][1], 2.0 / 3.0);
    }
    let shown = home.json(&["show", &graph, "--json"]).remove(0);
    assert_eq!((&shown["kind"], &shown["normalised"]), (&"discrete".into(), &true.into()), "{shown}");
    let plain = home.file("p.json", &example(r#","is_discrete":true"#));
    let plain = home.json(&["show", &plain, "--json"]).remove(0);
    assert!(plain["hash"] != shown["hash"] && plain["normalised"].is_null(), "{plain}");
    // The trace is found again by its hash, and says the same.
    let hash = shown["hash"].as_str().expect("a hash").to_owned();
    home.ok(&["trace", &graph, "--strategy", "vmap"]);
    let line = home.json(&["eval", &hash, "--theta", "0.2,0.5", "--json"]).remove(0);
    near(&line["moments"][0], 4.0 / 3.0);
}

#[test]
fn a_discretised_graph_is_read_with_normalise_and_has_rewards_on_its_auxiliary_rows() {
    let home = Home::new();
    let graph = home.file("g.json", DISCRETISED);
    let asked = ["eval", &graph, "--theta", "0.2,0.5,1", "--normalise", "--json"];
    let line = home.json(&[&asked[..], &["--moments", "1", "--rewards", "0,0,0,0,1,1"]].concat()).remove(0);
    near(&line["moments"][0], 1.8);
    near(&line["expected_reward"], 1.0 / 6.0 + 1.0 / 15.0);
    // No event: on to row 3 without any, or to row 2 and on from there.
    let line = home.json(&[&asked[..], &["--transform", "0,0,0,0,1,1", "--cdf", "0"]].concat()).remove(0);
    near(&line["cdf"][0][1], 4.0 / 7.0 + 2.0 / 7.0 * 5.0 / 6.0);
    let says_so = home
        .file("c.json", &DISCRETISED.replace("\"dyn_ordering\"", "\"is_discrete\":false,\"dyn_ordering\""));
    let refused = home.run(&["eval", &says_so, "--theta", "1,1,1", "--normalise"]);
    assert!(refused.code == Some(4) && refused.stderr.contains("in continuous time"), "{}", refused.stderr);
}

#[test]
fn a_graph_of_constant_weights_needs_no_theta() {
    let home = Home::new();
    let constant = home.file("c.json", &single("[[1,1.0]]", "[[1,2,2.0]]", "[]"));
    for theta in [&[][..], &["--theta", "5"]] {
        let line = home.json(&[&["eval", &constant, "--json"], theta].concat()).remove(0);
        near(&line["moments"][0], 0.5);
    }
    let refused = home.run(&["eval", &constant, "--theta", "5,6"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("2 entries"), "{}", refused.stderr);
    let data = home.file("d.csv", "1\n2\n");
    let refused = home.run(&["fit", &constant, "--data", &data]);
    assert!(refused.code == Some(2) && refused.stderr.contains("nothing to fit"), "{}", refused.stderr);
    // As phasic 0.32.1 writes it: constants are multiples of the one parameter.
    let multiple = home.file("m.json", &single("[[1,1.0]]", "[]", "[[1,2,2.0]]"));
    let found = home.run(&["eval", &multiple, "--json"]);
    assert!(found.stderr.contains("its one parameter is taken as 1"), "{}", found.stderr);
    near(&serde_json::from_str::<serde_json::Value>(&found.stdout).expect("a line")["moments"][0], 0.5);
    let line = home.json(&["eval", &multiple, "--theta", "4", "--json"]).remove(0);
    near(&line["moments"][0], 0.125);
    let refused = home.run(&["eval", "model:coalescent,n=3"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("give it with --theta"), "{}", refused.stderr);
}

#[test]
fn a_start_that_does_not_sum_to_one_is_told_and_may_be_kept() {
    let home = Home::new();
    let graph = home.file("s.json", &single("[[1,0.6]]", "[[1,2,2.0]]", "[]"));
    let data = home.file("d.csv", "0.25\n0.5\n");
    for command in
        [&["eval", &graph][..], &["trace", &graph], &["trace", &graph], &["plot", &graph, "--pdf", "0:1:3"]]
    {
        let found = home.run(command);
        let told: Vec<&str> = found.stderr.lines().filter(|line| line.contains("s.json")).collect();
        assert_eq!(told.len(), 1, "{command:?}: {}", found.stderr);
        assert!(told[0].contains("the start's weights sum to 0.6, and are divided by that"), "{}", told[0]);
        let kept = home.run(&[command, &["--start-mass", "keep"]].concat());
        assert!(kept.code == Some(0) && !kept.stderr.contains("sum to"), "{command:?}: {}", kept.stderr);
    }
    let asked = ["eval", &graph, "--cdf", "0", "--json"];
    let line = home.json(&[&asked[..], &["--start-mass", "keep"]].concat()).remove(0);
    near(&line["cdf"][0][1], 0.4);
    near(&home.json(&asked).remove(0)["cdf"][0][1], 0.0);
    let scaled = home.file("f.json", &single("[[1,0.6]]", "[]", "[[1,2,2.0]]"));
    let fitted = home.run(&["fit", &scaled, "--data", &data, "--start-mass", "keep", "--json"]);
    assert!(fitted.code == Some(0) && !fitted.stderr.contains("sum to"), "{}", fitted.stderr);
    let above = home.file("a.json", &single("[[1,0.6],[1,0.6]]", "[[1,2,2.0]]", "[]"));
    let refused = home.run(&["eval", &above, "--start-mass", "keep"]);
    assert!(
        refused.code == Some(4) && refused.stderr.contains("sum to 1.2, more than one"),
        "{}",
        refused.stderr
    );
    let traces = home.path("traces").to_string_lossy().into_owned();
    home.ok(&["trace", &graph, "-o", &traces]);
    let file = std::fs::read_dir(&traces).expect("traces").next().expect("a trace").expect("a trace").path();
    let refused = home.run(&["eval", &file.to_string_lossy(), "--start-mass", "keep"]);
    assert!(refused.code == Some(4) && refused.stderr.contains("is a trace"), "{}", refused.stderr);
}
